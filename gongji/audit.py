"""The audit trail: one row per action, written in the transaction of the action.

If the row cannot be written the action fails with it. For a sensitive read, record before the bytes leave.
"""

import json
from collections.abc import Iterable, Mapping
from datetime import UTC
from types import MappingProxyType
from typing import Any, Protocol

from django.db.models import Model

from gongji import crypto, tracing
from gongji.models import AuditRow

_SEALED = (
    "actor", "role", "area", "action", "object_type", "object_id", "purpose", "result", "reason", "changes",
    "request_id", "ip", "session",
)  # fmt: skip


class Actor(Protocol):
    """What the trail needs of a user; `audit_role` (citizen, reviewer, provider …) is read where present."""

    pk: Any
    is_staff: bool


def record(
    *,
    action: str,
    actor: Actor | None,
    obj: Model | None = None,
    area: str = "",
    result: str = "ok",
    reason: str = "",
    purpose: str = "",
    changes: Mapping[str, tuple[object, object]] | None = None,
    request_id: str | None = None,
) -> AuditRow:
    """Insert one row; `actor` None is the system, `reason` a code of the catalogue, no free text with names.

    `changes` is {field: (before, after)}; only keyed digests of the values are kept, so that a claim
    about them can be checked later and nothing can be read from the trail.
    """
    row = _row(
        action=action, actor=actor, obj=obj, area=area, result=result, reason=reason, purpose=purpose,
        changes=changes or {}, request_id=request_id,
    )  # fmt: skip
    row.save(force_insert=True)
    return row


def record_each(*, action: str, actor: Actor | None, objects: Iterable[tuple[Model, str]]) -> None:
    """Insert one row for each of many objects, given with their areas, in one statement."""
    AuditRow.objects.bulk_create(
        _row(action=action, actor=actor, obj=obj, area=area) for obj, area in objects
    )


def _row(
    *,
    action: str,
    actor: Actor | None,
    obj: Model | None,
    area: str,
    result: str = "ok",
    reason: str = "",
    purpose: str = "",
    changes: Mapping[str, tuple[object, object]] = MappingProxyType({}),
    request_id: str | None = None,
) -> AuditRow:
    session = tracing.session_key.get()
    row = AuditRow(
        action=action,
        actor="" if actor is None else str(actor.pk),
        role=_role(actor),
        area=area,
        object_type="" if obj is None else obj._meta.label_lower,
        object_id="" if obj is None else str(obj.pk),
        result=result,
        reason=reason,
        purpose=purpose,
        changes={name: [_digest(name, old), _digest(name, new)] for name, (old, new) in changes.items()},
        request_id=tracing.request_id.get() if request_id is None else request_id,
        ip=tracing.source_ip.get(),
        session=_digest("session", session) if session else "",
    )
    row.mac = crypto.authenticate("audit", canonical(row))
    return row


def canonical(row: AuditRow) -> bytes:
    """Return the bytes a row's code is computed over: every column but the code and the transaction id."""
    values = [str(row.id), row.at.astimezone(UTC).isoformat(), *(getattr(row, name) for name in _SEALED)]
    return json.dumps(values, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def _role(actor: Actor | None) -> str:
    if actor is None:
        return "system"
    return getattr(actor, "audit_role", "") or ("staff" if actor.is_staff else "citizen")


def _digest(name: str, value: object) -> str:
    return crypto.authenticate(f"audit:{name}", str(value).encode())[1:17].hex()
