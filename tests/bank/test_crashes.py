"""kill -9 at any moment: a job is written with its cause, and done with its mark, or not at all."""

import multiprocessing
import os
import random
import time
from collections import Counter
from collections.abc import Callable

import pytest
from django.db import connections, transaction

from gongji import audit, doorbell, outbox
from gongji.models import AuditRow, OutboxJob
from tests.gongji import jobs  # noqa: F401 - registers the kinds posted here

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("bank")]
KILLS = int(os.environ.get("RACE_KILLS", 25))
MOMENT = 0.03
"""Seconds: several rounds of the work that is killed."""


@pytest.fixture
def killed(monkeypatch):
    """Start some work in a process of its own, kill that in the middle, and do so again and again."""
    monkeypatch.setattr(doorbell, "ring", lambda *_args, **_options: True)
    outbox.handlers()  # imports them once, not in every child
    chance = random.Random(int(os.environ.get("BANK_SEED", 7)))
    fork = multiprocessing.get_context("fork")

    def start_and_kill(work: Callable[[], object]) -> None:
        connections.close_all()
        begun = fork.Event()

        def child() -> None:
            with transaction.atomic():
                pass  # connects
            begun.set()
            while True:
                work()

        process = fork.Process(target=child, daemon=True)
        process.start()
        assert begun.wait(20)
        time.sleep(chance.uniform(0, MOMENT))
        process.kill()
        process.join()

    return lambda work: [start_and_kill(work) for _ in range(KILLS)]


def effects() -> Counter[str]:
    return Counter(AuditRow.objects.filter(action="test").values_list("reason", flat=True))


def something_happens() -> None:
    """Do what any business action does: a change, and the job it needs."""
    with transaction.atomic():
        audit.record(action="cause", actor=None, reason=str(time.monotonic_ns()))
        outbox.post("test.note", AuditRow.objects.filter(action="cause").latest("pk").reason)


def test_whatever_happened_has_its_job(killed):
    killed(something_happens)
    causes = AuditRow.objects.filter(action="cause").values_list("reason", flat=True)
    assert len(causes) > KILLS / 2
    assert set(causes) == set(OutboxJob.objects.values_list("ref", flat=True))


def test_a_killed_worker_leaves_every_job_done_once(killed, settings):
    settings.OUTBOX_GRACE_SECONDS = 0
    with transaction.atomic():
        for number in range(KILLS * 6):
            outbox.post("test.note", number)
    killed(outbox.drain)
    while OutboxJob.objects.open().exists():
        OutboxJob.objects.open().update(attempts=0, state="pending", locked_until=None)
        outbox.drain()
    assert effects() == Counter(str(number) for number in range(KILLS * 6))
