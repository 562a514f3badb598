"""Who works on which case: claims of fifteen minutes, taken over when they run out."""

from datetime import timedelta

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Duty, User
from binding.models import Application, Event, Recheck
from binding.rules import WITH_REVIEWER, Action, Party, State
from binding.services import rows
from binding.services.family import is_family
from gongji import audit
from gongji.errors import Refused

CLAIM = timedelta(minutes=15)


# ------------------------------------------------------------- conflicts
def in_conflict(application: Application, actor: User) -> bool:
    """Whether a case is the reviewer's own, their family's, or one they entered themselves."""
    if actor.pk == application.created_by_id:
        return True
    if actor.private_person is None:
        return False
    ends = [person for person in (application.authorizer, application.beneficiary) if person is not None]
    return any(is_family(actor.private_person, end) for end in ends)


def require_no_conflict(application: Application, actor: User) -> None:
    """Raise PermissionDenied (`conflict_of_interest`) for one's own or one's family's case."""
    if in_conflict(application, actor):
        raise PermissionDenied("conflict_of_interest")


def first_readers(application: Application) -> set[object]:
    """Return the reviewers who sent the case on to a second reader or decided it before an appeal."""
    decisive = [Action.ESCALATE, Action.REFUSE, Action.APPROVE, Action.REVOKE]
    found = (
        application.events.filter(action__in=decisive).exclude(actor=None).values_list("actor_id", "action")
    )
    taken_back = set(application.events.filter(action=Action.RETRACT).values_list("actor_id", flat=True))
    return {actor for actor, action in found if action == Action.ESCALATE or actor not in taken_back}


def _doubted_its_promise(application: Application, actor: User) -> bool:
    """Whether the reviewer was the first to call the promise untrue that the appeal is about."""
    return Recheck.objects.filter(application=application, reviewer=actor).exists()


def _yes_put_down_by(actor: User) -> Q:
    """Wishes of relatives to which this member of staff put down the yes: of the account's owner, nobody
    else has heard.
    """
    heard = Event.objects.filter(action=Action.CONSENT, actor=actor).values("application")
    return Q(initiator=Party.BENEFICIARY, pk__in=heard)


def require_fresh_eyes(application: Application, actor: User) -> None:
    """Raise Refused (`second_reader`): a second reading, an appeal, or what one put down the owner's yes to,
    is for somebody else.
    """
    if Application.objects.filter(_yes_put_down_by(actor), pk=application.pk).exists():
        raise Refused(
            "second_reader", _("家人的同意是您记下的,要由另一位工作人员来审。"), _("请领取下一件。")
        )
    again = application.state == State.SECOND_REVIEW or application.appealed_at is not None
    if again and (actor.pk in first_readers(application) or _doubted_its_promise(application, actor)):
        raise Refused("second_reader", _("这件您已经看过,复核要由另一位工作人员办。"), _("请领取下一件。"))


# ------------------------------------------------------------- claims
def decided_by_other(application: Application) -> Refused:
    """The refusal of every late or stale hand, with what the case has become."""
    return Refused(
        "decided_by_other",
        _("该申请已由其他人员办理"),
        _("现在的状态是“%(state)s”。请回到待办,领取下一件。") % {"state": application.get_state_display()},
    )


def held_by_other(application: Application, actor: User) -> bool:
    """Whether somebody else's claim is still running."""
    if application.claimed_by_id in (None, actor.pk):
        return False
    return application.claimed_until is not None and application.claimed_until > timezone.now()


@transaction.atomic
def claim(*, application: Application, actor: User) -> Application:
    """Take a case for fifteen minutes; one's own claim is renewed, one that ran out is taken over.

    Raises Refused: `claimed` while somebody else has it, `decided_by_other`, `second_reader`;
    PermissionDenied outside one's areas or for one's own family (`conflict_of_interest`).
    """
    row = rows.locked(application)
    rows.require_reviewer(row, actor)
    require_no_conflict(row, actor)
    if row.state not in WITH_REVIEWER:
        raise decided_by_other(row)
    if held_by_other(row, actor):
        raise Refused("claimed", _("这件正由%(name)s办理。") % {"name": row.claimed_by}, _("请领取下一件。"))
    require_fresh_eyes(row, actor)
    return _hold(row, actor)


def _hold(row: Application, actor: User) -> Application:
    if row.claimed_by_id != actor.pk:
        audit.record(action="application.claim", actor=actor, obj=row, area=row.area)
    row.claimed_by, row.claimed_until = actor, timezone.now() + CLAIM
    row.save(update_fields=["claimed_by", "claimed_until"])
    return row


@transaction.atomic
def renew_claim(*, application: Application, actor: User) -> Application:
    """Keep a case that one is working on. Raises Refused (`decided_by_other`) when it is gone."""
    row = rows.locked(application)
    rows.require_reviewer(row, actor)
    if row.state not in WITH_REVIEWER or row.claimed_by_id != actor.pk:
        raise decided_by_other(row)
    return _hold(row, actor)


@transaction.atomic
def put_back(*, application: Application, actor: User) -> Application:
    """Give a case back to the queue; nothing happens when one does not hold it."""
    row = rows.locked(application)
    rows.require_reviewer(row, actor)
    if row.claimed_by_id == actor.pk:
        row.claimed_by = row.claimed_until = None
        row.save(update_fields=["claimed_by", "claimed_until"])
        audit.record(action="application.put_back", actor=actor, obj=row, area=row.area)
    return row


@transaction.atomic
def next_case(*, actor: User) -> Application | None:
    """Claim the most urgent case nobody holds in the reviewer's areas, or None.

    Cases another request is looking at this moment are skipped, one's own family's and those one has
    already read are left to others.
    """
    if not actor.has_duty(Duty.REVIEWER, Duty.SUPERVISOR):
        raise PermissionDenied("not a reviewer")
    free = Q(claimed_by=None) | Q(claimed_until__lte=timezone.now())
    waiting = Application.objects.reviewable_by(actor).queue().filter(free).exclude(created_by=actor)
    second = Q(state=State.SECOND_REVIEW, events__actor=actor)
    candidates = waiting.exclude(pk__in=Application.objects.filter(second).values("pk"))
    candidates = candidates.exclude(_yes_put_down_by(actor))
    for pk in candidates.values_list("pk", flat=True)[:50]:
        row = candidates.filter(pk=pk).select_for_update(of=("self",), skip_locked=True, no_key=True).first()
        if row is not None and not in_conflict(row, actor):
            return _hold(rows.locked(row), actor)
    return None


def take(application: Application, actor: User, version: int) -> Application:
    """Lock a case for a decision on the version the reviewer saw. Raises as `claim` does.

    State, claim and version are looked at inside the lock: the second of two deciders comes too late.
    """
    row = rows.locked(application)
    rows.require_reviewer(row, actor)
    require_no_conflict(row, actor)
    if row.version != version or held_by_other(row, actor):
        raise decided_by_other(row)
    require_fresh_eyes(row, actor)
    return row


@transaction.atomic
def require_decidable(*, application: Application, actor: User, version: int) -> None:
    """Raise what a decision on this version would raise now; for the preview, which decides nothing."""
    row = take(application, actor, version)
    if row.state not in WITH_REVIEWER:
        raise decided_by_other(row)
