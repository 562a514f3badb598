"""`manage.py import_credits FILE.csv`: opening balances, monthly 划入, interest (contract §4)."""

import time
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.registry.importing import NotReadable
from ledger.services.credit_files import CreditSummary, import_credit_file


class Command(BaseCommand):
    help = "导入账户划入(CSV):期初、每月划入、利息。同一个文件再导一次不会改变任何东西。"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)

    def handle(self, *args: Any, **options: Any) -> None:
        path: Path = options["file"]
        began = time.monotonic()
        shown = [began]

        def progress(summary: CreditSummary) -> None:
            if time.monotonic() - shown[0] >= 2:
                shown[0] = time.monotonic()
                self.stderr.write(f"{summary.read:,} 行,每秒 {summary.read / (shown[0] - began):,.0f} 行")

        try:
            summary = import_credit_file(path, progress=progress)
        except (NotReadable, OSError) as error:
            raise CommandError(f"{path}:{error}") from error
        except KeyboardInterrupt:
            raise CommandError("停下了。已入账的都在;再运行同一条命令,会从没入账的地方继续。") from None
        self.stdout.write(
            f"读了 {summary.read:,} 行,用了 {time.monotonic() - began:.1f} 秒:"
            f"新入账 {summary.posted:,} 笔,以前已入账 {summary.there:,} 笔。"
        )
        if summary.bad:
            self.stdout.write(f"{summary.bad:,} 行有错,没有入账,逐行列在 {summary.errors_file}。")
