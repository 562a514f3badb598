"""`manage.py revoke_key KEYID`: a lost or leaked signing key ends at once."""

from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError, CommandParser

from ledger import services
from ledger.models import ProviderKey


class Command(BaseCommand):
    help = "立即停用一把密钥(机构的或审计的)。先给机构换新密钥:rotate_provider_key。"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("keyid", type=UUID, help="密钥编号")

    def handle(self, *args: Any, **options: Any) -> None:
        key = ProviderKey.objects.filter(pk=options["keyid"]).first()
        if key is None:
            raise CommandError(f"没有编号为 {options['keyid']} 的密钥。")
        services.revoke_key(key=key)
        self.stdout.write("这把密钥已停用,用它签名的请求不再有效。")
