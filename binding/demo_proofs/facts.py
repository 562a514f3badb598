"""What stands in the documents of two made-up people: deterministic, and alike on every page of a booklet."""

import random
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Protocol

from gongji.policy import Relation

REGIONS = ("示例省示例市", "示例省样板市")
_STREETS = ("和平路", "建设街", "人民路", "学府路", "滨江路", "翠湖巷")
_GIVEN_NAMES = "建国秀英志强桂兰文华玉珍国庆淑芬"
_ALIKE = {"芳": "方", "明": "朋", "伟": "纬", "强": "张", "华": "桦", "丽": "莉", "军": "君", "静": "婧"}


class Human(Protocol):
    """What a document needs of a person; accounts.Person has it."""

    name: str
    id_number: str

    @property
    def birth_date(self) -> date | None: ...


@dataclass(frozen=True)
class Printed:
    """One person as printed."""

    name: str
    number: str
    birth: date
    male: bool

    @property
    def sex(self) -> str:
        return "男" if self.male else "女"

    @classmethod
    def of(cls, human: Human, name: str = "") -> "Printed":
        number = human.id_number
        male = len(number) == 18 and number[16].isdigit() and int(number[16]) % 2 == 1
        return cls(name or human.name, number, human.birth_date or date(1980, 1, 1), male)


_HEAD_IS_GIVER = {Relation.SPOUSE, Relation.CHILD, Relation.GRANDCHILD, Relation.MATERNAL_GRANDCHILD}
_TITLES = {
    Relation.SPOUSE: ("夫", "妻"),
    Relation.CHILD: ("子", "女"),
    Relation.PARENT: ("子", "女"),
    Relation.SIBLING: ("子", "女"),
    Relation.GRANDCHILD: ("孙子", "孙女"),
    Relation.GRANDPARENT: ("孙子", "孙女"),
    Relation.MATERNAL_GRANDCHILD: ("外孙子", "外孙女"),
    Relation.MATERNAL_GRANDPARENT: ("外孙子", "外孙女"),
}
"""What the one who is not the head of the household is to the head: (man, woman)."""


@dataclass(frozen=True)
class Facts:
    """The two people, their relation, and the household they share."""

    giver: Printed
    relative: Printed
    relation: Relation
    address: str
    household: str
    registered: date
    other_parent: str

    @classmethod
    def of(cls, giver: Human, relative: Human, relation: Relation, *, wrong_name: bool) -> "Facts":
        first, second = Printed.of(giver), Printed.of(relative, misprint(relative.name) if wrong_name else "")
        dice = random.Random(giver.id_number + relative.id_number)  # noqa: S311 - a demo's dice
        younger = max(first.birth, second.birth)
        adult = younger.replace(year=younger.year + 23, day=min(younger.day, 28))
        registered = min(adult + timedelta(days=dice.randrange(900)), date(2026, 3, 2))
        return cls(
            giver=first,
            relative=second,
            relation=relation,
            address=f"{dice.choice(REGIONS)}{dice.choice(_STREETS)}{dice.randrange(1, 200)}号",
            household=f"{dice.randrange(10**8, 10**9)}",
            registered=registered,
            other_parent=dice.choice("王李张刘陈杨") + "".join(dice.sample(_GIVEN_NAMES, 2)),
        )

    @property
    def head(self) -> str:
        """The name of the head of the household; of siblings, a parent."""
        if self.relation == Relation.SIBLING:
            return self.giver.name[0] + self.other_parent[1:]
        return self.giver.name if self.relation in _HEAD_IS_GIVER else self.relative.name

    def title_of(self, person: Printed) -> str:
        """What stands under 户主或与户主关系 on this person's page."""
        giver_is_head = self.relation in _HEAD_IS_GIVER
        is_head = (person is self.giver) == giver_is_head and self.relation != Relation.SIBLING
        return "户主" if is_head else _TITLES[self.relation][0 if person.male else 1]

    def parent_and_child(self) -> tuple[Printed, Printed]:
        """The older one as parent and the younger one as child, for a birth certificate."""
        older, younger = sorted((self.giver, self.relative), key=lambda person: person.birth)
        return older, younger


def misprint(name: str) -> str:
    """Return the name with another last character that looks or sounds alike."""
    return name[:-1] + _ALIKE.get(name[-1], "方")
