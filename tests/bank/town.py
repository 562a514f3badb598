"""Forty workers, their relatives, what binds them, and five pharmacies."""

import random
from dataclasses import dataclass, field
from threading import Lock
from uuid import UUID

from django.test import Client
from django.utils import timezone

from accounts.models import Person, Scheme
from binding.models import Application, Binding, PolicyVersion
from binding.rules import State
from binding.services import opening
from gongji.templatetags.gongji import mask_name
from ledger import services as ledger
from ledger.models import LedgerAccount
from tests.bank.wire import Till
from tests.factories import insure, login_citizen, make_account, make_login, make_person, make_provider

AREA = "990100"
PROVIDERS = 5
SURNAMES = "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许何吕施张孔曹严华金魏陶姜戚谢邹喻柏水窦章"
"""One a worker: what a settlement tells of a giver (钱*一) then names exactly one of them."""


@dataclass
class Resident:
    """Somebody who goes to the pharmacy; `account` and `opening` only where there is a personal account."""

    person: Person
    name: str
    number: str
    account: LedgerAccount | None = None
    opening: int = 0
    givers: list["Bond"] = field(default_factory=list)


@dataclass
class Bond:
    """A binding with its two logins. One client changes it at a time (`lock`)."""

    id: UUID
    mandate: int
    giver: Resident
    relative: Resident
    household: int
    sessions: tuple[str, str]
    lock: Lock = field(default_factory=Lock)
    ended_by: int | None = None
    paused: bool = False


@dataclass
class Town:
    """Everybody, by household."""

    tills: list[Till]
    households: list[list[Resident]]
    bonds: list[Bond]
    fund: LedgerAccount

    @property
    def residents(self) -> list[Resident]:
        return [resident for household in self.households for resident in household]


def build(*, seed: int, port: int, workers: int) -> Town:
    """Make the town; `port` is where its tills and browsers send their requests."""
    chance = random.Random(seed)
    tills = []
    for number in range(PROVIDERS):
        key = make_provider(f"银行测试药店{number}", area=AREA).keys.get()
        tills.append(Till(port, key.provider_id, str(key.pk), key.secret))
    fund = ledger.clearing_account(kind=LedgerAccount.Kind.FUND, area=AREA)
    town = Town(tills, [], [], fund)
    for couple in range(workers // 2):
        _household(town, chance, couple)
    return town


def _household(town: Town, chance: random.Random, couple: int) -> None:
    """A couple who give to each other and to up to seven relatives, some of whom both give to."""
    pair = [_worker(chance, 2 * couple + one) for one in (0, 1)]
    relatives = [_relative(chance, couple, number) for number in range(chance.randint(1, 7))]
    town.households.append([*pair, *relatives])
    for giver, partner in (pair, pair[::-1]):
        theirs = chance.sample(relatives, chance.randint(1, len(relatives)))
        for relative in (partner, *theirs):
            town.bonds.append(_bond(chance, giver, relative, couple))


def _worker(chance: random.Random, number: int) -> Resident:
    return _resident(f"{SURNAMES[number]}工{'甲乙'[number % 2]}", chance.randrange(100_00, 1500_00))


def _relative(chance: random.Random, couple: int, number: int) -> Resident:
    own = chance.randrange(300_00) if chance.random() < 0.5 else None
    return _resident(f"亲{'一二三四五六七'[number]}{couple}", own)


def _resident(name: str, opening_balance: int | None) -> Resident:
    person = make_person(name)
    scheme = Scheme.RESIDENT if opening_balance is None else Scheme.EMPLOYEE
    insure(person, AREA, scheme=scheme)
    account = None if opening_balance is None else make_account(person, opening_balance, area=AREA)
    make_login(person)
    return Resident(person, person.name, person.id_number, account, opening_balance or 0)


def _bond(chance: random.Random, giver: Resident, relative: Resident, household: int) -> Bond:
    now = timezone.now()
    application = Application.objects.create(
        number=f"GJ-2611-{Application.objects.count():08}",
        authorizer=giver.person, beneficiary=relative.person, created_by=giver.person.user,
        relation="spouse", area=AREA, policy_version=PolicyVersion.objects.filter(area=AREA).first(),
        state=State.APPROVED, consent_required=False, submitted_at=now, decided_at=now,
        monthly_cap=chance.choice([None, None, chance.randrange(50_00, 500_00)]),
    )  # fmt: skip
    binding: Binding = opening.open_binding(application, actor=None)
    mandate = ledger.mandates.Mandate.objects.get(binding_id=binding.pk).pk
    sessions = _session(giver.person), _session(relative.person)
    bond = Bond(binding.pk, mandate, giver, relative, household, sessions)
    relative.givers.append(bond)
    return bond


def _session(person: Person) -> str:
    browser = Client()
    login_citizen(browser, person)
    return browser.cookies["sessionid"].value


def masked(resident: Resident) -> str:
    """What a settlement's answer calls a giver."""
    return mask_name(resident.name)
