"""W1 and R4: my bindings in both directions, drafts, and what waits for me."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from accounts.access import citizen
from accounts.models import Person, User
from accounts.services import current_enrollment
from binding import services
from binding.models import Application, ApplicationQuerySet, Binding, Kind
from binding.rules import CLOSED, UNDECIDED, State
from gongji.policy import Model, ShareOrder, for_area
from gongji.templatetags.policy import way
from ledger import services as ledger

CLOSED_SHOWN, CASES_READ = 5, 50


@require_GET
@citizen
def overview(request: HttpRequest) -> HttpResponse:
    """Show what I give, what I receive, and first of all what I have to do."""
    user = request.user
    context = _in_force(user) | _under_way(user) | _over(user)
    context |= {"balance": ledger.personal_balance(user.person), "ways_in": services.ways_in(user.person)}
    return render(request, "binding/overview.html", context)


def _in_force(user: User) -> dict[str, Any]:
    """What both directions hold today; looking at somebody's record apart from the money."""
    bindings = Binding.objects.visible_to(user).active().select_related("authorizer", "beneficiary")
    bindings = bindings.order_by("since", "id")
    sharing = [binding for binding in bindings if binding.kind != Kind.VIEW]
    looks = [binding for binding in bindings if binding.kind == Kind.VIEW]
    given = [binding for binding in sharing if binding.authorizer_id == user.person_id]
    received = [binding for binding in sharing if binding.beneficiary_id == user.person_id]
    used = ledger.month_used_by_binding(binding_ids=[binding.pk for binding in given])
    assert user.person is not None
    return {
        "given": [(binding, used.get(binding.pk, 0)) for binding in given],
        "expiring": [(binding, services.last_day(binding)) for binding in given if _may_renew(binding)],
        "received": received,
        "reorder": _sets_the_order(user.person, received),
        "looking": [binding for binding in looks if binding.beneficiary_id == user.person_id],
        "looked_at": [binding for binding in looks if binding.authorizer_id == user.person_id],
        "pool": any(way(binding) == Model.POOL for binding in bindings),
        "gives_shared": any(binding.kind == Kind.MUTUAL_AID for binding in given),
        "gives_wallet": any(binding.kind == Kind.WALLET for binding in given),
        "has_wallet": any(binding.kind == Kind.WALLET for binding in bindings),
    }


def _under_way(user: User) -> dict[str, Any]:
    """Drafts, cases and invitations, each where the next step is."""
    applications = Application.objects.visible_to(user).select_related("beneficiary", "authorizer")
    invitations = (
        Application.objects.invitations_for(user)
        .filter(state__in=UNDECIDED)
        .select_related("authorizer", "beneficiary")
        .order_by("submitted_at")
    )
    cases = _cases(applications)
    return {
        "invitations": [item for item in invitations if not item.other_party_agreed],
        "agreed": [item for item in invitations if item.other_party_agreed],
        "to_do": [item for item, state in cases if state == State.RETURNED],
        "running": [case for case in cases if case[1] in UNDECIDED and case[1] != State.RETURNED],
        "drafts": applications.filter(state=State.DRAFT).order_by("-created_at"),
        "closed": [case for case in cases if case[1] in CLOSED and case[1] != State.APPROVED][:CLOSED_SHOWN],
    }


def _over(user: User) -> dict[str, Any]:
    ended = Binding.objects.visible_to(user).exclude(until=None).select_related("authorizer", "beneficiary")
    return {"ended": ended.order_by("-until")[:CLOSED_SHOWN]}


def _sets_the_order(person: Person, received: list[Binding]) -> bool:
    """Whether there are several to put in an order, and the relative's own area lets them."""
    if sum(binding.kind == Kind.MUTUAL_AID for binding in received) < 2:
        return False
    enrollment = current_enrollment(person)
    rules = for_area(enrollment.area) if enrollment else None
    return rules is not None and rules.share_order is ShareOrder.BENEFICIARY_ORDER


def _may_renew(binding: Binding) -> bool:
    since = services.renewable_from(binding)
    return since is not None and since <= timezone.now()


def _cases(applications: ApplicationQuerySet) -> list[tuple[Application, State]]:
    """What was submitted, newest first, each with the state that citizens see."""
    submitted = applications.exclude(state=State.DRAFT).exclude(submitted_at=None).order_by("-submitted_at")
    return [(item, services.shown_state(item)) for item in submitted[:CASES_READ]]
