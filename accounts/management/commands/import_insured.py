"""`manage.py import_insured FILE.csv`: the insured registry (contract § 4)."""

from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser

from accounts.registry.importing import Summary, import_insured
from gongji.management.files import ImportCommand


class Command(ImportCommand[Summary]):
    help = "导入参保登记(CSV)。同一个文件再导一次不会改变任何东西;中断后重新运行即可继续。"

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--processes", type=int, help="工作进程数,默认等于处理器核数")

    def load(self, path: Path, *, processes: int | None = None, **options: Any) -> Summary:
        return import_insured(path, processes=processes, progress=self.progress)

    def outcome(self, result: Summary) -> str:
        return (
            f"新增 {result.people_new:,} 人,更新 {result.people_changed:,} 人,"
            f"参保登记变动 {result.enrollments_new:,} 条"
            + (f",新生儿领到号码 {result.newborns_joined:,} 人" if result.newborns_joined else "")
            + (f",{result.newborns_waiting:,} 个新生儿要人工合并" if result.newborns_waiting else "")
        )
