"""kill -9 at any moment: a job is written with its cause, and done with its mark, or not at all."""

import multiprocessing
import os
import random
import time
from collections import Counter
from collections.abc import Callable

import pytest
from django.db import connections, transaction
from django.utils import timezone

from gongji import audit, doorbell, outbox
from gongji.models import AuditRow, OutboxJob
from tests.gongji import jobs  # noqa: F401 - registers the kinds posted here

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("bank")]
KILLS = int(os.environ.get("RACE_KILLS", 25))
MOMENT = 0.015
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
            connections.close_all()  # without the browser's event loop Django finds another, older connection
            while True:
                work()
                begun.set()  # connected, and in the middle of the next round

        process = fork.Process(target=child, daemon=True)
        process.start()
        assert begun.wait(60)
        time.sleep(chance.uniform(0, MOMENT))
        process.kill()
        process.join()

    def again_and_again(work: Callable[[], object]) -> None:
        for _ in range(KILLS):
            start_and_kill(work)

    return again_and_again


def effects() -> Counter[str]:
    return Counter(AuditRow.objects.filter(action="test").values_list("reason", flat=True))


def something_happens() -> None:
    """Do what any business action does: a change, and the job it needs."""
    now = str(time.monotonic_ns())
    with transaction.atomic():
        audit.record(action="cause", actor=None, reason=now)
        outbox.post("test.note", now)


def test_whatever_happened_has_its_job(killed):
    killed(something_happens)
    causes = AuditRow.objects.filter(action="cause").values_list("reason", flat=True)
    assert len(causes) >= KILLS
    assert set(causes) == set(OutboxJob.objects.values_list("ref", flat=True))


def a_job_is_done() -> None:
    """Do one job that is due, as a worker does whom the bell has called."""
    due = OutboxJob.objects.due(timezone.now()).order_by("?").first()
    if due is not None:
        outbox.run(due.pk)


def test_a_killed_worker_leaves_every_job_done_once(killed, settings):
    settings.OUTBOX_GRACE_SECONDS = 0
    with transaction.atomic():
        for number in range(KILLS * 8):
            outbox.post("test.note", number)
    killed(a_job_is_done)
    while OutboxJob.objects.open().exists():
        OutboxJob.objects.open().update(attempts=0, state="pending", locked_until=None)
        outbox.drain()
    assert effects() == Counter(str(number) for number in range(KILLS * 8))
