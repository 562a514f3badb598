"""Draw the life of an application from the transition table."""

from typing import Any

from django.core.management.base import BaseCommand

from binding.rules.picture import mermaid


class Command(BaseCommand):
    help = "Print the states and steps of an application as a Mermaid diagram (docs/application-life.md)."

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(mermaid(), ending="")
