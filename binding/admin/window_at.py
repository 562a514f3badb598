"""A page of a visit: the clerk, the citizen, and the ways from page to page."""

from dataclasses import dataclass
from typing import Any, Protocol
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse

from accounts.models import User
from binding import services
from binding.models import Application, Binding, WindowVisit
from binding.rules import State
from gongji.errors import Refused


class Draws(Protocol):
    """What a page needs of the admin that shows it."""

    def draw(self, request: HttpRequest, name: str, *, status: int = 200, **context: Any) -> HttpResponse:
        """Draw one of the clerk's pages."""
        ...


@dataclass(frozen=True)
class At:
    """One request at one visit under way."""

    site: Draws
    request: HttpRequest
    visit: WindowVisit

    @property
    def clerk(self) -> User:
        """Who serves."""
        return self.visit.clerk

    @property
    def is_sent(self) -> bool:
        """Whether a form was sent."""
        return self.request.method == "POST"

    def draw(self, name: str, *, status: int = 200, **context: Any) -> HttpResponse:
        """Draw a page of this visit."""
        page = {"visit": self.visit, "person": self.visit.person} | context
        return self.site.draw(self.request, name, status=status, **page)

    def refuse(self, refused: Refused, application: Application | None = None) -> HttpResponse:
        """Say why something cannot be done now, and what can."""
        over = refused.code == "visit_over"
        return self.draw(
            "refused", status=refused.status, title=refused.message, refused=refused, over=over,
            application=application,
        )  # fmt: skip

    # -------------------------------------------------------- what may be seen here
    def case(self, pk: UUID) -> Application:
        """Return an application of the citizen; 404 for anybody else's."""
        theirs = Application.objects.started_by(self.visit.person_id)
        rows = theirs.select_related("authorizer", "beneficiary", "policy_version", "consent", "visit")
        return get_object_or_404(rows, pk=pk)

    def draft(self, pk: UUID) -> Application:
        """Return a draft of the citizen; Refused (`not_a_draft`) once it is handed in."""
        draft = self.case(pk)
        services.require_draft(draft)
        return draft

    def binding(self, pk: UUID) -> Binding:
        """Return a binding in force of which the citizen is an end; 404 for any other."""
        person = self.visit.person_id
        rows = Binding.objects.select_related("authorizer", "beneficiary", "application")
        found = get_object_or_404(rows, pk=pk)
        if person not in (found.authorizer_id, found.beneficiary_id):
            return get_object_or_404(rows.none(), pk=pk)
        return found

    # -------------------------------------------------------- from page to page
    def url(self, name: str, *args: object) -> str:
        """Return the address of a page of this visit."""
        return reverse(f"admin:binding_windowvisit_{name}", args=[self.visit.pk, *args])

    def go(self, name: str, *args: object) -> HttpResponse:
        """Go to a page of this visit."""
        return redirect(self.url(name, *args))

    def go_on(self, draft: Application) -> HttpResponse:
        """Go to what a draft still needs; a case that was handed in has its own page."""
        if draft.state != State.DRAFT:
            return self.go("case", draft.pk)
        if not draft.relation or draft.other_person is None or services.days_missing(draft):
            return self.go("edit", draft.pk)
        if services.missing_documents(draft):
            return self.go("documents", draft.pk)
        return self.go("hand_in", draft.pk)
