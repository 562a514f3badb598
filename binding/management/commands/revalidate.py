"""`manage.py revalidate`: end bindings whose legal ground is gone, let accounts follow who has moved."""

import time
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from binding.services.revalidation import Settled, find_doubts, settle_doubts


class Command(BaseCommand):
    help = (
        "对照参保登记复查全部共济:停保、转到外地、去世、停办的自动停止,并通知双方;本省内转移的按新地方的规则。"
        "每晚和每次导入参保登记以后会自动做;中断后再运行即可继续。"
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--only-find", action="store_true", help="只找出来排队,由后台任务去办")

    def handle(self, *args: Any, only_find: bool, **options: Any) -> None:
        self.began = self.told = time.monotonic()
        found = find_doubts()
        self.stdout.write(f"查到 {found.bindings:,} 项共济、{found.movers:,} 个人的参保有变化。")
        if only_find:
            return
        try:
            settled = settle_doubts(most=10**9, seconds=float("inf"), progress=self.tell)
        except KeyboardInterrupt:
            raise CommandError("停下了。已办的都在;再运行一次,会从没办的地方继续。") from None
        seconds = time.monotonic() - self.began
        self.stdout.write(
            f"停止 {settled.ended:,} 项,{settled.moved:,} 人按新地方的规则,{settled.stayed:,} 项不用改,"
            f"用了 {seconds:.1f} 秒。"
        )
        if settled.failed:
            raise CommandError(f"{settled.failed:,} 项没有办成,原因在日志里,下次会再办。")

    def tell(self, settled: Settled) -> None:
        """Say how far it is, every few seconds."""
        if time.monotonic() - self.told > 5:
            self.told = time.monotonic()
            self.stderr.write(f"已办 {settled.looked_at:,} 项")
