"""Who pays how much. The settlement function in PostgreSQL does the same; this plain twin is its oracle.

Own account first, then the authorizers in the order that the beneficiary's area chose, then cash.
Amounts are 分.
"""

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TypeVar
from zoneinfo import ZoneInfo

from gongji.policy import ShareOrder, Wallet

BUREAU_TIME = ZoneInfo("Asia/Shanghai")
K = TypeVar("K", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Source:
    """An account that a beneficiary may draw on, as it stands under the lock."""

    mandate: int
    balance: int
    rank: int
    min_balance: int = 0
    """What must stay with the authorizer."""
    cap_left: int | None = None
    """What the month's cap leaves; None = no cap."""
    total_left: int | None = None
    """What the authorized total leaves; None = no total."""
    wallet: bool = False
    """Money sent to this very person goes before other shared money."""

    @property
    def limit(self) -> int:
        """The most that this source can pay now; never negative."""
        bounds = [self.balance - self.min_balance, self.cap_left, self.total_left]
        return max(min(bound for bound in bounds if bound is not None), 0)


@dataclass(frozen=True, slots=True)
class Split:
    """How an amount is borne: own + sum(shared) + cash = amount."""

    own: int
    shared: tuple[tuple[int, int], ...]
    """(mandate, 分) in order of use, never zero."""
    cash: int


def in_order(sources: Iterable[Source], order: ShareOrder) -> list[Source]:
    """Return the sources as the beneficiary's area wants them used; ties go to the older mandate."""
    if order is ShareOrder.BALANCE_DESC:
        return sorted(sources, key=lambda source: (not source.wallet, -source.balance, source.mandate))
    if order is ShareOrder.BENEFICIARY_ORDER:
        return sorted(sources, key=lambda source: (not source.wallet, source.rank, source.mandate))
    return sorted(sources, key=lambda source: (not source.wallet, source.mandate))


def split(amount: int, own_balance: int, sources: Iterable[Source], order: ShareOrder) -> Split:
    """Return who bears `amount`; what nobody can bear is cash, never a refusal (design §7)."""
    own = min(amount, own_balance)
    left = amount - own
    shared = []
    for source in in_order(sources, order):
        if (part := min(left, source.limit)) > 0:
            shared.append((source.mandate, part))
            left -= part
    return Split(own=own, shared=tuple(shared), cash=left)


def give_back(parts: Sequence[int], already: int, amount: int) -> list[int]:
    """Return how much of `amount` goes back to each part of a settlement, in the order of `parts`.

    `parts` is what each source paid, in order of use and cash last; the last one used gets its money back
    first, so `already` (what earlier reversals gave back) tells where this one goes on.
    Raises ValueError when more would go back than was paid.
    """
    if amount <= 0 or already + amount > sum(parts):
        raise ValueError("a reversal gives back something, and at most what was paid")
    given = []
    start = 0
    for part in reversed(parts):
        end = start + part
        given.append(max(0, min(end, already + amount) - max(start, already)))
        start = end
    return given[::-1]


def month_of(at: datetime) -> date:
    """Return the first day of the month, Beijing time, that a posting at `at` counts for."""
    return at.astimezone(BUREAU_TIME).date().replace(day=1)


def business_day(at: datetime) -> date:
    """Return the day, Beijing time, under which a posting at `at` is reconciled."""
    return at.astimezone(BUREAU_TIME).date()


def shares(amount: int, weights: Mapping[K, int]) -> dict[K, int]:
    """Divide `amount` 分 in proportion to `weights`; every 分 is given out, nobody is off by a whole 分.

    The 分 that proportion leaves over go to the largest fractions, the first named where these are equal.
    With weights that add up to `amount` or more, nobody gets more than their weight. No weight, no shares.
    """
    total = sum(weights.values())
    if not total:
        return {}
    found = {key: amount * weight // total for key, weight in weights.items()}
    left_over = sorted(weights, key=lambda key: -(amount * weights[key] % total))
    for key in left_over[: amount - sum(found.values())]:
        found[key] += 1
    return found


# ------------------------------------------------------------- 医保钱包
def transfers_open(wallet: Wallet, at: datetime) -> bool:
    """Whether a wallet's money may be sent at this moment: not in the closed hours, Beijing time."""
    now = at.astimezone(BUREAU_TIME).time()
    if wallet.closed_from <= wallet.closed_until:
        return not wallet.closed_from <= now < wallet.closed_until
    return wallet.closed_until <= now < wallet.closed_from


def returns_at(wallet: Wallet, sent: datetime) -> datetime:
    """Return when money sent at `sent` goes back unless it is taken: the next end of the closed hours."""
    local = sent.astimezone(BUREAU_TIME)
    same_day = datetime.combine(local, wallet.closed_until, BUREAU_TIME)
    return same_day if same_day > local else same_day + timedelta(days=1)


def send_serials(wallet: Wallet, at: datetime) -> list[str]:
    """Return the serials under which a giver may send on this day: as many as there are transfers a day."""
    day = business_day(at)
    return [f"wallet_send:{day}:{number}" for number in range(1, wallet.daily_transfers + 1)]
