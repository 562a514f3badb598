"""The ledger as a page of plain Python: what settling, reversing and crediting must do."""

from dataclasses import dataclass, field

from gongji.policy import ShareOrder
from ledger import rules

OWN = None
"""In place of a draw: the person's own account."""


@dataclass
class Draw:
    """A mandate: who may draw on whom."""

    mandate: int
    giver: int
    relative: int
    rank: int
    cap: int | None
    used: int = 0
    paused: bool = False
    ended: bool = False


@dataclass
class Paid:
    """A settlement: what each source paid, in order of use."""

    provider: int
    person: int
    sources: list[Draw | None]
    parts: list[int]
    cash: int
    back: int = 0

    @property
    def total(self) -> int:
        return sum(self.parts) + self.cash


@dataclass
class Books:
    """Balances by person, mandates, settlements; serials and keys that were used."""

    balances: list[int]
    order: ShareOrder
    draws: list[Draw] = field(default_factory=list)
    paid: list[Paid] = field(default_factory=list)

    def split(self, person: int, amount: int) -> rules.Split:
        """Return who would bear `amount` now."""
        sources = [
            rules.Source(
                draw.mandate,
                self.balances[draw.giver],
                draw.rank,
                cap_left=None if draw.cap is None else draw.cap - draw.used,
            )
            for draw in self.draws
            if draw.relative == person and not draw.paused and not draw.ended
        ]
        return rules.split(amount, self.balances[person], sources, self.order)

    def settle(self, provider: int, person: int, amount: int) -> Paid:
        """Take the money and return the settlement."""
        split = self.split(person, amount)
        by_mandate = {draw.mandate: draw for draw in self.draws}
        used: list[tuple[Draw | None, int]] = [(OWN, split.own)] if split.own else []
        used += [(by_mandate[mandate], part) for mandate, part in split.shared]
        paid = Paid(provider, person, [source for source, _ in used], [part for _, part in used], split.cash)
        self._move(paid, [-part for part in paid.parts])
        self.paid.append(paid)
        return paid

    def why_not(self, paid: Paid, provider: int, amount: int | None) -> str:
        """Return the code with which a reversal must be refused; "" when it must not."""
        if paid.provider != provider:
            return "not_found"
        if paid.back == paid.total:
            return "already_reversed"
        return "reversal_exceeds_original" if (amount or 0) > paid.total - paid.back else ""

    def reverse(self, paid: Paid, amount: int | None) -> list[int]:
        """Give back, the last source first; returns what each part and the cash got."""
        amount = amount or paid.total - paid.back
        given = rules.give_back([*paid.parts, paid.cash], paid.back, amount)
        paid.back += amount
        self._move(paid, given[:-1])
        return given

    def bound(self, giver: int, relative: int) -> bool:
        """Whether a mandate between the two is alive."""
        return any((d.giver, d.relative, d.ended) == (giver, relative, False) for d in self.draws)

    def _move(self, paid: Paid, amounts: list[int]) -> None:
        for source, amount in zip(paid.sources, amounts, strict=True):
            if source is OWN:
                self.balances[paid.person] += amount
            else:
                self.balances[source.giver] += amount
                source.used -= amount
