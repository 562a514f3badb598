"""What there is before Django is set up: a copy of the portal, the proxy in front of it, how much to do."""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import django

from gongji.local.embedded import free_port, postgres_home
from gongji.local.workplace import Workplace
from tests.copies import OF_THE_SESSION, ROOT, Copy


@dataclass(frozen=True)
class Size:
    """How much is done; from the environment, see README § Reliability."""

    seed: int
    operations: int = 20_000
    faults: int = 20
    drops: float = 0.05
    workers: int = 40

    @property
    def whole(self) -> bool:
        """Whether this is the bar of a release, times included."""
        return self.operations >= 20_000 and self.faults >= 20

    @property
    def snapshots(self) -> int:
        """Looks at the books in flight: 500 for 20,000 operations."""
        return self.operations // 40


class Stage:
    """A running copy in a temporary folder, and where its clients send their requests."""

    def __init__(self, size: Size) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="gongji-bank-")).resolve()
        self.folder.chmod(0o711)  # as root, PostgreSQL's account has to walk through it
        self.copy = Copy(
            self.folder / "var", OUTBOX_SWEEP_SECONDS="1", OUTBOX_CLOCK_SECONDS="10", UNDO_MINUTES="120",
            TASK_TIME_LIMIT="10", LOG_LEVEL="WARNING", WEB_THREADS="8",
        )  # fmt: skip
        self.copy.wait_until_announced()
        self.port = free_port()
        argv = ["-m", "tests.bank.proxy", *map(str, (self.port, self.copy.port, size.seed, size.drops))]
        self.proxy = subprocess.Popen([sys.executable, *argv], cwd=ROOT, stdout=subprocess.PIPE)
        assert self.proxy.stdout and self.proxy.stdout.readline() == b"ready\n"

    def set_django_up(self) -> None:
        """Make this process a client of the copy's database, with the rights of the web server."""
        place = Workplace(self.copy.var, self.copy.port)
        kept = place.secrets()
        for name in OF_THE_SESSION:
            os.environ.pop(name, None)
        os.environ.update(
            place.environment(place.addresses(self.copy.ports(), kept["SERVICE_PASSWORD"]), kept)
        )
        django.setup()

    def restart(self) -> None:
        """Stop the whole portal in order, and start it again."""
        self.copy.end()
        self.copy.output.write_text("")
        self.copy.start()
        self.copy.wait_until_announced()

    def close(self) -> None:
        self.proxy.kill()
        self.proxy.communicate()
        self.copy.end()

    def forget(self) -> None:
        """Remove the folder and the database; they are kept when something was found."""
        shutil.rmtree(postgres_home(self.copy.var), ignore_errors=True)
        shutil.rmtree(self.folder, ignore_errors=True)


@contextmanager
def staged(size: Size) -> Iterator[Stage]:
    """Set the stage; afterwards nothing runs any more."""
    stage = Stage(size)
    try:
        stage.set_django_up()
        yield stage
    finally:
        stage.close()
