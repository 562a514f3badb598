"""What stands in the summary of an application (W8): each answer in words, with the page that changes it."""

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import IdType
from binding import services
from binding.models import Application, Kind, Proof
from binding.rules import Party
from binding.views.access import status_words
from gongji.policy import Model, Policy, Relation
from gongji.templatetags.gongji import mask_id, mask_phone, yuan


def rows(draft: Application, policy: Policy) -> list[dict[str, Any]]:
    """Return the rows of the summary, each with its link back."""
    to = {page: reverse(f"binding:{page}", args=[draft.number]) for page in _CHANGED_ON}
    return [
        _row(_("关系"), _relation_words(draft), to["change_relation"]),
        _row(_("家人姓名"), draft.entered_name, to["relative"]),
        _row(IdType(draft.entered_id_type).label, mask_id(draft.entered_id_number), to["relative"]),
        _row(_("家人手机"), mask_phone(draft.entered_phone) or _("没有填"), to["relative"]),
        *(_document_row(draft, policy, document) for document in draft.proofs.current()),
        _extent_row(draft, policy),
    ]


def _extent_row(draft: Application, policy: Policy) -> dict[str, Any]:
    """How much money; of 亲情账户, for how long."""
    if draft.kind == Kind.VIEW:
        days = _("%(days)d 天,到期自动停") % {"days": draft.view_days or 0}
        return _row(_("看多久"), days, reverse("binding:days", args=[draft.number]))
    cap = reverse("binding:cap", args=[draft.number]) if may_limit(draft, policy) else ""
    return _row(_("能用多少"), _limit_words(draft, policy), cap)


def _relation_words(draft: Application) -> str:
    """What the other is to whoever applies."""
    return _(Relation(draft.relation_seen).label)


def may_limit(draft: Application, policy: Policy) -> bool:
    """Whether the applicant says how much: the giver, where it is not decided elsewhere."""
    gives = draft.kind == Kind.MUTUAL_AID and draft.initiator == Party.AUTHORIZER
    return gives and policy.model is not Model.POOL


def _limit_words(draft: Application, policy: Policy) -> str:
    if draft.initiator == Party.BENEFICIARY:
        return _("由出钱的家人同意时决定")
    if draft.kind == Kind.WALLET:
        return _("您转多少,家人用多少。每次最多转 %(yuan)s 元") % {"yuan": yuan(policy.wallet.max_transfer)}
    if policy.model is Model.POOL:
        return _("家庭共济账户里有多少,可以用多少")
    if policy.model is Model.GROUP:
        return _("一共最多 %(yuan)s 元") % {"yuan": yuan(draft.authorized)}
    if draft.monthly_cap:
        return _("每月最多 %(yuan)s 元") % {"yuan": yuan(draft.monthly_cap)}
    return _("不设上限")


_CHANGED_ON = ("change_relation", "relative")


def _row(label: str, value: str | None, change: str) -> dict[str, Any]:
    return {"label": label, "value": value, "change": change}


def _document_row(draft: Application, policy: Policy, document: Proof) -> dict[str, Any]:
    """A document that the chosen relation does not ask for stays, but cannot be changed."""
    known = policy.documents.get(document.kind)
    wanted = services.choice_with(draft, document.kind) is not None
    url = reverse("binding:proof", args=[draft.number, document.kind]) if wanted else ""
    return _row(_(known.label) if known else document.kind, status_words(document), url)
