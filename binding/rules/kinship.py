"""What two entries of one household register say about each other (domain.md §6.2, GB/T 4761-2008).

Sharing a household number alone proves nothing: only the two relations to the head do, and only some pairs.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from gongji.policy import Relation


class Place(StrEnum):
    """Where somebody stands to the head of the household, as far as the matrix needs to know."""

    HEAD = "head"
    SPOUSE = "spouse"
    CHILD = "child"
    STEP_CHILD = "step_child"
    CHILD_IN_LAW = "child_in_law"
    GRANDCHILD = "grandchild"
    MATERNAL_GRANDCHILD = "maternal_grandchild"
    PARENT = "parent"
    PARENT_IN_LAW = "parent_in_law"
    STEP_PARENT = "step_parent"
    GRANDPARENT = "grandparent"
    MATERNAL_GRANDPARENT = "maternal_grandparent"
    SIBLING = "sibling"
    GREAT_GRANDCHILD = "great_grandchild"
    GREAT_GRANDPARENT = "great_grandparent"
    OTHER = "other"


_CODES: Mapping[str, Place] = {
    **dict.fromkeys(["01", "02"], Place.HEAD),
    **dict.fromkeys(["10", "11", "12"], Place.SPOUSE),
    **dict.fromkeys(["20", "21", "22", "23", "24", "25", "26"], Place.CHILD),
    **dict.fromkeys(["30", "31", "32", "33", "34", "35", "36"], Place.CHILD),
    **dict.fromkeys(["27", "29", "37", "39"], Place.STEP_CHILD),
    **dict.fromkeys(["28", "38"], Place.CHILD_IN_LAW),
    **dict.fromkeys(["41", "42"], Place.GRANDCHILD),
    **dict.fromkeys(["43", "44"], Place.MATERNAL_GRANDCHILD),
    **dict.fromkeys(["50", "51", "52"], Place.PARENT),
    **dict.fromkeys(["53", "54", "55", "56"], Place.PARENT_IN_LAW),
    **dict.fromkeys(["47", "48"], Place.GREAT_GRANDCHILD),
    **dict.fromkeys(["57", "58", "59"], Place.STEP_PARENT),
    **dict.fromkeys(["61", "62"], Place.GRANDPARENT),
    **dict.fromkeys(["63", "64"], Place.MATERNAL_GRANDPARENT),
    **dict.fromkeys(["66", "67"], Place.GREAT_GRANDPARENT),
    **dict.fromkeys(["70", "71", "73", "75", "77"], Place.SIBLING),
}


class Certainty(StrEnum):
    PROVEN = "proven"
    PERSON_LOOKS = "person_looks"
    """Likely, but half and step relations look the same on paper: a reviewer decides."""
    NOT_ALLOWED = "not_allowed"
    """In-laws and great-grandparents: no near relatives (民法典 §1045)."""
    UNKNOWN = "unknown"


class TooFar(StrEnum):
    """Family that is no near relative: what the relative is to the giver."""

    PARENT_IN_LAW = "parent_in_law"
    CHILD_IN_LAW = "child_in_law"
    GREAT_GRANDPARENT = "great_grandparent"
    GREAT_GRANDCHILD = "great_grandchild"

    @property
    def inverse(self) -> "TooFar":
        """What the giver is to the relative."""
        return _INVERSE[self]


_INVERSE = {
    TooFar.PARENT_IN_LAW: TooFar.CHILD_IN_LAW,
    TooFar.CHILD_IN_LAW: TooFar.PARENT_IN_LAW,
    TooFar.GREAT_GRANDPARENT: TooFar.GREAT_GRANDCHILD,
    TooFar.GREAT_GRANDCHILD: TooFar.GREAT_GRANDPARENT,
}


@dataclass(frozen=True)
class Kinship:
    """What `other` is to `one`, and how surely."""

    certainty: Certainty
    relation: Relation | None = None
    too_far: TooFar | None = None

    @property
    def inverse(self) -> "Kinship":
        """The same pair seen from the other side."""
        return Kinship(
            self.certainty,
            self.relation.inverse if self.relation else None,
            self.too_far.inverse if self.too_far else None,
        )


_UNKNOWN = Kinship(Certainty.UNKNOWN)


def proven(relation: Relation) -> Kinship:
    """The relative is this to the giver, beyond doubt."""
    return Kinship(Certainty.PROVEN, relation)


def not_allowed(too_far: TooFar) -> Kinship:
    """The relative is this to the giver, which is not near enough."""
    return Kinship(Certainty.NOT_ALLOWED, too_far=too_far)


def _person_looks(relation: Relation | None = None) -> Kinship:
    return Kinship(Certainty.PERSON_LOOKS, relation)


_MATRIX: Mapping[tuple[Place, Place], Kinship] = {
    (Place.HEAD, Place.SPOUSE): proven(Relation.SPOUSE),
    (Place.HEAD, Place.CHILD): proven(Relation.CHILD),
    (Place.HEAD, Place.STEP_CHILD): _person_looks(Relation.CHILD),
    (Place.HEAD, Place.CHILD_IN_LAW): not_allowed(TooFar.CHILD_IN_LAW),
    (Place.HEAD, Place.GRANDCHILD): proven(Relation.GRANDCHILD),
    (Place.HEAD, Place.MATERNAL_GRANDCHILD): proven(Relation.MATERNAL_GRANDCHILD),
    (Place.HEAD, Place.PARENT): proven(Relation.PARENT),
    (Place.HEAD, Place.PARENT_IN_LAW): not_allowed(TooFar.PARENT_IN_LAW),
    (Place.HEAD, Place.STEP_PARENT): _person_looks(Relation.PARENT),
    (Place.HEAD, Place.GRANDPARENT): proven(Relation.GRANDPARENT),
    (Place.HEAD, Place.MATERNAL_GRANDPARENT): proven(Relation.MATERNAL_GRANDPARENT),
    (Place.HEAD, Place.GREAT_GRANDCHILD): not_allowed(TooFar.GREAT_GRANDCHILD),
    (Place.HEAD, Place.GREAT_GRANDPARENT): not_allowed(TooFar.GREAT_GRANDPARENT),
    (Place.HEAD, Place.SIBLING): proven(Relation.SIBLING),
    (Place.SPOUSE, Place.CHILD): _person_looks(Relation.CHILD),
    (Place.SPOUSE, Place.STEP_CHILD): _person_looks(Relation.CHILD),
    (Place.SPOUSE, Place.CHILD_IN_LAW): not_allowed(TooFar.CHILD_IN_LAW),
    (Place.SPOUSE, Place.PARENT): not_allowed(TooFar.PARENT_IN_LAW),
    (Place.SPOUSE, Place.STEP_PARENT): not_allowed(TooFar.PARENT_IN_LAW),
    (Place.SPOUSE, Place.PARENT_IN_LAW): _person_looks(Relation.PARENT),
    (Place.CHILD, Place.CHILD): _person_looks(Relation.SIBLING),
    (Place.CHILD, Place.STEP_CHILD): _person_looks(Relation.SIBLING),
    (Place.CHILD, Place.CHILD_IN_LAW): _person_looks(Relation.SPOUSE),
    (Place.CHILD, Place.GRANDCHILD): _person_looks(),
    (Place.CHILD, Place.MATERNAL_GRANDCHILD): _person_looks(),
    (Place.CHILD, Place.PARENT): _person_looks(Relation.GRANDPARENT),
    (Place.PARENT, Place.PARENT): _person_looks(Relation.SPOUSE),
    (Place.PARENT, Place.SIBLING): _person_looks(Relation.CHILD),
    (Place.PARENT, Place.GRANDCHILD): not_allowed(TooFar.GREAT_GRANDCHILD),
    (Place.PARENT, Place.MATERNAL_GRANDCHILD): not_allowed(TooFar.GREAT_GRANDCHILD),
    (Place.SIBLING, Place.SIBLING): _person_looks(Relation.SIBLING),
}


def place(code: str) -> Place:
    """Return the place of a GB/T 4761 code; 40 and 60 leave the line open and so are no place.

    29, 39 and 59 are "other" sons, daughters and parents: as doubtful as step ones.
    """
    return _CODES.get(code, Place.OTHER)


def kinship(giver_code: str, relative_code: str) -> Kinship:
    """Return what the relative is to the giver, by the codes of both in the same household."""
    giver, relative = place(giver_code), place(relative_code)
    if (giver, relative) in _MATRIX:
        return _MATRIX[giver, relative]
    return _MATRIX[relative, giver].inverse if (relative, giver) in _MATRIX else _UNKNOWN


def agrees(found: Kinship, declared: Relation) -> bool | None:
    """Whether the register confirms (True) or contradicts (False) the declared relation; None: open."""
    if found.certainty is Certainty.NOT_ALLOWED:
        return False
    if found.certainty is not Certainty.PROVEN:
        return None
    return found.relation is declared
