"""An append-only file of seals outside the database, each line bound to the line before it.

The file proves itself: a changed, missing or swapped line breaks the chain of the lines after it. What it
cannot show is its own cut tail; the seals in the database show that. Keep it on a volume that the database
server cannot write, best one that refuses anything but appending (`chattr +a`, a WORM volume).
"""

import fcntl
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gongji import crypto

LONGEST_LINE = 4096


class SealFileBroken(Exception):
    """The file is not what was published; `row` names the first wrong line."""

    def __init__(self, row: str) -> None:
        super().__init__(row)
        self.row = row


@dataclass(frozen=True, slots=True)
class SealFile:
    """The file at `path`; every line is a JSON object with its `number` and `before`, the line before it."""

    path: Path

    def append(self, record: dict[str, Any]) -> None:
        """Write the next line, on disk when this returns; nothing when that number is there already.

        Raises SealFileBroken when the file does not end with the number before: nobody but us may write it.
        """
        self.path.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(self.path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o640)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            last = _last_line(handle)
            number = _number(last)
            if number >= record["number"]:
                return
            if number != record["number"] - 1:
                raise SealFileBroken(
                    f"the published file ends with seal {number}, not {record['number'] - 1}"
                )
            line = json.dumps(record | {"before": _digest(last)}, ensure_ascii=False).encode() + b"\n"
            os.write(handle, line)
            os.fsync(handle)
        finally:
            os.close(handle)

    def last_number(self) -> int:
        """Return the number of the last line; 0 where there is no file or nothing in it."""
        if not self.path.exists():
            return 0
        with self.path.open("rb") as file:
            return _number(_last_line(file.fileno()))

    def lines(self) -> Iterator[dict[str, Any]]:
        """Yield the records in order. Raises SealFileBroken at the first line that does not follow."""
        before = b""
        with self.path.open("rb") as file:
            for place, line in enumerate(file, 1):
                try:
                    record = json.loads(line)
                    follows = record.pop("before") == _digest(before) and record["number"] == place
                except (ValueError, KeyError, AttributeError, TypeError):
                    follows = False
                if not follows:
                    raise SealFileBroken(f"line {place} of the published file")
                before = line
                yield record


def _last_line(handle: int) -> bytes:
    size = os.fstat(handle).st_size
    tail = os.pread(handle, LONGEST_LINE, max(0, size - LONGEST_LINE))
    lines = tail.splitlines(keepends=True)
    return lines[-1] if lines else b""


def _number(line: bytes) -> int:
    if not line:
        return 0
    try:
        return int(json.loads(line)["number"])
    except (ValueError, KeyError, TypeError):
        raise SealFileBroken("the last line of the published file") from None


def _digest(line: bytes) -> str:
    return crypto.sm3(line).hex() if line else ""
