"""Durable jobs without a broker: written with their cause, done once, retried, buried, seen."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from gongji import doorbell, outbox, tracing
from gongji.errors import Refused
from gongji.models import OutboxJob, OutboxPulse, WorkdayOverride

State = OutboxJob.State


@pytest.fixture
def kinds(monkeypatch):
    """Handlers and periods of this test alone."""
    monkeypatch.setattr(outbox, "_handlers", {})
    monkeypatch.setattr(outbox, "_periods", {})
    monkeypatch.setattr(outbox, "handlers", lambda: outbox._handlers)
    return outbox


@pytest.fixture
def done(kinds):
    """A kind `note` that remembers what it was given."""
    refs: list[str] = []
    kinds.handler("note")(refs.append)
    return refs


@pytest.fixture
def broken(kinds):
    """A kind `broken` that always fails after having written something."""

    @kinds.handler("broken")
    def fail(ref: str) -> None:
        WorkdayOverride.objects.create(day="2026-10-01", working=False, note=ref)
        raise Refused("too_early", "110101199001011234 是身份证号")


@pytest.fixture
def rung(monkeypatch):
    """What the doorbell was asked to ring for, instead of a broker."""
    rings: list[tuple[object, str]] = []
    monkeypatch.setattr(doorbell, "ring", lambda pk, queue, **kw: rings.append((pk, queue)) is None)
    return rings


def later(seconds: float) -> None:
    """Make every open job due, as if that time had passed."""
    OutboxJob.objects.open().update(next_at=timezone.now() - timedelta(seconds=seconds), locked_until=None)


def and_then_fail(work: Callable[[], object]) -> None:
    """Do something in a transaction that does not survive."""
    with transaction.atomic():
        work()
        raise ZeroDivisionError


@pytest.mark.django_db
class TestPost:
    def test_a_job_is_done_once(self, done):
        job = outbox.post("note", 7)
        assert (outbox.drain(), outbox.drain()) == (1, 0)
        job.refresh_from_db()
        assert (done, job.state, job.attempts) == (["7"], State.DONE, 1)
        assert job.done_at is not None

    def test_a_second_job_with_the_same_key_is_not_written(self, done):
        assert outbox.post("note", 1, dedup="once") is not None
        assert outbox.post("note", 1, dedup="once") is None
        outbox.drain()
        assert outbox.post("note", 1, dedup="once") is None
        assert done == ["1"]

    def test_a_later_job_waits_for_its_time(self, done):
        outbox.post("note", 1, run_at=timezone.now() + timedelta(minutes=10))
        assert outbox.drain() == 0
        later(0)
        assert outbox.drain() == 1

    def test_an_unknown_kind_fails_where_it_is_posted(self, kinds):
        with pytest.raises(KeyError):
            outbox.post("nobody-does-this", 1)

    def test_the_bell_rings_after_the_commit_for_due_jobs_only(
        self, done, rung, django_capture_on_commit_callbacks
    ):
        with django_capture_on_commit_callbacks(execute=True):
            job = outbox.post("note", 1)
            outbox.post("note", 2, run_at=timezone.now() + timedelta(minutes=10))
            assert rung == []
        assert rung == [(job.id, "default")]

    def test_a_pending_job_can_be_cancelled_and_its_key_used_again(self, done):
        outbox.post("note", 1, dedup="k", run_at=timezone.now() + timedelta(minutes=10))
        assert outbox.cancel("note", 1) == 1
        assert outbox.post("note", 1, dedup="k") is not None

    def test_a_finished_job_is_not_cancelled(self, done):
        outbox.post("note", 1)
        outbox.drain()
        assert outbox.cancel("note", 1) == 0


@pytest.mark.django_db
class TestFailing:
    def test_a_failed_job_leaves_nothing_behind_and_is_due_later(self, broken):
        job = outbox.post("broken", 1)
        assert outbox.drain() == 1
        job.refresh_from_db()
        assert (job.state, job.attempts) == (State.PENDING, 1)
        assert timedelta(seconds=3) < job.next_at - timezone.now() < timedelta(seconds=7)
        assert not WorkdayOverride.objects.exists()

    def test_the_error_is_kept_by_type_code_and_place_without_its_words(self, broken, caplog):
        job = outbox.post("broken", 1)
        outbox.drain()
        job.refresh_from_db()
        assert job.last_error.startswith("Refused (too_early) at gongji/test_outbox.py:")
        assert "110101199001011234" not in caplog.text

    def test_pauses_grow_to_an_hour(self):
        pauses = [outbox._pause(n).total_seconds() for n in range(1, 9)]
        assert 3.5 < pauses[0] < 6.5
        assert all(2700 <= pause <= 4500 for pause in pauses[5:])

    def test_after_eight_attempts_it_is_dead_loudly_and_can_be_revived(self, broken, caplog):
        job = outbox.post("broken", 1)
        for _ in range(12):
            outbox.drain()
            later(0)
        job.refresh_from_db()
        assert (job.state, job.attempts) == (State.DEAD, 8)
        assert [r.levelname for r in caplog.records].count("ERROR") == 1
        assert outbox.health()["dead"] == 1
        assert outbox.retry(job.pk)
        assert outbox.drain() == 1
        assert not outbox.retry(job.pk)

    def test_a_job_whose_workers_keep_dying_is_buried_by_the_sweep(self, done, rung, caplog):
        job = outbox.post("note", 1)
        gone = timezone.now() - timedelta(minutes=1)
        OutboxJob.objects.update(state=State.RUNNING, attempts=8, locked_until=gone)
        assert outbox.drain() == 0
        outbox.sweep()
        job.refresh_from_db()
        assert (job.state, done, rung) == (State.DEAD, [], [])
        assert "given up" in caplog.text


@pytest.mark.django_db
class TestLease:
    def test_a_job_that_is_taken_is_not_taken_again(self, done):
        job = outbox.post("note", 1)
        assert outbox._claim(job.pk).attempts == 1
        assert outbox._claim(job.pk) is None
        assert outbox.drain() == 0

    def test_a_job_whose_worker_died_is_taken_after_its_grace(self, done, time_machine):
        job = outbox.post("note", 1)
        outbox._claim(job.pk)
        time_machine.move_to(timezone.now() + timedelta(seconds=11))
        assert outbox.drain() == 1
        assert done == ["1"]

    def test_a_worker_that_was_overtaken_does_nothing(self, done):
        job = outbox.post("note", 1)
        slow = outbox._claim(job.pk)
        OutboxJob.objects.update(locked_until=None)
        assert outbox.run(job.pk)
        outbox._run_inside(slow, outbox.handlers()["note"])
        outbox._fail(slow, ValueError())
        job.refresh_from_db()
        assert (done, job.state, job.attempts) == (["1"], State.DONE, 2)

    def test_an_outside_job_is_sending_while_it_sends_and_knows_its_attempt(self, kinds):
        seen: list[tuple[str, int, str]] = []

        @kinds.handler("sms", queue="notify", outside=True)
        def send(ref: str, attempt: int) -> None:
            seen.append((ref, attempt, OutboxJob.objects.get().state))
            if attempt == 1:
                raise ConnectionError

        job = outbox.post("sms", 5)
        outbox.drain()
        later(0)
        outbox.drain()
        job.refresh_from_db()
        assert seen == [("5", 1, "sending"), ("5", 2, "sending")]
        assert (job.state, job.queue) == (State.DONE, "notify")

    def test_an_outside_lease_outlives_the_hard_limit_of_its_task(self, kinds, settings):
        kinds.handler("sms", outside=True)(lambda ref, attempt: None)
        job = outbox._claim(outbox.post("sms", 5).pk)
        assert job.locked_until - timezone.now() > timedelta(seconds=settings.CELERY_TASK_TIME_LIMIT)

    def test_log_lines_and_audit_rows_of_a_job_carry_its_name(self, kinds):
        names: list[str] = []
        kinds.handler("name")(lambda ref: names.append(tracing.request_id.get()))
        job = outbox.post("name", 1)
        outbox.drain()
        assert names == [f"job-{job.pk}"]
        assert tracing.request_id.get() == ""


@pytest.mark.django_db
class TestSweep:
    def test_it_rings_for_everything_due_and_nothing_else(self, done, rung):
        due = outbox.post("note", 1)
        dead_worker = outbox.post("note", 2)
        OutboxJob.objects.filter(pk=dead_worker.pk).update(
            state=State.RUNNING, locked_until=timezone.now() - timedelta(seconds=1)
        )
        outbox._claim(outbox.post("note", 3).pk)
        outbox.post("note", 4, run_at=timezone.now() + timedelta(hours=1))
        assert outbox.sweep() == 2
        assert {pk for pk, _ in rung} == {due.pk, dead_worker.pk}

    def test_it_stops_at_a_dead_broker(self, done, monkeypatch):
        outbox.post("note", 1)
        monkeypatch.setattr(doorbell, "ring", lambda *args, **kw: False)
        assert outbox.sweep() == 0

    def test_it_does_not_bury_the_workers_in_rings(self, done, rung, monkeypatch):
        monkeypatch.setattr(doorbell, "waiting", lambda queue: outbox.LONGEST_QUEUE - 1)
        for number in range(3):
            outbox.post("note", number)
        assert outbox.sweep() == 1

    def test_it_leaves_a_pulse(self, rung):
        assert outbox.health()["last_sweep_seconds"] is None
        outbox.sweep()
        outbox.sweep()
        assert OutboxPulse.objects.count() == 1
        assert outbox.health()["last_sweep_seconds"] < 5

    def test_health_shows_the_backlog_and_its_age(self, done):
        outbox.post("note", 1)
        outbox.post("note", 2, run_at=timezone.now() + timedelta(hours=1))
        OutboxJob.objects.filter(ref="1").update(next_at=timezone.now() - timedelta(minutes=5))
        health = outbox.health()
        assert health["backlog"] == 1
        assert 299 < health["oldest_seconds"] < 310

    def test_done_jobs_are_forgotten_after_a_month(self, done):
        for ref in (1, 2):
            outbox.post("note", ref)
        outbox.drain()
        OutboxJob.objects.filter(ref="1").update(done_at=timezone.now() - timedelta(days=31))
        assert outbox.purge() == 1


@pytest.mark.django_db
class TestClock:
    def at(self, hour: int, minute: int = 0, day: int = 21) -> datetime:
        """A moment of November 2026 by the bureau's clock (UTC+8)."""
        return datetime(2026, 11, day, hour, minute, tzinfo=UTC) - timedelta(hours=8)

    def periods(self, kinds, every, *moments: datetime) -> list[str]:
        kinds.periodic("tick", every)(lambda period: None)
        for moment in moments:
            outbox.tick(moment)
        return list(OutboxJob.objects.order_by("ref").values_list("ref", flat=True))

    def test_a_daily_job_is_posted_once_a_day_from_its_time_on(self, kinds):
        moments = self.at(2, 59), self.at(3), self.at(3, 1), self.at(23, 59), self.at(4, day=22)
        assert self.periods(kinds, "daily 03:00", *moments) == ["2026-11-21", "2026-11-22"]

    def test_each_minute_has_one_job(self, kinds):
        moments = [self.at(9) + timedelta(seconds=s) for s in (0, 20, 59, 60, 61)]
        assert len(self.periods(kinds, "minute", *moments)) == 2

    def test_any_span_can_be_a_period(self, kinds):
        moments = [self.at(9) + timedelta(minutes=m) for m in (0, 14, 15, 29, 30)]
        assert len(self.periods(kinds, timedelta(minutes=15), *moments)) == 3

    def test_a_finished_period_is_not_posted_again(self, kinds):
        kinds.periodic("tick", "minute")(lambda period: None)
        outbox.tick()
        outbox.drain()
        assert outbox.tick(OutboxJob.objects.get().created_at) == 0


