"""One answer out of what all registers say: related as declared, otherwise, not near enough, or not known."""

from dataclasses import dataclass
from datetime import date

from accounts.kinship.facts import Birth, Heard, Housed, Marriage, Who
from binding.rules.chains import ruled_out, shown
from binding.rules.kinship import Kinship, TooFar, agrees, kinship
from gongji.policy import Relation


@dataclass(frozen=True)
class Answer:
    """Whether the declared relation holds (None: nobody can tell), and which registers say so."""

    holds: bool | None
    registers: tuple[str, ...] = ()
    too_far: TooFar | None = None
    """What the relative is instead, where that is family but nobody one may give to."""
    by_household_alone: bool = False
    """Only the common household number speaks for it, which is enough where the area says so."""

    @property
    def settled(self) -> bool:
        """Whether asking about more people would change nothing."""
        return self.holds is not None and not self.by_household_alone


def judge(
    declared: Relation, giver: Who, relative: Who, heard: Heard, today: date, *, household_is_enough: bool
) -> Answer:
    """Return what the registers make of a declared relation; one that contradicts outweighs one that agrees.

    `household_is_enough` is the area's same_household_fast_path: one household number, nothing contradicted.
    """
    opinions = [
        *_household(declared, giver, relative, heard),
        *_records(declared, giver, relative, heard, today),
    ]
    against = [opinion for opinion in opinions if opinion.holds is False]
    agreeing = [opinion for opinion in opinions if opinion.holds]
    if against:
        barred = next((opinion for opinion in against if opinion.too_far), None)
        return barred if barred and not agreeing else Answer(False, against[0].registers)
    if agreeing:
        return agreeing[-1]
    if household_is_enough and _may_be(declared, _housed(giver, relative, heard)):
        return Answer(True, tuple(heard.registers_with(Housed)), by_household_alone=True)
    return Answer(None)


# ------------------------------------------------------------- the household register
def _household(declared: Relation, giver: Who, relative: Who, heard: Heard) -> list[Answer]:
    found = _housed(giver, relative, heard)
    if found is None:
        return []
    return [Answer(agrees(found, declared), tuple(heard.registers_with(Housed)), found.too_far)]


def _housed(giver: Who, relative: Who, heard: Heard) -> Kinship | None:
    """Return what the codes of the two say in one household; None when they are not in one."""
    homes = {fact.who: fact for fact in heard.facts(Housed)}
    ours, theirs = homes.get(giver), homes.get(relative)
    if ours is None or theirs is None or ours.household != theirs.household:
        return None
    return kinship(ours.code, theirs.code)


def _may_be(declared: Relation, found: Kinship | None) -> bool:
    return found is not None and found.relation in (None, declared)


# ------------------------------------------------------------- marriages and births
def _records(declared: Relation, giver: Who, relative: Who, heard: Heard, today: date) -> list[Answer]:
    found = shown(giver, relative, heard, today)
    if any(agrees(each, declared) for each in found):
        return [Answer(True, _told_by(declared, heard))]
    if found:
        return [Answer(False, _told_by(found[0].relation, heard), found[0].too_far)]
    if ruled_out(declared, giver, relative, heard, today):
        return [Answer(False, _told_by(declared, heard))]
    return []


def _told_by(relation: Relation | None, heard: Heard) -> tuple[str, ...]:
    """A marriage is told by registers of marriages, blood by those of births, an in-law by both."""
    if relation is Relation.SPOUSE:
        counted = [said.register for said in heard.said if said.all_marriages_of]
        return tuple(dict.fromkeys([*heard.registers_with(Marriage), *counted]))
    return tuple(heard.registers_with(Birth) if relation else heard.registers_with(Marriage, Birth))
