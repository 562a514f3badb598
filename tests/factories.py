"""Rows for tests: small functions, one per model, with sensible defaults."""

import base64
import time
from datetime import UTC, date, datetime, timedelta
from itertools import count
from typing import Any
from uuid import uuid4

from django.contrib.auth.hashers import make_password
from django.test import Client
from django.utils import timezone
from django_otp.oath import totp

from accounts import services
from accounts.middleware import BEGAN, SEEN
from accounts.models import Enrollment, EnrollmentStatus, Person, Scheme, StaffDevice, User, VerifiedLevel
from accounts.rules import birth_of, check_character
from gongji.crypto import blind_index
from gongji.staffsite import SECOND_FACTOR
from ledger import services as ledger
from ledger.models import LedgerAccount, Mandate, Provider

_BACKEND = "accounts.backends.LoginBackend"
_serial = count(1)
STAFF_PASSWORD = "correct horse Battery 9"
STAFF_PASSWORD_HASH = make_password(STAFF_PASSWORD)
"""Made once: Argon2 is slow on purpose."""
TOTP_SECRET = base64.b32encode(b"a secret of tests 20").decode()


# ------------------------------------------------------------- people
def id_number(birth: date = date(1980, 1, 1), region: str = "990100", sequence: int | None = None) -> str:
    """A number with a right check digit and an unassigned region; a new one each time."""
    serial = next(_serial) if sequence is None else sequence
    body = f"{region[:4]}{serial // 1000 % 100:02}{birth:%Y%m%d}{serial % 1000:03}"
    return body + check_character(body)


def phone_number() -> str:
    """A mobile number, a new one each time."""
    return f"139{next(_serial):08}"


def make_person(
    name: str = "李明",
    *,
    number: str | None = None,
    id_type: str = "01",
    phone: str | None = "",
    **values: Any,
) -> Person:
    """A person of the registry, without insurance; `phone=None` for somebody without a phone."""
    number = number or id_number()
    phone = phone_number() if phone == "" else phone
    birth = birth_of(number) if id_type == "01" else None
    values = {"birth": birth.isoformat() if birth else None, "level": VerifiedLevel.REGISTRY} | values
    return Person.objects.create(
        id_type=id_type,
        id_number=number,
        id_index=blind_index(f"id:{id_type}", number),
        name=name,
        phone=phone,
        phone_index=blind_index("phone", phone) if phone else None,
        **values,
    )


def insure(person: Person, area: str = "990100", *, household: str = "", **values: Any) -> Enrollment:
    """The person's current enrolment: active, employee scheme, with a personal account."""
    person.enrollments.update(current=False)
    values = {
        "scheme": Scheme.EMPLOYEE,
        "personal_account": values.get("scheme", Scheme.EMPLOYEE) == Scheme.EMPLOYEE,
        "status": EnrollmentStatus.ACTIVE,
        "valid_from": date(2020, 1, 1),
        "household_index": services.household_index(area, household) if household else None,
        "source": "test",
    } | values
    return Enrollment.objects.create(person=person, area=area, **values)


def make_citizen(name: str = "李明", *, area: str = "990100", household: str = "", **values: Any) -> User:
    """A citizen's login with a verified, insured person."""
    person = make_person(name, **values)
    insure(person, area, household=household)
    return make_login(person)


def make_login(person: Person | None = None, phone: str | None = None) -> User:
    """A login for a person, or one that has not been verified yet."""
    phone = phone or (person.phone if person else None) or phone_number()
    return User.objects.create(
        person=person, phone=phone, phone_index=blind_index("phone", phone), password=make_password(None)
    )


def make_staff(
    username: str = "",
    *,
    duties: tuple[str, ...] = ("reviewer",),
    areas: tuple[str, ...] = ("990100",),
    **values: Any,
) -> User:
    """A member of staff with STAFF_PASSWORD and a confirmed device of TOTP_SECRET."""
    user = User.objects.create(
        **{
            "username": username or f"staff{next(_serial)}",
            "display_name": "张审",
            "is_staff": True,
            "duties": list(duties),
            "areas": list(areas),
            "password": STAFF_PASSWORD_HASH,
            "password_changed_at": timezone.now(),
        }
        | values
    )
    StaffDevice.objects.create(user=user, secret=TOTP_SECRET, confirmed_at=timezone.now())
    return user


# ------------------------------------------------------------- logging in, without the pages of the login
def login_citizen(client: Client, who: User | Person) -> User:
    """Log a client in as a citizen; a person without a login gets one."""
    user = who if isinstance(who, User) else User.objects.filter(person=who).first() or make_login(who)
    _log_in(client, user)
    return user


def login_staff(client: Client, user: User | None = None) -> User:
    """Log a client in as staff, second factor included."""
    user = user or make_staff()
    _log_in(client, user, **{SECOND_FACTOR: str(user.device.pk)})
    return user


def _log_in(client: Client, user: User, **marks: str) -> None:
    client.force_login(user, backend=_BACKEND)
    session = client.session
    session.update({BEGAN: int(time.time()), SEEN: int(time.time()), **marks})
    session.save()


def totp_now(steps: int = 0) -> str:
    """The code TOTP_SECRET shows now, or some steps of 30 s later."""
    return f"{totp(base64.b32decode(TOTP_SECRET), t0=-30 * steps):06}"


# ------------------------------------------------------------- the ledger
PAST = datetime(2026, 1, 1, tzinfo=UTC)


def make_account(person: Person, balance: int = 0, *, area: str = "990100", **values: Any) -> LedgerAccount:
    """The person's personal account with `balance` 分 on it, credited as an opening balance."""
    account = ledger.open_account(person=person, area=area)
    if values:
        LedgerAccount.objects.filter(pk=account.pk).update(**values)
    if balance:
        fund = ledger.clearing_account(kind=LedgerAccount.Kind.FUND, area=area)
        serial = f"opening:{next(_serial)}"
        ledger.credit([ledger.Credit(account, fund, "opening", serial, balance, timezone.now())])
    account.refresh_from_db()
    return account


def make_holder(
    name: str = "李明", balance: int = 0, *, area: str = "990100", away_allowed: bool = False
) -> Person:
    """An insured person with a personal account."""
    person = make_person(name)
    insure(person, area)
    make_account(person, balance, area=area, away_allowed=away_allowed)
    return person


def make_mandate(
    authorizer: Person, beneficiary: Person, *, cap: int | None = None, **values: Any
) -> Mandate:
    """What an approved binding leaves in the ledger, in force since yesterday."""
    given = {"binding_id": uuid4(), "kind": "mutual_aid", "valid_from": timezone.now() - timedelta(days=1)}
    return ledger.open_mandate(
        authorizer=authorizer, beneficiary=beneficiary, monthly_cap=cap, **(given | values)
    )


def make_provider(name: str = "", *, area: str = "990100") -> Provider:
    """A pharmacy with one key."""
    provider, _, _ = ledger.create_provider(name=name or f"示例药店{next(_serial)}", area=area)
    return provider


def settlement(provider: Provider, beneficiary: Person, amount: int, **values: Any) -> ledger.Settlement:
    """A settlement that happened just now."""
    given = {"serial": f"S{next(_serial)}", "category": "outpatient", "occurred_at": timezone.now()}
    return ledger.Settlement(provider=provider, beneficiary=beneficiary, amount=amount, **(given | values))
