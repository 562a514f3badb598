"""What marriages and births make of two people: one record or a chain of them (domain.md §6.1).

A chain holds where the person in the middle is the same in both records, found by the same blind index.
"""

from collections.abc import Iterable, Sequence
from datetime import date

from accounts.kinship.facts import Birth, Heard, Marriage, Who
from binding.rules.kinship import Certainty, Kinship, TooFar, not_allowed, proven
from gongji.policy import Relation

Parents = dict[Who, tuple[frozenset[Who], frozenset[Who]]]
"""Child → mothers, fathers by the records: one of each unless two records differ."""

STEPS = {
    Relation.SPOUSE: 1,
    Relation.SIBLING: 1,
    Relation.PARENT: 2,
    Relation.CHILD: 2,
    Relation.GRANDPARENT: 3,
    Relation.MATERNAL_GRANDPARENT: 3,
    Relation.GRANDCHILD: 3,
    Relation.MATERNAL_GRANDCHILD: 3,
}
"""How many steps outwards the registers are asked: as far as a relation goes, and one further where an in-law
or a great-grandparent could be meant. Nobody's parents are looked up for the sake of a marriage."""


# ------------------------------------------------------------- what the records show
def shown(giver: Who, relative: Who, heard: Heard, today: date) -> list[Kinship]:
    """Return everything the records show the relative to be to the giver; the nearest first."""
    born, wed = _parents(heard.facts(Birth)), heard.facts(Marriage)
    upwards = _upwards(giver, relative, born, _spouses(giver, wed, today))
    downwards = _upwards(relative, giver, born, _spouses(relative, wed, today))
    married = [proven(Relation.SPOUSE)] if relative in _spouses(giver, wed, today) else []
    siblings = [proven(Relation.SIBLING)] if _both(giver, born) & _both(relative, born) else []
    found = [*married, *siblings, *upwards, *(kinship.inverse for kinship in downwards)]
    return sorted(found, key=lambda kinship: kinship.certainty is not Certainty.PROVEN)


def _upwards(one: Who, other: Who, born: Parents, spouses: Iterable[Who]) -> list[Kinship]:
    """What the other is to one as an ancestor, or as a parent of one's wife or husband."""
    mothers, fathers = born.get(one, _NOBODY)
    parents = mothers | fathers
    grandparents = frozenset(who for parent in parents for who in _both(parent, born))
    ways = {
        proven(Relation.PARENT): parents,
        proven(Relation.GRANDPARENT): _all(fathers, born),
        proven(Relation.MATERNAL_GRANDPARENT): _all(mothers, born),
        not_allowed(TooFar.GREAT_GRANDPARENT): _all(grandparents, born),
        not_allowed(TooFar.PARENT_IN_LAW): _all(spouses, born),
    }
    return [kinship for kinship, people in ways.items() if other in people]


# ------------------------------------------------------------- what the records rule out
def ruled_out(declared: Relation, giver: Who, relative: Who, heard: Heard, today: date) -> bool:
    """Whether the records leave no room for the declared relation: the place is taken by somebody else.

    A record that is missing rules nothing out; one that names both parents says who is none.
    """
    if declared is Relation.SPOUSE:
        return _not_married(giver, relative, heard, today)
    born = _parents(heard.facts(Birth))
    if declared is Relation.SIBLING:
        ours, theirs = _both(giver, born), _both(relative, born)
        return len(ours) == len(theirs) == 2 and not ours & theirs
    if declared in (Relation.CHILD, Relation.GRANDCHILD, Relation.MATERNAL_GRANDCHILD):
        return _no_ancestor(declared.inverse, relative, giver, born)
    return _no_ancestor(declared, giver, relative, born)


def _not_married(giver: Who, relative: Who, heard: Heard, today: date) -> bool:
    wed, pair = heard.facts(Marriage), frozenset({giver, relative})
    between = [marriage for marriage in wed if marriage.people == pair]
    if any(marriage.lasts_on(today) for marriage in between):
        return False
    others = _spouses(giver, wed, today) or _spouses(relative, wed, today)
    counted = any(not pair.isdisjoint(said.all_marriages_of) for said in heard.said)
    return bool(between or others or counted)


def _no_ancestor(relation: Relation, one: Who, other: Who, born: Parents) -> bool:
    mothers, fathers = born.get(one, _NOBODY)
    if relation is Relation.PARENT:
        return bool(mothers and fathers) and other not in mothers | fathers
    middle = mothers if relation is Relation.MATERNAL_GRANDPARENT else fathers
    over = _all(middle, born)
    return len(middle) == 1 and len(over) == 2 and other not in over


# ------------------------------------------------------------- walking
_NOBODY: tuple[frozenset[Who], frozenset[Who]] = (frozenset(), frozenset())


def _parents(births: Sequence[Birth]) -> Parents:
    known: Parents = {}
    for birth in births:
        mothers, fathers = known.get(birth.child, _NOBODY)
        known[birth.child] = (mothers | _one(birth.mother), fathers | _one(birth.father))
    return known


def _one(who: Who | None) -> frozenset[Who]:
    return frozenset({who}) if who else frozenset()


def _both(child: Who, born: Parents) -> frozenset[Who]:
    mothers, fathers = born.get(child, _NOBODY)
    return mothers | fathers


def _all(children: Iterable[Who], born: Parents) -> frozenset[Who]:
    return frozenset(parent for child in children for parent in _both(child, born))


def _spouses(who: Who, marriages: Sequence[Marriage], today: date) -> frozenset[Who]:
    lasting = (marriage for marriage in marriages if who in marriage.people and marriage.lasts_on(today))
    return frozenset(other for marriage in lasting for other in marriage.people - {who})
