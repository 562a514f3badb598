"""The folder of one local installation (GONGJI_VAR): its files, its secrets, its environment."""

import base64
import errno
import hashlib
import hmac
import json
import os
import secrets
import shutil
import socket
from dataclasses import dataclass
from pathlib import Path

from gongji.local.embedded import free_port, postgres_home
from gongji.local.service import StartFailed

ROOT = Path(__file__).resolve().parent.parent.parent
OURS = ("run", "log", "proofs", "static", "postgres", "redis", "sms.jsonl", "demo.json", "secrets.env")
"""Everything we write below GONGJI_VAR, and so everything that `make reset` may remove."""


@dataclass(frozen=True)
class Addresses:
    """Where the servers are, and as whom the database is spoken to (gongji.roles)."""

    web: str
    owner: str
    """"" where the user's own DATABASE_URL serves for everything."""
    admin: str
    """"" where the user's own server is used, whose logins are not ours to make."""
    redis: str


@dataclass(frozen=True)
class Workplace:
    """One local installation."""

    var: Path
    port: int

    @classmethod
    def from_environment(cls) -> "Workplace":
        """Read GONGJI_VAR and PORT; make the folders. Raises StartFailed in words."""
        port = os.environ.get("PORT", "8000")
        if not port.isdigit() or not 1 <= int(port) <= 65535:
            raise StartFailed(f"PORT={port} is not a port number between 1 and 65535.")
        place = cls(var=Path(os.environ.get("GONGJI_VAR") or ROOT / "var").resolve(), port=int(port))
        try:
            place.var.mkdir(parents=True, exist_ok=True)
            for folder in (place.run, place.logs):
                folder.mkdir(mode=0o700, exist_ok=True)
            (place.run / "writable").touch()
        except OSError as error:
            reason = os.strerror(error.errno or errno.EIO)
            raise StartFailed(
                f"Cannot write in {place.var}: {reason}. Set GONGJI_VAR to another folder."
            ) from None
        return place

    @property
    def run(self) -> Path:
        return self.var / "run"

    @property
    def logs(self) -> Path:
        return self.var / "log"

    @property
    def demo_file(self) -> Path:
        return self.var / "demo.json"

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def require_free_port(self) -> None:
        """Raise StartFailed when another program listens on PORT."""
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", self.port))
            except OSError as error:
                if error.errno == errno.EACCES:
                    raise StartFailed(
                        f"Port {self.port} needs more rights; try PORT=8000 make run."
                    ) from None
                raise StartFailed(
                    f"Port {self.port} is taken by another program. Stop it, or choose another: "
                    f"PORT={self.port + 1} make run"
                ) from None

    # ------------------------------------------------------------ secrets
    def secrets(self) -> dict[str, str]:
        """Return the secrets of this installation, made on first use and readable by the owner only."""
        path = self.var / "secrets.env"
        if path.exists():
            return dict(line.split("=", 1) for line in path.read_text().splitlines() if "=" in line)
        if (postgres_home(self.var) / "data").exists():
            raise StartFailed(
                f"{path} is gone, and without its keys the data cannot be read. Put it back, or: make reset"
            )
        made = {
            "SECRET_KEY": secrets.token_urlsafe(64),
            "DATA_KEYS": "1:" + base64.b64encode(secrets.token_bytes(32)).decode(),
            "INDEX_KEYS": "1:" + base64.b64encode(secrets.token_bytes(32)).decode(),
            "SERVICE_PASSWORD": secrets.token_urlsafe(24),
        }
        draft = path.with_suffix(".draft")
        draft.unlink(missing_ok=True)
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.writelines(f"{name}={value}\n" for name, value in made.items())
        draft.rename(path)  # all or nothing: half a file would lock the data away
        return made

    def ports(self) -> dict[str, int]:
        """Return the ports of the embedded servers: last time's where they are still free."""
        path = self.run / "ports.json"
        try:
            known = json.loads(path.read_text())
        except (OSError, ValueError):
            known = {}
        ports = {name: _still_free(known.get(name)) or free_port() for name in ("postgres", "redis")}
        path.write_text(json.dumps(ports))
        return ports

    def addresses(self, ports: dict[str, int], password: str) -> Addresses:
        """Return where database and broker are: the user's own servers, else ours."""

        def database(login: str) -> str:
            # The other two passwords follow from the administrator's, so that older copies have them too.
            secret = hmac.new(password.encode(), login.encode(), hashlib.sha256).hexdigest()[:32]
            given = password if login == "gongji" else secret
            return f"postgres://{login}:{given}@127.0.0.1:{ports['postgres']}/gongji"

        redis = os.environ.get("REDIS_URL") or f"redis://:{password}@127.0.0.1:{ports['redis']}/0"
        if own := os.environ.get("DATABASE_URL"):
            return Addresses(own, os.environ.get("MIGRATE_DATABASE_URL", ""), "", redis)
        return Addresses(database("gongji_web"), database("gongji_owner"), database("gongji"), redis)

    def environment(self, where: Addresses, kept: dict[str, str]) -> dict[str, str]:
        """Return the environment of preparation and commands; what the user has set himself wins."""
        defaults = {name: value for name, value in kept.items() if name != "SERVICE_PASSWORD"} | {
            "DJANGO_ENV": "demo",
            "DJANGO_SETTINGS_MODULE": "gongji.settings",
            "SMS_LOG": str(self.var / "sms.jsonl"),
            "STORAGE_URL": f"file://{self.var}/proofs",
        }
        fixed = {
            "GONGJI_VAR": str(self.var),
            "PORT": str(self.port),
            "DATABASE_URL": where.web,
            "REDIS_URL": where.redis,
            "PYTHONUNBUFFERED": "1",
        }
        keepers = {"MIGRATE_DATABASE_URL": where.owner, "ADMIN_DATABASE_URL": where.admin}
        fixed |= {name: address for name, address in keepers.items() if address}
        return defaults | os.environ | fixed

    # ------------------------------------------------------------ the end
    def throw_away(self) -> None:
        """Remove what we wrote, and nothing else that may lie in the same folder."""
        for path in (*(self.var / name for name in OURS), postgres_home(self.var)):
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink(missing_ok=True)


def _still_free(port: int | None) -> int | None:
    if port is None:
        return None
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return None
    return port
