"""`manage.py import_credits FILE.csv`: opening balances, monthly 划入, interest (contract §4)."""

from pathlib import Path
from typing import Any

from gongji.management.files import ImportCommand
from ledger.services.credit_files import CreditTally, import_credit_file


class Command(ImportCommand[CreditTally]):
    help = "导入账户划入(CSV):期初、每月划入、利息。同一个文件再导一次不会改变任何东西。"

    def load(self, path: Path, **options: Any) -> CreditTally:
        return import_credit_file(path, progress=self.progress)

    def outcome(self, result: CreditTally) -> str:
        return f"新入账 {result.posted:,} 笔,以前已入账 {result.there:,} 笔"
