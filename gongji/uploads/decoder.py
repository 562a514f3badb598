"""Our end of the limited child process: start it, feed it, take no more from it than it may give."""

import json
import logging
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from threading import Timer
from typing import Any

from gongji.uploads.child import MAX_PAGE_BYTES, MAX_PDF_PAGES

logger = logging.getLogger(__name__)

CHILD = Path(__file__).with_name("child.py")
WALL_SECONDS = 20.0
"""Twice the processor time: a machine busy with other things is no reason to call a photograph broken."""
_MAX_HEADER = 4096
_MAX_ANSWER = _MAX_HEADER + MAX_PDF_PAGES * MAX_PAGE_BYTES

# No secret, address or path of the portal; one memory arena, because the limit is on address space.
_ENVIRONMENT = {"LANG": "C.UTF-8", "MALLOC_ARENA_MAX": "1"}


PROBLEMS = ("encrypted", "too_many_pages", "too_many_pixels", "too_heavy", "unreadable")


class Unusable(Exception):
    """The file cannot be used; `code` is one of PROBLEMS."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Picture:
    """One sanitized page: a JPEG made by us, upright, in sRGB, without metadata."""

    jpeg: bytes
    width: int
    height: int


def count_pages(data: bytes, kind: str) -> int:
    """Return the number of pages, from the headers alone. Raises Unusable, OSError when nothing starts."""
    header, _ = _ask("look", data, kind)
    pages = header.get("pages")
    if not isinstance(pages, int) or not 1 <= pages <= MAX_PDF_PAGES:
        raise Unusable("unreadable")
    return pages


def clean(data: bytes, kind: str) -> list[Picture]:
    """Return the pages of a file as new pictures. Raises Unusable, OSError when nothing starts."""
    header, body = _ask("clean", data, kind)
    try:
        return list(_cut(header["pages"], body))
    except (KeyError, TypeError):
        raise Unusable("unreadable") from None


def _cut(sizes: list[dict[str, int]], body: bytes) -> Iterator[Picture]:
    """Cut the answer into its pages. A child that was taken over may say anything, so nothing is believed."""
    at = 0
    for size in sizes:
        jpeg = body[at : at + size["bytes"]]
        at += size["bytes"]
        if (
            len(jpeg) > MAX_PAGE_BYTES
            or not jpeg.startswith(b"\xff\xd8\xff")
            or not jpeg.endswith(b"\xff\xd9")
        ):
            raise Unusable("unreadable")
        yield Picture(jpeg, size["width"], size["height"])


def _ask(command: str, data: bytes, kind: str) -> tuple[dict[str, Any], bytes]:
    """Run the child over `data` and return its header and what follows it."""
    answer, code = _run([sys.executable, "-I", str(CHILD), command, kind], data)
    line, _, body = answer.partition(b"\n")
    try:
        header = json.loads(line)
    except ValueError:
        # Killed by its limits or crashed inside a decoder: the exit code is all that is left to say why.
        logger.warning("upload child %s %s ended with %s", command, kind, code)
        raise Unusable("too_heavy") from None
    if not isinstance(header, dict):
        raise Unusable("unreadable")
    if "problem" in header:
        logger.info("upload child %s %s: %.200s", command, kind, line.decode(errors="replace"))
        raise Unusable(header["problem"] if header["problem"] in PROBLEMS else "unreadable")
    return header, body


def _run(command: list[str], data: bytes) -> tuple[bytes, int]:
    """Give `data` to a process and return at most _MAX_ANSWER bytes of its answer, and its exit code."""
    process = subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        cwd="/",
        env=_ENVIRONMENT,
        start_new_session=True,
    )
    assert process.stdin and process.stdout
    alarm = Timer(WALL_SECONDS, process.kill)
    alarm.start()
    try:
        # The child reads all before it writes anything; one that does not is ended by the alarm.
        try:
            process.stdin.write(data)
            process.stdin.close()
        except BrokenPipeError:
            pass
        answer = process.stdout.read(_MAX_ANSWER + 1)
    finally:
        alarm.cancel()
        process.kill()
        process.stdout.close()
        code = process.wait()
    return answer[:_MAX_ANSWER], code
