"""Going on when the time is nearly over: the same answers, the same documents, one tap to the summary."""

from datetime import datetime

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from binding.models import Application, Binding, Kind, Proof
from binding.proofs import reuse
from binding.rules import Party
from binding.rules.validity import notice_before
from binding.services import life, rows
from binding.services.drafts import area_of, kept_until, missing_documents, new_draft, save_relative
from binding.services.ending_words import last_day
from binding.services.other_end import already_applied
from gongji import policy
from gongji.errors import Refused


def renewable_from(binding: Binding) -> datetime | None:
    """Return from when on a binding in force can be renewed; None when it has no end of its own."""
    if binding.until is not None or binding.expires_at is None or binding.kind != Kind.MUTUAL_AID:
        return None
    return binding.expires_at - notice_before(binding.kind)


def renew(*, binding: Binding, actor: User) -> Application:
    """Begin an application by which a binding goes on, and return its draft; the second time the same one.

    The giver's right. Raises Refused: `nothing_to_renew`, `too_early`, `already_applied`, and as
    `drafts.save_relative`.
    """
    with transaction.atomic():
        row = life.held(binding)
        if actor.person_id != row.authorizer_id:
            raise PermissionDenied("the giver renews")
        _require_time(row)
        mine = row.renewals.filter(initiator=Party.AUTHORIZER, authorizer=row.authorizer)
        if mine.counted().exists():
            raise already_applied()
        draft = mine.drafts().first() or _begin(row, actor)
    if draft.beneficiary_id is None:
        # Registers are asked here, with nothing held.
        draft = _matched(draft, row, actor)
    for kind in missing_documents(draft):
        _hand_in_again(draft, kind, actor)
    return draft


def _require_time(row: Binding) -> None:
    since = renewable_from(row)
    if since is None:
        raise Refused("nothing_to_renew", _("这一项不用续办。"), _("想改额度或停用,请在家人详情里办。"))
    if timezone.now() < since:
        raise Refused(
            "too_early",
            _("还没到续办的时候,可以用到 %(day)s。") % {"day": last_day(row)},
            _("到期前 30 天起可以续办,到时会发消息提醒您。"),
        )


def _begin(row: Binding, actor: User) -> Application:
    """A draft with the answers of the application before."""
    rules = policy.for_area(area_of(row.authorizer))
    if rules is None or not rules.open:
        raise Refused("not_open", _("本地区还不能在网上办理。"), _("请到当地医保窗口办理。"))
    earlier = row.application
    draft = new_draft(actor, row.authorizer, Party.AUTHORIZER, Application.objects.none())
    draft.kind, draft.relation, draft.renews = row.kind, row.relation, row
    draft.entrance = earlier.entrance if earlier.entrance in rules.entrances else ""
    draft.monthly_cap, draft.cap_answered, draft.authorized = row.monthly_cap, True, row.authorized
    draft.deadline_at, draft.rules_seen = kept_until(rules), rows.frozen(rules)
    draft.save()
    return draft


def _matched(draft: Application, row: Binding, actor: User) -> Application:
    """The same relative as before, as registered now."""
    relative = row.beneficiary
    return save_relative(
        application=draft,
        actor=actor,
        name=relative.name,
        id_type=relative.id_type,
        id_number=relative.id_number,
        phone=row.application.entered_phone or relative.phone or "",
    )


def _hand_in_again(draft: Application, kind: str, actor: User) -> None:
    """Use a document that the same person sent before; where there is none, the page asks for it."""
    earlier = Proof.objects.reusable(draft, kind).first()
    if earlier is not None:
        reuse(application=draft, kind=kind, earlier=earlier, actor=actor)
