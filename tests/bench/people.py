"""People for the web benches: families that settle once each, and citizens who read their pages."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import count
from uuid import uuid4

from django.conf import settings
from django.test import Client
from django.utils import timezone
from django.utils.crypto import get_random_string

from accounts.models import Enrollment, EnrollmentStatus, Person, Scheme, VerifiedLevel
from gongji.crypto import blind_index
from ledger import services
from ledger.models import LedgerAccount, Mandate, Provider
from ledger.statements import Month
from tests.factories import id_number, insure, login_citizen, make_mandate, make_person, make_provider

AREA = "990100"
_serial = count(1)


# ------------------------------------------------------------- families
@dataclass(frozen=True, slots=True)
class Patient:
    """Whom a provider names in a settlement."""

    id_number: str
    name: str


BALANCES = (("李明", 10_00), ("王小芳", 9_00), ("李小明", 8_00))
"""A mother and two children who give to her: 25 元 take from all three, so each family serves once."""


def families(number: int) -> list[Patient]:
    """Make so many families through the services, and return the mothers."""
    people = [_person(name) for _ in range(number) for name, _ in BALANCES]
    Person.objects.bulk_create(people, batch_size=1000)
    Enrollment.objects.bulk_create(map(_enrolment, people), batch_size=1000)
    accounts = LedgerAccount.objects.bulk_create(map(_account, people), batch_size=1000)
    fund = services.clearing_account(kind=LedgerAccount.Kind.FUND, area=AREA)
    now = timezone.now()
    credits = [
        services.Credit(account, fund, "opening", "opening", BALANCES[place % 3][1], now)
        for place, account in enumerate(accounts)
    ]
    for start in range(0, len(credits), 500):
        services.credit(credits[start : start + 500])
    Mandate.objects.bulk_create(_mandates(people, accounts), batch_size=1000)
    return [Patient(mother.id_number, mother.name) for mother in people[::3]]


def _person(name: str) -> Person:
    number = id_number(date(1950, 1, 1) + timedelta(days=next(_serial) % 20_000))
    return Person(
        id_type="01",
        id_number=number,
        id_index=blind_index("id:01", number),
        name=name,
        level=VerifiedLevel.REGISTRY,
    )


def _enrolment(person: Person) -> Enrollment:
    return Enrollment(
        person=person, area=AREA, scheme=Scheme.EMPLOYEE, personal_account=True,
        status=EnrollmentStatus.ACTIVE, source="bench",
    )  # fmt: skip


def _account(person: Person) -> LedgerAccount:
    return LedgerAccount(
        kind=LedgerAccount.Kind.PERSONAL,
        owner=person,
        area=AREA,
        balance=0,
        seq=0,
        head=LedgerAccount.GENESIS,
    )


def _mandates(people: Sequence[Person], accounts: Sequence[LedgerAccount]) -> Iterator[Mandate]:
    yesterday = timezone.now() - timedelta(days=1)
    for place, child in enumerate(people):
        if place % 3:
            yield Mandate(
                binding_id=uuid4(), kind=Mandate.Kind.MUTUAL_AID, account=accounts[place], authorizer=child,
                beneficiary=people[place - place % 3], authorizer_mask="李*明", rank=place % 3,
                valid_from=yesterday,
            )  # fmt: skip


# ------------------------------------------------------------- readers
@dataclass(frozen=True, slots=True)
class Reader:
    """A citizen with a logged-in browser: what the browser sends with every request."""

    person: Person
    cookies: str


USES = ("own", "own", "child", "own", "drug", "child", "own", "drug", "child")
"""Of this month; with the month's credit ten lines."""


def readers(number: int) -> list[Reader]:
    """Make citizens with a year of history, a child that draws on their account, and two who give to them."""
    pharmacy = make_provider("示例大药房 bench")
    return [_reader(pharmacy) for _ in range(number)]


def _reader(pharmacy: Provider) -> Reader:
    person, child, *givers = map(_insured, ("李明", "李小明", "王小芳", "李建国"))
    accounts = [services.open_account(person=who, area=AREA) for who in (person, *givers)]
    make_mandate(person, child, privacy=2)
    for giver in givers:
        make_mandate(giver, person, cap=500_00)
    this = Month.parse("", timezone.localdate())
    for month in reversed(this.back(12)):
        moments = _moments(month, len(USES) + 1 if month == this else 3)
        _credit(accounts, month, next(moments))
        for use, at in zip(USES, moments, strict=False):
            _use(pharmacy, child if use == "child" else person, use, at)
    return Reader(person, log_in(person))


def _insured(name: str) -> Person:
    person = make_person(name)
    insure(person, AREA)
    return person


def _moments(month: Month, number: int) -> Iterator[datetime]:
    """So many moments spread over the part of a month that has passed, in order."""
    span = min(month.next.start, timezone.now()) - month.start
    return (month.start + span * place / (number + 1) for place in range(1, number + 1))


def _credit(accounts: Sequence[LedgerAccount], month: Month, at: datetime) -> None:
    fund = services.clearing_account(kind=LedgerAccount.Kind.FUND, area=AREA)
    serial = f"contribution:{month.code}"
    services.import_credits(
        [services.Credit(account, fund, "contribution", serial, 300_00, at, at) for account in accounts]
    )


def _use(pharmacy: Provider, person: Person, use: str, at: datetime) -> None:
    services.import_settlement(
        settlement=services.Settlement(
            provider=pharmacy, beneficiary=person, serial=f"R{next(_serial)}", amount=18_60,
            category="drug" if use == "drug" else "outpatient", occurred_at=at,
        ),
        posted_at=at,
    )  # fmt: skip


def log_in(person: Person) -> str:
    """Log a citizen's browser in and return its Cookie header."""
    browser = Client()
    login_citizen(browser, person)
    return cookies_of(browser)


def cookies_of(browser: Client) -> str:
    """Return the Cookie header that a browser sends after its first page."""
    kept = {name: morsel.value for name, morsel in browser.cookies.items()}
    kept.setdefault(settings.CSRF_COOKIE_NAME, get_random_string(32))
    return "Cookie: " + "; ".join(f"{name}={value}" for name, value in kept.items())
