"""Is the process alive, is the installation ready, how is it doing: /livez, /readyz, /metrics.

A probe returns None when all is well, a sentence when something should be looked at soon, and raises
Unready when this installation should get no visitors. Apps above add theirs with `@probe(name)`.
"""

import ipaddress
import secrets
import shutil
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import redis
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from holidays import country_holidays

from gongji import outbox, roles
from gongji.models import overrides

Probe = Callable[[], str | None]
LOW_DISK_BYTES = 500 * 1024 * 1024
SILENT_SECONDS = 180
"""A sweep runs every half minute; after six silent ones nobody is minding the jobs."""

Gauges = Callable[[], Mapping[str, float | int | None]]
_probes: dict[str, tuple[Probe, bool]] = {}
_gauges: dict[str, Gauges] = {"outbox": outbox.health}


class Unready(Exception):
    """The reason why this installation cannot serve now, in words for an operator."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What one probe said: `ok` with an optional warning, or not ok with the reason."""

    name: str
    ok: bool
    detail: str
    milliseconds: float


def probe(name: str, *, needs_database: bool = False) -> Callable[[Probe], Probe]:
    """Register a probe under the name that /readyz shows."""

    def register(function: Probe) -> Probe:
        _probes[name] = function, needs_database
        return function

    return register


def gauges(name: str) -> Callable[[Gauges], Gauges]:
    """Register figures for /metrics, shown as `gongji_<name>_<figure>`; None is not known."""

    def register(function: Gauges) -> Gauges:
        _gauges[name] = function
        return function

    return register


def examine() -> list[Finding]:
    """Run every probe; a probe that breaks counts as not ready, by the type of its error only.

    While the database is away nothing that needs it is asked: each would wait for it again.
    """
    findings: list[Finding] = []
    for name, (function, needs_database) in _probes.items():
        if not needs_database or all(finding.ok for finding in findings if finding.name == "database"):
            findings.append(_examine_one(name, function))
    return findings


def _examine_one(name: str, function: Probe) -> Finding:
    began = time.perf_counter()
    try:
        ok, detail = True, function() or ""
    except Unready as reason:
        ok, detail = False, str(reason)
    except Exception as error:
        ok, detail = False, type(error).__name__
    return Finding(name, ok, detail, round((time.perf_counter() - began) * 1000, 1))


# ---------------------------------------------------------------- probes of the ground floor
@probe("database")
def database() -> None:
    """PostgreSQL 15 or newer answers."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError as error:
        connection.close()
        raise Unready(f"DATABASE_URL does not answer ({type(error).__name__})") from None
    version = connection.connection.server_version // 10000
    if version < 15:
        raise Unready(f"PostgreSQL is {version}; 15 or newer is needed")


@probe("broker")
def broker() -> str | None:
    """Redis or Valkey answers, and will not drop queued jobs when memory runs out."""
    client = redis.Redis.from_url(settings.CELERY_BROKER_URL, socket_timeout=1, socket_connect_timeout=1)
    try:
        client.ping()
        policy = client.config_get("maxmemory-policy").get("maxmemory-policy", "noeviction")
    except redis.ResponseError:
        return None  # a managed server may refuse CONFIG
    except redis.RedisError as error:
        raise Unready(f"REDIS_URL does not answer ({type(error).__name__}); messages will be late") from None
    finally:
        client.close()
    return None if policy == "noeviction" else f"maxmemory-policy is {policy}; the broker needs noeviction"


@probe("storage")
def storage() -> str | None:
    """The folder of the proofs can be written and has room."""
    folder = Path(settings.STORAGE_URL.removeprefix("file://"))
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder) as trial:
            trial.write(b"x")
        free = shutil.disk_usage(folder).free
    except OSError as error:
        raise Unready(f"STORAGE_URL cannot be written ({error.strerror})") from None
    return None if free > LOW_DISK_BYTES else f"only {free // 1024**2} MB are free for proofs"


class _Migrated:
    """Remembers that nothing was left to migrate: a running process does not get new migrations."""

    done = False


@probe("migrations", needs_database=True)
def migrations() -> None:
    """No migration of this version is waiting."""
    if _Migrated.done:
        return
    executor = MigrationExecutor(connection)
    waiting = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if waiting:
        raise Unready(f"{len(waiting)} migrations are waiting, first {waiting[0][0]}; run manage.py migrate")
    _Migrated.done = True


@probe("roles", needs_database=True)
def role() -> str | None:
    """The portal works as a role that owns nothing; in production nothing else gets visitors."""
    if not (problem := roles.too_much()):
        return None
    if settings.PRODUCTION:
        raise Unready(problem)
    return problem


@probe("calendar", needs_database=True)
def calendar() -> str | None:
    """The moved working days (调休) are known; without them promised dates are only estimates."""
    today = timezone.localdate()
    years = [today.year] if today.month < 12 else [today.year, today.year + 1]
    entered = {day.year for day in overrides()}
    missing = [str(year) for year in years if year not in entered and not _published(year)]
    if not missing:
        return None
    return f"the moved working days of {', '.join(missing)} are not known; enter them in the admin"


def _published(year: int) -> bool:
    """Tell whether the holidays package already has the State Council's notice for the year."""
    return any(day.year == year for day in country_holidays("CN", years=year).weekend_workdays)


# ---------------------------------------------------------------- pages
@login_not_required
@require_safe
@never_cache
def livez(request: HttpRequest) -> HttpResponse:
    """Say that the process answers; asks nobody else."""
    return HttpResponse("ok\n", content_type="text/plain")


@login_not_required
@require_safe
@never_cache
def readyz(request: HttpRequest) -> JsonResponse:
    """Say whether visitors may come: 200, or 503 with the names of what fails."""
    findings = examine()
    failing = [finding.name for finding in findings if not finding.ok]
    body = {
        "status": "unready" if failing else "ready",
        "failing": failing,
        "warnings": [f"{f.name}: {f.detail}" for f in findings if f.ok and f.detail],
        "checks": {f.name: {"ok": f.ok, "detail": f.detail, "ms": f.milliseconds} for f in findings},
    }
    return JsonResponse(body, status=503 if failing else 200, json_dumps_params={"ensure_ascii": False})


@login_not_required
@require_safe
@never_cache
def metrics(request: HttpRequest) -> HttpResponse:
    """Show figures for Prometheus, to this machine or with METRICS_TOKEN; others find no page."""
    if not (_from_this_machine(request) or _has_token(request)):
        raise Http404
    findings = examine()
    lines = [f'gongji_ready{{check="{f.name}"}} {int(f.ok)}' for f in findings]
    if {"database", "migrations"} <= {f.name for f in findings if f.ok}:
        for group, figures in _gauges.items():
            for name, value in figures().items():
                lines.append(f"gongji_{group}_{name} {'NaN' if value is None else value}")
    return HttpResponse("\n".join(lines) + "\n", content_type="text/plain; version=0.0.4; charset=utf-8")


def _from_this_machine(request: HttpRequest) -> bool:
    # Behind a proxy on the same machine every visitor has a loopback peer; the proxy's header tells.
    if "HTTP_X_FORWARDED_FOR" in request.META or "HTTP_FORWARDED" in request.META:
        return False
    try:
        return ipaddress.ip_address(request.META.get("REMOTE_ADDR", "")).is_loopback
    except ValueError:
        return False


def _has_token(request: HttpRequest) -> bool:
    given = request.headers.get("Authorization", "").removeprefix("Bearer ")
    wanted: str = settings.METRICS_TOKEN
    return bool(wanted) and secrets.compare_digest(given.encode(), wanted.encode())
