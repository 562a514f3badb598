"""pytest plugin: a PostgreSQL and a Valkey of one's own for every test session.

Loaded with `-p tests.services`, because pytest-django reads the settings before any conftest.py.
Servers named by DATABASE_URL and REDIS_URL are used instead. Under xdist the controller starts the
servers; each worker has its own database (pytest-django's suffix), broker number and folder.
"""

import base64
import os
import shutil
import tempfile
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import pytest

from gongji.local.embedded import SPEED_OVER_SAFETY, free_port, postgres, valkey
from gongji.local.service import Service, StartFailed

PASSWORD = "only-for-tests"
TEST_KEY = base64.b64encode(b"a key for tests: 32 bytes of it.").decode()
ENVIRONMENT = {
    "DJANGO_ENV": "test",
    "SECRET_KEY": "only-for-tests-" + "x" * 50,
    "DATA_KEYS": f"1:{TEST_KEY}",
    "INDEX_KEYS": f"1:{TEST_KEY}",
    "HTTPS": "0",
    "OUTBOX_SWEEP_SECONDS": "1",
    # Synchronous Playwright runs an event loop in the thread that also uses the ORM.
    "DJANGO_ALLOW_ASYNC_UNSAFE": "1",
}

QUICK_COPIES = ("file_copy_method=clone",)
"""Lets CREATE DATABASE share the blocks of its template: 15 ms instead of 220 ms."""

_running: list[Service] = []
_folder: Path | None = None


def _start(folder: Path, make, **options) -> tuple[Service, int]:
    """Start one server; another process may take the free port first, so try a few."""
    for attempt in range(5):
        port = free_port()
        service = make(port=port, password=PASSWORD, log=folder / "services.log", **options)
        service.start()
        _running.append(service)
        try:
            service.wait_ready(30)
            return service, port
        except StartFailed:
            _running.remove(service)
            service.stop()
            if attempt == 4:
                raise
    raise AssertionError("unreachable")


def _start_servers(folder: Path) -> None:
    if "DATABASE_URL" not in os.environ:
        options = (
            *SPEED_OVER_SAFETY,
            "max_connections=200",
            "wal_level=minimal",
            "max_wal_senders=0",
            *QUICK_COPIES,
        )
        _, port = _start(folder, lambda **kw: postgres(folder / "postgres", options=options, **kw))
        os.environ["DATABASE_URL"] = f"postgres://gongji:{PASSWORD}@127.0.0.1:{port}/gongji"
    if "REDIS_URL" not in os.environ:
        _, port = _start(folder, lambda **kw: valkey(folder / "redis", durable=False, **kw))
        os.environ["REDIS_URL"] = f"redis://:{PASSWORD}@127.0.0.1:{port}/0"


def _set_worker_apart(worker: str) -> None:
    """Give an xdist worker its own broker number and its own files."""
    number = int(worker.removeprefix("gw")) + 1
    os.environ["REDIS_URL"] = urlunsplit(urlsplit(os.environ["REDIS_URL"])._replace(path=f"/{number}"))
    _set_folder(Path(os.environ["GONGJI_VAR"]) / worker)


def _set_folder(folder: Path) -> None:
    (folder / "static").mkdir(parents=True, exist_ok=True)  # whitenoise warns of a missing one
    os.environ["GONGJI_VAR"] = str(folder)
    os.environ["SMS_LOG"] = str(folder / "sms.jsonl")
    os.environ["STORAGE_URL"] = f"file://{folder}/proofs"


@pytest.hookimpl(wrapper=True)
def pytest_load_initial_conftests(early_config: pytest.Config):
    """Have the servers and the environment ready before pytest-django reads the settings."""
    global _folder
    if worker := os.environ.get("PYTEST_XDIST_WORKER"):
        _set_worker_apart(worker)
    else:
        os.environ.update(ENVIRONMENT)
        _folder = Path(tempfile.mkdtemp(prefix="gongji-test-")).resolve()
        _folder.chmod(0o711)
        early_config.add_cleanup(_stop_servers)
        _set_folder(_folder / "main")
        _start_servers(_folder)
    return (yield)


def _stop_servers() -> None:
    for service in _running:
        service.ask_to_stop()
    while _running:
        _running.pop().stop()
    if _folder is not None:
        shutil.rmtree(_folder, ignore_errors=True)
