"""P2「先看看能不能办」: four questions, one a page, no login; the address carries the answers."""

from dataclasses import dataclass
from typing import Any, TypeVar
from urllib.parse import urlencode

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_safe

from gongji.models import overrides
from gongji.policy import DocumentsAsked, Policy, Relation, for_area, words
from gongji.policy.eligibility import (
    Answers,
    Insured,
    Place,
    Scheme,
    Stranger,
    Verdict,
    Way,
    check,
    obstacle,
)
from gongji.policy.types import Labelled
from gongji.questions import QUESTIONS, ask
from gongji.workdays import due_at

L = TypeVar("L", bound=Labelled)
_WORTH_KNOWING = (
    "review_mode",
    "beneficiary_consent",
    "max_beneficiaries",
    "share_order",
    "unbind_lock_days",
)


@dataclass(frozen=True)
class Talk:
    """What is known so far: the area's rules, the entrance somebody came by, the answers."""

    policy: Policy | None
    answers: Answers
    entrance: str = ""

    @classmethod
    def of(cls, data: QueryDict) -> "Talk":
        """Read it from the address; an entrance that the area does not have is left out."""
        policy, entrance = for_area(data.get("area", "")), data.get("entrance", "")
        if policy is None or entrance not in policy.entrances:
            return cls(policy, _answers(data))
        return cls(policy.through(entrance), _answers(data), entrance)

    def query(self) -> dict[str, str]:
        """Return the answers as the address carries them, in the order in which they were given."""
        known = {"area": self.policy.area if self.policy else "", "entrance": self.entrance}
        known |= {name: getattr(self.answers, name) or "" for name in QUESTIONS}
        return {name: str(value) for name, value in known.items() if value}

    def back(self) -> str:
        """Return the address of the question before."""
        known = self.query()
        return _link(dict(list(known.items())[:-1])) if known else reverse("home")


@require_safe
@login_not_required
def eligibility(request: HttpRequest) -> HttpResponse:
    """Ask the next question, or say yes or no: every no is a page with another way, never a red field."""
    if not request.GET.get("area"):
        return _question(request, "area", Talk(None, Answers()))
    talk = Talk.of(request.GET)
    stop = obstacle(talk.answers, talk.policy)
    open_question = next((name for name in QUESTIONS if getattr(talk.answers, name) is None), None)
    if stop is None and open_question is not None:
        return _question(request, open_question, talk)
    return _verdict(request, stop or check(talk.answers, talk.policy), talk)


def _answers(data: QueryDict) -> Answers:
    relation = _code(Relation, data.get("relation")) or _code(Stranger, data.get("relation"))
    return Answers(
        scheme=_code(Scheme, data.get("scheme")),
        relation=relation,
        place=_code(Place, data.get("place")),
        insured=_code(Insured, data.get("insured")),
    )


def _code(kind: type[L], value: str | None) -> L | None:
    return next((member for member in kind if member.value == value), None)


def _question(request: HttpRequest, name: str, talk: Talk) -> HttpResponse:
    asked = request.GET.get("asked") == name
    form = ask(name, policy=talk.policy, data=request.GET if asked else None)
    context = {
        "form": form,
        "known": talk.query(),
        "asked": name,
        "step": QUESTIONS.index(name) + 1 if name in QUESTIONS else 0,
        "steps": len(QUESTIONS),
        "back": talk.back(),
    }
    status = 422 if form.errors else 200
    return render(request, "public/eligibility_question.html", context, status=status)


def _verdict(request: HttpRequest, verdict: Verdict, talk: Talk) -> HttpResponse:
    policy = talk.policy
    context: dict[str, Any] = {
        "verdict": verdict,
        "policy": policy,
        "rows": _summary(talk),
        "ways": [(way, _address(way, talk)) for way in verdict.ways],
        "back": talk.back(),
    }
    if verdict.allowed and policy is not None:
        context["due"] = due_at(
            timezone.now(), policy.review_workdays, overrides=overrides(), office_hours=policy.office_hours
        )
        context["facts"] = [words.line(policy, key) for key in _WORTH_KNOWING]
        context["choices"] = _papers(policy, talk.answers)
    return render(request, "public/eligibility_verdict.html", context)


def _papers(policy: Policy, answers: Answers) -> list[list[str]]:
    """What to have ready; nothing where no document is asked for."""
    relation = answers.relation
    if policy.documents_asked is DocumentsAsked.NEVER or not isinstance(relation, Relation):
        return []
    return [[policy.documents[kind].label for kind in choice.documents] for choice in policy.proofs[relation]]


def _link(known: dict[str, str]) -> str:
    return reverse("eligibility") + ("?" + urlencode(known) if known else "")


def _summary(talk: Talk) -> list[dict[str, str]]:
    known = talk.query()
    rows = []
    for name in QUESTIONS:
        answer = getattr(talk.answers, name)
        if answer is not None:
            label = ask(name, policy=talk.policy, data=None).fields[name].label
            change = _link({key: value for key, value in known.items() if key != name})
            rows.append({"label": str(label), "value": gettext(answer.label), "change": change})
    return rows


def _address(way: Way, talk: Talk) -> str:
    known, policy = talk.query(), talk.policy
    area = {key: value for key, value in known.items() if key in ("area", "entrance")}
    giver = {key: value for key, value in known.items() if key in (*area, "scheme")}
    came_by = "?" + urlencode({"entrance": talk.entrance}) if talk.entrance else ""
    return {
        Way.START: lambda: reverse("binding:new") + came_by,
        Way.ANOTHER: lambda: _link(giver),
        # The spouse answers anew, about their own insurance and their own parents.
        Way.SPOUSE: lambda: _link(area | {"relation": Relation.PARENT.value}),
        Way.RELATIVE_GIVES: lambda: _link(area),
        Way.WINDOWS: lambda: reverse("windows") + ("?" + urlencode(area) if area else ""),
        Way.COMPARE: lambda: reverse("compare"),
        Way.RULES: lambda: reverse("rules_area", args=[policy.area]) if policy else reverse("rules"),
    }[way]()
