"""`manage.py verify_audit`: recompute the codes of every audit row and every seal."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from gongji import sealing
from gongji.models import AuditRow, AuditSeal


class Command(BaseCommand):
    """Exit 0 and a summary, or exit 1 naming the first bad row or seal."""

    help = "Check that no audit row was altered, forged or removed."

    def handle(self, *args: Any, **options: Any) -> None:
        if (flaw := next(sealing.flaws(), None)) is not None:
            raise CommandError(flaw)
        rows, seals = AuditRow.objects.count(), AuditSeal.objects.count()
        self.stdout.write(f"{rows} audit rows under {seals} seals, all intact")
