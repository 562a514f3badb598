"""What was opened on a promise that proved untrue: it ends at once, and what was used is asked back."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from binding.models import Application, Binding, BindingChange, Recheck
from binding.rules import Action, Party, Role, State
from binding.services import rows
from binding.services.changes import changed
from binding.services.rows import policy_of
from binding.services.wording import clock, day, paragraph, take_back_messages, tell
from gongji import audit
from gongji.policy import Policy, Window
from gongji.templatetags.gongji import yuan
from ledger import services as ledger

UNTRUE = "untrue"


@dataclass(frozen=True)
class Recovery:
    """What is asked back after an untrue promise, in 分, and where to bring it."""

    since: datetime
    until: datetime
    total: int
    months: list[tuple[date, int]]
    uses: list[ledger.Use]
    window: Window | None
    hotline: str
    appeal_until: datetime


@transaction.atomic
def revoke(*, application: Application, actor: User, reasons: list[dict[str, Any]]) -> Application:
    """End what an untrue promise opened, now; both sides are told why, what is asked back, and of the appeal.

    The application counts as refused from now on, so that its author can appeal. Raises Refused
    (`invalid_transition`) for one that is not in force any more.
    """
    row = rows.locked(application)
    rows.step(
        row, Action.REVOKE, Role.REVIEWER, actor=actor, reasons=reasons, decided_at=timezone.now(),
        decided_by=None, appealed_at=None,
    )  # fmt: skip
    rows.hold_people(row.authorizer_id, row.beneficiary_id)
    binding = row.bindings.active().select_for_update(of=("self",), no_key=True).first()
    take_back_messages(row)
    if binding is not None:
        _end(binding, actor)
    _tell_both(row, reasons)
    return row


def _end(binding: Binding, actor: User) -> None:
    now = timezone.now()
    binding.until, binding.ended_by, binding.ended_why = now, Party.STAFF, UNTRUE
    binding.save(update_fields=["until", "ended_by", "ended_why"])
    ledger.end_mandate(binding_id=binding.pk, at=now)
    changed(binding, BindingChange.What.REVOKED, Party.STAFF, actor)
    audit.record(action="binding.revoked", actor=actor, obj=binding, area=binding.area, reason=UNTRUE)


def _tell_both(row: Application, reasons: list[dict[str, Any]]) -> None:
    found = recovery_of(row)
    assert found is not None
    words = {
        "text": paragraph(reasons),
        "stopped_at": clock(found.until),
        "back": _back_words(found),
        "appeal_until": day(found.appeal_until),
        "window": found.window.name if found.window else _("当地医保窗口"),
    }
    tell(row, row.authorizer, "revoked_giver", visible_from=None, **words)
    tell(row, row.beneficiary, "revoked_relative", visible_from=None, **words)


def _back_words(found: Recovery) -> str:
    if not found.total:
        return _("没有用过钱,不用退。")
    return _("已经用掉的 %(yuan)s 元要退回,到窗口办。") % {"yuan": yuan(found.total)}


# ------------------------------------------------------------- what is asked back
def recovery_of(application: Application) -> Recovery | None:
    """Return what is asked back for an application whose promise proved untrue; None for any other."""
    binding = application.bindings.order_by("since").last() if is_revoked(application) else None
    if binding is None or binding.until is None:
        return None
    rules = policy_of(application)
    return Recovery(
        since=binding.since,
        until=binding.until,
        total=ledger.used_under(binding.pk),
        months=ledger.used_by_month(binding.pk),
        uses=ledger.uses_under(binding.pk),
        window=rules.windows[0] if rules.windows else None,
        hotline=rules.hotline,
        appeal_until=_appeal_until(application, rules),
    )


def _appeal_until(application: Application, rules: Policy) -> datetime:
    decided = application.recheck.decided_at
    assert decided is not None
    return decided + timedelta(days=rules.appeal_days)


def is_revoked(application: Application) -> bool:
    """Whether two people found this application's promise untrue, and no appeal said otherwise."""
    if application.state in (State.APPROVED, State.AWAITING_CONSENT):
        return False
    return Recheck.objects.filter(application=application, state=Recheck.State.UNTRUE).exists()
