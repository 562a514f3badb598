"""`manage.py verify_ledger`: the books, their seals and the published file agree; exit 0, or 1 and a row."""

import os
import sys
import time
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.db import DatabaseError

from ledger import services


class Command(BaseCommand):
    help = (
        "核对账本:每笔借贷相等,内容与链完整,余额、月度用量、退费合计与分录一致,封印与公布的文件一致。"
        "发现第一处不符时退出码为 1。"
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        extent = parser.add_mutually_exclusive_group()
        extent.add_argument("--full", action="store_true", help="全部核对(默认)")
        extent.add_argument("--new", action="store_true", help="只核对上次夜间核对以后新增的部分")
        parser.add_argument(
            "--jobs", type=int, default=_processors(), help="同时用几个数据库连接(默认 CPU 数)"
        )

    def handle(self, *args: Any, jobs: int, new: bool, **options: Any) -> None:
        self.began = self.told = time.monotonic()
        try:
            seen = self.look(max(jobs, 1), new)
        except KeyboardInterrupt:
            self.stderr.write("核对已中断,没有得出结果。")
            sys.exit(130)
        if seen.finding is not None:
            self.stderr.write(f"账本不符:{seen.finding.check},{seen.finding.row}")
            sys.exit(1)
        self.stdout.write(
            f"账本相符:{seen.accounts:,} 个账户,{seen.transactions:,} 笔交易,{seen.entries:,} 条分录,"
            f"{seen.seals:,} 个封印,用了 {time.monotonic() - self.began:.1f} 秒。"
        )

    def look(self, jobs: int, new: bool) -> services.Verified:
        """Verify and leave the result for the admin and the probes."""
        if new:
            return services.verify_new(progress=self.tell)
        seen = services.verify(jobs=jobs, progress=self.tell)
        try:
            services.record_verification(seen=seen, began=self.began)
        except DatabaseError as error:  # a standby or a copy that takes no writes can be verified too
            self.stderr.write(f"结果没有记入数据库({type(error).__name__})。")
        return seen

    def tell(self, part: str, seen: services.Verified) -> None:
        """Say how far it is, every few seconds."""
        if time.monotonic() - self.told > 5:
            self.told = time.monotonic()
            counts = f"{seen.transactions:,} 笔交易,{seen.accounts:,} 个账户,{seen.seals:,} 个封印"
            self.stderr.write(f"正在核对 {part}:{counts}")


def _processors() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
