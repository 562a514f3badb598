"""P2「先看看能不能办」: four questions, one a page, no login; the address carries the answers."""

from typing import TypeVar
from urllib.parse import urlencode

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_safe

from gongji.models import overrides
from gongji.policy import Policy, Relation, for_area, words
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
_WORTH_KNOWING = ("beneficiary_consent", "max_beneficiaries", "share_order", "unbind_lock_days")


@require_safe
@login_not_required
def eligibility(request: HttpRequest) -> HttpResponse:
    """Ask the next question, or say yes or no: every no is a page with another way, never a red field."""
    area = request.GET.get("area", "")
    if not area:
        return _question(request, "area", None, Answers())
    policy, answers = for_area(area), _answers(request.GET)
    stop = obstacle(answers, policy)
    open_question = next((name for name in QUESTIONS if getattr(answers, name) is None), None)
    if stop is None and open_question is not None:
        return _question(request, open_question, policy, answers)
    return _verdict(request, stop or check(answers, policy), policy, answers)


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


def _question(request: HttpRequest, name: str, policy: Policy | None, answers: Answers) -> HttpResponse:
    asked = request.GET.get("asked") == name
    form = ask(name, policy=policy, data=request.GET if asked else None)
    known = _query(policy, answers)
    context = {
        "form": form,
        "known": known,
        "asked": name,
        "step": QUESTIONS.index(name) + 1 if name in QUESTIONS else 0,
        "steps": len(QUESTIONS),
        "back": _link(dict(list(known.items())[:-1])) if known else reverse("home"),
    }
    status = 422 if form.errors else 200
    return render(request, "public/eligibility_question.html", context, status=status)


def _verdict(request: HttpRequest, verdict: Verdict, policy: Policy | None, answers: Answers) -> HttpResponse:
    known = _query(policy, answers)
    context = {
        "verdict": verdict,
        "policy": policy,
        "rows": _summary(policy, answers),
        "ways": [(way, _address(way, policy, known)) for way in verdict.ways],
        "back": _link(dict(list(known.items())[:-1])),
    }
    if verdict.allowed and policy is not None:
        context["due"] = due_at(
            timezone.now(), policy.review_workdays, overrides=overrides(), office_hours=policy.office_hours
        )
        context["facts"] = [words.line(policy, key) for key in _WORTH_KNOWING]
        context["choices"] = [
            [policy.documents[kind].label for kind in choice.documents]
            for choice in policy.proofs.get(answers.relation, ())
        ]
    return render(request, "public/eligibility_verdict.html", context)


def _query(policy: Policy | None, answers: Answers) -> dict[str, str]:
    """Return the answers as the address carries them, in the order in which they were given."""
    known = {"area": policy.area if policy else ""}
    known |= {name: getattr(answers, name) or "" for name in QUESTIONS}
    return {name: str(value) for name, value in known.items() if value}


def _link(known: dict[str, str]) -> str:
    return reverse("eligibility") + ("?" + urlencode(known) if known else "")


def _summary(policy: Policy | None, answers: Answers) -> list[dict[str, str]]:
    known = _query(policy, answers)
    rows = []
    for name in QUESTIONS:
        answer = getattr(answers, name)
        if answer is not None:
            label = ask(name, policy=policy, data=None).fields[name].label
            change = _link({key: value for key, value in known.items() if key != name})
            rows.append({"label": label, "value": gettext(answer.label), "change": change})
    return rows


def _address(way: Way, policy: Policy | None, known: dict[str, str]) -> str:
    area = {"area": policy.area} if policy else {}
    giver = {key: value for key, value in known.items() if key in ("area", "scheme")}
    return {
        Way.START: lambda: reverse("binding:new"),
        Way.ANOTHER: lambda: _link(giver),
        # The spouse answers anew, about their own insurance and their own parents.
        Way.SPOUSE: lambda: _link(area | {"relation": Relation.PARENT.value}),
        Way.RELATIVE_GIVES: lambda: _link(area),
        Way.WINDOWS: lambda: reverse("windows") + ("?" + urlencode(area) if area else ""),
        Way.COMPARE: lambda: reverse("compare"),
        Way.RULES: lambda: reverse("rules_area", args=[policy.area]) if policy else reverse("rules"),
    }[way]()
