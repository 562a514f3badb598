"""`manage.py seal_ledger`: seal at once what the minute job would; or publish all seals into a new file."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from gongji.sealfile import SealFileBroken
from ledger import services


class Command(BaseCommand):
    help = "给新的交易加封印并公布;--new-file 把全部封印写进一个还不存在的文件(换盘时用)。"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--new-file", action="store_true", help="旧文件先移走保存,再用它写新文件")

    def handle(self, *args: Any, new_file: bool, **options: Any) -> None:
        try:
            if new_file:
                self.stdout.write(f"已把 {services.publish_anew()} 个封印写进新文件。")
                return
            count = 0
            while (seal := services.seal_books()) is not None:
                count += 1
                self.stdout.write(f"封印 {seal.number}:{seal.rows:,} 笔交易,{seal.entries:,} 条分录")
        except SealFileBroken as broken:
            raise CommandError(f"公布的文件不对:{broken}。处理办法见 docs/operations.md。") from None
        if not count:
            self.stdout.write("没有新的交易。")
