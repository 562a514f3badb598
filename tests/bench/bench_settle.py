"""Settlement through `ledger.services`, against the plain SQL floor, our bare function, and the ORM.

All do the same work: own account and two authorizers pay, one transaction, four entries. They take turns in
rounds over fresh families, so that whatever else the machine does hits all of them; the medians are compared.
"""

import hashlib
import multiprocessing
import os
import re
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any
from uuid import UUID

from django.db import connection, connections, transaction
from django.db.models import Q
from django.utils import timezone

from accounts.models import Enrollment, Person
from gongji.local.embedded import postgres_bin
from ledger import services
from ledger.models import (
    AreaRule,
    Entry,
    IdempotencyKey,
    LedgerAccount,
    Mandate,
    MonthUse,
    Provider,
    Transaction,
)
from ledger.rules import Source, month_of, split
from tests.bench.registry import Result, bench, size

HERE = Path(__file__).parent
CLIENTS = 8
ROUNDS = 3
AMOUNT = 25_00
KINDS = ("floor", "settle", "direct", "orm")
Work = Callable[[int], None]


# ------------------------------------------------------------- the benches
@bench("settle")
def settle() -> Result:
    """The service from 8 processes, against pgbench on the floor."""
    rates = measure()
    what = f"{CLIENTS} clients; reference: pgbench on the plain SQL floor (own + 2 authorizers, no guards)"
    return Result(rates["settle"], rates["floor"], "1/s", what)


@bench("settle_guarded")
def settle_guarded() -> Result:
    """The same, against pgbench calling our own function."""
    rates = measure()
    return Result(rates["settle"], rates["direct"], "1/s", "reference: pgbench calling ledger_settle")


@bench("settle_orm")
def settle_orm() -> Result:
    """The same, against a settlement written with the ORM on the same tables and guards."""
    rates = measure()
    return Result(rates["settle"], rates["orm"], "1/s", "reference: the same settlement by the ORM alone")


