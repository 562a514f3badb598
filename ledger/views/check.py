"""Is this statement real? For a landlord, a school, a window: no login, and nothing new is shown."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from gongji import pace
from gongji.middleware import client_ip
from gongji.views.errors import too_many_requests
from ledger import services, statements
from ledger.forms import CheckForm
from ledger.models import IssuedStatement
from ledger.statements import LABELS, TITLES, Role

TRIES, PER_SECONDS = 30, 600
"""From one address: a window can check a queue of people, a program cannot try numbers."""


@never_cache
@login_not_required
@require_http_methods(["GET", "POST"])
def check(request: HttpRequest) -> HttpResponse:
    """Compare a check code and the total beside it with what was issued; the QR code brings the code."""
    if request.method == "GET":
        return render(request, "ledger/check.html", {"form": CheckForm(initial=_brought(request))})
    if wait := pace.wait(f"check:{client_ip(request)}", TRIES, PER_SECONDS):
        return too_many_requests(request, wait)
    form = CheckForm(request.POST)
    if not form.is_valid():
        return render(request, "ledger/check.html", {"form": form}, status=422)
    found = services.check_statement(code=form.cleaned_data["code"], total=form.cleaned_data["total"])
    context = {"found": found, "shown": _shown(found) if found else None, "asked": form.cleaned_data}
    return render(request, "ledger/checked.html", context)


def _brought(request: HttpRequest) -> dict[str, str]:
    code = request.GET.get("code", "")
    return {"code": services.grouped(code)} if services.is_code(code) else {}


def _shown(found: IssuedStatement) -> dict[str, object]:
    """Return what the paper says too, and nothing else."""
    period = statements.period_of(found.period, timezone.localdate())
    role = Role(found.role)
    return {
        "title": TITLES[role],
        "period": period.title if period else found.period,
        "figures": [(LABELS[role][name], fen) for name, fen in zip(found.names, found.sums, strict=True)],
    }
