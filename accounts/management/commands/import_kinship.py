"""`manage.py import_kinship FILE.csv`: civil marriages or births (docs/operations.md)."""

from pathlib import Path
from typing import Any

from accounts.kinship.importing import KinshipTally, import_kinship
from gongji.management.files import ImportCommand


class Command(ImportCommand[KinshipTally]):
    help = "导入婚姻登记或出生登记(CSV,按表头认)。同一个文件再导一次不会改变任何东西;中断后重新运行即可继续。"

    def load(self, path: Path, **options: Any) -> KinshipTally:
        return import_kinship(path, progress=self.progress)

    def outcome(self, result: KinshipTally) -> str:
        return f"新增 {result.new:,} 条,更新 {result.changed:,} 条,以前已有 {result.there:,} 条"
