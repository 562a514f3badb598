"""What can I use, and who pays for me."""

from typing import NamedTuple
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from accounts.access import citizen
from accounts.services import current_enrollment
from gongji.policy import Policy, ShareOrder, for_area
from gongji.templatetags.gongji import mask_name
from ledger import services
from ledger.models import Mandate
from ledger.services import wallet
from ledger.statements import Month


class Giver(NamedTuple):
    """One source as the page shows it. The page is rendered once for the same values, so these are plain."""

    name: str
    """Masked."""
    kind: str
    binding_id: UUID
    usable: int
    reason: str
    cap_left: int | None
    total_left: int | None
    monthly_cap: int | None
    authorized: int | None
    credit_day: int | None

    @classmethod
    def of(cls, source: services.Available) -> "Giver":
        """Take what the page shows of a source."""
        rules = for_area(source.area)
        return cls(
            mask_name(source.authorizer.name), source.kind, source.binding_id, source.usable, source.reason,
            source.cap_left, source.total_left, source.monthly_cap, source.authorized,
            rules.credit_day if rules else None,
        )  # fmt: skip


@require_GET
@citizen
def balance(request: HttpRequest) -> HttpResponse:
    """R2 and R4: one number first, then where it comes from and why a part of it is 0."""
    person = request.user.person
    own = services.personal_balance(person)
    enrollment = current_enrollment(person)
    available = services.available_to(person, enrollment=enrollment)
    sources = tuple(map(Giver.of, available))
    shared = sum(source.usable for source in sources)
    policy = for_area(enrollment.area) if enrollment else None
    context = {
        "own": own,
        "unknown": own is None and enrollment is not None and enrollment.personal_account,
        "scheme": enrollment.scheme if enrollment else "",
        "sources": sources,
        "first_usable": next((source for source in sources if source.usable), None),
        "shared": shared,
        "total": (own or 0) + shared,
        "policy_area": policy.area if policy else "",
        "reorder": len(sources) > 1 and _chooses_order(policy),
        "month": Month.parse("", timezone.localdate()),
        "waiting": wallet.waiting_for(person) if _has_wallet(available) else 0,
    }
    return render(request, "ledger/balance.html", context)


def _chooses_order(policy: Policy | None) -> bool:
    return policy is not None and policy.share_order == ShareOrder.BENEFICIARY_ORDER


def _has_wallet(sources: list[services.Available]) -> bool:
    return any(source.kind == Mandate.Kind.WALLET for source in sources)


@require_GET
@citizen
def how_to_pay(request: HttpRequest) -> HttpResponse:
    """R5: what to show and what to say at the counter."""
    enrollment = current_enrollment(request.user.person)
    policy: Policy | None = for_area(enrollment.area) if enrollment else None
    return render(request, "ledger/how_to_pay.html", {"policy": policy})
