"""`make check`: everything a machine can judge without running the portal, in one list."""

import os
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
MANAGE = (sys.executable, "manage.py")
BIN = Path(sys.executable).parent

CHECKS: dict[str, tuple[str | Path, ...]] = {
    "format": (BIN / "ruff", "format", "--check", "."),
    "lint": (BIN / "ruff", "check", "."),
    "types": (BIN / "mypy",),
    "imports go down": (BIN / "lint-imports",),
    "no missing migration": (*MANAGE, "makemigrations", "--check", "--dry-run"),
    "deployment": (*MANAGE, "check", "--deploy", "--fail-level", "WARNING"),
    "rules of the areas": (*MANAGE, "policy", "check"),
    "translations": (sys.executable, "-m", "tests.translations"),
}


def environment() -> dict[str, str]:
    """Return the production-like environment of check.env; nothing of the caller's leaks in."""
    lines = (ROOT / "tests" / "check.env").read_text().splitlines()
    ours = dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "TMPDIR") if name in os.environ}
    return kept | ours


def main() -> int:
    """Run every check, print the output of those that fail, and name them at the end."""
    env, failed = environment(), []
    for name, argv in CHECKS.items():
        began = time.monotonic()
        done = subprocess.run(argv, cwd=ROOT, env=env, capture_output=True, text=True)
        print(
            f"{'ok  ' if not done.returncode else 'FAIL'} {name} ({time.monotonic() - began:.1f} s)",
            flush=True,
        )
        if done.returncode:
            failed.append(name)
            print(done.stdout + done.stderr, flush=True)
    print("make check: " + (f"FAILED: {', '.join(failed)}" if failed else "all well"))
    return bool(failed)


if __name__ == "__main__":
    sys.exit(main())
