"""What Celery calls. Handlers of jobs are registered in the tasks.py of each app."""

from celery import shared_task

from gongji import outbox, sealing
from gongji.uploads.services import remove_orphans


@shared_task(name="gongji.run_job")
def run_job(job_id: str) -> None:
    """Do one job of the outbox, if it is still there to be done."""
    outbox.run(job_id)


@shared_task(name="gongji.sweep")
def sweep() -> None:
    """Ring again for every due job that nobody took."""
    outbox.sweep()


@shared_task(name="gongji.clock")
def clock() -> None:
    """Post the periodic jobs whose time has come."""
    outbox.tick()


@outbox.periodic("outbox.purge", "daily 03:10")
def purge(day: str) -> None:
    """Forget jobs done a month ago."""
    outbox.purge()


@outbox.periodic("audit.seal", "minute")
def seal(minute: str) -> None:
    """Seal the audit rows of the minutes before."""
    sealing.seal()


@outbox.periodic("uploads.tidy", "daily 03:50")
def tidy(day: str) -> None:
    """Delete stored files that belong to nothing."""
    remove_orphans()
