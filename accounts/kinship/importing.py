"""Marriages and births from a file (docs/operations.md): streamed, by batches that commit one by one.

Nothing that could be read again is kept: numbers become blind indexes, a line a keyed digest. A line that
is stored already is left alone; a newer file may change a record, one file may not contradict itself.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from psycopg2.extras import execute_values

from accounts.kinship.rows import (
    BIRTHS,
    MARRIAGES,
    BirthRow,
    Document,
    MarriageRow,
    Row,
    read_birth,
    read_marriage,
)
from accounts.models import BirthRecord, IdType, MarriageRecord
from gongji import csvfiles
from gongji.crypto import blind_index, blind_indexes
from gongji.csvfiles import Bad, Line, NotReadable, Tally

BATCH = 1_000


@dataclass
class KinshipTally(Tally):
    """What an import did."""

    new: int = 0
    changed: int = 0
    there: int = 0


@dataclass(frozen=True)
class _Layout:
    """One kind of file: its columns, how a line is read, and where it goes."""

    columns: Sequence[str]
    read: Callable[[Sequence[str]], Any]
    model: Any
    certificate: str
    """What the blind index of a certificate's number is of."""


_LAYOUTS = (
    _Layout(MARRIAGES, read_marriage, MarriageRecord, "marriage_certificate"),
    # A newborn without a number is known by its certificate: the index of that person's document.
    _Layout(BIRTHS, read_birth, BirthRecord, f"id:{IdType.BIRTH_CERTIFICATE}"),
)


def import_kinship(
    path: Path, *, progress: Callable[[KinshipTally], None] = lambda _tally: None
) -> KinshipTally:
    """Import a file of marriages or of births, told apart by its header.

    Raises NotReadable for another header. Bad lines are listed in FILE.errors.csv without their values.
    """
    tally, layout = KinshipTally(), _layout_of(path)
    _execute(_FORGET)
    csvfiles.stream(
        path,
        layout.columns,
        tally=tally,
        size=BATCH,
        load=lambda lines: _load(layout, lines, tally),
        progress=lambda: progress(tally),
    )
    return tally


def _layout_of(path: Path) -> _Layout:
    with csvfiles.opened(path) as file:
        header = {name.strip().strip('"') for name in file.readline().split(",")}
    for layout in _LAYOUTS:
        if header.issuperset(layout.columns):
            return layout
    known = ";".join(",".join(layout.columns) for layout in _LAYOUTS)
    raise NotReadable(_("表头要有婚姻或出生登记的这些列:{known}").format(known=known))


# ------------------------------------------------------------- one batch
_Found = dict[bytes, tuple[int, Row, bytes]]
"""Index of the certificate → number of the line, the line, its digest."""
_CONTRADICTS = Bad("certificate", str(_("前面同一个证号的一行和这一行不一样")))


def _load(layout: _Layout, lines: list[Line], tally: KinshipTally) -> list[tuple[int, Bad]]:
    """Bring one batch into the tables in one transaction; return what was wrong with its lines."""
    bad: list[tuple[int, Bad]] = []
    found: _Found = {}
    for number, cells in lines:
        row = layout.read(cells)
        if isinstance(row, list):
            bad += [(number, problem) for problem in row]
            continue
        index, digest = blind_index(layout.certificate, row.certificate), blind_index("kinship", repr(row))
        if found.setdefault(index, (number, row, digest))[2] != digest:
            bad.append((number, _CONTRADICTS))
    with transaction.atomic():
        _execute(_ONE_AT_A_TIME)
        bad += [(found.pop(index)[0], _CONTRADICTS) for index in _contradicting(found)]
        _store(layout, found, tally)
    return bad


_ONE_AT_A_TIME = "SELECT pg_advisory_xact_lock(hashtextextended('accounts.import_kinship', 0))"

# What the file said so far: one that contradicts itself would change something each time it is imported.
_FORGET = """
CREATE TEMP TABLE IF NOT EXISTS kinship_seen (certificate bytea PRIMARY KEY, digest bytea NOT NULL);
TRUNCATE kinship_seen
"""
_REMEMBER = "INSERT INTO kinship_seen VALUES %s ON CONFLICT DO NOTHING"
_SEEN = "SELECT certificate, digest FROM kinship_seen WHERE certificate = ANY(%s)"


def _execute(sql: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql)


def _contradicting(found: _Found) -> list[bytes]:
    """Remember these lines; return those of which an earlier batch said something else."""
    with connection.cursor() as cursor:
        execute_values(
            cursor.cursor, _REMEMBER, [(index, digest) for index, (_n, _r, digest) in found.items()]
        )
        cursor.execute(_SEEN, [list(found)])
        said = [(bytes(index), bytes(digest)) for index, digest in cursor]
    return [index for index, digest in said if found[index][2] != digest]


def _store(layout: _Layout, found: _Found, tally: KinshipTally) -> None:
    stored = _stored(layout, found)
    fresh: list[Any] = []
    changed: list[Any] = []
    for index, (_number, row, digest) in found.items():
        pk, before = stored.get(index, (None, b""))
        if before == digest:
            continue
        record = layout.model(
            pk=pk, certificate_index=index, digest=digest, updated_at=timezone.now(), **_cells(row)
        )
        (changed if pk else fresh).append(record)
    layout.model.objects.bulk_create(fresh)
    if changed:
        fields = [field.name for field in layout.model._meta.concrete_fields if not field.primary_key]
        layout.model.objects.bulk_update(changed, fields)
    tally.new += len(fresh)
    tally.changed += len(changed)
    tally.there += len(found) - len(fresh) - len(changed)


def _stored(layout: _Layout, found: _Found) -> Mapping[bytes, tuple[int, bytes]]:
    """Return index → key and digest of the records that are there, under whichever key they were written."""
    known = {
        older: index
        for index, (_number, row, _digest) in found.items()
        for older in blind_indexes(layout.certificate, row.certificate)
    }
    rows = layout.model.objects.filter(certificate_index__in=known)
    cells = rows.values_list("certificate_index", "pk", "digest")
    return {known[bytes(index)]: (pk, bytes(digest)) for index, pk, digest in cells}


def _cells(row: Row) -> dict[str, object]:
    if isinstance(row, MarriageRow):
        people = {"one_index": _index(row.one), "other_index": _index(row.other)}
        return {**people, "since": row.since, "until": row.until}
    assert isinstance(row, BirthRow)
    return {
        "child_index": _index(row.child),
        "mother_index": _index(row.mother),
        "father_index": _index(row.father),
    }


def _index(document: Document) -> bytes | None:
    return blind_index(f"id:{document.id_type}", document.number) if document.number else None
