"""`manage.py create_provider NAME AREA`: a hospital or pharmacy and its first signing key."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import IntegrityError

from gongji import policy
from ledger import services


class Command(BaseCommand):
    help = "登记医药机构,并给出签名用的密钥。密钥只显示这一次。"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", help="机构名称")
        parser.add_argument("area", help="统筹区代码,6 位")

    def handle(self, *args: Any, **options: Any) -> None:
        name, area = options["name"].strip(), options["area"]
        if not (len(area) == 6 and area.isascii() and area.isdigit()) or not 0 < len(name) <= 100:
            raise CommandError("统筹区代码是 6 位数字,机构名称最多 100 个字。")
        if policy.for_area(area) is None:
            self.stderr.write(f"提醒:{area} 还没有规则文件,只能用参保人自己的账户结算。")
        try:
            _provider, key, secret = services.create_provider(name=name, area=area)
        except IntegrityError as taken:
            raise CommandError(f"{area} 已经有「{name}」。要换密钥请用 rotate_provider_key。") from taken
        self.stdout.write(f"keyid:{key.pk}\nsecret:{secret}")
