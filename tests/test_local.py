"""`make run`: the whole portal on one machine, as a newcomer starts it; and the one list of bad settings."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from gongji.local.__main__ import stop
from gongji.local.embedded import free_port, postgres_home
from gongji.local.service import Service, StartFailed
from gongji.local.supervisor import Watched
from gongji.local.workplace import Workplace
from tests.copies import NAMES, ROOT, Copy, exists, plain_environment
from tests.waiting import eventually

pytestmark = pytest.mark.xdist_group("local")  # one copy for all of them


@pytest.fixture(scope="module")
def copy() -> Iterator[Copy]:
    # Not pytest's own folder: every session makes that private again, and as root PostgreSQL's account
    # has to walk through it.
    with tempfile.TemporaryDirectory(prefix="gongji-local-", ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o711)
        running = Copy(Path(folder).resolve() / "var")
        running.wait_until_announced()
        yield running
        running.end()


# ---------------------------------------------------------------- the running copy
def test_a_start_ends_with_a_ready_portal_and_a_pid_file_for_each_process(copy):
    assert copy.ready()
    assert all(exists(pid) for pid in copy.pids().values())


def test_secrets_are_for_the_owner_only(copy):
    assert (copy.var / "secrets.env").stat().st_mode & 0o077 == 0


def test_the_demo_file_says_where_everything_is(copy):
    demo = json.loads((copy.var / "demo.json").read_text())
    assert demo["base_url"] == f"http://127.0.0.1:{copy.port}"
    assert demo["database_url"].startswith("postgres://")
    assert demo["sms_log"] == str(copy.var / "sms.jsonl")


def _manage(var: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Run `make manage` as a newcomer would, from some other folder."""
    argv = [sys.executable, "-m", "gongji.local", "manage", *words]
    env = plain_environment(var, free_port()) | {"PYTHONPATH": str(ROOT)}
    return subprocess.run(argv, cwd=var, env=env, capture_output=True, text=True)


def test_manage_reaches_the_running_copy_and_passes_on_its_exit_code(copy):
    assert _manage(copy.var, "verify_ledger").returncode == 0
    assert _manage(copy.var, "policy", "explain", "1").returncode != 0


def test_manage_without_a_running_copy_says_what_to_start(tmp_path):
    done = _manage(tmp_path, "doctor")
    assert done.returncode == 1
    assert "make run" in done.stdout + done.stderr


@pytest.mark.parametrize("name", NAMES)
def test_a_killed_process_is_started_again_while_the_others_go_on(copy, name):
    before = copy.pids()
    os.kill(before[name], signal.SIGKILL)
    eventually(lambda: copy.pid(name) != before[name] and exists(copy.pid(name)), f"another {name}")
    copy.wait_until_ready()
    assert {other: pid for other, pid in copy.pids().items() if other != name} == {
        other: pid for other, pid in before.items() if other != name
    }


def test_a_second_start_with_the_same_folder_is_refused_in_words(copy):
    done = subprocess.run(
        [sys.executable, "-m", "gongji.local", "run"],
        cwd=ROOT,
        env=plain_environment(copy.var, free_port()),
        capture_output=True,
        text=True,
    )
    assert done.returncode == 1
    assert "already running" in done.stdout
    assert "Traceback" not in done.stdout + done.stderr


def test_ctrl_c_stops_everything(copy):
    pids = [*copy.pids().values()]
    os.killpg(copy.process.pid, signal.SIGINT)
    assert copy.process.wait(60) == 0
    assert not any(exists(pid) for pid in pids)
    assert not list((copy.var / "run").glob("*.pid"))


def test_the_next_start_finds_the_data_again_and_a_killed_supervisor_leaves_nothing_behind(copy):
    copy.end()
    copy.output.write_text("")
    copy.start()
    copy.wait_until_announced()
    assert copy.ready()
    pids = copy.pids()
    copy.process.kill()
    copy.process.wait(60)
    eventually(lambda: not any(exists(pid) for pid in pids.values()), "nothing is left behind")


# ---------------------------------------------------------------- words instead of tracebacks
def test_a_taken_port_is_named_with_the_way_out(tmp_path):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        place = Workplace(var=tmp_path, port=other.getsockname()[1])
        with pytest.raises(StartFailed, match=f"PORT={place.port + 1} make run"):
            place.require_free_port()


