"""W1 and R4: my bindings in both directions, drafts, and what waits for me."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from accounts.access import citizen
from binding.models import Application, Binding
from binding.rules import CLOSED, UNDECIDED, State
from ledger import services as ledger

CLOSED_SHOWN = 5


@require_GET
@citizen
def overview(request: HttpRequest) -> HttpResponse:
    """Show what I give, what I receive, and first of all what I have to do."""
    user = request.user
    applications = Application.objects.visible_to(user).select_related("beneficiary", "authorizer")
    bindings = Binding.objects.visible_to(user).active().select_related("authorizer", "beneficiary")
    bindings = bindings.order_by("since", "id")
    invitations = (
        Application.objects.invitations_for(user)
        .filter(state__in=UNDECIDED)
        .select_related("authorizer", "beneficiary")
        .order_by("submitted_at")
    )
    given = [binding for binding in bindings if binding.authorizer_id == user.person_id]
    used = ledger.month_used_by_binding(binding_ids=[binding.pk for binding in given])
    context = {
        "given": [(binding, used.get(binding.pk, 0)) for binding in given],
        "received": [binding for binding in bindings if binding.beneficiary_id == user.person_id],
        "invitations": [item for item in invitations if not item.other_party_agreed],
        "to_do": applications.filter(state=State.RETURNED),
        "running": applications.filter(state__in=UNDECIDED)
        .exclude(state=State.RETURNED)
        .order_by("-submitted_at"),
        "drafts": applications.filter(state=State.DRAFT).order_by("-created_at"),
        "closed": applications.filter(
            state__in=set(CLOSED) - {State.APPROVED}, submitted_at__isnull=False
        ).order_by("-submitted_at")[:CLOSED_SHOWN],
        "ended": Binding.objects.visible_to(user)
        .exclude(until=None)
        .select_related("authorizer", "beneficiary")
        .order_by("-until")[:CLOSED_SHOWN],
        "balance": ledger.personal_balance(user.person),
    }
    return render(request, "binding/overview.html", context)
