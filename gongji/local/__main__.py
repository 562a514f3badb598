"""`python -m gongji.local run|manage|stop|reset`: what `make run`, `make manage` and the others call."""

import contextlib
import fcntl
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

from gongji import logins
from gongji.local import embedded
from gongji.local.service import Service, StartFailed
from gongji.local.supervisor import Supervisor, say
from gongji.local.workplace import ROOT, Workplace

OF_THE_DATABASES_KEEPERS = {"MIGRATE_DATABASE_URL": "owner", "ADMIN_DATABASE_URL": "admin"}
"""Variables that web and workers do without, and what demo.json calls them."""
EMBEDDED_POSTGRES = ("max_connections=120", "shared_buffers=128MB", "wal_level=replica")


# ---------------------------------------------------------------- run
def run(place: Workplace) -> None:
    """Start everything, print where it is, and keep it running until a signal comes."""
    began = time.monotonic()
    place.require_free_port()
    supervisor = Supervisor(place.run)
    with supervisor.until_signal():
        env = start_servers(place, supervisor)
        prepare(env)
        web, *background = portal(place, without_the_owner(env))
        supervisor.start(web)
        # Alone, it answers in half the time; the others catch up while the first page is read.
        wait_until_ready(place, supervisor)
        for service in background:
            supervisor.start(service)
        announce(place, env, time.monotonic() - began)
        supervisor.watch()


def start_servers(place: Workplace, supervisor: Supervisor) -> dict[str, str]:
    """Start PostgreSQL and Valkey unless the user named his own; return the environment of the portal."""
    kept, ports = place.secrets(), place.ports()
    password = kept["SERVICE_PASSWORD"]
    where = place.addresses(ports, password)
    if where.admin:
        server = embedded.postgres(
            embedded.postgres_home(place.var),
            port=ports["postgres"],
            password=password,
            log=place.logs / "postgres.log",
            options=EMBEDDED_POSTGRES,
        )
        supervisor.start(server)
    if not os.environ.get("REDIS_URL"):
        log = place.logs / "redis.log"
        supervisor.start(
            embedded.valkey(place.var / "redis", port=ports["redis"], password=password, log=log)
        )
    for one in supervisor.watched:
        settle_in(one.service)
    if where.admin:
        logins.establish(admin=where.admin, owner=where.owner, web=where.web)
    return place.environment(where, kept)


def without_the_owner(env: dict[str, str]) -> dict[str, str]:
    """Return the environment of the portal's own processes: they never learn the owner's password."""
    return {name: value for name, value in env.items() if name not in OF_THE_DATABASES_KEEPERS}


def settle_in(service: Service) -> None:
    """Wait for a server; the lock of one killed a moment ago may stand for some seconds, so try again."""
    for attempt in range(6):
        try:
            return service.wait_ready(60)
        except StartFailed:
            if service.alive() or attempt == 5:
                raise
            time.sleep(1)
            service.start()
    return None


def prepare(env: dict[str, str]) -> None:
    """Migrate, publish the rules, seed demo data on the first run; collect static files at the same time."""
    argv = [sys.executable, "-m", "gongji.local.prepare"]
    with interruptible([*argv, "static"], env) as static, interruptible([*argv, "data"], env) as data:
        if data.wait() or static.wait():
            raise StartFailed("The preparation failed; the reason stands above.")


