"""Made-up people. Their numbers use region codes that were never assigned, so they match nobody."""

import random
from dataclasses import dataclass
from datetime import date, timedelta

from django.utils import timezone

from accounts.rules import check_character

SURNAMES = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈"
)
MALE = "伟强磊军勇杰涛明超刚平辉鹏华飞鑫波斌宇浩凯健俊帆帅旭宁龙林阳建国志强文博子轩浩然"
FEMALE = "芳娜敏静丽艳娟霞秀兰玲桂英萍红梅燕琳雪晶洁莹慧婷雅倩颖露瑶怡婧梦佳美珍子涵欣怡"
PHONE_PREFIX = "1990"
"""Followed by seven digits that no operator hands out in this order; SMS go to a file anyway."""


@dataclass(frozen=True)
class Resident:
    """One row of the registry file (contract §4)."""

    name: str
    id_number: str
    birth: date
    phone: str
    area: str
    scheme: str = "310"
    personal_account: bool = True
    status: str = "active"
    household: str = ""
    relation_to_head: str = ""
    employer: str = ""

    def row(self) -> list[str]:
        """Return the cells of the registry CSV."""
        return [
            "01",
            self.id_number,
            self.name,
            self.birth.isoformat(),
            self.phone,
            self.area,
            self.scheme,
            str(int(self.personal_account)),
            self.status,
            "2015-01-01",
            "",
            self.household,
            self.relation_to_head,
            self.employer,
        ]


class Crowd:
    """Makes people that differ from one another, the same ones for the same seed."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)
        self._count = 0

    def person(
        self, *, area: str, age: int, woman: bool, surname: str = "", name: str = "", **more: object
    ) -> Resident:
        """Make one person; `name` fixes the whole name, `surname` the family's."""
        self._count += 1
        birth = timezone.localdate() - timedelta(days=age * 365 + self._random.randrange(20, 345))
        given = self._random.sample(FEMALE if woman else MALE, self._random.choice((1, 2, 2)))
        return Resident(
            name=name or (surname or self._random.choice(SURNAMES)) + "".join(given),
            id_number=self.number(area, birth, woman),
            birth=birth,
            phone=f"{PHONE_PREFIX}{self._count:07d}",
            area=area,
            **more,  # type: ignore[arg-type]
        )

    def number(self, area: str, birth: date, woman: bool) -> str:
        """Make an ID number: unassigned region, true date, sequence by sex, true check digit."""
        sequence = (self._count * 2 + (0 if woman else 1)) % 1000
        body = f"99{area[2:4]}{1 + self._count * 2 // 1000:02d}{birth:%Y%m%d}{sequence:03d}"
        return body + check_character(body)

    def family(self, *, area: str, number: int) -> list[Resident]:
        """Make a household: a worker, the spouse, one or two children, sometimes a parent."""
        household = f"{area}{number:06d}"
        surname = self._random.choice(SURNAMES)
        age = self._random.randrange(28, 58)
        head_is_woman = self._random.random() < 0.3
        people = [
            self.person(
                area=area, age=age, woman=head_is_woman, surname=surname, household=household,
                relation_to_head="02", employer="示例制造有限公司",
            ),
            self.person(
                area=area, age=age - 1, woman=not head_is_woman, household=household,
                relation_to_head="11" if head_is_woman else "12",
                scheme=self._random.choice(("310", "390")),
            ),
        ]  # fmt: skip
        for _child in range(self._random.choice((1, 1, 2))):
            woman = self._random.random() < 0.5
            people.append(
                self.person(
                    area=area, age=max(age - 26 - _child * 3, 1), woman=woman, surname=surname, scheme="390",
                    personal_account=False, household=household, relation_to_head="30" if woman else "20",
                )
            )  # fmt: skip
        if self._random.random() < 0.4:
            people.append(
                self.person(
                    area=area, age=age + 27, woman=True, scheme="390", personal_account=False,
                    household=household, relation_to_head="52",
                )
            )  # fmt: skip
        return [_without_account_if_resident(person) for person in people]


def _without_account_if_resident(person: Resident) -> Resident:
    if person.scheme == "310":
        return person
    return Resident(**{**person.__dict__, "personal_account": False})
