"""The outbox with real workers, beats and a broker that is killed, emptied and frozen."""

import signal
import time
from collections import Counter
from collections.abc import Callable

import pytest
import redis
from django.db import transaction

from gongji import doorbell, outbox
from gongji.models import AuditRow, OutboxJob
from tests.crew import eventually
from tests.gongji import jobs  # noqa: F401 - registers the kinds posted here

pytestmark = pytest.mark.django_db(transaction=True)


def effects(action: str = "test") -> Counter[str]:
    return Counter(AuditRow.objects.filter(action=action).values_list("reason", flat=True))


def submit(kind: str, ref: object) -> OutboxJob:
    """Do what a citizen's submission does: one transaction with a job in it."""
    with transaction.atomic():
        return outbox.post(kind, ref)


def and_then_fail(work: Callable[[], object]) -> None:
    """Do something in a transaction that does not survive."""
    with transaction.atomic():
        work()
        raise ZeroDivisionError


def test_a_job_runs_after_the_commit_by_the_bell_alone_and_a_rolled_back_one_never(crew):
    crew.worker()
    with pytest.raises(ZeroDivisionError):
        and_then_fail(lambda: outbox.post("test.note", "rolled back"))
    submit("test.note", "committed")
    eventually(lambda: bool(effects()), "the committed job's effect")
    assert effects() == {"committed": 1}


def test_a_worker_killed_in_the_middle_leaves_no_half_and_the_next_one_does_it_once(crew, tmp_path):
    flag = tmp_path / "hold"
    worker = crew.worker()
    job = submit("test.hold", flag)
    eventually(flag.exists, "the job has started")
    worker.kill_group()
    assert effects() == {}
    flag.unlink()
    crew.worker()
    crew.beat()
    eventually(lambda: OutboxJob.objects.get(pk=job.pk).state == "done", "the second worker has finished it")
    job.refresh_from_db()
    assert effects() == {str(flag): 1}
    assert job.attempts == 2


def test_the_sweep_alone_drains_what_an_emptied_broker_forgot(crew):
    for n in range(20):
        submit("test.note", n)
    redis.Redis.from_url(crew.url).flushall()
    crew.worker()
    crew.beat()
    eventually(lambda: effects().total() == 20, "all twenty effects")
    assert set(effects().values()) == {1}


def test_rings_that_nobody_has_heard_are_counted(crew):
    assert doorbell.waiting("default") == 0
    for n in range(3):
        submit("test.note", n)
    assert doorbell.waiting("default") == 3


def test_a_dead_broker_neither_fails_nor_slows_a_submission_and_the_worker_hears_again(crew):
    crew.worker()
    crew.beat()
    submit("test.note", "before")
    eventually(lambda: "before" in effects(), "the worker is at work")
    crew.broker.kill_group()
    crew.broker.stop()

    started = time.monotonic()
    for n in range(20):
        submit("test.note", n)
    assert time.monotonic() - started < 1

    crew.open()
    eventually(lambda: effects().total() == 21, "all effects after the broker's return")
    assert set(effects().values()) == {1}


def test_a_frozen_broker_costs_a_submission_less_than_a_second(crew):
    submit("test.note", "connects")
    crew.broker.process.send_signal(signal.SIGSTOP)
    started = time.monotonic()
    for n in range(5):
        submit("test.note", n)
    assert time.monotonic() - started < 1
    crew.broker.process.send_signal(signal.SIGCONT)
    assert OutboxJob.objects.open().count() == 6


def test_two_beats_and_two_workers_give_one_effect_a_period(crew):
    for _ in range(2):
        crew.worker("tests.gongji.ticking")
        crew.beat()
    eventually(lambda: len(effects("tick")) >= 4, "four periods")
    assert set(effects("tick").values()) == {1}
