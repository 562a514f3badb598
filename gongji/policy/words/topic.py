"""What a rule is called and how it is said; topics put rules together in the order questions come up."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce

from gongji.policy.phrase import Phrase, phrase
from gongji.policy.policy import Policy
from gongji.policy.types import Labelled

Say = Callable[[Policy], Phrase]


@dataclass(frozen=True)
class Topic:
    """Rules that belong together, under a heading: key → label and sentence."""

    title: str
    lines: Mapping[str, tuple[str, Say]]
    own_section: bool = False
    """A page about the area draws it as a section of its own instead of a list."""
    for_citizens: bool = True
    """False: the bureau's own care, of no use to whoever applies."""


def listed(kind: type[Labelled], chosen: Collection[Labelled]) -> Phrase:
    """Return the members in the order of the enumeration: a set has none, and this is the one people know."""
    return phrase("{all}", all=tuple(member.words for member in kind if member in chosen))


def limited(value: int | None, some: str, no_limit: str) -> Phrase:
    """Return `some` with the number, or `no_limit` for None."""
    return phrase(no_limit) if value is None else phrase(some, n=value)


def either(yes: bool, if_so: str, if_not: str) -> Phrase:
    """Return one of two sentences."""
    return phrase(if_so if yes else if_not)


def joined(pattern: str, parts: Sequence[Phrase]) -> Phrase:
    """Return one or more phrases in a row; `pattern` has {one} for what came before and {next}."""
    return reduce(lambda one, following: phrase(pattern, one=one, next=following), parts)
