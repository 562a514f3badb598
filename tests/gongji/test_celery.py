"""The outbox with real workers, beats and a broker that is killed, emptied and frozen."""

import os
import signal
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import redis
from django.conf import settings
from django.db import connection, transaction

from gongji import doorbell, outbox
from gongji.celery import app
from gongji.local.embedded import free_port, valkey
from gongji.local.service import Service
from gongji.models import AuditRow, OutboxJob
from tests.gongji import jobs  # noqa: F401 - registers the kinds posted here

pytestmark = pytest.mark.django_db(transaction=True)


def eventually(condition: Callable[[], bool], what: str, seconds: float = 40) -> None:
    """Wait for a condition; fail with its name."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"not within {seconds} s: {what}; jobs: {list(states())}"
        time.sleep(0.05)


def states() -> Iterator[tuple[str, str, int, str]]:
    return OutboxJob.objects.values_list("kind", "state", "attempts", "last_error").iterator()


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


class Crew:
    """A broker of the test's own, and the workers and beats that listen to it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = free_port()
        self.broker = valkey(folder, port=self.port, password="x", log=folder / "valkey.log", durable=False)
        self.url = f"redis://:x@127.0.0.1:{self.port}/0"
        self.hired: list[Service] = []

    def open(self) -> None:
        """Start the broker, empty."""
        self.broker.start()
        self.broker.wait_ready(10)

    def hire(self, name: str, *arguments: str) -> Service:
        database = connection.settings_dict
        address = f"{database['USER']}:{database['PASSWORD']}@{database['HOST']}:{database['PORT']}"
        service = Service(
            name=name,
            argv=[sys.executable, "-m", "celery", "-A", "gongji", *arguments, "-l", "WARNING"],
            log=self.folder / "celery.log",
            cwd=settings.BASE_DIR,
            env=os.environ
            | {
                "DJANGO_SETTINGS_MODULE": settings.SETTINGS_MODULE,
                "DATABASE_URL": f"postgres://{address}/{database['NAME']}",
                "REDIS_URL": self.url,
                "AUDIT_SEAL_LOG": str(self.folder / "seals.jsonl"),
                "OUTBOX_SWEEP_SECONDS": "1",
                "OUTBOX_CLOCK_SECONDS": "1",
                "OUTBOX_GRACE_SECONDS": "1",
            },
        )
        service.start()
        self.hired.append(service)
        return service

    def worker(self, *modules: str) -> Service:
        include = ",".join(["tests.gongji.jobs", *modules])
        quiet = "--without-gossip", "--without-mingle", "--without-heartbeat"
        return self.hire(
            "worker", "worker", "-I", include, "-Q", "codes,default,evidence,notify", "-c", "1", *quiet
        )

    def beat(self) -> Service:
        return self.hire("beat", "beat", "-s", str(self.folder / f"beat{len(self.hired)}"))

    def go_home(self) -> None:
        for service in [*self.hired, self.broker]:
            service.kill_group()
            service.stop()


@pytest.fixture
def crew(transactional_db, tmp_path, monkeypatch):
    crew = Crew(tmp_path)
    monkeypatch.setattr(app.conf, "broker_url", crew.url)
    monkeypatch.setattr(doorbell, "_resting_until", 0.0)
    doorbell._connection.cache_clear()
    crew.open()
    yield crew
    crew.go_home()
    doorbell._connection.cache_clear()


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
