"""A binding in force: ended, paused, capped by its two ends. Lock order: people, the binding, its mandate."""

from datetime import datetime, timedelta

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Person, User
from binding.models import Binding, BindingChange, Kind
from binding.rules import Party
from binding.rules.limits import of_authorizer, of_beneficiary
from binding.rules.viewing import subject_of
from binding.services import rows
from binding.services.changes import changed
from binding.services.checks import givers_of, places_taken
from binding.services.life import mandate_until
from binding.services.pools import in_another_pool
from binding.services.wording import clock, limit_sentence, take_back_messages, tell
from gongji import audit, policy
from gongji.errors import Refused
from gongji.policy import Policy
from gongji.templatetags.gongji import yuan
from ledger import services as ledger

What = BindingChange.What
UNDO = timedelta(minutes=settings.UNDO_MINUTES)


# ------------------------------------------------------------- end
@transaction.atomic
def end_binding(*, binding: Binding, actor: User) -> Binding:
    """End a binding at once, by either side; the money stops now, the message waits for the undo time.

    Raises Refused: `binding_not_active`, `unbind_locked` (the giver, where the area has such a time).
    """
    row, party = _held(binding, actor)
    _require_active(row)
    _require_unlocked(row, party)
    now = timezone.now()
    row.until, row.ended_by, row.ended_why = now, party, "unbound"
    row.save(update_fields=["until", "ended_by", "ended_why"])
    ledger.end_mandate(binding_id=row.pk, at=now)
    _record(row, What.ENDED, party, actor, visible_from=now + UNDO, template="ended", ended_at=clock(now))
    return row


def _require_unlocked(row: Binding, party: Party) -> None:
    free_from = locked_until(row, party, at=timezone.now())
    if free_from is not None:
        raise Refused(
            "unbind_locked",
            _("按本地规定,%(when)s 以后才能解除。") % {"when": clock(free_from)},
            _("想先停用,请用“暂停”。"),
        )


def locked_until(binding: Binding, party: Party, *, at: datetime) -> datetime | None:
    """Until when one end cannot end a binding by itself; None when it can now.

    The giver of 家庭共济, where the area has `unbind_lock_days`; a relative may leave at any time, and
    nobody has to let others look.
    """
    rules = _rules(binding)
    if rules is None or party != Party.AUTHORIZER or binding.kind != Kind.MUTUAL_AID:
        return None
    free_from = binding.since + timedelta(days=rules.unbind_lock_days)
    return free_from if at < free_from and rules.unbind_lock_days else None


def end_can_be_undone_until(binding: Binding, *, at: datetime) -> datetime | None:
    """Until when the end of a binding can be taken back; None when it cannot (any more)."""
    if binding.until is None or binding.ended_by not in (Party.AUTHORIZER, Party.BENEFICIARY):
        return None
    until = binding.until + UNDO
    return until if at < until else None


@transaction.atomic
def undo_end(*, binding: Binding, actor: User) -> Binding:
    """Take one's own end back within ten minutes: everything is as before.

    Raises Refused: `too_late`, `not_your_decision`, `already_bound`, `limit_reached`, `givers_reached`.
    """
    row, party = _held(binding, actor)
    if end_can_be_undone_until(row, at=timezone.now()) is None:
        raise Refused("too_late", _("能反悔的时间已经过了。"), _("可以重新申请开通。"))
    if row.ended_by != party:
        raise Refused("not_your_decision", _("这次解除是对方办的。"), _("请和家人商量,或重新申请。"))
    _require_still_free(row)
    row.until, row.ended_by, row.ended_why = None, "", ""
    row.save(update_fields=["until", "ended_by", "ended_why"])
    ledger.revive_mandate(binding_id=row.pk, valid_until=mandate_until(row))
    take_back_messages(row.application)
    _record(row, What.REVIVED, party, actor)
    return row


def _require_still_free(row: Binding) -> None:
    """Nobody may have taken the place meanwhile; the people are held."""
    pair = Binding.objects.active().filter(
        authorizer_id=row.authorizer_id, beneficiary_id=row.beneficiary_id, kind=row.kind
    )
    if pair.exists():
        raise Refused("already_bound", _("这两位已经重新开通了。"), _("不用再恢复。"))
    rules = _rules(row)
    if rules is None:
        return
    taken = places_taken(row.authorizer_id, row.kind, besides=None, undecided=False)
    if of_authorizer(row.kind, rules).is_full(taken):
        raise Refused("limit_reached", limit_sentence(row.kind, rules, taken))
    givers = givers_of(row.beneficiary_id, row.kind)
    full = of_beneficiary(row.kind, rules).is_full(givers)
    if full or in_another_pool(row.application, rules):
        raise Refused("givers_reached", _("家人的出钱人数已到本地上限。"), _("请和家人商量。"))


# ------------------------------------------------------------- pause, cap, privacy
@transaction.atomic
def pause(*, binding: Binding, actor: User) -> Binding:
    """Stop paying until `resume`; the giver's right. Twice is once. Raises Refused (`binding_not_active`)."""
    row, party = _held_by(binding, actor, Party.AUTHORIZER)
    if row.paused_at is None:
        row.paused_at = timezone.now()
        row.save(update_fields=["paused_at"])
        ledger.pause_mandate(binding_id=row.pk)
        _record(row, What.PAUSED, party, actor, template="paused")
    return row


