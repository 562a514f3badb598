"""`manage.py suspend_provider ID [--resume]`: everything a provider sends is refused, or taken again."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from ledger import services
from ledger.models import Provider


class Command(BaseCommand):
    help = "停用医药机构的接口,立即生效;--resume 恢复。机构编号在工作台的「医药机构」里。"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("id", type=int, help="机构编号")
        parser.add_argument("--resume", action="store_true", help="恢复使用")

    def handle(self, *args: Any, **options: Any) -> None:
        provider = Provider.objects.filter(pk=options["id"]).first()
        if provider is None:
            raise CommandError(f"没有编号为 {options['id']} 的机构。")
        if options["resume"]:
            done = services.resume_provider(provider=provider)
            self.stdout.write(f"「{provider.name}」{'已恢复' if done else '没有停用,不用恢复'}。")
        else:
            done = services.suspend_provider(provider=provider)
            self.stdout.write(f"「{provider.name}」{'已停用' if done else '早已停用'}。")
