"""`manage.py outbox status|drain|retry ID`: look at and help along the durable jobs."""

from argparse import ArgumentParser
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError

from gongji import outbox
from gongji.models import OutboxJob


class Command(BaseCommand):
    """Every verb works without a broker."""

    help = "status: how the jobs stand; drain: do every due job here and now; retry ID: revive a dead job"

    def add_arguments(self, parser: ArgumentParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True)
        verbs.add_parser("status")
        verbs.add_parser("drain")
        verbs.add_parser("retry").add_argument("id")

    def handle(self, *args: Any, verb: str, **options: Any) -> None:
        match verb:
            case "status":
                self.status()
            case "drain":
                self.stdout.write(f"{outbox.drain()} jobs done")
            case "retry":
                self.retry(options["id"])

    def status(self) -> None:
        """Print the health figures, then the dead jobs by name."""
        for name, value in outbox.health().items():
            self.stdout.write(f"{name}: {'never' if value is None else f'{value:.0f}'}")
        for job in OutboxJob.objects.filter(state=OutboxJob.State.DEAD).order_by("created_at")[:50]:
            self.stdout.write(f"dead: {job.pk} {job.kind} {job.ref}: {job.last_error}")

    def retry(self, job_id: str) -> None:
        """Give a dead job a fresh set of attempts."""
        try:
            revived = outbox.retry(job_id)
        except ValidationError:
            revived = False
        if not revived:
            raise CommandError(f"{job_id} is not a dead job")
        self.stdout.write(f"{job_id} is due again")
