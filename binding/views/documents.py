"""W6: one document a page. Choosing the files and pressing 继续 is all: there is no upload button."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from accounts.access import citizen
from binding import proofs, services
from binding.models import Application, Proof
from binding.views.access import answer_status, of_draft, sent
from binding.views.apply import next_question
from gongji.errors import Refused
from gongji.policy import Policy, ProofChoice
from gongji.uploads.fields import DocumentForm

REUSABLE_SHOWN = 3


@require_http_methods(["GET", "POST"])
@citizen
@of_draft
def proof(request: HttpRequest, draft: Application, kind: str) -> HttpResponse:
    """Take one document, or show what has been taken and what may be sent instead."""
    choices = services.proof_choices(draft)
    choice = _choice(choices, kind)
    policy = services.policy_of(draft)
    form = DocumentForm(sent(request), request.FILES or None, document=policy.documents[kind])
    if form.is_valid():
        try:
            proofs.store(application=draft, kind=kind, files=form.files_in_order(), actor=request.user)
            return redirect(_Place.of(draft, choice, kind).after)
        except Refused as refused:
            form.add_error(None, f"{refused.message}{refused.next_step}")
    place = _Place.of(draft, choice, kind)
    context = {
        "form": form,
        "document": policy.documents[kind],
        "application": draft,
        "back": place.before,
        "onward": place.after,
        "known": services.known_about(draft),
        "minor": policy.minor_age if services.is_for_a_minor(draft) else 0,
        "earlier": Proof.objects.reusable(draft, kind)[:REUSABLE_SHOWN],
        "current": draft.proofs.current().filter(kind=kind).prefetch_related("pages").first(),
        "other_choices": _others(draft, [other for other in choices if other != choice], place, policy),
    }
    return render(request, "binding/proof.html", context, status=answer_status(form))


@require_POST
@citizen
@of_draft
def reuse(request: HttpRequest, draft: Application, kind: str, earlier: UUID) -> HttpResponse:
    """Take a document that was sent with an earlier application."""
    choice = _choice(services.proof_choices(draft), kind)
    found = get_object_or_404(Proof.objects.reusable(draft, kind), pk=earlier)
    proofs.reuse(application=draft, kind=kind, earlier=found, actor=request.user)
    return redirect(_Place.of(draft, choice, kind).after)


def _choice(choices: Sequence[ProofChoice], kind: str) -> ProofChoice:
    """The first choice that includes this kind; a kind that this relation does not need is absent."""
    for choice in choices:
        if kind in choice.documents:
            return choice
    raise Http404


def _page(draft: Application, kind: str) -> str:
    return reverse("binding:proof", args=[draft.number, kind])


@dataclass(frozen=True)
class _Place:
    """Where a document's page stands: what is here already, and the pages before and after."""

    handed_in: set[str]
    before: str
    after: str

    @classmethod
    def of(cls, draft: Application, choice: ProofChoice, kind: str) -> "_Place":
        """Back is the summary once there is one; onward the next document of a choice one has begun with."""
        handed_in, onward = services.handed_in(draft), next_question(draft)
        summary = reverse("binding:check", args=[draft.number])
        position = choice.documents.index(kind)
        before = reverse("binding:relative", args=[draft.number])
        if onward == summary:
            before = summary
        elif position:
            before = _page(draft, choice.documents[position - 1])
        rest = [other for other in choice.documents if other not in handed_in]
        begun = not handed_in.isdisjoint(choice.documents)
        return cls(handed_in, before, _page(draft, rest[0]) if begun and rest else onward)


def _others(
    draft: Application, others: Sequence[ProofChoice], place: _Place, policy: Policy
) -> list[dict[str, Any]]:
    """The other ways to prove the relation, each with the page of its first open document."""
    ways = []
    for other in others:
        first = next((kind for kind in other.documents if kind not in place.handed_in), other.documents[0])
        labels = [policy.documents[kind].label for kind in other.documents]
        ways.append({"url": _page(draft, first), "labels": labels})
    return ways
