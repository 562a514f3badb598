"""`manage.py import_bindings FILE.csv`: bindings of the former system (contract §4)."""

from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser

from binding.services.moving import MovingTally, import_binding_file
from gongji.management.files import ImportCommand


class Command(ImportCommand[MovingTally]):
    help = (
        "导入原系统里已经开通的绑定(CSV)。先导入参保登记和账户划入。"
        "同一个文件再导一次不会改变任何东西;中断后重新运行即可继续。"
    )

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--quiet", action="store_true", help="不给双方发站内消息")

    def load(self, path: Path, *, quiet: bool = False, **options: Any) -> MovingTally:
        return import_binding_file(path, quiet=quiet, progress=self.progress)

    def outcome(self, result: MovingTally) -> str:
        words = f"新转入 {result.opened:,} 项,以前已转入 {result.there:,} 项"
        if result.beyond:
            words += f",其中 {result.beyond:,} 项超过本地人数上限,照原样转入,列在 {result.remarks_file}"
        return words
