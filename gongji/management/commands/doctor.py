"""`manage.py doctor`: is this installation in order, and if not, what to do; for people, in words."""

import platform
import sys
from argparse import ArgumentParser
from pathlib import Path

import django
from django.conf import settings
from django.core.management.base import BaseCommand
from django.db import connection

from gongji import health, outbox


class Command(BaseCommand):
    help = (
        "Examine this installation in words: servers, storage, calendar, workers. Exit 1 if it cannot serve."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--quiet-when-well", action="store_true", help="print only what needs attention")

    def handle(self, *args: object, quiet_when_well: bool = False, **options: object) -> None:
        findings = health.examine()
        database_is_well = {"database", "migrations"} <= {f.name for f in findings if f.ok}
        if not quiet_when_well:
            self.describe(database_is_well)
        if database_is_well:
            findings.append(health.Finding("workers", True, _workers(), 0))
        findings.append(health.Finding("static files", True, _static_files(), 0))
        for finding in findings:
            self.report(finding, quiet_when_well)
        if any(not finding.ok for finding in findings):
            sys.exit(1)

    def describe(self, database_is_well: bool) -> None:
        """Say what is installed here."""
        version = connection.pg_version if database_is_well else 0
        server = f"PostgreSQL {version // 10000}.{version % 10000}" if version else "PostgreSQL unknown"
        self.stdout.write(
            f"Python {platform.python_version()}, Django {django.get_version()}, {server}, "
            f"DJANGO_ENV={settings.DJANGO_ENV}, files in {settings.VAR_DIR}"
        )

    def report(self, finding: health.Finding, quiet_when_well: bool) -> None:
        """Print one finding."""
        if not finding.ok:
            self.stdout.write(self.style.ERROR(f"FAILS    {finding.name}: {finding.detail}"))
        elif finding.detail:
            self.stdout.write(self.style.WARNING(f"LOOK AT  {finding.name}: {finding.detail}"))
        elif not quiet_when_well:
            self.stdout.write(f"well     {finding.name}")


def _workers() -> str:
    figures = outbox.health()
    silent = figures["last_sweep_seconds"]
    if silent is None or silent > health.SILENT_SECONDS:
        since = "yet" if silent is None else f"for {silent:.0f} s"
        return f"no worker has looked at the jobs {since}; start a worker and beat (see docs/operations.md)"
    if figures["dead"]:
        return f"{figures['dead']} jobs were given up; see 后台任务 in the admin"
    return ""


def _static_files() -> str:
    manifest = Path(settings.STATIC_ROOT) / "staticfiles.json"
    return "" if manifest.exists() else "not collected; run manage.py collectstatic"
