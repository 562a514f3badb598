"""How what providers send is read: strict JSON or CSV, decimal strings for money, times with an offset."""

import csv
import io
import json
import re
from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated, Any

from django.http import HttpRequest
from django.utils import timezone
from ninja.parser import Parser
from pydantic import BeforeValidator, StringConstraints, WithJsonSchema

from gongji import money
from gongji.moments import moment
from ledger.api.problems import Problem

_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


CSV_HEADER = ["provider_serial", "kind", "amount"]


class StrictParser(Parser):
    """JSON without duplicate keys, NaN, NUL or half characters, or CSV with a header; else it is 422."""

    def parse_body(self, request: HttpRequest) -> dict[str, Any]:
        """Return the body as the schemas want it. Raises Problem."""
        read = _rows if request.content_type == "text/csv" else _json
        try:
            return read(request.body)
        except (ValueError, RecursionError, csv.Error) as wrong:
            raise Problem("invalid", errors=[{"loc": ["body"], "msg": f"not usable: {wrong}"}]) from wrong


def _json(body: bytes) -> dict[str, Any]:
    text = body.decode()
    found = json.loads(text, object_pairs_hook=_once, parse_constant=_refuse)
    if "\\u" in text and b"\\u0000" in json.dumps(found, ensure_ascii=False).encode():
        raise ValueError("a NUL character")
    return found  # type: ignore[no-any-return]


def _rows(body: bytes) -> dict[str, Any]:
    """Read a file; a row with too many or too few columns fails later, where its fields are checked."""
    lines = csv.DictReader(io.StringIO(body.decode("utf-8-sig"), newline=""), restkey="more", strict=True)
    if lines.fieldnames is None or sorted(lines.fieldnames) != sorted(CSV_HEADER):
        raise ValueError(f"the first line must be {','.join(CSV_HEADER)}")
    return {"rows": list(lines)}


def _once(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key comes twice")
    return found


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is not JSON")


def _amount(value: object) -> int:
    fen = money.fen(value)  # type: ignore[arg-type]
    if fen == 0:
        raise ValueError("an amount is more than 0")
    return fen


def _time(value: object) -> datetime:
    return moment(value, now=timezone.now())


def day(value: object) -> date:
    """Return the day of a text such as 2026-11-21. Raises ValueError."""
    if not isinstance(value, str) or not _DATE.fullmatch(value):
        raise ValueError("a date is YYYY-MM-DD")
    return date.fromisoformat(value)


Fen = Annotated[
    int,
    BeforeValidator(_amount),
    WithJsonSchema(
        {
            "type": "string",
            "pattern": r"^([1-9][0-9]{0,7}(\.[0-9]{1,2})?|0\.([1-9][0-9]?|0[1-9]))$",
            "examples": ["128.40"],
        }
    ),
]
Moment = Annotated[
    datetime,
    BeforeValidator(_time),
    WithJsonSchema({"type": "string", "format": "date-time", "examples": ["2026-11-21T10:30:00+08:00"]}),
]
Day = Annotated[
    date,
    BeforeValidator(day),
    WithJsonSchema({"type": "string", "format": "date", "examples": ["2026-11-01"]}),
]
Serial = Annotated[str, StringConstraints(strict=True, pattern=r"^[\x21-\x7e]{1,64}$")]
_LINE = StringConstraints(strict=True, min_length=1, pattern=r"^[^\u0000-\u001f\u007f-\u009f\u2028\u2029]+$")
Number = Annotated[str, _LINE, StringConstraints(max_length=40)]
Name = Annotated[str, _LINE, StringConstraints(max_length=50)]
"""No control character. Everything else may be in a name: rare characters are newer than any list of them."""
Words = Annotated[str, _LINE, StringConstraints(max_length=200)]
