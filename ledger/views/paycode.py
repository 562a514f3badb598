"""The pay code at the counter: one's own at once, a relative's after a page that says whose money it is."""

from urllib.parse import urlencode
from uuid import UUID

import segno
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from accounts.access import citizen
from accounts.models import Person
from accounts.services import current_enrollment
from accounts.services.codes import TooSoon
from accounts.services.identity.levels import has_level
from gongji import policy
from gongji.views.errors import too_many_requests
from ledger import barcode
from ledger.models import Mandate
from ledger.services import paycodes

_GROUP = 3


@require_GET
@never_cache
@citizen
def paycode(request: HttpRequest) -> HttpResponse:
    """Show a fresh code of one's own; the old ones stay alive for the rest of their minute."""
    person = request.user.person
    try:
        shown = paycodes.show_own_code(person=person)
    except TooSoon as refused:
        return too_many_requests(request, refused.seconds, refused.message)
    return _page(request, shown, relatives=list(paycodes.relatives_of(person)))


@require_http_methods(["GET", "POST"])
@never_cache
@citizen
def relatives_paycode(request: HttpRequest, binding_id: UUID) -> HttpResponse:
    """Ask first, then show the code of a relative under a `view` binding. It is never the viewer's money."""
    mandate = paycodes.relative_by_binding(person=request.user.person, binding_id=binding_id)
    if mandate is None:
        raise Http404
    if not _known_surely(request.user.person, mandate):
        query = urlencode({"next": request.path})
        return redirect(f"{reverse('accounts:levels')}?{query}")
    if request.method == "GET":
        return render(request, "ledger/paycode_relative.html", {"relative": mandate.authorizer})
    try:
        shown = paycodes.show_relatives_code(user=request.user, mandate=mandate)
    except TooSoon as refused:
        return too_many_requests(request, refused.seconds, refused.message)
    return _page(request, shown, mandate=mandate)


def _known_surely(viewer: Person, mandate: Mandate) -> bool:
    """Whether the viewer is known as surely as the relative's area wants of who looks after somebody."""
    enrollment = current_enrollment(mandate.authorizer)
    rules = policy.for_area(enrollment.area) if enrollment else None
    return rules is None or has_level(viewer, rules.levels.view)


def _page(
    request: HttpRequest,
    shown: paycodes.Shown,
    *,
    mandate: Mandate | None = None,
    relatives: list[Mandate] | None = None,
) -> HttpResponse:
    code = shown.code
    context = {
        "qr": segno.make(code, error="m", micro=False).svg_data_uri(scale=8, border=4, light="#fff"),
        "bars": barcode.code128(code),
        "groups": [code[start : start + _GROUP] for start in range(0, len(code), _GROUP)],
        "until": shown.expires_at,
        "seconds": int(paycodes.LIFE.total_seconds()),
        "relative": mandate.authorizer if mandate else None,
        "relatives": relatives or [],
    }
    return render(request, "ledger/paycode.html", context)