@pytest.mark.django_db(transaction=True)
class TestTransactions:
    def test_posting_outside_a_transaction_is_refused(self, done):
        with pytest.raises(transaction.TransactionManagementError):
            outbox.post("note", 1)

    def test_a_rollback_takes_the_job_along(self, done, rung):
        with pytest.raises(ZeroDivisionError):
            and_then_fail(lambda: outbox.post("note", 1))
        assert not OutboxJob.objects.exists()
        assert rung == []

    def test_many_workers_take_a_job_once(self, done, in_threads):
        with transaction.atomic():
            jobs = [outbox.post("note", n) for n in range(10)]
        results = in_threads(*[lambda pk=job.pk: outbox.run(pk) for job in jobs for _ in range(4)])
        assert sum(results) == 10
        assert sorted(done) == sorted(str(n) for n in range(10))

    def test_a_running_job_keeps_its_lease_however_long_it_takes(self, kinds, in_threads, settings):
        """Its grace is over, but the row lock still says that somebody is at it."""
        settings.OUTBOX_GRACE_SECONDS = -1
        found: list[object] = []

        @kinds.handler("slow")
        def work(ref: str) -> None:
            found.extend(in_threads(lambda: outbox.run(job.pk), outbox.sweep))

        with transaction.atomic():
            job = outbox.post("slow", 1)
        assert outbox.run(job.pk)
        assert found == [False, 0]

    def test_cancelling_does_not_wait_for_a_running_job(self, kinds, in_threads):
        @kinds.handler("slow")
        def work(ref: str) -> None:
            assert in_threads(lambda: outbox.cancel("slow", 1)) == [0]

        with transaction.atomic():
            job = outbox.post("slow", 1)
        assert outbox.run(job.pk)
        job.refresh_from_db()
        assert job.state == State.DONE

    def test_two_clocks_at_once_post_a_period_once(self, kinds, in_threads):
        kinds.periodic("tick", "daily 00:00")(lambda period: None)
        now = timezone.now()
        posted = in_threads(*[lambda: outbox.tick(now)] * 6)
        assert sum(posted) == 1


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("fields", "constraint"),
    [
        ({"state": "lost"}, "outbox_state_known"),
        ({"state": "done"}, "outbox_done_at_iff_done"),
        ({"done_at": timezone.now()}, "outbox_done_at_iff_done"),
    ],
)
def test_the_database_refuses_impossible_jobs(fields, constraint, done):
    outbox.post("note", 1)
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        OutboxJob.objects.update(**fields)


@pytest.mark.django_db
def test_the_query_for_due_jobs_is_served_by_the_partial_index():
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
    assert "outbox_open" in OutboxJob.objects.due(timezone.now()).order_by("next_at").explain()


@pytest.mark.django_db
class TestCommand:
    def test_status_names_the_dead(self, broken, capsys):
        job = outbox.post("broken", 1)
        OutboxJob.objects.update(state=State.DEAD, last_error="Refused at x:1")
        call_command("outbox", "status")
        assert f"dead: {job.pk} broken 1: Refused at x:1" in capsys.readouterr().out

    def test_drain_does_what_is_due(self, done, capsys):
        outbox.post("note", 1)
        call_command("outbox", "drain")
        assert "1 jobs done" in capsys.readouterr().out

    @pytest.mark.parametrize("wrong", ["not-an-id", "4c1ff26e-1a9b-4a64-8a3e-0d4c6d6f2f11"])
    def test_retry_says_when_there_is_no_such_dead_job(self, wrong):
        with pytest.raises(CommandError, match="not a dead job"):
            call_command("outbox", "retry", wrong)