@contextlib.contextmanager
def interruptible(argv: list[str], env: dict[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    """Run a command at the terminal, in its own session: Ctrl-C reaches us alone, and we end it."""
    child = subprocess.Popen(argv, env=env, cwd=ROOT, stdin=subprocess.DEVNULL, start_new_session=True)
    try:
        yield child
    finally:
        if child.poll() is None:
            child.kill()
            child.wait()


def portal(place: Workplace, env: dict[str, str]) -> list[Service]:
    """Return the processes of the portal itself."""

    def service(name: str, *argv: str) -> Service:
        return Service(
            name, [sys.executable, "-m", *argv], place.logs / f"{name}.log", env=env, cwd=ROOT, grace=25
        )

    quiet = ("--without-gossip", "--without-mingle", "--loglevel=INFO")
    worker = ("celery", "-A", "gongji", "worker", *quiet)
    return [
        service("web", "gunicorn", "-c", "python:gongji.webserver"),
        service("worker", *worker, "-n", "worker@%h", "-Q", "codes,default,notify", "-c", "2"),
        # Pictures and OCR need much memory: one at a time, apart from everything else.
        service("evidence", *worker, "-n", "evidence@%h", "-Q", "evidence", "-c", "1"),
        # The plain scheduler keeps no file that a kill could corrupt; the outbox knows what was posted.
        service("beat", "celery", "-A", "gongji", "beat", "--pidfile=", "-S", "celery.beat:Scheduler"),
    ]


def wait_until_ready(place: Workplace, supervisor: Supervisor, seconds: float = 60) -> None:
    """Wait for /readyz. Raises StartFailed with its answer, or with the end of the web log."""
    deadline, answer = time.monotonic() + seconds, ""
    while time.monotonic() < deadline:
        supervisor.look_once()
        try:
            with urlopen(f"{place.url}/readyz", timeout=5) as reply:  # noqa: S310 - our own address
                reply.read()
                return
        except URLError as error:
            answer = error.read().decode() if hasattr(error, "read") else str(error.reason)
        except OSError as error:
            answer = str(error)
        time.sleep(0.1)
    web = next(one.service for one in supervisor.watched if one.service.name == "web")
    raise StartFailed(f"{place.url}/readyz does not say ready: {answer}\n{web.log_tail()}")


# ---------------------------------------------------------------- what the user reads
def announce(place: Workplace, env: dict[str, str], seconds: float) -> None:
    """Write the addresses into var/demo.json, and print them with the demo logins."""
    say(f"\n  职工医保个人账户家庭共济 is running: {place.url}   (ready in {seconds:.1f} s)")
    say(f"  staff: {place.url}/admin/   files: {place.var}   Ctrl-C stops everything\n")
    if not place.demo_file.exists():
        return
    demo = json.loads(place.demo_file.read_text())
    demo |= {"base_url": place.url, "database_url": env["DATABASE_URL"], "sms_log": env["SMS_LOG"]}
    for variable, keeper in OF_THE_DATABASES_KEEPERS.items():
        demo[f"{keeper}_database_url"] = env.get(variable, "")
    draft = place.demo_file.with_suffix(".draft")
    draft.touch(mode=0o600)
    draft.write_text(json.dumps(demo, ensure_ascii=False, indent=1))
    draft.rename(place.demo_file)
    say(f"  citizens (the code of each SMS stands in {env['SMS_LOG']})")
    for one in demo.get("citizens", []):
        say(f"    {one['phone']}  {one['id_number']}  {one['name']}  {one['role']}: {one['about']}")
    say("  staff (user name, password, secret of the one-time codes)")
    for one in demo.get("staff", []):
        areas = ",".join(one["areas"])
        say(f"    {one['username']:16} {one['password']}  {one['totp_secret']}  {one['duty']} {areas}")
    say(f"  everything, also the keys of the providers: {place.demo_file}\n")


# ---------------------------------------------------------------- manage, stop, reset
def manage(place: Workplace, words: list[str]) -> int:
    """Run manage.py against the copy that `make run` has started; return its exit code."""
    if not (place.run / "supervisor.pid").exists():
        raise StartFailed("Nothing runs here. In another terminal, start it first: make run")
    kept, ports = place.secrets(), json.loads((place.run / "ports.json").read_text())
    env = place.environment(place.addresses(ports, kept["SERVICE_PASSWORD"]), kept)
    return subprocess.call([sys.executable, str(ROOT / "manage.py"), *words], env=env)


def stop(place: Workplace) -> None:
    """Stop a supervisor that runs elsewhere, and whatever an earlier one may have left."""
    words = {"supervisor": "gongji.local", "web": "gunicorn", "postgres": "postgres", "redis": "valkey"}
    for path in sorted(place.run.glob("*.pid"), key=lambda p: p.stem != "supervisor"):
        pid = int(path.read_text() or 0) if path.exists() else 0  # the supervisor takes the others with it
        if words.get(path.stem, "celery") in _command_of(pid):
            end(pid, signal.SIGINT if path.stem == "postgres" else signal.SIGTERM)
            say(f"stopped {path.stem} ({pid})")
        path.unlink(missing_ok=True)


def _command_of(pid: int) -> str:
    """Return the command line of a process, "" when there is none: numbers are used again."""
    if not pid:
        return ""
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    with contextlib.suppress(OSError):  # no /proc: macOS
        done = subprocess.run(["ps", "-o", "args=", "-p", str(pid)], capture_output=True, text=True)
        return done.stdout
    return ""


def end(pid: int, polite: signal.Signals, seconds: float = 60) -> None:
    """Ask a process to end, wait for it, and kill it when it does not."""
    deadline = time.monotonic() + seconds
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, polite)
        while time.monotonic() < deadline:
            os.kill(pid, 0)
            time.sleep(0.1)
        os.kill(pid, signal.SIGKILL)


def reset(place: Workplace) -> None:
    """Stop, and throw the demo data away."""
    stop(place)
    place.throw_away()
    say(f"{place.var} is empty again; make run makes new demo data.")


# ---------------------------------------------------------------- one at a time
@contextlib.contextmanager
def the_only_one(place: Workplace) -> Iterator[None]:
    """Hold this installation's lock; raises StartFailed while another `make run` has it."""
    pid_file = place.run / "supervisor.pid"
    with Path(place.run / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise StartFailed(
                f"It is already running with {place.var}. Stop it with make stop, or start a second copy: "
                f"PORT={place.port + 1} GONGJI_VAR=var2 make run"
            ) from None
        pid_file.write_text(f"{os.getpid()}\n")
        try:
            yield
        finally:
            pid_file.unlink(missing_ok=True)


def main(argv: list[str]) -> int:
    """Do what the first argument says; problems become text, never a traceback."""
    try:
        place = Workplace.from_environment()
        match argv:
            case ["run"]:
                with the_only_one(place):
                    run(place)
            case ["manage", *words]:
                return manage(place, words)
            case ["stop"]:
                stop(place)
            case ["reset"]:
                reset(place)
            case _:
                say("usage: python -m gongji.local run|manage …|stop|reset")
                return 2
    except StartFailed as problem:
        say(f"\n{problem}")
        return 1
    except KeyboardInterrupt:
        say("\nstopped")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
