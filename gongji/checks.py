"""System checks: what a start can find out without asking a server. Each is tested by its id."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register

from gongji import policy, roles

MINIMUM_VISIBILITY = 2
"""A message must stay hidden for longer than the longest task and its wait: twice the hard limit."""


@register()
def celery_never_repeats_a_running_task(app_configs: Any, **kwargs: Any) -> Sequence[CheckMessage]:
    """E001: Redis hands a message out again after visibility_timeout, even while its task runs."""
    hidden = settings.CELERY_BROKER_TRANSPORT_OPTIONS.get("visibility_timeout", 0)
    if hidden >= MINIMUM_VISIBILITY * settings.CELERY_TASK_TIME_LIMIT:
        return []
    return [Error("visibility_timeout must be at least twice CELERY_TASK_TIME_LIMIT.", id="gongji.E001")]


@register()
def rule_files_are_in_order(app_configs: Any, **kwargs: Any) -> Sequence[CheckMessage]:
    """E004: nothing starts on rules that contradict themselves or cannot be read."""
    hint = "Mend the file, then `manage.py policy check`."
    return [Error(problem, hint=hint, id="gongji.E004") for problem in policy.problems()]


@register(Tags.security, deploy=True)
def only_production_is_public(app_configs: Any, **kwargs: Any) -> Sequence[CheckMessage]:
    """W001: outside production the site has demo logins and shorter secrets."""
    if settings.PRODUCTION:
        return []
    return [Warning(f"DJANGO_ENV is {settings.DJANGO_ENV}, not production.", id="gongji.W001")]


@register(Tags.security, deploy=True)
def codes_are_not_written_to_a_file(app_configs: Any, **kwargs: Any) -> Sequence[CheckMessage]:
    """W002: the built-in gateway writes every one-time code to a file instead of sending it."""
    if not settings.PRODUCTION or not settings.SMS_GATEWAY.endswith("FileSmsGateway"):
        return []
    return [
        Warning(
            "SMS_GATEWAY writes messages to a file; nobody receives a code.",
            hint="Set SMS_GATEWAY to the bureau's gateway (docs/operations.md).",
            id="gongji.W002",
        )
    ]


@register(Tags.security, deploy=True)
def keys_differ(app_configs: Any, **kwargs: Any) -> Sequence[CheckMessage]:
    """E002: one key for two purposes lets one leak open both."""
    if set(settings.DATA_KEYS.values()) & set(settings.INDEX_KEYS.values()):
        return [Error("DATA_KEYS and INDEX_KEYS share a key; make one for each.", id="gongji.E002")]
    return []


@register(Tags.security, deploy=True)
def proofs_are_not_served(app_configs: Any, **kwargs: Any) -> Sequence[CheckMessage]:
    """E003: proofs below the static files would be public."""
    proofs = Path(settings.STORAGE_URL.removeprefix("file://"))
    if Path(settings.STATIC_ROOT) in [proofs, *proofs.parents]:
        return [Error("STORAGE_URL lies inside STATIC_ROOT, which everybody can read.", id="gongji.E003")]
    return []


@register(Tags.database)
def the_portal_owns_nothing(app_configs: Any, databases: Any = None, **kwargs: Any) -> Sequence[CheckMessage]:
    """E005: who owns the tables can switch their guards off. Asked with `check --database default`."""
    if not settings.PRODUCTION or "default" not in (databases or []):
        return []
    problem = roles.too_much()
    return [Error(problem, id="gongji.E005")] if problem else []
