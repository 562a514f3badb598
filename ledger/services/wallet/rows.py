"""What the verbs of the wallet share: locked rows, the two accounts, the rules, whom to tell."""

from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Person, User
from accounts.services import notify
from gongji import audit, policy
from gongji.money import yuan
from gongji.policy import Policy
from gongji.templatetags.gongji import mask_name
from ledger.models import LedgerAccount, Mandate, WalletTransfer


# ------------------------------------------------------------- rows
def locked(transfer_id: UUID | str) -> WalletTransfer:
    """Return a transfer as it is now, held until the transaction ends."""
    related = ("transit", "mandate__authorizer", "mandate__beneficiary")
    rows = WalletTransfer.objects.select_related(*related).select_for_update(of=("self",))
    return rows.get(pk=transfer_id)


def held(mandate_id: int) -> Mandate:
    """Lock a wallet's mandate; its account is read after the lock, when nobody else can move it."""
    rows = Mandate.objects.filter(kind=Mandate.Kind.WALLET).select_for_update(of=("self",))
    found = rows.get(pk=mandate_id)
    return Mandate.objects.select_related("account", "authorizer", "beneficiary").get(pk=found.pk)


def in_force(mandate: Mandate, now: datetime) -> bool:
    """Whether a mandate has begun and not ended; a paused one is in force, too."""
    return mandate.valid_from <= now and (mandate.valid_until is None or mandate.valid_until > now)


# ------------------------------------------------------------- accounts and rules
def personal(person: Person) -> LedgerAccount | None:
    """Return the account that money is sent from and goes home to."""
    return LedgerAccount.objects.filter(owner=person, kind=LedgerAccount.Kind.PERSONAL).first()


def home_of(mandate: Mandate) -> LedgerAccount:
    """Return the giver's personal account, which was opened with the wallet at the latest."""
    account = personal(mandate.authorizer)
    assert account is not None
    return account


def wallet_rules(area: str) -> Policy:
    """Return the rules of an area for wallets; where it has none of its own, the national ones."""
    return policy.for_area(area) or policy.load()[policy.NATIONAL]


def most_to_send(mandate: Mandate) -> int:
    """Return the largest amount of one transfer now: the area's, and no more than there is to give."""
    account = personal(mandate.authorizer)
    if account is None or account.balance is None:
        return 0
    here = wallet_rules(account.area)
    return max(min(here.wallet.max_transfer, account.balance - here.min_balance), 0)


# ------------------------------------------------------------- the trail and the messages
def record(row: WalletTransfer, what: str, actor: User | None) -> None:
    """Leave a trace of what was done with a transfer; `actor` None is the clock."""
    audit.record(action=f"wallet.{what}", actor=actor, obj=row, area=row.transit.area)


def tell(row: WalletTransfer, person: Person, template: str, *, sms: bool = True) -> None:
    """Write one of the two a message about a transfer, once."""
    words = {"until": _clock(row.returns_at), **_names(row.mandate, row.amount)}
    dedup = f"wallet.{template}:{row.pk}:{person.pk}"
    notify(
        person=person, template=f"wallet.{template}", params=words, about=str(row.pk), sms=sms, dedup=dedup
    )


def tell_emptied(mandate: Mandate, amount: int) -> None:
    """Tell the giver what came home when the relation was over."""
    words = _names(mandate, amount)
    notify(person=mandate.authorizer, template="wallet.emptied", params=words, about=str(mandate.binding_id))


def _names(mandate: Mandate, amount: int) -> dict[str, str]:
    return {
        "giver": mask_name(mandate.authorizer.name),
        "relative": mask_name(mandate.beneficiary.name),
        "amount": yuan(amount),
        "hotline": settings.HOTLINE,
    }


def _clock(moment: datetime) -> str:
    local = timezone.localtime(moment)
    day = _("%(month)d月%(day)d日") % {"month": local.month, "day": local.day}
    return f"{day} {local:%H:%M}"
