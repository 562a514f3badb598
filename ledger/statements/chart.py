"""Bars of a year and strips of people: only shapes. The same numbers stand in a table beside the picture."""

from collections.abc import Sequence
from dataclasses import dataclass

from ledger.statements.month import Month

WIDTH, HEIGHT = 360, 120
_GAP = 8


@dataclass(frozen=True)
class Bar:
    """One month's bar, in the units of the drawing."""

    month: Month
    x: int
    y: int
    width: int
    height: int
    amount: int

    @property
    def middle(self) -> int:
        """Where its label stands."""
        return self.x + self.width // 2


def bars(months: Sequence[Month], amounts: Sequence[int]) -> list[Bar]:
    """Return one bar a month, oldest first; the largest amount (分) fills the height, negative ones none.

    A year without any amount has no bars.
    """
    top = max(amounts, default=0)
    if top <= 0:
        return []
    step = WIDTH // max(len(months), 1)
    found = []
    for place, (month, amount) in enumerate(reversed(list(zip(months, amounts, strict=True)))):
        height = round(HEIGHT * max(amount, 0) / top)
        if amount > 0:
            height = max(height, 2)
        found.append(Bar(month, place * step + _GAP // 2, HEIGHT - height, step - _GAP, height, amount))
    return found


STRIP = 34
"""Height of one strip with its room."""
_FROM, _TO = 92, 270
"""Where strips begin and end; names stand on the left, amounts on the right."""


@dataclass(frozen=True)
class Strip:
    """One person's strip, in the units of the drawing."""

    name: str
    y: int
    width: int
    amount: int

    @property
    def base(self) -> int:
        """Where its words stand."""
        return self.y + STRIP // 2


def strips(parts: Sequence[tuple[str, int]]) -> list[Strip]:
    """Return one strip a person, (name, 分); the largest fills the width, negative and empty ones have none.

    Without any amount there are no strips.
    """
    top = max((amount for _name, amount in parts), default=0)
    if top <= 0:
        return []
    return [
        Strip(name, place * STRIP, round((_TO - _FROM) * max(amount, 0) / top), amount)
        for place, (name, amount) in enumerate(parts)
    ]
