"""Proof by data before proof by paper: registers are asked, their answer is kept with the application.

Asking may take seconds and so holds nothing: no lock, no transaction. Everything else reads what is kept.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.kinship.facts import Heard
from accounts.kinship.hearing import hear, known_as, registers
from binding.models import Application, Channel, Check, Kind
from binding.rules import Party
from binding.rules.chains import STEPS
from binding.rules.families import Answer, judge
from binding.rules.kinship import TooFar
from binding.rules.verdict import Checked
from binding.services.rows import policy_of
from gongji import audit
from gongji.errors import Refused
from gongji.policy import Relation
from gongji.prepared import Prepared

RECENT = timedelta(days=1)
"""So long an answer is used again, unless it was a no or a register was silent."""


# ------------------------------------------------------------- reading
def kept(application: Application) -> Check | None:
    """Return the registers' answer about exactly these two people and this relation, if they were asked."""
    return _kept.first(application=application.pk, about=_about(application))


_kept = Prepared(
    lambda application, about: Check.objects.filter(
        application=application, about=about, code=Checked.KINSHIP
    )
)


def proven(application: Application) -> bool | None:
    """Whether data prove (True) or contradict (False) the relation, by the answer that is kept."""
    return passed(kept(application))


def passed(check: Check | None) -> bool | None:
    """Return an answer as yes, no, or None: not known or never asked."""
    return None if check is None else _PASSED[Check.Outcome(check.outcome)]


_PASSED = {Check.Outcome.YES: True, Check.Outcome.NO: False, Check.Outcome.UNKNOWN: None}


def _about(application: Application) -> str:
    return f"{application.relation}:{application.authorizer_id}:{application.beneficiary_id}"


# ------------------------------------------------------------- asking
def ask(application: Application) -> None:
    """Ask the registers whether the two are related as declared, and keep what they say with source and time.

    Call it outside any transaction; it takes REGISTER_SECONDS at most and asks nothing before both people
    and the relation are known. A register that is down leaves the answer open: a person will look.
    Raises Refused, the answer kept: `in_law` (M2) and `not_near` for family that is not near enough; not at
    the window, where a clerk sees the papers and a second one looks at what a register contradicts.
    """
    too_far = look(application)
    if too_far and application.channel != Channel.WINDOW:
        raise _refusal(application, too_far)


def look(application: Application) -> TooFar | None:
    """Do what `ask` does, and return what the relative is instead of raising: for work in the background."""
    if application.authorizer is None or application.beneficiary is None or not application.relation:
        return None
    now, check = timezone.now(), kept(application)
    if check and check.outcome != Check.Outcome.NO and not check.incomplete and now < check.at + RECENT:
        return None
    found = _heard(application, timezone.localdate(now))
    _keep(application, found, now)
    return found.answer.too_far


@dataclass(frozen=True)
class _Found:
    answer: Answer
    silent: frozenset[str]


def _heard(application: Application, today: date) -> _Found:
    """Ask one step further out until the answer is settled."""
    assert application.authorizer is not None and application.beneficiary is not None
    giver, relative = known_as(application.authorizer, application.beneficiary)
    declared, enough = Relation(application.relation), policy_of(application).same_household_fast_path
    answer, heard = Answer(None), Heard()
    for heard in hear(
        [giver, relative], today=today, steps=STEPS[declared], within=settings.REGISTER_SECONDS
    ):
        answer = judge(declared, giver, relative, heard, today, household_is_enough=enough)
        if answer.settled:
            break
    return _Found(answer, heard.silent)


@transaction.atomic
def _keep(application: Application, found: _Found, now: datetime) -> None:
    answer = found.answer
    outcome = next(outcome for outcome, passed in _PASSED.items() if passed is answer.holds)
    check = Check(
        application=application,
        code=Checked.KINSHIP,
        about=_about(application),
        outcome=outcome,
        source="、".join(dict.fromkeys(answer.registers or (each.name for each in registers())))[:60],
        detail=_words(Relation(application.relation), found),
        incomplete=bool(found.silent) and answer.holds is None,
        at=now,
    )
    fields = ["about", "outcome", "source", "detail", "incomplete", "at"]
    Check.objects.bulk_create(
        [check], update_conflicts=True, unique_fields=["application", "code"], update_fields=fields
    )
    audit.record(
        action="kinship.asked", actor=None, obj=application, area=application.area, result=str(outcome)
    )


# ------------------------------------------------------------- words
def _words(relation: Relation, found: _Found) -> str:
    answer = found.answer
    if answer.too_far:
        return _("登记里是%(family)s") % {"family": _family(answer.too_far)}
    if answer.by_household_alone:
        return _("在同一户口簿上")
    if answer.holds:
        return _related(relation)
    if answer.holds is False:
        return _("和登记的不一样")
    if found.silent:
        return _("%(registers)s暂时查不到") % {"registers": "、".join(sorted(found.silent))}
    return _("没有查到")


def _related(relation: Relation) -> str:
    return {
        Relation.SPOUSE: _("是夫妻"),
        Relation.PARENT: _("是父母和子女"),
        Relation.CHILD: _("是父母和子女"),
        Relation.SIBLING: _("是兄弟姐妹"),
    }.get(relation) or _("是祖孙")


def _family(too_far: TooFar) -> str:
    return {
        TooFar.PARENT_IN_LAW: _("公婆、岳父母"),
        TooFar.CHILD_IN_LAW: _("儿媳、女婿"),
        TooFar.GREAT_GRANDPARENT: _("曾祖父母"),
        TooFar.GREAT_GRANDCHILD: _("曾孙子女"),
    }[too_far]


def _refusal(application: Application, too_far: TooFar) -> Refused:
    """Say it to whoever applies, in their words: M2 for the parents of a wife or husband."""
    gives = application.initiator == Party.AUTHORIZER
    family = too_far if gives else too_far.inverse
    told = _("按户口、婚姻和出生登记,这位家人是您的%(family)s。") % {"family": _family(family)}
    m2 = gives and application.kind != Kind.VIEW and family is TooFar.PARENT_IN_LAW
    return Refused("in_law" if m2 else "not_near", told)
