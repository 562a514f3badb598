"""窗口办理: a clerk finds who stands before them, and does for them what they could do online."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any, Concatenate
from uuid import UUID

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import Duty
from accounts.services import current_enrollment
from binding.admin import window_case, window_entry
from binding.admin.queue import area_name, masked, state_words
from binding.admin.window_at import At
from binding.admin.window_forms import VisitForm
from binding.models import Application, Binding, Channel, WindowVisit
from binding.rules import CLOSED, UNDECIDED, State
from binding.services import window
from gongji.errors import Refused
from gongji.staffsite import DutyAdmin
from gongji.templatetags.gongji import mask_id, mask_phone

SHOWN = 20
Serve = Callable[Concatenate[At, ...], HttpResponse]


@dataclass(frozen=True)
class Entered:
    """One line of what a clerk entered lately."""

    application: Application
    names: str
    state: str


@admin.register(WindowVisit)
class Window(DutyAdmin):
    """The clerk's pages. Whoever is served must stand there: every page belongs to a visit under way."""

    seen_by = (Duty.CLERK,)
    menu_name = gettext_lazy("窗口办理")
    menu_order = 0

    def get_urls(self) -> list[URLPattern]:
        """The front page and the pages of a visit; nothing else of Django's."""
        wrap = self.admin_site.admin_view
        pages: dict[str, tuple[str, Serve]] = {
            "visit": ("", visit_page),
            "end": ("end/", end_page),
            "statements": ("statements/", window_case.statements),
            "statement": ("statements/<slug:role>/<str:code>.pdf", window_case.statement),
            "entry": ("entry/", window_entry.entry),
            "edit": ("<uuid:case>/entry/", window_entry.edit),
            "documents": ("<uuid:case>/documents/", window_entry.documents),
            "document": ("<uuid:case>/documents/<slug:kind>/", window_entry.document),
            "form": ("<uuid:case>/form.pdf", window_entry.paper_form),
            "hand_in": ("<uuid:case>/hand-in/", window_entry.hand_in),
            "case": ("<uuid:case>/", window_case.case),
            "receipt": ("<uuid:case>/receipt.pdf", window_case.receipt),
            "act": ("<uuid:case>/do/<slug:action>/", window_case.act),
            "binding": ("bindings/<uuid:binding>/<slug:action>/", window_case.binding_act),
        }
        served = [
            path(f"<uuid:pk>/{route}", wrap(self._serving(view)), name=f"binding_windowvisit_{name}")
            for name, (route, view) in pages.items()
        ]
        return [path("", wrap(self.front), name="binding_windowvisit_changelist"), *served]

    # -------------------------------------------------------- who is next
    def front(self, request: HttpRequest) -> HttpResponse:
        """Find the citizen by the original in hand; below, what one entered lately."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        form = VisitForm(request.POST if request.method == "POST" else None, clerk=request.user)
        if form.is_valid():
            data = form.cleaned_data
            asked = {name: data[name] for name in ("name", "id_type", "id_number", "purpose", "window")}
            try:
                visit = window.begin_visit(clerk=request.user, **asked)
                return redirect("admin:binding_windowvisit_visit", visit.pk)
            except Refused as refused:
                form.add_error(None, f"{refused.message}{refused.next_step}")
            except PermissionDenied as denied:
                return self._recused(request, denied)
        return self.draw(
            request,
            "front",
            status=422 if form.errors else 200,
            title=_("窗口办理"),
            form=form,
            serving=WindowVisit.objects.open().filter(clerk=request.user).select_related("person").first(),
            entered=[_entered(row) for row in self._lately(request)],
        )

    @staticmethod
    def _lately(request: HttpRequest) -> list[Application]:
        rows = Application.objects.filter(channel=Channel.WINDOW, created_by=request.user)
        people = rows.exclude(submitted_at=None).select_related("authorizer", "beneficiary")
        return list(people.order_by("-submitted_at")[:SHOWN])

    # -------------------------------------------------------- shared
    def _serving(self, view: Serve) -> Callable[..., HttpResponse]:
        """Hand a page the visit of this very clerk; over, or somebody's own family: a page that says so."""

        @wraps(view)
        def served(request: HttpRequest, pk: UUID, **kwargs: Any) -> HttpResponse:
            if not self.has_view_permission(request):
                raise PermissionDenied
            visits = WindowVisit.objects.filter(clerk=request.user).select_related("person", "clerk")
            at = At(self, request, get_object_or_404(visits, pk=pk))
            try:
                window.require_open(at.visit)
                return view(at, **kwargs)
            except Refused as refused:
                return at.refuse(refused)
            except PermissionDenied as denied:
                return self._recused(request, denied)

        return served

    def _recused(self, request: HttpRequest, denied: PermissionDenied) -> HttpResponse:
        if denied.args != ("conflict_of_interest",):
            raise denied
        return self.draw(request, "recused", status=403, title=_("这位请同事来办"))

    def draw(self, request: HttpRequest, name: str, *, status: int = 200, **context: Any) -> HttpResponse:
        """Draw one of the clerk's pages."""
        page = {**self.admin_site.each_context(request), **context}
        return TemplateResponse(request, f"admin/binding/windowvisit/{name}.html", page, status=status)


def _entered(row: Application) -> Entered:
    return Entered(row, f"{masked(row.authorizer)} → {masked(row.beneficiary)}", state_words(row))


# ------------------------------------------------------------- the citizen's page
def visit_page(at: At) -> HttpResponse:
    """Everything of the citizen that one can do something about."""
    person = at.visit.person
    enrollment = current_enrollment(person)
    ours = Application.objects.started_by(person.pk).select_related("authorizer", "beneficiary")
    given = Binding.objects.active().filter(authorizer=person).select_related("beneficiary")
    received = Binding.objects.active().filter(beneficiary=person).select_related("authorizer")
    now = timezone.now()
    asked = Application.objects.asking(person.pk).filter(state__in=UNDECIDED, consent=None)
    return at.draw(
        "visit",
        title=person.name,
        number=mask_id(person.id_number),
        phone=mask_phone(person.phone),
        enrollment=enrollment,
        area=area_name(enrollment.area) if enrollment else "",
        drafts=ours.filter(state=State.DRAFT).order_by("-created_at"),
        running=[(row, state_words(row)) for row in ours.filter(state__in=UNDECIDED)],
        past=[
            (row, state_words(row))
            for row in ours.filter(state__in=CLOSED).exclude(submitted_at=None).order_by("-submitted_at")[:5]
        ],
        given=given.filter(since__lte=now).order_by("since"),
        received=received.filter(since__lte=now).order_by("since"),
        asked=[
            (row, masked(row.initiator_person)) for row in asked.select_related("authorizer", "beneficiary")
        ],
    )


def end_page(at: At) -> HttpResponse:
    """Say goodbye and call the next one."""
    if at.request.method == "POST":
        window.end_visit(visit=at.visit)
        messages.success(at.request, _("办完了。这位的资料已经收起来,请叫下一位。"))
        return redirect("admin:binding_windowvisit_changelist")
    return redirect(reverse("admin:binding_windowvisit_visit", args=[at.visit.pk]))
