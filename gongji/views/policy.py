"""P4: the rules in force, area by area, each with its source and effective date."""

import re

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from gongji.policy import NATIONAL, Document, Policy, Relation, for_area, load, open_areas, words

_UPDATES = 5
_AREA = re.compile(r"(1[1-5]|2[1-3]|3[1-7]|4[1-6]|5[0-4]|6[1-5]|71|8[12])[0-9]{4}", re.ASCII)
"""Codes of a province in use (GB/T 2260) and of what lies in it; anything else is a slip, not an area."""


@require_safe
@login_not_required
def rules(request: HttpRequest) -> HttpResponse:
    """The chooser: areas that are open, areas that are not yet, and what holds everywhere."""
    areas = [area for _, area in sorted(load().items())]
    context = {
        "open": open_areas(),
        "closed": [area for area in areas if not area.open and area.area != NATIONAL],
        "national": load()[NATIONAL],
        "areas": areas,
    }
    return render(request, "public/rules.html", context)


@require_safe
@login_not_required
def area_rules(request: HttpRequest, area: str) -> HttpResponse:
    """All rules of one area in words; an area without a file is told where the windows are."""
    policy = for_area(area)
    if policy is None and _AREA.fullmatch(area):
        return render(request, "public/rules_closed.html", {"national": load()[NATIONAL]})
    if policy is None:
        raise Http404
    context = {
        "policy": policy,
        "is_national": policy.area == NATIONAL,
        "groups": words.for_citizens(policy),
        "ways": words.ways_in(policy),
        "entrance_rule": policy.cite("entrances"),
        "documents_asked": policy.documents_asked,
        "announced": words.announced(policy),
        "updates": words.updates(policy, _UPDATES),
        "proofs": _proofs(policy),
        "documents": _needed_documents(policy),
        "proof_rule": policy.cite("proofs"),
    }
    return render(request, "public/rules_area.html", context)


@require_safe
@login_not_required
def compare(request: HttpRequest) -> HttpResponse:
    """Two areas side by side, what differs first; without two areas the page asks for them."""
    a, b = request.GET.get("a", ""), request.GET.get("b", "")
    areas = [area for _, area in sorted(load().items())]
    if not a or not b:
        return render(request, "public/rules_compare.html", {"areas": areas, "a": a, "b": b, "left": None})
    left, right = for_area(a), for_area(b)
    if left is None or right is None:
        raise Http404
    lines = words.compare(left, right)
    context = {
        "areas": areas,
        "a": left.area,
        "b": right.area,
        "left": left,
        "right": right,
        "different": [line for line in lines if line.differs],
        "same": [line for line in lines if not line.differs],
    }
    return render(request, "public/rules_compare.html", context)


def _proofs(policy: Policy) -> list[tuple[Relation, list[list[Document]]]]:
    return [
        (
            relation,
            [[policy.documents[kind] for kind in choice.documents] for choice in policy.proofs[relation]],
        )
        for relation in policy.relations
    ]


def _needed_documents(policy: Policy) -> list[Document]:
    needed = {
        kind
        for relation in policy.relations
        for choice in policy.proofs[relation]
        for kind in choice.documents
    }
    return [document for kind, document in policy.documents.items() if kind in needed]
