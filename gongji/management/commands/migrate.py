"""`manage.py migrate`: Django's, as the owner of the tables, and the rights of the portal's role after it."""

from typing import Any

from django.core.management.commands import migrate

from gongji import roles


class Command(migrate.Command):
    help = f"{migrate.Command.help} Works as MIGRATE_DATABASE_URL, then grants DATABASE_URL its rights."

    def handle(self, *args: Any, **options: Any) -> None:
        """Migrate; rights are derived anew each time, so that a new table or function is never forgotten."""
        web = roles.web_role()
        with roles.as_owner():
            super().handle(*args, **options)
            if web and not (options["plan"] or options["check_unapplied"]):
                roles.grant(web)
                if options["verbosity"]:
                    self.stdout.write(f"  Rights of {web} derived anew.")
