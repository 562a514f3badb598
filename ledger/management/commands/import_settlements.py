"""`manage.py import_settlements FILE.csv --provider ID`: a provider that sends files (contract §4)."""

from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser

from gongji.management.files import ImportCommand
from ledger.models import Provider
from ledger.services.settlement_files import SettlementTally, import_settlement_file


class Command(ImportCommand[SettlementTally]):
    help = "导入一家机构的结算和退费(CSV)。同一个文件再导一次不会改变任何东西;中断后重新运行即可继续。"

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--provider", type=int, required=True, help="机构编号(create_provider 给的)")

    def load(self, path: Path, *, provider: int, **options: Any) -> SettlementTally:
        found = Provider.objects.filter(pk=provider).first()
        if found is None:
            raise CommandError(f"没有编号是 {provider} 的机构。")
        if found.suspended_at is not None:
            raise CommandError(f"{found.name}已停用,文件没有导入。先恢复这家机构,再运行同一条命令。")
        return import_settlement_file(path, provider=found, progress=self.progress)

    def outcome(self, result: SettlementTally) -> str:
        return (
            f"新入账结算 {result.settlements:,} 笔、退费 {result.reversals:,} 笔,"
            f"以前已入账 {result.there:,} 笔"
        )
