"""Issuing a statement under a check code, and telling whether a code and a total belong together.

The code is 19 digits of a keyed digest (63 bits) over everything the check shows and over the digest of
everything printed, and a check digit. So a row changed behind our back no longer fits its code.
"""

import hmac
import json
from datetime import UTC
from typing import Final

from django.utils import timezone

from gongji.crypto import authenticate, is_authentic, sm3
from ledger.models import IssuedStatement
from ledger.statements.pdf import Stamp
from ledger.statements.statement import Statement

DIGITS: Final = 19
_PURPOSE = "statement"


def issue_statement(statement: Statement) -> IssuedStatement:
    """Return the row under which a printed statement can be checked; the same document has the same one."""
    row = IssuedStatement(
        person=statement.person,
        role=statement.role.value,
        period=statement.period.code,
        names=[figure.name for figure in statement.figures],
        sums=[figure.fen for figure in statement.figures],
        control=statement.control,
        lines=len(statement.lines.rows),
        digest=sm3(statement.canonical()),
        issued_at=timezone.now(),
    )
    row.mac = authenticate(_PURPOSE, _content(row))
    row.code = _code_of(row.mac)
    IssuedStatement.objects.bulk_create([row], ignore_conflicts=True)
    return IssuedStatement.objects.get(person=row.person, role=row.role, period=row.period, digest=row.digest)


def stamp_of(statement: Statement, *, check_page: str) -> Stamp:
    """Issue a statement and return what is printed beside it; `check_page` is a whole address."""
    issued = issue_statement(statement)
    return Stamp(
        code=grouped(issued.code),
        issued=f"{timezone.localtime(issued.issued_at):%Y-%m-%d %H:%M}",
        address=check_page.split("://", 1)[1],
        qr=f"{check_page}?code={issued.code}",
    )


def check_statement(*, code: str, total: int) -> IssuedStatement | None:
    """Return the statement that was issued under a code with this sum (分) beside it, else None.

    None too for a row that was changed after it was issued.
    """
    row = IssuedStatement.objects.select_related("person").filter(code=code).first()
    if row is None or not _is_ours(row):
        return None
    return row if dict(zip(row.names, row.sums, strict=True))[row.control] == total else None


def grouped(code: str) -> str:
    """Write a code as people read it: 1234 5678 9012 3456 7890."""
    return " ".join(code[start : start + 4] for start in range(0, len(code), 4))


def is_code(text: str) -> bool:
    """Tell whether twenty digits can be a code at all: the last one answers for slips of the hand."""
    fits = len(text) == DIGITS + 1 and text.isascii() and text.isdigit()
    return fits and text[-1] == _check_digit(text[:-1])


def _is_ours(row: IssuedStatement) -> bool:
    mac = bytes(row.mac)
    return hmac.compare_digest(_code_of(mac), row.code) and is_authentic(_PURPOSE, _content(row), mac)


def _content(row: IssuedStatement) -> bytes:
    moment = row.issued_at.astimezone(UTC).isoformat()
    shown = [str(row.person_id), row.role, row.period, row.names, row.sums, row.control, row.lines, moment]
    return json.dumps(shown).encode() + bytes(row.digest)


def _code_of(mac: bytes) -> str:
    digits = f"{int.from_bytes(mac[1:]) % 10**DIGITS:0{DIGITS}}"
    return digits + _check_digit(digits)


def _check_digit(digits: str) -> str:
    """Return the Luhn digit: it finds every single wrong digit and most swapped neighbours."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (2 if place % 2 == 0 else 1)
        total += value - 9 if value > 9 else value
    return str(-total % 10)
