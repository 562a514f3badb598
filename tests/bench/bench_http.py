"""What a request costs: settlements and pages through the web server, against a bare view on the same server.

Both servers run at the same time, each with 2 workers of 4 threads, and take turns in rounds under 8 kept
connections; the medians are compared. The client runs on the same cores as servers and database.
"""

import base64
import hashlib
import hmac
import json
import secrets
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from functools import cache

from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.utils import timezone

from binding.rules import State
from ledger.models import LedgerAccount
from ledger.services import create_provider
from tests.bench import people, web
from tests.bench.registry import Result, bench, size
from tests.binding.cases import Case, in_state
from tests.factories import login_staff

ROUNDS = 3
PLAIN = "tests.bench.plain_site"
BARE = (
    "reference: a bare view with one indexed read by the ORM in a plain project (the default middleware),"
    " same server, workers and database"
)
Work = Callable[[web.Site, int], Sequence[bytes]]
"""Makes so many requests ready, for one round."""


@cache
def ready() -> None:
    """Collect the static files, which pages name by their hashes, and have accounts for the bare view."""
    call_command("collectstatic", verbosity=0, interactive=False)
    people.families(100)


@contextmanager
def both_sites() -> Iterator[tuple[web.Site, web.Site]]:
    """Serve the portal and the plain project, on tables the planner knows."""
    ready()
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    with ExitStack() as running:
        yield running.enter_context(web.site()), running.enter_context(web.site(PLAIN))


def compare(work: Work, status: int, what: str, requests: int) -> Result:
    """Let ours and the bare view take turns; one round more than counted warms both up."""
    ours, bare = [], []
    with both_sites() as (portal, plain):
        for _ in range(ROUNDS + 1):
            ours.append(web.load(portal.port, work(portal, requests), status).rate)
            bare.append(web.load(plain.port, bare_reads(plain, requests), 200).rate)
    what = f"{what}; {web.CONNECTIONS} kept connections; {BARE}"
    return Result(statistics.median(ours[1:]), statistics.median(bare[1:]), "1/s", what)


def bare_reads(site: web.Site, number: int) -> list[bytes]:
    """Requests of the reference, over a thousand accounts."""
    accounts = LedgerAccount.objects.order_by("pk").values_list("pk", flat=True)[:1000]
    each = [site.get(f"/balances/{account}/") for account in accounts]
    return [each[place % len(each)] for place in range(number)]


# ------------------------------------------------------------- settlements
@bench("settle_http")
def settle_http() -> Result:
    """Signed settlements, each of another family: own account and two authorizers pay."""
    requests = size("requests", 1500)
    _provider, key, secret = create_provider(name="bench 药店", area=people.AREA)
    patients = iter(people.families(requests * (ROUNDS + 1)))

    def work(site: web.Site, number: int) -> list[bytes]:
        return [settlement(site, next(patients), str(key.pk), secret) for _ in range(number)]

    return compare(work, 201, "signed POST settlements, 3 payers", requests)


def settlement(site: web.Site, patient: people.Patient, key_id: str, secret: str) -> bytes:
    """Return a signed settlement of 25 元 as it is sent."""
    name = secrets.token_hex(8)
    body = json.dumps(
        {
            "provider_serial": name,
            "beneficiary": {"id_type": "01", "id_number": patient.id_number, "name": patient.name},
            "amount": "25.00",
            "category": "outpatient",
            "occurred_at": timezone.localtime().isoformat(timespec="seconds"),
        },
        ensure_ascii=False,
    ).encode()
    path = "/api/v1/settlements"
    digest = f"sha-256=:{base64.b64encode(hashlib.sha256(body).digest()).decode()}:"
    covered = {
        "@method": "POST",
        "@target-uri": f"http://{site.host}{path}",
        "content-digest": digest,
        "idempotency-key": name,
    }
    listed = " ".join(f'"{item}"' for item in covered)
    line = f'({listed});created={int(time.time())};keyid="{key_id}";nonce="{name}"'
    signed = "\n".join([f'"{item}": {value}' for item, value in covered.items()])
    mac = hmac.digest(secret.encode(), f'{signed}\n"@signature-params": {line}'.encode(), "sha256")
    head = [
        f"POST {path} HTTP/1.1",
        f"Host: {site.host}",
        "Content-Type: application/json",
        f"Content-Length: {len(body)}",
        f"Content-Digest: {digest}",
        f"Idempotency-Key: {name}",
        f"Signature-Input: sig1={line}",
        f"Signature: sig1=:{base64.b64encode(mac).decode()}:",
    ]
    return "\r\n".join([*head, "", ""]).encode() + body


# ------------------------------------------------------------- pages
@bench("page_balance")
def page_balance() -> Result:
    """What can I use, from whom: own account and two givers."""
    asked = [("/ledger/", reader.cookies) for reader in readers()]
    return page(asked, "balance page, own account and two givers")


@bench("page_history")
def page_history() -> Result:
    """Where every fen went: this month's ten lines, and the year."""
    asked = [("/ledger/history/", reader.cookies) for reader in readers()]
    return page(asked, "history page, ten lines and twelve months")


@bench("page_status")
def page_status() -> Result:
    """Where an application is: one in review with its documents."""
    cases = waiting_cases()[:20]
    asked = [
        (f"/bindings/applications/{case.now().number}/", people.log_in(case.giver.person)) for case in cases
    ]
    return page(asked, "status page of an application in review")


@bench("page_queue")
def page_queue() -> Result:
    """What waits for a reviewer: a full page of fifty."""
    login_staff(browser := Client())
    waiting_cases()
    return page(
        [("/admin/binding/application/", people.cookies_of(browser))], "queue of a reviewer, 50 cases"
    )


def page(asked: Sequence[tuple[str, str]], what: str) -> Result:
    """Let browsers (path, cookies) read their pages in turn."""

    def work(site: web.Site, number: int) -> list[bytes]:
        each = [site.get(path, cookies) for path, cookies in asked]
        return [each[place % len(each)] for place in range(number)]

    return compare(work, 200, f"{what}, {len(asked)} logged in", size("requests", 1500))


@cache
def readers() -> list[people.Reader]:
    """Twenty citizens, the same for all pages."""
    return people.readers(20)


@cache
def waiting_cases() -> list[Case]:
    """Applications in review; more than the queue shows at once."""
    return [in_state(State.IN_REVIEW) for _ in range(size("cases", 60))]
