"""`manage.py create_auditor_key HOLDER`: a key that reads the summary of the books and nothing else."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from ledger import services


class Command(BaseCommand):
    help = "给审计人员一把密钥,只能读账本全貌(/api/v1/audit/summary)。密钥只显示这一次。"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("holder", help="谁持有这把密钥,例如「省审计厅」")

    def handle(self, *args: Any, **options: Any) -> None:
        holder = options["holder"].strip()
        if not 0 < len(holder) <= 100:
            raise CommandError("持有人是 1 到 100 个字。")
        key, secret = services.create_auditor_key(holder=holder)
        self.stdout.write(f"keyid:{key.pk}\nsecret:{secret}")
