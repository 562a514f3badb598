"""`manage.py import_insured FILE.csv`: the insured registry (contract § 4)."""

import time
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.registry.importing import NotReadable, Summary, import_insured


class Command(BaseCommand):
    help = "导入参保登记(CSV)。同一个文件再导一次不会改变任何东西;中断后重新运行即可继续。"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--processes", type=int, help="工作进程数,默认等于处理器核数")

    def handle(self, *args: Any, **options: Any) -> None:
        path: Path = options["file"]
        began = time.monotonic()
        shown = [began]

        def progress(summary: Summary) -> None:
            if time.monotonic() - shown[0] >= 2:
                shown[0] = time.monotonic()
                self.stderr.write(f"{summary.read:,} 行,每秒 {summary.read / (shown[0] - began):,.0f} 行")

        try:
            summary = import_insured(path, processes=options["processes"], progress=progress)
        except (NotReadable, OSError) as error:
            raise CommandError(f"{path}:{error}") from error
        except KeyboardInterrupt:
            raise CommandError("停下了。已导入的都在;再运行同一条命令,会从没导入的地方继续。") from None
        self._report(summary, time.monotonic() - began)

    def _report(self, summary: Summary, seconds: float) -> None:
        self.stdout.write(
            f"读了 {summary.read:,} 行,用了 {seconds:.1f} 秒:新增 {summary.people_new:,} 人,"
            f"更新 {summary.people_changed:,} 人,参保登记变动 {summary.enrollments_new:,} 条。"
        )
        if summary.bad:
            self.stdout.write(f"{summary.bad:,} 行有错,没有导入,逐行列在 {summary.errors_file}。")
