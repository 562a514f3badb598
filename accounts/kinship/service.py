"""A register behind HTTP, such as a province's sharing platform: one POST a question, nothing in its URL.

The question: `{"people": [{"id_type": "01", "id_number": "…"}, …]}`. The answer, in the same order:
`{"people": [{"known": true, "marriages": [{"spouse": {…}, "since": "2015-05-20", "until": null}]}]}` from a
register of marriages, `{"people": [{"known": true, "mother": {…}, "father": null}]}` from one of births.
`"known": false` means it cannot tell; a known person without a marriage is in none.
"""

import json
import logging
import socket
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import date
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from threading import Timer
from typing import Any
from urllib.parse import SplitResult, urlsplit, urlunsplit

from django.utils import timezone

from accounts.kinship.facts import Birth, Marriage, Said, Silent, Who
from accounts.rules import check_id, normalise_id
from gongji.breaker import Breaker, Resting

logger = logging.getLogger(__name__)

LONGEST_ANSWER = 64 * 1024


class _NotTold(ValueError):
    """The answer is not one of the form above."""


class Service(ABC):
    """One register behind HTTP. A redirect, like every other status than 200, is no answer."""

    about_others: bool

    def __init__(self, name: str, url: str, key: str, breaker: Breaker | None = None) -> None:
        self.name = name
        self._url, self._key = urlsplit(url), key
        self._breaker = breaker or Breaker()

    def look_up(self, people: Sequence[Who], *, within: float) -> Said:
        """Ask about the people whose number we hold. Raises Silent; what is logged names the host only."""
        asked = [person for person in people if person.number]
        if not asked:
            return Said(self.name, timezone.now())
        try:
            with self._breaker.watching(OSError, HTTPException, ValueError):
                return self._read(asked, _post(self._url, self._key, _question(asked), within))
        except Resting:
            raise Silent(f"{self.name}: resting") from None
        except (OSError, HTTPException, ValueError) as error:
            # `from None`, and no text of the error: both may quote what was sent or received.
            logger.warning("register %s gave no answer: %s", self._url.hostname, type(error).__name__)
            raise Silent(f"{self.name}: {type(error).__name__}") from None

    def _read(self, asked: Sequence[Who], body: bytes) -> Said:
        try:
            answers = json.loads(body)["people"]
            if len(answers) != len(asked):
                raise _NotTold
            told = {
                who: answer for who, answer in zip(asked, answers, strict=True) if answer["known"] is True
            }
            return self._said(told)
        except (LookupError, TypeError, AttributeError, RecursionError):
            raise _NotTold from None

    @abstractmethod
    def _said(self, told: Mapping[Who, dict[str, Any]]) -> Said:
        """Return the facts in the answers about those whom the register knows."""


class MarriageService(Service):
    """民政婚姻登记 as a service."""

    about_others = False

    def _said(self, told: Mapping[Who, dict[str, Any]]) -> Said:
        facts = [
            Marriage(who, _spouse(who, row["spouse"]), _day(row.get("since")), _day(row.get("until")))
            for who, answer in told.items()
            for row in answer["marriages"]
        ]
        return Said(self.name, timezone.now(), tuple(facts), frozenset(told))


class BirthService(Service):
    """卫健出生登记 as a service; it is asked about people in between whose numbers it told us itself."""

    about_others = True

    def _said(self, told: Mapping[Who, dict[str, Any]]) -> Said:
        named = {who: (_parent(answer["mother"]), _parent(answer["father"])) for who, answer in told.items()}
        facts = [Birth(who, *parents) for who, parents in named.items() if any(parents)]
        return Said(self.name, timezone.now(), tuple(facts))


# ------------------------------------------------------------- reading
def _person(cell: dict[str, str]) -> Who:
    id_type = cell["id_type"]
    number = normalise_id(id_type, cell["id_number"])
    if check_id(id_type, number) is not None:
        raise _NotTold
    return Who.of(id_type, number)


def _spouse(of: Who, cell: dict[str, str]) -> Who:
    spouse = _person(cell)
    if spouse == of:
        raise _NotTold
    return spouse


def _parent(cell: dict[str, str] | None) -> Who | None:
    return _person(cell) if cell else None


def _day(cell: str | None) -> date | None:
    return date.fromisoformat(cell) if cell else None


# ------------------------------------------------------------- the wire
def _question(asked: Sequence[Who]) -> bytes:
    people = [{"id_type": who.id_type, "id_number": who.number} for who in asked]
    return json.dumps({"people": people}).encode()


def _post(url: SplitResult, key: str, body: bytes, within: float) -> bytes:
    """Send and read within so many seconds in all: a server that drips is cut off like one that sleeps.

    Only finding the address is not counted; give a host one address, or none that is dead.
    """
    ends = time.monotonic() + within
    make: Callable[..., HTTPConnection] = HTTPSConnection if url.scheme == "https" else HTTPConnection
    connection = make(url.hostname or "", url.port, timeout=within)
    headers = {"Content-Type": "application/json", "Authorization": f"Bearer {key}"}
    try:
        connection.connect()
        cut = Timer(max(ends - time.monotonic(), 0), _cut, [connection.sock])
        cut.daemon = True
        cut.start()
        try:
            connection.request("POST", urlunsplit(("", "", url.path or "/", url.query, "")), body, headers)
            return _answer(connection)
        finally:
            cut.cancel()
    finally:
        connection.close()


def _answer(connection: HTTPConnection) -> bytes:
    response = connection.getresponse()
    if response.status != 200:
        raise HTTPException(response.status)
    body = response.read(LONGEST_ANSWER + 1)
    if len(body) > LONGEST_ANSWER:
        raise HTTPException("too long")
    return body


def _cut(connected: socket.socket) -> None:
    """End both directions: whoever reads or writes here wakes up with an error."""
    with suppress(OSError):
        socket.socket.shutdown(connected, socket.SHUT_RDWR)
