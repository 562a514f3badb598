"""The whole demo, step by step; the same seed makes the same demo, counted from today."""

import csv
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from django.core.management import call_command
from django.db.models import F
from django.db.models.functions import Least
from django.utils import timezone

from accounts.models import Message, Person, User
from accounts.services import by_number, new_account_holders
from accounts.services.identity import login_for, verify_identity
from binding.demo import cast
from binding.demo.applications import Desk, fill_places, play_cast
from binding.demo.casework import Casework, Wish, working_hour
from binding.demo.counter import play_counter
from binding.demo.looking import play_view
from binding.demo.people import Crowd, Resident
from binding.demo.registers import import_registers
from binding.demo.sharing import bind_families, move_money
from binding.demo.staff import make_providers, make_staff
from binding.demo.usage import MONTHS, History, Visit
from binding.demo.wallets import play_wallet
from binding.services.policy import publish_policies
from gongji.models import OutboxJob
from gongji.policy import Relation
from ledger import services as ledger
from ledger.models import AreaRule, LedgerAccount, Provider

HEADER = [
    "id_type", "id_number", "name", "birth_date", "phone", "area", "scheme", "personal_account", "status",
    "valid_from", "valid_to", "household_no", "relation_to_head", "employer",
]  # fmt: skip
Tell = Callable[[str], None]
OLD_FAMILIES = 12


@dataclass
class Demo:
    """What was made, for those who draw on it and for the hand-out."""

    citizens: dict[str, cast.Citizen] = field(default_factory=dict)
    people: dict[str, Person] = field(default_factory=dict)
    users: dict[str, User] = field(default_factory=dict)
    staff: dict[str, User] = field(default_factory=dict)
    big_house: list[tuple[Resident, Relation]] = field(default_factory=list)
    families: list[list[Resident]] = field(default_factory=list)
    providers: list[Provider] = field(default_factory=list)
    handout: dict[str, Any] = field(default_factory=dict)


def sow(*, people: int, entries: int, seed: int, tell: Tell) -> Demo:
    """Fill an empty database and return what was made. `entries` is how many ledger entries to aim at."""
    demo = Demo()
    now = timezone.now()
    publish_policies(now=now)
    # The demo's first use lies before the day the rules were published here.
    AreaRule.objects.update(valid_from=Least(F("valid_from"), now - timedelta(days=31 * (MONTHS + 1))))
    crowd = Crowd(seed)
    demo.citizens = {citizen.key: citizen for citizen in cast.citizens(crowd)}
    demo.big_house = cast.big_house(crowd)
    tell(f"参保登记:{people} 人")
    _register(demo, crowd, people)
    demo.staff = make_staff(demo.handout)
    demo.providers = make_providers(demo.handout)
    _log_in(demo)
    _open_accounts()
    tell("一年前的共济关系")
    _old_bindings(demo, seed)
    tell(f"{MONTHS} 个月的使用:约 {entries} 条分录")
    _live(demo, entries, seed, tell)
    tell("正在办的申请")
    _fill_desks(demo, seed)
    _let_the_past_be_done()
    return demo


def _register(demo: Demo, crowd: Crowd, people: int) -> None:
    """Write the registry file and import it the way a bureau does."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "registry.csv"
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(HEADER)
            writer.writerows(resident.row() for resident in _residents(demo, crowd, people))
        call_command("import_insured", str(path), verbosity=0)
    for key, citizen in demo.citizens.items():
        person = by_number(id_type="01", id_number=citizen.resident.id_number)
        assert person is not None, citizen.key
        demo.people[key] = person
    import_registers(demo.people)


def _residents(demo: Demo, crowd: Crowd, people: int) -> Iterator[Resident]:
    yield from (citizen.resident for citizen in demo.citizens.values())
    yield from (resident for resident, _relation in demo.big_house)
    count = len(demo.citizens) + len(demo.big_house)
    while count < people:
        area = (cast.HOME, cast.HOME, cast.NEIGHBOUR, cast.KUNMING)[len(demo.families) % 4]
        family = crowd.family(area=area, number=len(demo.families) + 1)
        demo.families.append(family) if len(demo.families) < 2000 else None
        count += len(family)
        yield from family


def _log_in(demo: Demo) -> None:
    """Verify the citizens the way they would do it themselves; the unverified one stops before that."""
    for key, citizen in demo.citizens.items():
        if not citizen.verified and citizen.role != "unverified":
            continue
        user = login_for(phone=citizen.resident.phone)
        if citizen.verified:
            outcome = verify_identity(
                user=user, id_type="01", id_number=citizen.resident.id_number, name=citizen.resident.name
            )
            assert outcome.failure is None, outcome
            user = outcome.user
        demo.users[key] = user


def _open_accounts() -> None:
    for person in new_account_holders().prefetch_related("enrollments").iterator(chunk_size=1000):
        current = next(row for row in person.enrollments.all() if row.current)
        ledger.open_account(person=person, area=current.area)


def _old_bindings(demo: Demo, seed: int) -> None:
    """Bindings that are a year old: the cast's by document, those of the families by household data."""
    work = Casework(reviewer=demo.staff["zhang.shen"], second=demo.staff["qian.shen"], seed=seed)
    begin = working_hour(31 * MONTHS - 20)
    mother = Wish(demo.users["li_ming"], demo.people["wang_fang"], Relation.PARENT)
    work.approved(mother, begin)
    bind_families(work, demo.users, demo.people, begin)
    homes = [family for family in demo.families if family[0].area == cast.HOME and len(family) > 2]
    for day, family in enumerate(homes[:OLD_FAMILIES]):
        giver = login_for(phone=family[0].phone)
        giver = verify_identity(
            user=giver, id_type="01", id_number=family[0].id_number, name=family[0].name
        ).user
        for relative, relation in ((family[1], Relation.SPOUSE), (family[2], Relation.CHILD)):
            person = by_number(id_type="01", id_number=relative.id_number)
            assert person is not None
            work.approved(Wish(giver, person, relation), begin + timedelta(days=day % 20))


