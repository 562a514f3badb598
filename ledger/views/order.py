"""Whose money first: the relative's own order, where the area leaves it to them."""

from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from accounts.access import citizen
from accounts.services import current_enrollment
from gongji.policy import Policy, ShareOrder, for_area
from ledger import services
from ledger.models import Mandate


@require_http_methods(["GET", "POST"])
@citizen
def order(request: HttpRequest) -> HttpResponse:
    """The givers in the order in which they pay, each with a button up and a button down."""
    rules = _rules(request)
    if rules is None or rules.share_order is not ShareOrder.BENEFICIARY_ORDER:
        raise Http404
    if request.method == "POST":
        moved = _move(request)
        return redirect(f"{reverse('ledger:order')}#b-{moved}")
    sources = services.available_to(request.user.person)
    context = {
        "sources": [source for source in sources if source.kind == Mandate.Kind.MUTUAL_AID],
        "policy": rules,
        "rule": rules.cite("share_order"),
    }
    return render(request, "ledger/order.html", context)


def _rules(request: HttpRequest) -> Policy | None:
    enrollment = current_enrollment(request.user.person)
    return for_area(enrollment.area) if enrollment else None


def _move(request: HttpRequest) -> UUID:
    """Read which giver goes where, and let it be done; 404 for a binding that is not one's own."""
    direction, _, number = request.POST.get("move", "").partition(":")
    try:
        binding_id = UUID(number)
        services.move_giver(person=request.user.person, binding_id=binding_id, up=direction == "up")
    except (ValueError, Mandate.DoesNotExist) as absent:
        raise Http404 from absent
    return binding_id
