"""What opened at once is called off within the undo time: it ends, and nothing is held against anybody.

Lock order: the application, people, the binding, its mandate.
"""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from binding.models import Application, Binding, BindingChange
from binding.rules import Action, Party, Role, State
from binding.services import rows
from binding.services.changes import changed
from binding.services.rows import undo_until
from binding.services.wording import clock, take_back_messages, tell
from gongji import audit
from gongji.errors import Refused
from gongji.templatetags.gongji import yuan
from ledger import services as ledger

CALLED_OFF = "called_off"


def call_off_until(application: Application) -> datetime | None:
    """Until when the applicant may call off what opened at once; None where nothing did."""
    opened = application.decided_at
    if application.state != State.APPROVED or application.decided_by_id is not None or opened is None:
        return None
    if application.submitted_at is None or opened >= undo_until(application):
        return None
    return opened + timedelta(minutes=settings.UNDO_MINUTES)


@transaction.atomic
def call_off(*, application: Application, actor: User) -> Application:
    """End what opened at once as if it had not been asked for, while nobody has used it.

    What was used under a promise stays open to the later look by lot: it is ended, not called off. Raises
    Refused (`too_late`, `already_used`, `invalid_transition`).
    """
    row = rows.locked(application)
    rows.require_initiator(row, actor)
    until = call_off_until(row)
    if row.state == State.APPROVED and (until is None or timezone.now() >= until):
        raise Refused(
            "too_late", _("能撤销的时间已经过了。"), _("不想用了,可以在“家人详情”里解除,马上生效。")
        )
    rows.step(row, Action.CALL_OFF, Role.INITIATOR, actor=actor)
    rows.hold_people(row.authorizer_id, row.beneficiary_id)
    binding = row.bindings.active().select_for_update(of=("self",), no_key=True).first()
    take_back_messages(row)
    if binding is not None:
        _end(binding, Party(row.initiator), actor)
        _require_unused(binding)
        _tell_both(row, binding)
    return row


def _end(binding: Binding, party: Party, actor: User) -> None:
    now = timezone.now()
    binding.until, binding.ended_by, binding.ended_why = now, party, CALLED_OFF
    binding.save(update_fields=["until", "ended_by", "ended_why"])
    ledger.end_mandate(binding_id=binding.pk, at=now)
    changed(binding, BindingChange.What.CALLED_OFF, party, actor)
    audit.record(action="binding.called_off", actor=actor, obj=binding, area=binding.area)


def _require_unused(binding: Binding) -> None:
    """Call it after the mandate has ended: no settlement can come between."""
    used = ledger.used_under(binding.pk)
    if used:
        raise Refused(
            "already_used",
            _("家人已经用了 %(yuan)s 元,不能再撤销。") % {"yuan": yuan(used)},
            _("不想用了,可以在“家人详情”里解除,马上生效。已经花的不退。"),
        )


def _tell_both(row: Application, binding: Binding) -> None:
    words = {"ended_at": clock(binding.until), "used": used_words(binding)}
    tell(row, row.authorizer, "called_off_giver", visible_from=None, **words)
    tell(row, row.beneficiary, "called_off_relative", visible_from=None, **words)


def used_words(binding: Binding) -> str:
    """Say what was used under a binding and that it stays paid, or that nothing was."""
    used = ledger.used_under(binding.pk)
    return _("已经用了 %(yuan)s 元,不退。") % {"yuan": yuan(used)} if used else _("没有用过钱。")
