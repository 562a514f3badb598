"""Publishing the rule files: versions that applications keep, and the ledger's own rows derived from them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time

from django.db import connection, transaction
from django.utils.timezone import localdate, make_aware

from binding.models import PolicyVersion
from binding.services.wishes import TELL
from gongji import outbox, policy
from ledger.services.area_rules import announced, derive_area_rules

_ONE_AT_A_TIME = 0x67_6F_6E_67
"""Advisory lock: two servers of one deploy publish one after the other."""


@dataclass(frozen=True, slots=True)
class Published:
    """What a publication changed: the areas with a new version, and how many rules of the ledger."""

    areas: tuple[str, ...]
    area_rules: int


@transaction.atomic
def publish_policies(*, now: datetime) -> Published:
    """Store a version of every area whose rules are new and let the ledger follow; twice changes nothing.

    What the files announce for a later day is stored as well, and takes effect then by itself.
    Raises PolicyError with file and line when the rule files cannot be used; then nothing is published.
    """
    policy.load()  # files that cannot be used are told of before anything is locked
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_ONE_AT_A_TIME])
    areas: list[str] = []
    area_rules = 0
    for moment in sorted({now, *_changes(now), *announced(now)}):
        policies = policy.load(day=localdate(moment))
        areas += _store(policies, now)
        area_rules += derive_area_rules(policies, valid_from=moment)
    if areas or area_rules:
        outbox.post(TELL, now.isoformat())
    return Published(areas=tuple(sorted(set(areas))), area_rules=area_rules)


def _changes(now: datetime) -> list[datetime]:
    midnights = [datetime.combine(day, time.min) for day in policy.changes_after(localdate(now))]
    return [make_aware(midnight) for midnight in midnights]


def _store(policies: Mapping[str, policy.Policy], now: datetime) -> list[str]:
    areas = _without_version(policies)
    PolicyVersion.objects.bulk_create(
        PolicyVersion(
            area=area,
            digest=policies[area].digest(),
            canonical=policies[area].canonical(),
            published_at=now,
        )
        for area in areas
    )
    return areas


def unpublished() -> list[str]:
    """Return the areas whose rules of today have no stored version yet."""
    return _without_version(policy.load())


def _without_version(policies: Mapping[str, policy.Policy]) -> list[str]:
    stored = set(PolicyVersion.objects.values_list("area", "digest"))
    return [area for area, rules in sorted(policies.items()) if (area, rules.digest()) not in stored]
