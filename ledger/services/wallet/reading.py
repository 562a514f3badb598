"""What a person's wallets hold, in both directions, for the pages. Amounts are 分."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from accounts.models import Person, User
from ledger.models import Mandate, WalletTransfer
from ledger.services.wallet.rows import in_force

PAGE = 30


@dataclass(frozen=True, slots=True)
class Purse:
    """One giver's money in one relative's wallet."""

    mandate: Mandate
    waiting: tuple[WalletTransfer, ...]
    """Sent and not taken yet, the oldest first."""
    live: bool

    @property
    def balance(self) -> int:
        """What the relative can use."""
        return (self.mandate.account.balance or 0) if self.mandate.account else 0

    @property
    def on_the_way(self) -> int:
        """What was sent and not taken yet."""
        return sum(transfer.amount for transfer in self.waiting)

    @property
    def left(self) -> int:
        """Everything that goes home when the relation ends."""
        return self.balance + self.on_the_way


def purses_of(user: User, *, now: datetime) -> list[Purse]:
    """Return every wallet this login's person gives or has, ended ones too, the oldest first; two queries."""
    mine = Mandate.objects.visible_to(user).filter(kind=Mandate.Kind.WALLET, valid_from__lte=now)
    return _purses(list(mine.select_related("account", "authorizer", "beneficiary").order_by("pk")), now)


def purse_under(binding_id: UUID, *, now: datetime) -> Purse | None:
    """Return the wallet of a binding; None where there is none."""
    mandates = Mandate.objects.filter(binding_id=binding_id, kind=Mandate.Kind.WALLET)
    purses = _purses(list(mandates.select_related("account")), now)
    return purses[0] if purses else None


def waiting_for(person: Person) -> int:
    """Return what was sent to a relative and not taken yet, in 分."""
    return WalletTransfer.objects.waiting().filter(mandate__beneficiary=person).sum()


def _purses(mandates: Sequence[Mandate], now: datetime) -> list[Purse]:
    waiting: dict[int, list[WalletTransfer]] = {}
    for transfer in WalletTransfer.objects.waiting().filter(mandate__in=mandates).order_by("sending_id"):
        waiting.setdefault(transfer.mandate_id, []).append(transfer)
    return [
        Purse(mandate, tuple(waiting.get(mandate.pk, ())), in_force(mandate, now)) for mandate in mandates
    ]


def records_of(
    purses: Sequence[Purse], *, below: UUID | None = None
) -> tuple[list[WalletTransfer], UUID | None]:
    """Return up to PAGE transfers of these wallets, newest first, and the key of the next page (None = last).

    `below` continues below the transaction that sent it: their ids are in order of time (keyset, no OFFSET).
    """
    by_id = {purse.mandate.pk: purse.mandate for purse in purses}
    found = WalletTransfer.objects.filter(mandate_id__in=by_id).order_by("-sending_id")
    if below is not None:
        found = found.filter(sending_id__lt=below)
    rows = list(found[: PAGE + 1])
    for row in rows:
        row.mandate = by_id[row.mandate_id]
    return rows[:PAGE], rows[PAGE - 1].sending_id if len(rows) > PAGE else None
