"""One child process: started in a session of its own, watched, and stopped in two steps."""

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None) if sys.platform == "linux" else None


class StartFailed(Exception):
    """A service did not become ready; the message says which and shows the end of its log."""


@dataclass
class Service:
    """A command with its log, the account it runs under, and how to tell that it is ready."""

    name: str
    argv: Sequence[str]
    log: Path
    ready: Callable[[], bool] = lambda: True
    env: Mapping[str, str] | None = None
    cwd: Path | None = None
    uid: int | None = None
    stop_signal: signal.Signals = signal.SIGTERM
    grace: float = 10.0
    process: subprocess.Popen[bytes] | None = field(default=None, init=False)

    def start(self) -> None:
        """Start the command. It never sees the terminal's Ctrl-C, and it ends when we are killed."""
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                self.argv,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=self.env,
                cwd=self.cwd,
                start_new_session=True,
                preexec_fn=self._die_with_parent if _libc else None,
                user=self.uid,
                group=self.uid,
                extra_groups=None if self.uid is None else (),
            )

    def _die_with_parent(self) -> None:
        # After a kill -9 of the parent nobody else would stop this child.
        assert _libc is not None
        _libc.prctl(PR_SET_PDEATHSIG, int(self.stop_signal))

    def alive(self) -> bool:
        """Tell whether the process runs; a dead one is reaped here."""
        return self.process is not None and self.process.poll() is None

    def wait_ready(self, seconds: float) -> None:
        """Return when `ready` says so. Raises StartFailed when the process ends or the time is over."""
        deadline = time.monotonic() + seconds
        while not self.ready():
            if not self.alive():
                raise StartFailed(f"{self.name} ended at once.\n{self.log_tail()}")
            if time.monotonic() > deadline:
                raise StartFailed(f"{self.name} was not ready after {seconds:.0f} s.\n{self.log_tail()}")
            time.sleep(0.02)

    def ask_to_stop(self) -> None:
        """Send the polite signal, to the main process only."""
        if self.alive():
            assert self.process is not None
            self.process.send_signal(self.stop_signal)

    def stop(self) -> None:
        """Stop the process: politely, then with SIGKILL after the grace time (beat can lose a SIGTERM)."""
        if self.process is None:
            return
        self.ask_to_stop()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(self.grace)
        self.kill_group()
        self.process.wait()

    def kill_group(self) -> None:
        """Kill what is left of the session, such as the children of a parent that died."""
        if self.process is not None:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self.process.pid, signal.SIGKILL)

    def log_tail(self, lines: int = 12) -> str:
        """Return the last lines of the log, for a message to the person at the terminal."""
        with contextlib.suppress(OSError):
            return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:])
        return ""