@pytest.mark.parametrize("port", ["http", "0", "70000", ""])
def test_a_port_that_is_none_is_refused_in_words(monkeypatch, tmp_path, port):
    monkeypatch.setenv("PORT", port)
    monkeypatch.setenv("GONGJI_VAR", str(tmp_path))
    with pytest.raises(StartFailed, match="not a port number"):
        Workplace.from_environment()


def test_a_folder_that_cannot_be_written_is_named(monkeypatch, tmp_path):
    (tmp_path / "file").touch()
    monkeypatch.setenv("PORT", "8000")
    monkeypatch.setenv("GONGJI_VAR", str(tmp_path / "file" / "var"))
    with pytest.raises(StartFailed, match="Set GONGJI_VAR"):
        Workplace.from_environment()


def test_lost_secrets_are_never_replaced_beside_old_data(tmp_path):
    place = Workplace(var=tmp_path, port=8000)
    data = postgres_home(place.var) / "data"
    data.mkdir(parents=True)
    with pytest.raises(StartFailed, match="cannot be read"):
        place.secrets()
    shutil.rmtree(postgres_home(place.var))


def test_reset_leaves_what_is_not_ours(tmp_path):
    for name in ("mine.txt", "demo.json", "secrets.env"):
        (tmp_path / name).touch()
    Workplace(var=tmp_path, port=8000).throw_away()
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_stop_leaves_a_process_alone_that_only_has_the_number_of_ours(tmp_path):
    place = Workplace(var=tmp_path, port=8000)
    place.run.mkdir()
    innocent = Service("innocent", [sys.executable, "-c", "import signal; signal.pause()"], tmp_path / "log")
    innocent.start()
    (place.run / "web.pid").write_text(str(innocent.process.pid))
    stop(place)
    assert innocent.alive()
    assert not (place.run / "web.pid").exists()
    innocent.stop()


# ---------------------------------------------------------------- the supervisor
def test_a_service_that_keeps_dying_is_started_ever_more_slowly(tmp_path):
    broken = Watched(Service("broken", [sys.executable, "-c", "pass"], tmp_path / "log"))
    broken.service.start()
    pauses = []
    for _ in range(8):
        broken.service.process.wait()
        assert broken.look(now=1000.0) == "broken ended; starting it again"
        pauses.append(broken.due - 1000.0)
        broken.look(now=broken.due)
    broken.service.stop()
    assert pauses == pytest.approx([0.2, 0.4, 0.8, 1.6, 3.2, 6.4, 10.0, 10.0])


def test_a_process_that_ignores_the_polite_signal_is_killed(tmp_path):
    deaf = "import signal as s; s.signal(s.SIGTERM, s.SIG_IGN); print('up', flush=True); s.pause()"
    service = Service("deaf", [sys.executable, "-c", deaf], tmp_path / "log", grace=0.2)
    service.ready = lambda: "up" in service.log_tail()
    service.start()
    service.wait_ready(10)
    service.stop()
    assert service.process.returncode == -signal.SIGKILL


# ---------------------------------------------------------------- settings
def test_all_that_is_wrong_with_the_settings_is_said_at_once():
    bad = {
        "DATABASE_URL": "mysql://h/d",
        "DATA_KEYS": "1:short",
        "AUDIT_RETENTION_DAYS": "7",
        "HTTPS": "perhaps",
        "TRUSTED_PROXIES": "-1",
        "STORAGE_URL": "ftp://h",
        "PATH": os.environ["PATH"],
    }
    done = subprocess.run(
        [sys.executable, "manage.py", "check"], cwd=ROOT, env=bad, capture_output=True, text=True
    )
    assert done.returncode != 0
    names = [
        line.split()[1].rstrip(":").split("=")[0]
        for line in done.stderr.splitlines()
        if line.startswith("  - ")
    ]
    assert set(names) >= {
        "SECRET_KEY", "ALLOWED_HOSTS", "DATABASE_URL", "REDIS_URL", "DATA_KEYS", "INDEX_KEYS",
        "AUDIT_RETENTION_DAYS", "HTTPS", "TRUSTED_PROXIES", "STORAGE_URL",
    }  # fmt: skip


def test_options_of_a_database_address_are_kept():
    from gongji.settings import database

    options = database("postgres://u:p@h/d?sslmode=require")["OPTIONS"]
    assert options["sslmode"] == "require"
    assert "plan_cache_mode" in options["options"]
