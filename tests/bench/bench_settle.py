"""Settlement through `ledger.services`, against the plain SQL floor, our bare function, and the ORM.

All do the same work: own account and two authorizers pay, one transaction, four entries. They take turns in
rounds over fresh families, so that whatever else the machine does hits all of them; the medians are compared.
"""

import hashlib
import os
import re
import statistics
import subprocess
import tempfile
from functools import cache
from typing import Any

from django.db import connection, transaction
from django.db.models import Q
from django.utils import timezone

from accounts.models import Enrollment
from gongji.local.embedded import postgres_bin
from ledger import services
from ledger.models import (
    AreaRule,
    Entry,
    IdempotencyKey,
    LedgerAccount,
    Mandate,
    MonthUse,
    Transaction,
)
from ledger.rules import Source, month_of, split
from tests.bench.clients import CLIENTS, HERE, load_families, rate, wishes
from tests.bench.registry import Result, bench, size

ROUNDS = 3
KINDS = ("floor", "settle", "direct", "orm")


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
    load_floor(families)
    used = load_families(families)
    rates: dict[str, list[float]] = {name: [] for name in KINDS}
    for number in range(ROUNDS):
        rates["floor"].append(pgbench(FLOOR, number * each, each))
        rates["settle"].append(rate(by_service, wishes(used, each)))
        rates["direct"].append(pgbench(DIRECT, used + each, each))
        rates["orm"].append(rate(by_orm, wishes(used + 2 * each, few)))
        used += 2 * each + few
    return {name: statistics.median(found) for name, found in rates.items()}


# ------------------------------------------------------------- pgbench
def load_floor(families: int) -> None:
    """Make the tables of the floor, with as many families of their own."""
    with connection.cursor() as cursor:
        cursor.execute((HERE / "floor.sql").read_text(), {"families": families})


FLOOR = "SELECT floor.settle(gen_random_uuid(), 3 * :f + 1, 1000000000 + :f % 1000, 2500);"
DIRECT = (
    "SELECT code FROM ledger_settle(gen_random_uuid(), 1000001 + :f % 1000, 'B' || :f::text,"
    " ('00000000-0000-4000-8000-' || lpad(to_hex(3 * :f + 1), 12, '0'))::uuid, 2500,"
    " 'outpatient', now(), false, 'kB' || :f::text, '\\x00', false);"
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


# ------------------------------------------------------------- by the service
def by_service(wish: services.Settlement) -> None:
    services.settle(settlement=wish, key=services.RequestKey(f"k{wish.serial}", b"d" * 32))


# ------------------------------------------------------------- the same by the ORM alone
@transaction.atomic
def by_orm(wish: services.Settlement) -> None:
    """What a careful Django programmer would write: locks in id order, few queries, the same rows."""
    now = timezone.now()
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
        provider=wish.provider, key=f"k{wish.serial}", request=b"d" * 32, status=201, body="{}"
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
