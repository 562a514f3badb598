"""`manage.py verify_ledger`: balances, chains and sums; exit 0 with a summary or 1 with the first bad row."""

import sys
import time
from typing import Any

from django.core.management.base import BaseCommand

from ledger import services


class Command(BaseCommand):
    help = "核对账本:余额等于分录之和,链完整,每笔借贷相等。发现第一处不符时退出码为 1。"

    def handle(self, *args: Any, **options: Any) -> None:
        began = time.monotonic()
        result = services.verify()
        seconds = time.monotonic() - began
        if result.finding is not None:
            self.stderr.write(f"账本不符:{result.finding.check},{result.finding.row}")
            sys.exit(1)
        self.stdout.write(
            f"账本相符:{result.accounts:,} 个账户,{result.transactions:,} 笔交易,{result.entries:,} 条分录,"
            f"用了 {seconds:.1f} 秒。"
        )