@transaction.atomic
def resume(*, binding: Binding, actor: User) -> Binding:
    """Pay again after a pause. Twice is once."""
    row, party = _held_by(binding, actor, Party.AUTHORIZER)
    if row.paused_at is not None:
        row.paused_at = None
        row.save(update_fields=["paused_at"])
        ledger.resume_mandate(binding_id=row.pk)
        _record(row, What.RESUMED, party, actor, template="resumed")
    return row


@transaction.atomic
def set_cap(*, binding: Binding, actor: User, monthly_cap: int | None) -> Binding:
    """Set how many 分 a month may be used, None = no cap; the giver's right, from the next settlement on."""
    row, party = _held_by(binding, actor, Party.AUTHORIZER)
    before = row.monthly_cap
    if monthly_cap != before:
        row.monthly_cap = monthly_cap
        row.save(update_fields=["monthly_cap"])
        ledger.set_cap(binding_id=row.pk, monthly_cap=monthly_cap)
        words = _("每月最多 %(yuan)s 元") % {"yuan": yuan(monthly_cap)} if monthly_cap else _("不设上限")
        _record(
            row, What.CAP, party, actor, before=before, after=monthly_cap, template="cap_changed", cap=words
        )
    return row


@transaction.atomic
def set_authorized(*, binding: Binding, actor: User, authorized: int) -> Binding:
    """Set how many 分 may be used in all; the giver's right, from the next settlement on.

    Raises Refused (`below_used`): never below what was used already.
    """
    row, party = _held_by(binding, actor, Party.AUTHORIZER)
    before = row.authorized
    if authorized != before:
        row.authorized = authorized
        row.save(update_fields=["authorized"])
        ledger.set_authorized(binding_id=row.pk, authorized=authorized)
        words = _("一共最多 %(yuan)s 元") % {"yuan": yuan(authorized)}
        _record(
            row, What.AUTHORIZED, party, actor, before=before, after=authorized, template="cap_changed",
            cap=words,
        )  # fmt: skip
    return row


@transaction.atomic
def set_privacy(*, binding: Binding, actor: User, level: int) -> Binding:
    """Set how much of each use the other end sees; the right of whose uses they are (个保法 28)."""
    row, party = _held_by(binding, actor, subject_of(binding.kind))
    before, level = row.privacy, Binding.Privacy(level)
    if level != before:
        row.privacy = level
        row.save(update_fields=["privacy"])
        ledger.set_privacy(binding_id=row.pk, level=level)
        _record(row, What.PRIVACY, party, actor, before=before, after=level)
    return row


def history_of(binding: Binding) -> list[BindingChange]:
    """Return what was done to a binding, oldest first."""
    return list(binding.changes.select_related("actor"))


# ------------------------------------------------------------- shared
def _held(binding: Binding, actor: User) -> tuple[Binding, Party]:
    """Lock both people and the binding; PermissionDenied for whoever is neither end nor serves one."""
    rows.hold_people(binding.authorizer_id, binding.beneficiary_id)
    row = (
        Binding.objects.select_for_update(of=("self",), no_key=True)
        .select_related("authorizer", "beneficiary", "application__policy_version")
        .get(pk=binding.pk)
    )
    return row, rows.end_of(row, actor)


def _held_by(binding: Binding, actor: User, allowed: Party) -> tuple[Binding, Party]:
    row, party = _held(binding, actor)
    if party != allowed:
        raise PermissionDenied("the other end's right")
    _require_active(row)
    return row, party


def _require_active(row: Binding) -> None:
    if row.until is not None:
        raise Refused(
            "binding_not_active",
            _("这项共济已在 %(when)s 解除。") % {"when": clock(row.until)},
            _("要继续,请重新申请开通。"),
        )


def _rules(row: Binding) -> Policy | None:
    """The rules in force today, not those of the application."""
    return policy.for_area(row.area)


def _record(
    row: Binding,
    what: What,
    party: Party,
    actor: User,
    *,
    before: int | None = None,
    after: int | None = None,
    template: str = "",
    visible_from: datetime | None = None,
    **words: str,
) -> None:
    change = changed(row, what, party, actor, before=before, after=after)
    audit.record(
        action=f"binding.{what}", actor=actor, obj=row, area=row.area, changes={"value": (before, after)}
    )
    if template:
        for person in (row.authorizer, row.beneficiary):
            _tell(row, person, f"{template}_{_side(row, person)}", change, visible_from, words)


def _side(row: Binding, person: Person) -> str:
    return "giver" if person.pk == row.authorizer_id else "relative"


def _tell(
    row: Binding,
    person: Person,
    template: str,
    change: BindingChange,
    visible_from: datetime | None,
    words: dict[str, str],
) -> None:
    once = f":{change.pk}"
    tell(row.application, person, template, once=once, visible_from=visible_from, **words)
