"""A running copy of the portal, started as a newcomer starts it: `make run` in a folder of its own."""

import json
import os
import signal
import sys
from collections.abc import Mapping
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import urlopen

from gongji.local.embedded import free_port
from gongji.local.service import Service
from tests.waiting import eventually

ROOT = Path(__file__).resolve().parent.parent
NAMES = ("web", "worker", "evidence", "beat", "postgres", "redis")
OF_THE_SESSION = {"DATABASE_URL", "REDIS_URL", "SECRET_KEY", "DATA_KEYS", "INDEX_KEYS", "STORAGE_URL"}
OF_THE_SESSION |= {"SMS_LOG", "DJANGO_ENV", "OUTBOX_SWEEP_SECONDS", "HTTPS"}
OF_THE_SESSION |= {"MIGRATE_DATABASE_URL", "ADMIN_DATABASE_URL"}


def plain_environment(var: Path, port: int) -> dict[str, str]:
    """Return what a newcomer's shell has: nothing of a test session."""
    kept = {name: value for name, value in os.environ.items() if name not in OF_THE_SESSION}
    return kept | {"GONGJI_VAR": str(var), "PORT": str(port)}


class Copy:
    """One copy below `var`; its processes end with this one."""

    def __init__(self, var: Path, **environment: str) -> None:
        self.var, self.port = var, free_port()
        var.mkdir(parents=True)
        var.chmod(0o711)
        (var / "demo.json").write_text("{}")  # as if the demo people were there: seeding has its own test
        self.output = var / "output.txt"
        self.environment: Mapping[str, str] = plain_environment(var, self.port) | environment
        self.answer = ""
        self.start()

    def start(self) -> None:
        argv = [sys.executable, "-m", "gongji.local", "run"]
        self.service = Service("portal", argv, self.output, env=self.environment, cwd=ROOT)
        self.service.start()
        assert self.service.process
        self.process = self.service.process

    def wait_until_announced(self) -> None:
        def said_or_gone() -> bool:
            return "is running" in self.output.read_text() or self.process.poll() is not None

        eventually(said_or_gone, "the portal is announced", 120, self.output.read_text)
        assert self.process.poll() is None, self.output.read_text()

    def pid(self, name: str) -> int:
        return int((self.var / "run" / f"{name}.pid").read_text())

    def pids(self) -> dict[str, int]:
        return {name: self.pid(name) for name in NAMES}

    def ports(self) -> dict[str, int]:
        """Return the ports of PostgreSQL and Valkey."""
        found: dict[str, int] = json.loads((self.var / "run" / "ports.json").read_text())
        return found

    def ready(self) -> bool:
        """Ask /readyz; `answer` keeps why not."""
        try:
            with urlopen(f"http://127.0.0.1:{self.port}/readyz", timeout=5) as reply:
                return bool(json.load(reply)["status"] == "ready")
        except HTTPError as unready:
            self.answer = unready.read().decode()
        except OSError as error:
            self.answer = str(error)
        return False

    def wait_until_ready(self, seconds: float = 60) -> None:
        eventually(self.ready, "ready", seconds, lambda: f"{self.answer}\n{self.output.read_text()}")

    def end(self) -> None:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        self.process.wait(60)


def exists(pid: int) -> bool:
    """Tell whether a process is there and not a zombie."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False
