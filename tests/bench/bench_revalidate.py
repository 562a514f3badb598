"""The look at all bindings after an import that changes 1 %, against the one SQL statement that finds it."""

import csv
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from itertools import islice
from pathlib import Path
from typing import TypeVar
from uuid import UUID

from django.db import connection
from django.utils import timezone

from accounts.models import Enrollment
from accounts.registry.importing import import_insured
from accounts.registry.rows import COLUMNS
from binding.models import Application, Binding, Doubt, Kind, PolicyVersion
from binding.rules import State
from binding.services.revalidation import find_doubts, settle_doubts
from ledger.models import LedgerAccount, Mandate
from tests.bench.bench_import import registry_lines
from tests.bench.registry import Result, bench, size

ROUNDS = 3
BATCH = 2_000
AREA, STATUS = COLUMNS.index("area"), COLUMNS.index("status")
THE_ONE_STATEMENT = """
SELECT b.id FROM binding_binding AS b
JOIN accounts_enrollment AS ours ON ours.person_id = b.authorizer_id AND ours.current
JOIN accounts_enrollment AS theirs ON theirs.person_id = b.beneficiary_id AND theirs.current
WHERE b.until IS NULL AND (
    ours.status IN ('ended', 'deceased') OR theirs.status IN ('ended', 'deceased')
    OR NOT ours.personal_account OR left(ours.area, 2) <> left(theirs.area, 2))
"""
"""What a bureau whose rules were written into the query would ask."""
Answer = TypeVar("Answer")


@bench("revalidate")
def revalidate() -> Iterator[Result]:
    """Bindings a second: found and ended with notices, and found. BENCH_REVALIDATE_ROWS: people."""
    people = size("revalidate_rows", 100_000)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "insured.csv"
        _write(path, people, changed=False)
        import_insured(path)
        bindings = _bind_all()
        _write(path, people, changed=True)
        import_insured(path)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    wanted, asked, found = _find_in_turn()
    ended, settling = _timed(_settle_all)
    if ended != wanted:
        raise RuntimeError(f"{ended} bindings ended, the statement finds {wanted}")
    finding, reference = statistics.median(found), statistics.median(asked)
    what = f"{people:,} people, 1 % changed, {bindings:,} bindings, {wanted:,} without ground"
    each = f"{settling / max(ended, 1) * 1000:.1f} ms an end with both notices, one process"
    yield Result(
        bindings / (finding + settling), bindings / reference, "bindings/s", f"{what}; {each}", "revalidate"
    )
    yield Result(
        bindings / finding, bindings / reference, "bindings/s", f"{what}; found only", "revalidate_find"
    )


# ------------------------------------------------------------- the registry, and what rests on it
def _write(path: Path, people: int, *, changed: bool) -> None:
    """A registry file; the changed one says of every 100th that they left the insurance or the province."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        for number, line in enumerate(islice(registry_lines(), people)):
            if changed and number % 200 == 7:
                line[STATUS] = "ended"
            elif changed and number % 200 == 107:
                line[AREA] = "970100"
            writer.writerow(line)


def _bind_all() -> int:
    """Let everybody with an account give to one relative, as far as there are two for a pair."""
    current = Enrollment.objects.current().order_by("pk")
    givers = list(current.filter(personal_account=True).values_list("person_id", "area"))
    others = list(current.filter(personal_account=False).values_list("person_id", "area"))
    spare = (len(givers) - len(others)) // 2
    relatives = [person for person, _area in [*others, *givers[:spare]]]
    pairs = list(zip(givers[spare:], relatives, strict=False))
    version = PolicyVersion.objects.filter(area="990100").latest("pk")
    for start in range(0, len(pairs), BATCH):
        _bind(pairs[start : start + BATCH], start, version)
    return len(pairs)


def _bind(pairs: list[tuple[tuple[UUID, str], UUID]], start: int, version: PolicyVersion) -> None:
    then = timezone.now() - timedelta(days=270)
    applications = [
        Application(
            number=f"GJ-2601-{start + place:08}", kind=Kind.MUTUAL_AID, authorizer_id=giver, area=area,
            beneficiary_id=relative, relation="spouse", channel="import", policy_version=version,
            state=State.APPROVED, consent_required=False, created_at=then, submitted_at=then, decided_at=then,
        )
        for place, ((giver, area), relative) in enumerate(pairs)
    ]  # fmt: skip
    Application.objects.bulk_create(applications)
    bindings = [
        Binding(
            kind=each.kind, relation=each.relation, authorizer_id=giver, area=area, beneficiary_id=relative,
            application=each, since=then,
        )
        for each, ((giver, area), relative) in zip(applications, pairs, strict=True)
    ]  # fmt: skip
    Binding.objects.bulk_create(bindings)
    accounts = [
        LedgerAccount(
            kind="personal", owner_id=each.authorizer_id, area=each.area, balance=0, seq=0, head=bytes(32)
        )
        for each in bindings
    ]
    LedgerAccount.objects.bulk_create(accounts)
    Mandate.objects.bulk_create(
        Mandate(
            binding_id=each.pk, kind="mutual_aid", account=account, authorizer_id=each.authorizer_id,
            beneficiary_id=each.beneficiary_id, authorizer_mask="样*", rank=1, valid_from=then,
        )
        for each, account in zip(bindings, accounts, strict=True)
    )  # fmt: skip


# ------------------------------------------------------------- measuring
def _find_in_turn() -> tuple[int, list[float], list[float]]:
    """Ask the one statement and our finder in turn; return what there is to find, and the seconds of each."""
    asked, found = [], []
    for _ in range(ROUNDS):
        wanted, seconds = _timed(_ask)
        asked.append(seconds)
        Doubt.objects.all().delete()
        doubts, seconds = _timed(find_doubts)
        found.append(seconds)
        if doubts.bindings != wanted:
            raise RuntimeError(f"{doubts.bindings} bindings found, the statement finds {wanted}")
    return wanted, asked, found


def _ask() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SET work_mem = '128MB'")
        cursor.execute(THE_ONE_STATEMENT)
        rows = len(cursor.fetchall())
        cursor.execute("RESET work_mem")
    return rows


def _settle_all() -> int:
    return settle_doubts(most=10**9, seconds=float("inf")).ended


def _timed(work: Callable[[], Answer]) -> tuple[Answer, float]:
    began = time.perf_counter()
    answer = work()
    return answer, time.perf_counter() - began
