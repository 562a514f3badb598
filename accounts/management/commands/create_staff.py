"""`manage.py create_staff USERNAME --duty reviewer --area 990100`: staff with a first device."""

import secrets
import string
import sys
from getpass import getpass
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.models import Duty
from accounts.services import staff


class Command(BaseCommand):
    help = "新建工作人员。密码从终端输入,没有终端时自动生成;动态口令的密钥只显示这一次。"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("username")
        parser.add_argument("--duty", action="append", required=True, choices=Duty.values, help="可以写几次")
        parser.add_argument("--area", action="append", default=[], help="统筹区代码,可以写几次")
        parser.add_argument("--name", default="", help="姓名")

    def handle(self, *args: Any, **options: Any) -> None:
        typed = sys.stdin.isatty()
        password = getpass("密码:") if typed else generated_password()
        try:
            user, secret = staff.create_staff(
                username=options["username"],
                password=password,
                display_name=options["name"],
                duties=options["duty"],
                areas=options["area"],
            )
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from error
        if not typed:
            self.stdout.write(f"密码:{password}")
        self.stdout.write(f"动态口令密钥(只显示这一次):{secret}\n{staff.otpauth_url(user.device)}")


def generated_password() -> str:
    """Return a password that satisfies the rules: 20 characters of all classes."""
    alphabet = string.ascii_letters + string.digits
    return "".join(secrets.choice(alphabet) for _ in range(16)) + "".join(
        secrets.choice(group)
        for group in (string.ascii_lowercase, string.ascii_uppercase, string.digits, "-+=%")
    )
