"""What can I use, and who pays for me."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from accounts.access import citizen
from accounts.services import current_enrollment
from gongji.policy import Policy, for_area
from ledger import services
from ledger.models import Mandate
from ledger.services import wallet
from ledger.statements import Month


@require_GET
@citizen
def balance(request: HttpRequest) -> HttpResponse:
    """R2 and R4: one number first, then where it comes from and why a part of it is 0."""
    person = request.user.person
    own = services.personal_balance(person)
    sources = services.available_to(person)
    shared = sum(source.usable for source in sources)
    enrollment = current_enrollment(person)
    month = Month.parse("", timezone.localdate())
    context = {
        "own": own,
        "unknown": own is None and enrollment is not None and enrollment.personal_account,
        "enrollment": enrollment,
        "sources": [(source, _credit_day(source.area)) for source in sources],
        "first_usable": next((source for source in sources if source.usable), None),
        "shared": shared,
        "total": (own or 0) + shared,
        "policy": for_area(enrollment.area) if enrollment else None,
        "month": month,
        "waiting": wallet.waiting_for(person) if _has_wallet(sources) else 0,
    }
    return render(request, "ledger/balance.html", context)


def _has_wallet(sources: list[services.Available]) -> bool:
    return any(source.kind == Mandate.Kind.WALLET for source in sources)


def _credit_day(area: str) -> int | None:
    rules = for_area(area)
    return rules.credit_day if rules else None


@require_GET
@citizen
def how_to_pay(request: HttpRequest) -> HttpResponse:
    """R5: what to show and what to say at the counter."""
    enrollment = current_enrollment(request.user.person)
    policy: Policy | None = for_area(enrollment.area) if enrollment else None
    return render(request, "ledger/how_to_pay.html", {"policy": policy})
