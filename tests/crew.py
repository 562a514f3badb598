"""Real Celery workers, beats and a broker for a test, and waiting for what they do."""

import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from django.conf import settings
from django.db import connection

from gongji.local.embedded import free_port, valkey
from gongji.local.service import Service
from gongji.models import OutboxJob
from tests import waiting
from tests.roles import SWITCHED_ON, WEB
from tests.services import PASSWORD


def eventually(condition: Callable[[], object], what: str, seconds: float = 40) -> None:
    """Wait for a condition; fail with its name and the jobs there are."""
    waiting.eventually(condition, what, seconds, lambda: f"jobs: {list(states())}")


def states() -> Iterator[tuple[str, str, int, str]]:
    return OutboxJob.objects.values_list("kind", "state", "attempts", "last_error").iterator()


class Crew:
    """A broker of the test's own, and the workers and beats that listen to it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = free_port()
        self.broker = valkey(folder, port=self.port, password="x", log=folder / "valkey.log", durable=False)
        self.url = f"redis://:x@127.0.0.1:{self.port}/0"
        self.hired: list[Service] = []

    def open(self) -> None:
        """Start the broker, empty."""
        self.broker.start()
        self.broker.wait_ready(10)

    def hire(self, name: str, *arguments: str) -> Service:
        database = connection.settings_dict
        login = f"{WEB}:{PASSWORD}" if SWITCHED_ON else f"{database['USER']}:{database['PASSWORD']}"
        address = f"{login}@{database['HOST']}:{database['PORT']}"
        service = Service(
            name=name,
            argv=[sys.executable, "-m", "celery", "-A", "gongji", *arguments, "-l", "WARNING"],
            log=self.folder / "celery.log",
            cwd=settings.BASE_DIR,
            env=os.environ
            | {
                "DJANGO_SETTINGS_MODULE": "gongji.settings",
                "DATABASE_URL": f"postgres://{address}/{database['NAME']}",
                "REDIS_URL": self.url,
                "AUDIT_SEAL_LOG": str(self.folder / "seals.jsonl"),
                "LEDGER_SEALS_PATH": str(self.folder / "ledger-seals.jsonl"),
                "OUTBOX_SWEEP_SECONDS": "1",
                "OUTBOX_CLOCK_SECONDS": "1",
                "OUTBOX_GRACE_SECONDS": "1",
            },
        )
        service.start()
        self.hired.append(service)
        return service

    def worker(self, *modules: str) -> Service:
        include = ",".join(["tests.gongji.jobs", *modules])
        quiet = "--without-gossip", "--without-mingle", "--without-heartbeat"
        return self.hire(
            "worker", "worker", "-I", include, "-Q", "codes,default,evidence,notify", "-c", "1", *quiet
        )

    def beat(self) -> Service:
        return self.hire("beat", "beat", "-s", str(self.folder / f"beat{len(self.hired)}"))

    def go_home(self) -> None:
        for service in [*self.hired, self.broker]:
            service.kill_group()
            service.stop()
