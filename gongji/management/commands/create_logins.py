"""`manage.py create_logins`: the owner's and the portal's login at PostgreSQL, once, by its administrator."""

import os
from typing import Any

import psycopg2
from django.core.management.base import BaseCommand, CommandError

from gongji.logins import establish


class Command(BaseCommand):
    help = (
        "Make the logins of MIGRATE_DATABASE_URL and DATABASE_URL, and the database, as ADMIN_DATABASE_URL."
        " Safe to repeat; an older installation's tables are handed to the owner."
    )
    requires_system_checks = []

    def handle(self, *args: Any, **options: Any) -> None:
        addresses = {
            "admin": os.environ.get("ADMIN_DATABASE_URL", ""),
            "owner": os.environ.get("MIGRATE_DATABASE_URL", ""),
            "web": os.environ["DATABASE_URL"],
        }
        if not all(addresses.values()):
            raise CommandError("set ADMIN_DATABASE_URL and MIGRATE_DATABASE_URL for this command")
        try:
            establish(**addresses)
        except (psycopg2.Error, ValueError) as error:
            raise CommandError(f"{error}".strip()) from error
        self.stdout.write("Both logins are there. Next: manage.py migrate")
