"""Facts about families, and what a register that knows some of them looks like.

People are told apart by the blind index of their document, so facts of tables and of services fit together.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Protocol, TypeVar

from gongji.crypto import blind_index


@dataclass(frozen=True)
class Who:
    """Somebody by the blind index of a document; the number itself is there only where we were told it."""

    index: bytes
    id_type: str = field(default="", compare=False)
    number: str = field(default="", compare=False, repr=False)
    formerly: tuple[bytes, ...] = field(default=(), compare=False, repr=False)
    """Indexes of documents the person no longer has: a newborn's certificate, an older passport."""

    @classmethod
    def of(cls, id_type: str, number: str) -> "Who":
        """Name somebody by a normalised document number."""
        return cls(blind_index(f"id:{id_type}", number), id_type, number)


@dataclass(frozen=True)
class Marriage:
    """Two people married on `since`; divorced, or one of them died, on `until`."""

    one: Who
    other: Who
    since: date | None = None
    until: date | None = None

    @property
    def people(self) -> frozenset[Who]:
        """The two, in no order."""
        return frozenset({self.one, self.other})

    def lasts_on(self, day: date) -> bool:
        """Whether the marriage is in force on a day."""
        return (self.since is None or self.since <= day) and (self.until is None or day < self.until)


@dataclass(frozen=True)
class Birth:
    """Whose child somebody is, by the birth record; a parent it does not name is None."""

    child: Who
    mother: Who | None = None
    father: Who | None = None

    @property
    def parents(self) -> frozenset[Who]:
        """Those of the two whom the record names."""
        return frozenset(who for who in (self.mother, self.father) if who)


@dataclass(frozen=True)
class Housed:
    """Where somebody stands in a household register: which one, and the GB/T 4761 code."""

    who: Who
    household: bytes
    code: str


Fact = Marriage | Birth | Housed
Kind = TypeVar("Kind", Marriage, Birth, Housed)


@dataclass(frozen=True)
class Said:
    """What one register said, and when."""

    register: str
    at: datetime
    facts: tuple[Fact, ...] = ()
    all_marriages_of: frozenset[Who] = frozenset()
    """People of whom these are all the marriages there are: one that is missing does not exist."""


@dataclass(frozen=True)
class Heard:
    """Everything heard so far, and the names of the registers that could not be asked."""

    said: tuple[Said, ...] = ()
    silent: frozenset[str] = frozenset()

    def facts(self, kind: type[Kind]) -> list[Kind]:
        """Return the facts of one kind, of all registers."""
        return [fact for said in self.said for fact in said.facts if isinstance(fact, kind)]

    def registers_with(self, *kinds: type[Fact]) -> list[str]:
        """Return the names of the registers that told facts of these kinds, each once."""
        told = (said.register for said in self.said if any(isinstance(fact, kinds) for fact in said.facts))
        return list(dict.fromkeys(told))


class Silent(Exception):
    """A register could not be asked just now; the text says why and names nobody."""


class Register(Protocol):
    """What an adapter implements: a household register, civil marriages, birth records."""

    name: str
    """What citizens and staff read, such as 民政婚姻登记."""
    about_others: bool
    """Whether it is asked about people who stand between the two, too, and not only about the two."""

    def look_up(self, people: Sequence[Who], *, within: float) -> Said:
        """Return every fact known about these people, after `within` seconds at most. Raises Silent."""
