"""`manage.py verify_audit`: recompute the code of every audit row."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from gongji import audit
from gongji.models import AuditRow


class Command(BaseCommand):
    """Exit 0 and a summary, or exit 1 naming the first bad row."""

    help = "Check that no audit row was altered or forged."

    def handle(self, *args: Any, **options: Any) -> None:
        if (bad := next(audit.altered(), None)) is not None:
            raise CommandError(f"audit row {bad.pk} of {bad.at:%FT%T%z} was altered or forged")
        self.stdout.write(f"{AuditRow.objects.count()} audit rows, all intact")
