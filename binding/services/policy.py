"""Publishing the rule files: versions that applications keep, and the ledger's own rows derived from them."""

from dataclasses import dataclass
from datetime import datetime

from django.db import connection, transaction

from binding.models import PolicyVersion
from gongji import policy
from ledger.services import derive_area_rules

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

    Raises PolicyError with file and line when the rule files cannot be used; then nothing is published.
    """
    policies = policy.load()
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_ONE_AT_A_TIME])
    new = [policies[area] for area in unpublished()]
    PolicyVersion.objects.bulk_create(
        PolicyVersion(area=each.area, digest=each.digest(), canonical=each.canonical(), published_at=now)
        for each in new
    )
    return Published(
        areas=tuple(each.area for each in new), area_rules=derive_area_rules(policies, valid_from=now)
    )


def unpublished() -> list[str]:
    """Return the areas whose rules of today have no stored version yet."""
    stored = set(PolicyVersion.objects.values_list("area", "digest"))
    return [area for area, rules in sorted(policy.load().items()) if (area, rules.digest()) not in stored]
