"""Has the test teeth? Ten bugs are planted, each in a copy of the source; every one must be found.

A bug is a file of tests/bank/bugs: what to replace where, and what is to find it: the bank test itself, or
the test of one race where chance would need too long. Found means: within three seeds.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
import tomllib
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
BUGS = Path(__file__).parent / "bugs"
LEFT_OUT = shutil.ignore_patterns(".git", ".venv", "var*", "__pycache__", "*.pyc")
SEEDS = 3


@dataclass(frozen=True)
class Bug:
    """One planted mistake."""

    name: str
    about: str
    edits: tuple[tuple[str, str, str], ...]
    """File, regular expression that fits exactly once, what to put in its place."""
    caught_by: str
    """"bank", or the test of a race."""

    @classmethod
    def read(cls, path: Path) -> "Bug":
        found = tomllib.loads(path.read_text())
        edits = tuple((edit["file"], edit["find"], edit["put"]) for edit in found["edits"])
        return cls(path.stem, found["about"], edits, found["caught_by"])

    def plant(self, tree: Path) -> None:
        """Change a tree. Raises ValueError where a text is not there exactly once."""
        for file, find, put in self.edits:
            path = tree / file
            text, times = re.subn(find, put, path.read_text())
            if times != 1:
                raise ValueError(f"{self.name}: {find!r} fits {times} times in {file}")
            path.write_text(text)


def bugs() -> list[Bug]:
    """Return all of them, in the order of their files."""
    return [Bug.read(path) for path in sorted(BUGS.glob("*.toml"))]


def main(seed: int) -> int:
    """Plant each bug and hunt it; 1 when one gets away."""
    wanted = os.environ["TEETH"]
    escaped = [bug.name for bug in bugs() if wanted in ("1", bug.name) and not caught(bug, seed)]
    print(f"  escaped: {', '.join(escaped)}" if escaped else "  every planted bug was found")
    return 1 if escaped else 0


def caught(bug: Bug, seed: int) -> bool:
    """Hunt one bug with up to three seeds, and tell which found it, how, and in what time."""
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="gongji-teeth-", ignore_cleanup_errors=True) as folder:
        tree = Path(folder) / "tree"
        shutil.copytree(ROOT, tree, ignore=LEFT_OUT, ignore_dangling_symlinks=True)
        bug.plant(tree)
        for number in range(seed, seed + SEEDS):
            if finding := hunt(bug, tree, number):
                seconds = time.monotonic() - began
                print(
                    f"  {bug.name}: found with seed {number} in {seconds:.0f} s: {finding[:150]}", flush=True
                )
                return True
    print(f"  {bug.name}: ESCAPED seeds {seed} to {seed + SEEDS - 1}", flush=True)
    return False


def hunt(bug: Bug, tree: Path, seed: int) -> str:
    """Run what is to find a bug; return its first finding, "" for none. Raises when the hunt itself broke."""
    environment = os.environ | {"BANK_SEED": str(seed), "TEETH": ""}
    if bug.caught_by == "bank":
        environment |= {"BANK_OPERATIONS": "1500", "BANK_FAULTS": "2"}
        argv, sign = ["-m", "tests.bank"], r"FOUND: (.*)"
    else:
        environment |= {"RACE_TRIALS": "300", "RACE_SECONDS": "5", "RACE_KILLS": "40"}
        argv = ["-m", "pytest", "-q", "-x", "-n", "0", "-p", "no:cacheprovider", *bug.caught_by.split()]
        sign = r"^E +(.*)"
    done = subprocess.run([sys.executable, *argv], cwd=tree, env=environment, capture_output=True, text=True)
    said = re.search(sign, done.stdout, re.MULTILINE)
    if done.returncode == 0:
        return ""
    if done.returncode != 1 or said is None:
        raise RuntimeError(f"{bug.name}: the hunt broke\n{done.stdout[-3000:]}{done.stderr[-3000:]}")
    return said[1]
