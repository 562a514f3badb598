"""代缴保费: whose premium, which year, once more in full, the receipt, and taking it back."""

from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from accounts.access import citizen
from accounts.models import Person
from ledger import services
from ledger.forms import PremiumForm
from ledger.models import Premium

SHOWN = 20


@require_GET
@citizen
def premiums(request: HttpRequest) -> HttpResponse:
    """For whom one can pay, and what was paid."""
    person = request.user.person
    own = services.offers_for(person, person, today=timezone.localdate())
    seen = services.premiums_seen_by(person)[: SHOWN + 1]
    context = {
        "relatives": services.relatives_of(person),
        "own": bool(own.offers),
        "has_account": own.reason != "no_account",
        "paid": [_row(row, person) for row in seen],
    }
    return render(request, "ledger/premiums.html", context)


def _row(row: Premium, person: Person) -> dict[str, object]:
    return {
        "premium": row,
        "year": services.year_of(row),
        "refunded": services.is_refunded(row),
        "mine": services.payer_of(row) == person,
    }


@require_http_methods(["GET", "POST"])
@citizen
def premium_for(request: HttpRequest, binding_id: UUID | None = None) -> HttpResponse:
    """Which one; then once more in full; then it is paid, once."""
    insured = _insured(request, binding_id)
    today = timezone.localdate()
    offers = services.offers_for(request.user.person, insured, today=today)
    context = {
        "insured": insured,
        "own": insured == request.user.person,
        "offers": offers,
        "balance": services.personal_balance(request.user.person),
    }
    posted = request.method == "POST"
    to_pay = [offer for offer in offers.offers if offer.paid_at is None]
    form = PremiumForm(request.POST if posted else None, offers=to_pay)
    if not to_pay:
        return render(request, "ledger/premium_stopped.html", context, status=409 if posted else 200)
    if not form.is_valid():
        status = 422 if form.errors else 200
        return render(request, "ledger/premium_choose.html", context | {"form": form}, status=status)
    offer = form.cleaned_data["premium"]
    if "confirm" in request.POST:
        paid = services.pay_premium(
            actor=request.user, insured=insured, category=offer.premium.category, year=offer.premium.year
        )
        return redirect("ledger:premium_receipt", paid.pk)
    days = services.refund_days(insured)
    return render(request, "ledger/premium_confirm.html", context | {"offer": offer, "days": days})


def _insured(request: HttpRequest, binding_id: UUID | None) -> Person:
    """Return the relative of a binding one gives under, or oneself; 404 for anybody else."""
    if binding_id is None:
        return request.user.person
    relatives = services.relatives_of(request.user.person)
    found = next((mandate for mandate in relatives if mandate.binding_id == binding_id), None)
    if found is None:
        raise Http404
    return found.beneficiary


@require_GET
@citizen
def premium_receipt(request: HttpRequest, premium_id: UUID) -> HttpResponse:
    """What was paid by whom for whom, and until when it can be taken back."""
    premium = _seen(request, premium_id)
    return render(request, "ledger/premium_receipt.html", _facts(request, premium))


@require_http_methods(["GET", "POST"])
@citizen
def premium_refund(request: HttpRequest, premium_id: UUID) -> HttpResponse:
    """Ask once more, then give it back; pressed twice it is given back once."""
    premium = _seen(request, premium_id)
    facts = _facts(request, premium)
    if facts["refunded"] or not facts["mine"]:
        return redirect("ledger:premium_receipt", premium_id)
    if request.method == "POST":
        services.refund_premium(premium=premium, actor=request.user)
        return redirect("ledger:premium_receipt", premium_id)
    return render(request, "ledger/premium_refund.html", facts)


def _seen(request: HttpRequest, premium_id: UUID) -> Premium:
    return get_object_or_404(services.premiums_seen_by(request.user.person), pk=premium_id)


def _facts(request: HttpRequest, premium: Premium) -> dict[str, object]:
    until = services.refund_until(premium)
    return _row(premium, request.user.person) | {
        "payer": services.payer_of(premium),
        "refund_until": until,
        "refundable": timezone.now() < until,
    }
