"""`manage.py seed_demo`: the demo province, and var/demo.json with its logins."""

import json
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from accounts.models import Person
from binding.demo.seed import Demo, sow
from gongji import roles


class Command(BaseCommand):
    help = "Fill an empty database with the demo: people, a year of use, applications in every state."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--people", type=int, default=700, help="how many people are insured")
        parser.add_argument("--entries", type=int, default=9000, help="about how many ledger entries")
        parser.add_argument("--seed", type=int, default=20261121)

    def handle(self, *args: Any, people: int, entries: int, seed: int, **options: Any) -> None:
        if settings.PRODUCTION:
            raise CommandError(
                "seed_demo makes accounts whose passwords are printed: not with DJANGO_ENV=production"
            )
        if Person.objects.exists():
            raise CommandError("there are people in this database already; seed_demo wants an empty one")
        with roles.as_owner():  # a year of use is posted under its own times
            demo = sow(people=max(people, 400), entries=entries, seed=seed, tell=self.stdout.write)
        path = settings.VAR_DIR / "demo.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(_handout(demo), ensure_ascii=False, indent=1), encoding="utf-8")
        path.chmod(0o600)
        self.stdout.write(self.style.SUCCESS(f"{path}"))


def _handout(demo: Demo) -> dict[str, Any]:
    """Return what the contract promises of var/demo.json."""
    return {
        "citizens": [
            {
                "name": citizen.resident.name,
                "phone": citizen.resident.phone,
                "id_number": citizen.resident.id_number,
                "role": citizen.role,
                "about": citizen.about,
            }
            for citizen in demo.citizens.values()
        ],
        **demo.handout,
        "sms_log": str(settings.SMS_LOG),
    }
