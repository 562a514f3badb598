"""Keeps a list of services running: starts again what dies, stops all of it in order."""

import contextlib
import signal
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

from gongji.local.service import Service

QUICKEST, SLOWEST = 0.2, 10.0
"""Seconds between a death and the next start; doubled after each, so that a broken service does not spin."""
STEADY = 30.0
"""Seconds after which a service counts as well again."""


@dataclass
class Watched:
    """A service with the memory of its last deaths."""

    service: Service
    pause: float = QUICKEST
    started: float = field(default_factory=time.monotonic)
    due: float | None = None

    def look(self, now: float) -> str | None:
        """Start the service again when it is dead and due; return what happened, if anything did."""
        if self.service.alive():
            if now - self.started > STEADY:
                self.pause = QUICKEST
            return None
        if self.due is None:
            self.service.kill_group()
            self.due, self.pause = now + self.pause, min(self.pause * 2, SLOWEST)
            return f"{self.service.name} ended; starting it again"
        if now >= self.due:
            self.due, self.started = None, now
            self.service.start()
        return None


class Supervisor:
    """Runs services, each with a pid file, until a signal asks for the end."""

    def __init__(self, pid_folder: Path) -> None:
        self.pid_folder = pid_folder
        self.watched: list[Watched] = []
        self.enough = threading.Event()

    def start(self, service: Service) -> None:
        """Start a service and watch it from now on."""
        self.watched.append(Watched(service))  # first, so that a signal now cannot leave it behind
        service.start()
        self._write_pid(service)

    @contextlib.contextmanager
    def until_signal(self) -> Iterator[None]:
        """Turn Ctrl-C, a closed terminal and TERM into a clean end; whatever happens, stop everything."""

        def stop(_number: int, _frame: FrameType | None) -> None:
            if self.enough.is_set():
                return
            self.enough.set()
            raise KeyboardInterrupt

        signal.signal(signal.SIGINT, stop)
        signal.signal(signal.SIGTERM, stop)
        if signal.getsignal(signal.SIGHUP) != signal.SIG_IGN:  # nohup means: outlive the terminal
            signal.signal(signal.SIGHUP, stop)
        try:
            yield
        finally:
            self.enough.set()
            self.stop_all()

    def watch(self) -> None:
        """Look after the services for ever."""
        while not self.enough.wait(QUICKEST):
            self.look_once()

    def look_once(self) -> None:
        """Start again what is dead and due, keep the pid files true, and say what happened."""
        for one in self.watched:
            before = one.service.process
            if news := one.look(time.monotonic()):
                say(f"  {news}")
            if one.service.process is not before:
                self._write_pid(one.service)

    def stop_all(self) -> None:
        """Stop the portal first, then the servers it talks to: the reverse of the start."""
        services: Sequence[Service] = [one.service for one in reversed(self.watched)]
        servers = [s for s in services if s.name in {"postgres", "redis"}]
        portal = [s for s in services if s not in servers]
        for group in (portal, servers):
            for service in group:
                service.ask_to_stop()
            for service in group:
                service.stop()
                (self.pid_folder / f"{service.name}.pid").unlink(missing_ok=True)

    def _write_pid(self, service: Service) -> None:
        assert service.process is not None
        (self.pid_folder / f"{service.name}.pid").write_text(f"{service.process.pid}\n")


def say(text: str) -> None:
    """Print a line; a terminal that is gone is no reason to stop halfway."""
    with contextlib.suppress(OSError):
        print(text, flush=True)
