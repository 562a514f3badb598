"""One Django process that makes an installation ready: tables, rules, demo data, static files."""

import os
import sys
import time
from pathlib import Path

import django
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command, get_commands

from gongji.local.supervisor import say


def main() -> int:
    """Bring database and files up to date; the demo people come once, when there is no var/demo.json."""
    try:
        django.setup()
    except ImproperlyConfigured as problem:
        say(str(problem))
        return 1
    step("tables", "migrate", verbosity=0, interactive=False)
    step("rules", "policy", "publish", verbosity=0)
    if not (Path(os.environ["GONGJI_VAR"]) / "demo.json").exists():
        step("demo data", "seed_demo")
    step("static files", "collectstatic", verbosity=0, interactive=False)
    return 0


def step(title: str, command: str, *args: str, **options: object) -> None:
    """Run a command and say how long it took."""
    if command not in get_commands():
        return say(f"  {title}: left out, there is no command {command} yet")
    began = time.monotonic()
    call_command(command, *args, **options)
    return say(f"  {title}: {time.monotonic() - began:.1f} s")


if __name__ == "__main__":
    sys.exit(main())
