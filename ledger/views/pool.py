"""The household pool: what is in it and by whom, and 划拨: moving one's own money in."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_http_methods

from accounts.access import citizen
from ledger import services
from ledger.forms import TransferForm
from ledger.models import Transaction


@require_GET
@citizen
def pool(request: HttpRequest) -> HttpResponse:
    """What the family has together, who put how much in, what was used; or that there is no pool."""
    found = services.pool_of(request.user.person)
    if found is None:
        return render(request, "ledger/pool_none.html")
    context = {
        "pool": found,
        "transfer": services.transfer_now(found),
        "lines": services.pool_lines(found),
        "rule": found.policy.cite("pool_leave"),
    }
    return render(request, "ledger/pool.html", context)


@require_http_methods(["GET", "POST"])
@citizen
def transfer(request: HttpRequest) -> HttpResponse:
    """How much; then the same once more in full, with what cannot be undone; then it is moved, once."""
    found = services.pool_of(request.user.person)
    if found is None:
        return redirect("ledger:pool")
    terms = services.transfer_now(found)
    posted = request.method == "POST"
    context = {
        "pool": found,
        "transfer": terms,
        "rule": found.policy.cite("min_balance"),
        "often": found.policy.cite("pool_transfers_per_month"),
    }
    form = TransferForm(request.POST if posted else None, terms=terms)
    if posted and form.is_valid() and "confirm" in request.POST:
        moved = services.transfer_in(actor=request.user, **form.cleaned_data)
        return redirect("ledger:transferred", moved.id)
    if terms is None or terms.reason:
        return render(request, "ledger/transfer_stopped.html", context, status=409 if posted else 200)
    if not form.is_valid():
        status = 422 if form.errors else 200
        return render(request, "ledger/transfer.html", context | {"form": form}, status=status)
    amount = form.cleaned_data["amount"]
    after = {"amount": amount, "own_after": terms.balance - amount, "pool_after": found.balance + amount}
    return render(request, "ledger/transfer_confirm.html", context | after)


@require_GET
@citizen
def transferred(request: HttpRequest, transfer_id: UUID) -> HttpResponse:
    """What was moved; stays readable."""
    mine = Transaction.objects.filter(beneficiary=request.user.person, kind=Transaction.Kind.POOL_IN)
    record = get_object_or_404(mine, pk=transfer_id)
    found = services.pool_of(request.user.person)
    context = {"record": record, "pool": found, "own": services.personal_balance(request.user.person)}
    return render(request, "ledger/transferred.html", context)