def _live(demo: Demo, entries: int, seed: int, tell: Tell) -> None:
    """Let everybody use their money for a year."""
    history = History(seed=seed, providers=demo.providers)
    accounts = list(LedgerAccount.objects.filter(kind=LedgerAccount.Kind.PERSONAL).order_by("pk"))
    patients = list(
        Person.objects.filter(received__until=None, received__isnull=False).distinct().order_by("pk")
    )
    others = list(Person.objects.exclude(pk__in=[person.pk for person in patients]).order_by("pk")[:2000])
    draw = random.Random(seed)
    bills = max((entries - len(accounts) * MONTHS * 2) // 3, MONTHS * 40)
    for number, month in enumerate(history.months()):
        history.credit(accounts, month, first=number == 0)
        visits = history.visits(
            [*patients * 3, *draw.sample(others, min(len(others), 60))], month, bills // MONTHS
        )
        visits += history.visits([demo.people["wang_fang"]], month, 3)
        visits += history.visits([demo.people["li_ming"]], month, 1)
        done = sum(1 for _visit in history.post(_in_order(visits)))
        tell(f"  {month.code}:{done} 次就医购药")


def _in_order(visits: list[Visit]) -> list[Visit]:
    return sorted(visits, key=lambda visit: visit.at)


def _fill_desks(demo: Demo, seed: int) -> None:
    work = Casework(reviewer=demo.staff["zhang.shen"], second=demo.staff["qian.shen"], seed=seed)
    homes = [family for family in demo.families if family[0].area == cast.HOME]
    fill_places(work, demo.users["qian_duo"], demo.big_house)
    play_cast(work, demo.users, demo.people)
    move_money(demo.users, demo.people)
    clinic = next(provider for provider in demo.providers if provider.area == cast.ELSEWHERE)
    play_view(demo.users["li_ming"], demo.users["wang_fang"])
    play_wallet(work, demo.users["sun_wei"], demo.users["he_guilan"], clinic)
    desk = Desk(work=work, families=homes[OLD_FAMILIES:])
    list(desk.fill_states())
    list(desk.fill_queue())
    play_counter(
        demo.staff["sun.chuang"],
        [(_known(homes[-n][0]), _known(homes[-n - 1][1])) for n in (1, 3)],
        seed=seed,
    )
    neighbours = [family for family in demo.families if family[0].area == cast.NEIGHBOUR]
    other = Casework(reviewer=demo.staff["chen.shen"], second=demo.staff["chen.shen"], seed=seed + 1)
    elsewhere = Desk(work=other, families=neighbours)
    for hours in (2, 5, 26):
        other.in_review(elsewhere.wish(), timezone.now() - timedelta(hours=hours))


def _known(resident: Resident) -> Person:
    person = by_number(id_type="01", id_number=resident.id_number)
    assert person is not None
    return person


def _let_the_past_be_done() -> None:
    """What was posted for days gone by was done then: no SMS of last year goes out today."""
    now = timezone.now()
    Message.objects.filter(visible_from__lt=now, sms=Message.Sms.QUEUED).update(
        sms=Message.Sms.SENT, sent_at=F("visible_from")
    )
    OutboxJob.objects.filter(next_at__lt=now).update(state=OutboxJob.State.DONE, done_at=now)