@cache
def measure() -> dict[str, float]:
    """Return the median rate of each way of settling."""
    each = size("settlements", 4_000) // CLIENTS * CLIENTS
    few = max(each // 10 // CLIENTS, 2) * CLIENTS
    families = (each * 2 + few) * ROUNDS
    load(families)
    rates: dict[str, list[float]] = {name: [] for name in KINDS}
    used = 0
    for number in range(ROUNDS):
        rates["floor"].append(pgbench(FLOOR, number * each, each))
        rates["settle"].append(processes(by_service, used, each))
        rates["direct"].append(pgbench(DIRECT, used + each, each))
        rates["orm"].append(processes(by_orm, used + 2 * each, few))
        used += 2 * each + few
    return {name: statistics.median(found) for name, found in rates.items()}


def load(families: int) -> None:
    """Make the floor and the families."""
    with connection.cursor() as cursor:
        for name in ("floor.sql", "families.sql"):
            cursor.execute((HERE / name).read_text(), {"families": families})
    connections.close_all()


# ------------------------------------------------------------- pgbench
FLOOR = "SELECT floor.settle(gen_random_uuid(), 3 * :f + 1, 1000000000 + :f % 1000, 2500);"
DIRECT = (
    "SELECT code FROM ledger_settle(gen_random_uuid(), 1000001 + :f % 1000, 'B' || :f::text,"
    " ('00000000-0000-4000-8000-' || lpad(to_hex(3 * :f + 1), 12, '0'))::uuid, 2500,"
    " 'outpatient', now(), false, 'k' || :f::text, '\\x00', false);"
)


def pgbench(statement: str, start: int, count: int) -> float:
    """Run a statement once per family `:f`; return settlements a second."""
    given = connection.settings_dict
    script = f"\\set f {start} + :i * {CLIENTS} + :client_id\n\\set i :i + 1\n{statement}\n"
    with tempfile.NamedTemporaryFile("w", suffix=".sql") as file:
        file.write(script)
        file.flush()
        argv = [str(postgres_bin() / "pgbench"), "-n", "-M", "prepared", "-c", str(CLIENTS), "-j", "2",
                "-t", str(count // CLIENTS), "-D", "i=0", "-f", file.name, "-h", given["HOST"],
                "-p", str(given["PORT"]), "-U", given["USER"], given["NAME"]]  # fmt: skip
        environment = os.environ | {
            "PGPASSWORD": given["PASSWORD"],
            "PGOPTIONS": "-c plan_cache_mode=force_generic_plan",
        }
        done = subprocess.run(argv, capture_output=True, text=True, env=environment, check=True)
    if "ERROR" in done.stderr:
        raise RuntimeError(done.stderr)
    return float(re.search(r"tps = ([\d.]+)", done.stdout)[1])  # type: ignore[index]


# ------------------------------------------------------------- processes
def processes(work: Work, start: int, count: int) -> float:
    """Do `work(family)` for every family from CLIENTS processes; return how many a second."""
    fork = multiprocessing.get_context("fork")
    gate, times = fork.Barrier(CLIENTS), fork.Queue()
    connections.close_all()

    def client(number: int) -> None:
        first, *rest = range(start + number, start + count, CLIENTS)
        work(first)  # connects and plans, as a web process has done long ago
        gate.wait()
        began = time.monotonic()
        for family in rest:
            work(family)
        times.put((began, time.monotonic()))

    crowd = [fork.Process(target=client, args=(number,)) for number in range(CLIENTS)]
    for process in crowd:
        process.start()
    spans = [times.get(timeout=600) for _ in crowd]
    for process in crowd:
        process.join()
    return (count - CLIENTS) / (max(end for _, end in spans) - min(began for began, _ in spans))


def settlement(family: int) -> services.Settlement:
    """Family `family` buys something for 25 元 that takes from all three accounts."""
    return services.Settlement(
        provider=Provider(pk=1_000_001 + family % 1000, account_id=1_000_001 + family % 1000, area="990100"),
        beneficiary=Person(pk=UUID(int=0x4000 << 64 | 0x8000 << 48 | 3 * family + 1)),
        serial=f"B{family}",
        amount=AMOUNT,
        category="outpatient",
        occurred_at=timezone.now(),
    )


def by_service(family: int) -> None:
    services.settle(settlement=settlement(family), key=services.RequestKey(f"k{family}", b"d" * 32))


# ------------------------------------------------------------- the same by the ORM alone
@transaction.atomic
def by_orm(family: int) -> None:
    """What a careful Django programmer would write: locks in id order, few queries, the same rows."""
    wish, now = settlement(family), timezone.now()
    area = Enrollment.objects.current().get(person=wish.beneficiary).area
    terms = AreaRule.objects.filter(area=area, valid_from__lte=now).latest("valid_from")
    live = Q(valid_until=None) | Q(valid_until__gt=now)
    mandates = list(
        Mandate.objects.select_for_update(of=("self",), no_key=True)
        .filter(live, beneficiary=wish.beneficiary, kind="mutual_aid", paused_at=None, valid_from__lte=now)
        .order_by("pk")
    )
    wanted = Q(owner=wish.beneficiary, kind="personal") | Q(
        pk__in=[mandate.account_id for mandate in mandates]
    )
    accounts = {
        account.pk: account
        for account in LedgerAccount.objects.select_for_update(of=("self",), no_key=True)
        .filter(wanted)
        .order_by("pk")
    }
    own = next(account for account in accounts.values() if account.owner_id == wish.beneficiary.pk)
    sources = [Source(mandate.pk, accounts[mandate.account_id].balance, mandate.rank) for mandate in mandates]
    shares = split(wish.amount, own.balance, sources, terms.share_order)
    account_of = {mandate.pk: accounts[mandate.account_id] for mandate in mandates}
    legs = [(own, shares.own, None), *((account_of[pk], part, pk) for pk, part in shares.shared)]
    posted = _row(wish, now, shares, len(legs) + 1)
    entries = [_leg(posted, line, *leg) for line, leg in enumerate(legs, 1)]
    paid = wish.amount - shares.cash
    entries.append(
        Entry(transaction=posted, line=len(entries) + 1, account_id=wish.provider.account_id, amount=paid)
    )
    Entry.objects.bulk_create(entries)
    MonthUse.objects.bulk_create(
        [MonthUse(mandate_id=pk, month=month_of(now), used=part) for pk, part in shares.shared],
        update_conflicts=True, unique_fields=["mandate", "month"], update_fields=["used"],
    )  # fmt: skip
    IdempotencyKey.objects.create(
        provider=wish.provider, key=f"k{family}", request=b"d" * 32, status=201, body="{}"
    )


def _row(wish: services.Settlement, now: Any, shares: Any, count: int) -> Transaction:
    return Transaction.objects.create(
        kind="settlement", provider=wish.provider, serial=wish.serial, beneficiary=wish.beneficiary,
        category=wish.category, event_at=wish.occurred_at, posted_at=now, total=wish.amount, own=shares.own,
        shared=wish.amount - shares.own - shares.cash, cash=shares.cash, entry_count=count,
        content_hash=hashlib.sha256(repr(shares).encode()).digest(),
    )  # fmt: skip


def _leg(posted: Transaction, line: int, account: LedgerAccount, part: int, mandate: int | None) -> Entry:
    after = account.balance - part
    chained = hashlib.sha256(bytes(account.head) + posted.content_hash + after.to_bytes(8)).digest()
    return Entry(
        transaction=posted, line=line, account=account, amount=-part, seq=account.seq + 1,
        balance_after=after, hash=chained, mandate_id=mandate,
    )  # fmt: skip
