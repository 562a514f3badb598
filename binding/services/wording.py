"""The words of decisions: catalogue sentences with the case's own data filled in, and whom to tell what."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Message, Person
from accounts.services import current_enrollment, notify, withdraw_message
from accounts.wording import registered
from binding.models import Application, Kind, Reason
from binding.rules import Action, Party
from binding.rules.limits import of_authorizer, of_beneficiary
from binding.rules.reasons import ReasonGiven, sentence_for
from binding.services.checks import active_binding, givers_of, places_taken
from binding.services.pools import in_another_pool, shares_a_pool
from binding.services.rows import policy_of
from gongji.errors import Refused
from gongji.policy import Policy, Relation
from gongji.templatetags.gongji import mask_name, ta


# ------------------------------------------------------------- reasons
def written(application: Application, reasons: Sequence[ReasonGiven]) -> list[dict[str, Any]]:
    """Return the reasons as they are kept with the Event: code, label, the citizen's sentence, the document.

    Raises Refused (`reason_missing`) for none, an unknown or retired code.
    """
    catalogue = Reason.objects.filter(active=True).in_bulk([reason.code for reason in reasons])
    if not reasons or any(reason.code not in catalogue for reason in reasons):
        raise Refused("reason_missing", _("请先选理由。"), _("理由要从理由库里选,文字说明可以另外加。"))
    return [_written(application, reason, catalogue[reason.code]) for reason in reasons]


def machine_reasons(application: Application, codes: Iterable[str]) -> list[dict[str, Any]]:
    """Return reasons the machine gives, in the same form; a retired code still says what it said."""
    catalogue = Reason.objects.in_bulk(list(codes))
    return [_written(application, ReasonGiven(code), reason) for code, reason in sorted(catalogue.items())]


def reasons_of(application: Application) -> list[dict[str, Any]]:
    """Return the reasons of the latest refusal or return: code, label, text, document, proof (id), fix."""
    decisive = [Action.RETURN, Action.REFUSE, Action.TURN_DOWN, Action.REVOKE]
    event = application.events.filter(action__in=decisive).order_by("at", "id").last()
    return list(event.reasons) if event else []


def _written(application: Application, given: ReasonGiven, reason: Reason) -> dict[str, Any]:
    proof = application.proofs.filter(pk=given.proof_id).first() if given.proof_id else None
    document = policy_of(application).documents.get(proof.kind) if proof else None
    words = _known_words(application, document.label if document else "")
    return {
        "code": reason.code,
        "label": reason.label,
        "fix": reason.fix,
        "proof": str(proof.pk) if proof else None,
        "document": document.label if document else "",
        "text": sentence_for(reason.sentence, words, given.params),
    }


def _known_words(application: Application, document: str) -> dict[str, str]:
    rules = policy_of(application)
    assert application.beneficiary is not None and application.initiator_person is not None
    enrollment = current_enrollment(application.initiator_person)
    words = {
        "家人": mask_name(application.beneficiary.name),
        "谁": mask_name(application.beneficiary.name),
        "关系": _(Relation(application.relation).label),
        "可用材料": _usable(rules, Relation(application.relation)),
        "依据": str(rules.cite("relations").source),
        "险种": enrollment.get_scheme_display() if enrollment else _("其他医保"),
        "窗口": rules.windows[0].name if rules.windows else _("当地医保窗口"),
        "电话": rules.hotline or settings.HOTLINE,
        "日期": day(application.due_at),
        "情况": situation(application),
    }
    return words | ({"材料": document} if document else {})


def _usable(rules: Policy, relation: Relation) -> str:
    choices = rules.proofs.get(relation, ())
    named = ["+".join(_(rules.documents[kind].label) for kind in choice.documents) for choice in choices]
    return _("或").join(named)


def situation(application: Application) -> str:
    """Return in words why there is no place left: bound already, or a limit; never names of others."""
    rules = policy_of(application)
    bound = active_binding(application)
    if bound is not None:
        return _("已经开通过了,%(since)s起有效。不用再办。") % {"since": day(bound.since)}
    if application.initiator == Party.BENEFICIARY:
        return _("按本地规定,现在不能再增加一位。请和家人商量。")
    taken = places_taken(application.authorizer_id, application.kind, besides=application, undecided=False)
    if of_authorizer(application.kind, rules).is_full(taken):
        return limit_sentence(application.kind, rules, taken)
    givers = givers_of(application.beneficiary_id, application.kind, renews=application.renews_id)
    full = of_beneficiary(application.kind, rules).is_full(givers)
    if full and application.kind == Kind.VIEW:
        return _("按本地规定,这位家人现在不能再多代看一位。请和家人商量。")
    if full or in_another_pool(application, rules):
        return _("按本地规定,这位家人现在不能再增加出钱的人。请和家人商量。")
    return _("已经开通过了,或者人数已满。")


def limit_sentence(kind: str, rules: Policy, taken: int) -> str:
    """M13: how many relatives one has, how many are allowed and by which rule."""
    bound = of_authorizer(kind, rules)
    words = {"taken": taken, "limit": bound.most or 0, "source": bound.rule.source}
    if kind == Kind.VIEW:
        return (
            _("已有 %(taken)d 位家人代看您的医保,本地最多 %(limit)d 位(%(source)s)。先停一位,才能再加。")
            % words
        )
    return _("您已给 %(taken)d 位家人开通,本地最多 %(limit)d 位(%(source)s)。先解除一位,才能再加。") % words


# ------------------------------------------------------------- dates
def day(moment: datetime | None) -> str:
    """Write a day for a short text: 11月25日."""
    if moment is None:
        return ""
    local = timezone.localtime(moment)
    return _("%(month)d月%(day)d日") % {"month": local.month, "day": local.day}


def clock(moment: datetime | None) -> str:
    """Write a moment for a short text: 11月25日 17:30."""
    return f"{day(moment)} {timezone.localtime(moment):%H:%M}" if moment else ""


# ------------------------------------------------------------- messages
def tell(
    application: Application,
    person: Person | None,
    template: str,
    *,
    once: str = "",
    visible_from: datetime | None = None,
    **params: str,
) -> None:
    """Write a message about an application; the same step of the same version is told once."""
    assert person is not None
    notify(
        person=person,
        template=template_of(application, template),
        params=facts(application) | params,
        about=application.number,
        dedup=f"{template}:{application.pk}:{application.version}{once}:{person.pk}",
        visible_from=visible_from,
    )


def template_of(application: Application, template: str) -> str:
    """Return the notice's name: a text of its own kind, or for a relative who applied, where there is one."""
    way = "pool" if shares_a_pool(application) else application.kind
    asked = "_asked" if application.initiator == Party.BENEFICIARY and application.kind != Kind.VIEW else ""
    names = (f"{template}_{way}{asked}", f"{template}{asked}", f"{template}_{way}")
    known = registered()
    return next((f"binding.{name}" for name in names if f"binding.{name}" in known), f"binding.{template}")


def facts(application: Application) -> dict[str, str]:
    """What every text may name: both people masked, the end of the number, dates, telephone."""
    assert application.authorizer is not None and application.beneficiary is not None
    assert application.initiator_person is not None and application.other_person is not None
    return {
        "giver": mask_name(application.authorizer.name),
        "ta": ta(application.authorizer.id_number),
        "relative": mask_name(application.beneficiary.name),
        "other": mask_name(application.other_person.name),
        "initiator": mask_name(application.initiator_person.name),
        "number": application.number,
        "tail": application.number[-4:],
        "due": day(application.due_at),
        "due_time": clock(application.due_at),
        "deadline": day(application.deadline_at),
        "hotline": policy_of(application).hotline or settings.HOTLINE,
    }


def take_back_messages(application: Application) -> None:
    """Withdraw every message about an application that nobody could see yet."""
    waiting = Message.objects.filter(about=application.number, visible_from__gt=timezone.now())
    for dedup in waiting.values_list("dedup", flat=True):
        if dedup is not None:
            withdraw_message(dedup=dedup)


def paragraph(reasons: Iterable[dict[str, Any]]) -> str:
    """Return the citizen's sentences of several reasons as one text."""
    return "".join(str(reason["text"]) for reason in reasons)
