"""医保钱包: what came, what waits, what was sent; sending and taking."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.access import citizen
from gongji.policy.words import line
from gongji.templatetags.gongji import mask_name, yuan
from ledger import services
from ledger.forms import SendForm
from ledger.models import Mandate, WalletTransfer, new_id
from ledger.services import wallet as service


@require_GET
@citizen
def wallet(request: HttpRequest) -> HttpResponse:
    """First what waits to be taken, then whom one gives to, who gives, and what was."""
    person, now = request.user.person, timezone.now()
    purses = service.purses_of(request.user, now=now)
    given = [purse for purse in purses if purse.live and purse.mandate.authorizer_id == person.pk]
    received = [purse for purse in purses if purse.mandate.beneficiary_id == person.pk]
    records, older = service.records_of(purses, below=_uuid(request.GET.get("below", "")))
    context = {
        "given": given,
        "received": [purse for purse in received if purse.live],
        "to_take": [(purse, item) for purse in received if purse.live for item in purse.waiting],
        "records": [(item, item.mandate.authorizer_id == person.pk) for item in records],
        "older": older,
        "continued": "below" in request.GET,
        **(_giving(request, given) if given else {"own": None}),
        **(_pays_for(received[0]) if received else {}),
    }
    return render(request, "ledger/wallet.html", context)


def _pays_for(purse: service.Purse) -> dict[str, Any]:
    """What a wallet's money may be used for: that is for the area to say which keeps it."""
    account = purse.mandate.account
    rules = service.wallet_rules(account.area if account else "")
    return {"pays_for": line(rules, "allowed").sentence, "pays_for_area": rules.area}


def _giving(request: HttpRequest, given: list[service.Purse]) -> dict[str, Any]:
    """What a giver needs to know before sending: what there is, how often still today, by which rule."""
    person = request.user.person
    return {
        "own": services.personal_balance(person),
        "left_today": service.sends_left(person, now=timezone.now()),
        "policy": service.wallet_rules(given[0].mandate.account.area if given[0].mandate.account else ""),
    }


# ------------------------------------------------------------- send
@require_http_methods(["GET", "POST"])
@citizen
def wallet_send(request: HttpRequest, binding_id: UUID) -> HttpResponse:
    """How much; then the same once more in full before anything moves; then it is sent, once."""
    mandate = _mine_to_give(request, binding_id)
    if _sent_already(request, mandate):
        return redirect("ledger:wallet")
    posted = request.method == "POST"
    refused = service.why_not_send(mandate, now=timezone.now())
    if refused is not None:
        page = {"mandate": mandate, "refused": refused}
        return render(request, "ledger/wallet_stopped.html", page, status=409 if posted else 200)
    form = SendForm(request.POST if posted else None, mandate=mandate)
    if not form.is_valid():
        page = _before_sending(request, mandate) | {"form": form}
        return render(request, "ledger/wallet_send.html", page, status=422 if form.errors else 200)
    if "confirm" not in request.POST:
        return _preview(request, mandate, form.cleaned_data["amount"])
    return _send(request, mandate, form)


def _send(request: HttpRequest, mandate: Mandate, form: SendForm) -> HttpResponse:
    """The page gave the transfer its number: pressed twice it is sent once."""
    transfer_id, amount = form.cleaned_data["transfer"] or new_id(), form.cleaned_data["amount"]
    service.send(mandate=mandate, actor=request.user, amount=amount, transfer_id=transfer_id)
    words = {"yuan": yuan(amount), "name": mask_name(mandate.beneficiary.name)}
    messages.success(request, _("转好了,%(yuan)s 元。请告诉%(name)s登录,点“收下”。") % words)
    return redirect("ledger:wallet")


def _preview(request: HttpRequest, mandate: Mandate, amount: int) -> HttpResponse:
    page = _before_sending(request, mandate)
    page |= {"amount": amount, "after": (page["own"] or 0) - amount, "transfer": new_id()}
    return render(request, "ledger/wallet_confirm.html", page)


def _before_sending(request: HttpRequest, mandate: Mandate) -> dict[str, Any]:
    person, account = request.user.person, mandate.account
    return {
        "mandate": mandate,
        "own": services.personal_balance(person),
        "left_today": service.sends_left(person, now=timezone.now()),
        "policy": service.wallet_rules(account.area if account else ""),
    }


def _sent_already(request: HttpRequest, mandate: Mandate) -> bool:
    """Whether this very page was sent before: its transfer is there."""
    transfer_id = _uuid(request.POST.get("transfer", ""))
    return transfer_id is not None and WalletTransfer.objects.filter(pk=transfer_id, mandate=mandate).exists()


def _mine_to_give(request: HttpRequest, binding_id: UUID) -> Mandate:
    """Return a wallet's mandate that this citizen gives; the relative may not send, others see nothing."""
    mine = Mandate.objects.visible_to(request.user).filter(kind=Mandate.Kind.WALLET)
    mandate = get_object_or_404(
        mine.select_related("account", "authorizer", "beneficiary"), binding_id=binding_id
    )
    if mandate.authorizer_id != request.user.person_id:
        raise PermissionDenied("the giver's right")
    return mandate


# ------------------------------------------------------------- take, decline, take back
@require_POST
@citizen
def wallet_take(request: HttpRequest, transfer_id: UUID) -> HttpResponse:
    """The relative takes what was sent."""
    return _end(request, transfer_id, service.take, _("收下了,%(yuan)s 元现在就能用。"))


@require_POST
@citizen
def wallet_decline(request: HttpRequest, transfer_id: UUID) -> HttpResponse:
    """The relative does not want it."""
    return _end(request, transfer_id, service.decline, _("没有收,%(yuan)s 元退回给家人了。"))


@require_POST
@citizen
def wallet_back(request: HttpRequest, transfer_id: UUID) -> HttpResponse:
    """The giver takes back what was not taken yet."""
    return _end(request, transfer_id, service.take_back, _("取回了,%(yuan)s 元已在您的个人账户。"))


def _end(
    request: HttpRequest, transfer_id: UUID, verb: Callable[..., WalletTransfer], words: str
) -> HttpResponse:
    transfer = get_object_or_404(WalletTransfer.objects.visible_to(request.user), pk=transfer_id)
    ended = verb(transfer=transfer, actor=request.user)
    messages.success(request, words % {"yuan": yuan(ended.amount)})
    return redirect("ledger:wallet")


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
