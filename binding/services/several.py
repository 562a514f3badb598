"""Several relatives in one go: the drafts as a list of tasks, one signature under all that are complete."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import models, transaction
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from binding.models import Application, Kind
from binding.rules import Party, State
from binding.rules.letters import Signed
from binding.services.drafts import amount_missing, days_missing, discard_draft, missing_documents
from binding.services.letters import rule_changes
from binding.services.rows import policy_of
from binding.services.submission import submit
from gongji.errors import Refused
from gongji.policy import Policy

OF_THE_SIGNATURE = ("wrong_signature", "not_agreed", "notice_not_read")
"""What is wrong with the signature is wrong with all of them: nothing is handed in."""


class Gap(models.TextChoices):
    """What a draft still needs; the words are its tag in the list of tasks."""

    NOTHING = "nothing", _("已填好,还没提交")
    DOCUMENTS = "documents", _("还差材料")
    ANSWERS = "answers", _("还没填完")
    CHANGES = "changes", _("规则改了,要先看一遍")


@dataclass(frozen=True)
class Task:
    """One relative of the list."""

    draft: Application
    gap: Gap


@dataclass(frozen=True)
class Outcome:
    """What became of one draft: handed in, or the reason why it is still a draft."""

    draft: Application
    refused: Refused | None


def tasks_of(user: User) -> list[Task]:
    """Return the user's drafts as a giver, oldest first, with what each still needs. They are few."""
    return [Task(draft, gap_of(draft)) for draft in _drafts_of(user)]


def _drafts_of(user: User) -> QuerySet[Application]:
    mine = Application.objects.drafts().visible_to(user)
    mine = mine.filter(initiator=Party.AUTHORIZER, kind=Kind.MUTUAL_AID)
    people = ("authorizer", "beneficiary", "policy_version", "rules_seen")
    return mine.select_related(*people).order_by("created_at", "id")


def gap_of(draft: Application) -> Gap:
    """Return what a draft still needs before it can be signed."""
    if not draft.relation or draft.other_person is None:
        return Gap.ANSWERS
    if missing_documents(draft):
        return Gap.DOCUMENTS
    if amount_missing(draft) or days_missing(draft):
        return Gap.ANSWERS
    return Gap.CHANGES if rule_changes(draft, policy_of(draft)) else Gap.NOTHING


def signed_together(tasks: Sequence[Task]) -> tuple[list[Application], Policy | None]:
    """Return the complete drafts that stand under the same rules as the first of them, and those rules."""
    ready = [task.draft for task in tasks if task.gap is Gap.NOTHING]
    alike = [draft for draft in ready if draft.entrance == ready[0].entrance]
    return alike, policy_of(alike[0]) if alike else None


def submit_several(
    *, drafts: Sequence[Application], actor: User, signed: Signed, agreed: bool, notice_version: str = ""
) -> list[Outcome]:
    """Hand in each draft by itself under one signature; what is refused stays a draft with its reason.

    Limits are counted one by one, each while both people's rows are held. Raises Refused for the signature
    itself (`wrong_signature`, `not_agreed`, `notice_not_read`): then nothing is handed in.
    """
    return [_one(draft, actor, signed, agreed, notice_version) for draft in drafts]


def _one(draft: Application, actor: User, signed: Signed, agreed: bool, notice_version: str) -> Outcome:
    try:
        handed_in = submit(
            application=draft, actor=actor, signed=signed, agreed=agreed, notice_version=notice_version
        )
    except Refused as refused:
        if refused.code in OF_THE_SIGNATURE:
            raise
        return Outcome(draft, None if refused.code == "not_a_draft" else refused)
    return Outcome(handed_in, None)


@transaction.atomic
def go_on_with(*, draft: Application, actor: User) -> Application:
    """Return the draft to go on with: an earlier one for the same two people takes this one's place.

    The later of the two is thrown away, so that two tabs do not throw away each other's.
    """
    assert draft.authorizer_id and draft.beneficiary_id
    same = Application.objects.drafts().filter(
        authorizer_id=draft.authorizer_id,
        beneficiary_id=draft.beneficiary_id,
        kind=draft.kind,
        initiator=draft.initiator,
        created_at__lt=draft.created_at,
    )
    first = same.select_for_update(of=("self",), no_key=True).order_by("created_at", "id").first()
    if first is None or first.state != State.DRAFT:
        return draft
    discard_draft(application=draft, actor=actor)
    return first
