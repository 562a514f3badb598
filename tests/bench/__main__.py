"""`make bench [ONLY=name]`: runs the benchmarks and prints one JSON object a line (contract § 5).

Each tests/bench/bench_*.py holds functions marked `@bench("name")` that return a Result, or yield several.
All of them run on servers of their own, started here with everything that keeps data safe switched on.
"""

import importlib
import json
import os
import sys
import tempfile
import time
import traceback
from collections.abc import Iterable
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from gongji.local.embedded import create_database, free_port, postgres, valkey
from gongji.local.service import Service
from tests.bench.registry import Result, benches
from tests.services import ENVIRONMENT, PASSWORD

HERE = Path(__file__).parent
SERVER_OPTIONS = ("max_connections=200", "shared_buffers=512MB", "max_wal_size=4GB", "synchronous_commit=on")


def main() -> int:
    """Run what ONLY names, or everything; 1 when a benchmark broke."""
    wanted = {name for name in os.environ.get("ONLY", "").split(",") if name}
    with tempfile.TemporaryDirectory(prefix="gongji-bench-") as folder:
        Path(folder).chmod(0o711)
        services = start_servers(Path(folder).resolve())
        try:
            load_everything()
            unknown = wanted - set(benches)
            if unknown:
                return tell(
                    f"no benchmark {', '.join(sorted(unknown))}; there are: {', '.join(sorted(benches))}"
                )
            broken = [name for name in benches if not wanted or name in wanted if not run(name)]
            return tell(f"broken: {', '.join(broken)}") if broken else 0
        finally:
            for service in reversed(services):
                service.stop()


def start_servers(folder: Path) -> list[Service]:
    """Start PostgreSQL and Valkey unless addresses were given, and set the environment of the portal."""
    services: list[Service] = []
    os.environ.update(
        ENVIRONMENT | {"DJANGO_ENV": "demo", "GONGJI_VAR": str(folder), "SMS_LOG": str(folder / "sms.jsonl")}
    )
    if "DATABASE_URL" not in os.environ:
        port, log = free_port(), folder / "postgres.log"
        services.append(
            postgres(folder / "postgres", port=port, password=PASSWORD, log=log, options=SERVER_OPTIONS)
        )
        os.environ["DATABASE_URL"] = f"postgres://gongji:{PASSWORD}@127.0.0.1:{port}/gongji"
    if "REDIS_URL" not in os.environ:
        port, log = free_port(), folder / "redis.log"
        services.append(valkey(folder / "redis", port=port, password=PASSWORD, log=log))
        os.environ["REDIS_URL"] = f"redis://:{PASSWORD}@127.0.0.1:{port}/0"
    for service in services:
        service.start()
        service.wait_ready(30)
    os.environ["DATABASE_URL"] = database_of_our_own(os.environ["DATABASE_URL"])
    return services


def database_of_our_own(url: str) -> str:
    """Return the address of a fresh database beside the one of `url`, which is left alone."""
    parts = urlsplit(url)
    own = urlunsplit(parts._replace(path=f"{parts.path}_bench_{os.getpid()}"))
    create_database(own)
    return own


def load_everything() -> None:
    """Set Django up, migrate, publish the rules, and import every bench module."""
    import django
    from django.core.management import call_command

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "gongji.settings")
    django.setup()
    call_command("migrate", verbosity=0)
    call_command("policy", "publish", verbosity=0, stdout=sys.stderr)
    for path in sorted(HERE.glob("bench_*.py")):
        importlib.import_module(f"tests.bench.{path.stem}")


def run(name: str) -> bool:
    """Run one benchmark and print its lines; a broken one is told on stderr and does not end the others."""
    began = time.monotonic()
    try:
        answer = benches[name]()
        for result in answer if isinstance(answer, Iterable) else [answer]:
            print(json.dumps(_line(name, result), ensure_ascii=False), flush=True)
    except Exception:
        traceback.print_exc()
        return False
    finally:
        tell(f"{name}: {time.monotonic() - began:.1f} s")
    return True


def _line(name: str, result: Result) -> dict[str, object]:
    return {
        "bench": result.name or name,
        "ours": round(result.ours, 4),
        "reference": round(result.reference, 4),
        "ratio": round(result.ours / result.reference, 4) if result.reference else None,
        "unit": result.unit,
        "what": result.what,
    }


def tell(text: str) -> int:
    """Say something beside the results."""
    print(text, file=sys.stderr, flush=True)
    return 1


if __name__ == "__main__":
    sys.exit(main())
