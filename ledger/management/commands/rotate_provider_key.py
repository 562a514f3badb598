"""`manage.py rotate_provider_key NAME AREA`: a new signing key; the old one stays valid for a while."""

from datetime import datetime, timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from ledger import services
from ledger.models import Provider


class Command(BaseCommand):
    help = "给医药机构换签名密钥。旧密钥再用几天(默认 7 天),两把同时有效。密钥只显示这一次。"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", help="机构名称")
        parser.add_argument("area", help="统筹区代码,6 位")
        until = parser.add_mutually_exclusive_group()
        until.add_argument("--days", type=int, default=7, help="旧密钥还能用几天;0 是立即停用")
        until.add_argument("--old-until", help="旧密钥有效到什么时候,例如 2026-12-01T18:00(北京时间)")

    def handle(self, *args: Any, **options: Any) -> None:
        provider = Provider.objects.filter(name=options["name"], area=options["area"]).first()
        if provider is None:
            raise CommandError(f"{options['area']} 没有「{options['name']}」。")
        old_until = self._until(options["old_until"], options["days"])
        key, secret = services.rotate_provider_key(provider=provider, old_until=old_until)
        self.stdout.write(
            f"keyid:{key.pk}\nsecret:{secret}\n旧密钥有效到 {timezone.localtime(old_until):%Y-%m-%d %H:%M}。"
        )

    def _until(self, text: str | None, days: int) -> datetime:
        if text is None:
            return timezone.now() + timedelta(days=max(days, 0))
        try:
            found = datetime.fromisoformat(text)
        except ValueError:
            raise CommandError(f"--old-until={text} 不是时间,请写成 2026-12-01T18:00。") from None
        return found if found.tzinfo else timezone.make_aware(found)
