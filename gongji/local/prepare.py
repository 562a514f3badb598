"""Makes an installation ready: `data` (tables, rules, demo people) and `static` (files), side by side."""

import hashlib
import os
import sys
import time
from pathlib import Path

import django
from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command

from gongji.local.supervisor import say
from gongji.staticfiles import StaticFilesConfig


def main(part: str) -> int:
    """Bring one part up to date."""
    try:
        django.setup()
    except ImproperlyConfigured as problem:
        say(str(problem))
        return 1
    var = Path(os.environ["GONGJI_VAR"])
    if part == "static":
        collect_static_files(var / "run" / "static.sum")
    else:
        prepare_data(var / "demo.json")
    return 0


def prepare_data(demo: Path) -> None:
    """Migrate and publish; the demo people come once, while there is no demo.json."""
    step("tables", "migrate", verbosity=0, interactive=False)
    step("rules", "policy", "publish", verbosity=0)
    if not demo.exists():
        step("demo data", "seed_demo")


def collect_static_files(stamp: Path) -> None:
    """Collect and compress, unless no file has changed since the last time: a start must be quick."""
    now = static_fingerprint()
    if stamp.exists() and stamp.read_text() == now and Path(settings.STATIC_ROOT).exists():
        return
    stamp.unlink(missing_ok=True)
    step("static files", "collectstatic", verbosity=0, interactive=False, clear=True)
    stamp.write_text(now)


def static_fingerprint() -> str:
    """Return a digest of name, size and time of every file that would be collected."""
    found = hashlib.sha256()
    for finder in get_finders():
        for name, storage in finder.list(StaticFilesConfig.ignore_patterns):
            state = os.stat(storage.path(name))
            found.update(f"{name} {state.st_size} {state.st_mtime_ns}\n".encode())
    return found.hexdigest()


def step(title: str, command: str, *args: str, **options: object) -> None:
    """Run a command and say how long it took."""
    began = time.monotonic()
    call_command(command, *args, **options)
    say(f"  {title}: {time.monotonic() - began:.1f} s")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
