"""The review desk: the queue, and one case with its evidence beside its data."""

import logging
from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import Duty
from binding import services
from binding.admin import case, deciding, queue
from binding.admin.forms import DecisionForm, RevealForm, SearchForm
from binding.admin.pages import CaseAdmin
from binding.models import Application, ProofPage
from binding.proofs.serving import staff_page
from binding.rules import Action
from binding.services.desk import require_no_conflict
from gongji import audit
from gongji.errors import Refused
from gongji.models import AuditRow, overrides

logger = logging.getLogger(__name__)

QUEUE, REVIEW = "admin:binding_application_changelist", "admin:binding_application_review"
REVEALS_A_DAY = 100
"""Above it the log raises an alert (security.md §3)."""


@admin.register(Application)
class Desk(CaseAdmin):
    """Applications are never edited here: buttons post to views that call one service each."""

    folder, prefix = "binding/application", "binding_application"
    seen_by = (Duty.REVIEWER, Duty.SUPERVISOR)
    menu_name = gettext_lazy("待办申请")
    menu_order = 0

    def get_queryset(self, request: HttpRequest) -> QuerySet[Application]:
        """Only the areas this member of staff is responsible for."""
        return Application.objects.reviewable_by(request.user).select_related(
            "authorizer", "beneficiary", "claimed_by", "policy_version", "consent", "created_by"
        )

    def get_urls(self) -> list[URLPattern]:
        """The queue and its case pages; Django's own change, history and delete pages stay unreachable."""
        routes: dict[str, tuple[str, Callable[..., HttpResponse]]] = {
            "changelist": ("", self.queue_view),
            "next": ("next/", self.next_view),
            "proof": ("proof/<uuid:page_id>/", self.proof_view),
            "review": ("<uuid:pk>/review/", self.review_view),
            "claim": ("<uuid:pk>/claim/", self.claim_view),
            "put_back": ("<uuid:pk>/put-back/", self.put_back_view),
            "retract": ("<uuid:pk>/retract/", self.retract_view),
            "reveal": ("<uuid:pk>/reveal/", self.reveal_view),
            "decide": ("<uuid:pk>/decide/<slug:action>/", self.decide_view),
        }
        return self.page_urls(routes)

    # -------------------------------------------------------- the queue
    def queue_view(self, request: HttpRequest) -> HttpResponse:
        """Waiting cases, due soonest first; other lists one click away; search by POST."""
        now, user, rows = timezone.now(), request.user, self.get_queryset(request)
        tabs = queue.tabs_for(user)
        form = SearchForm(request.POST if request.method == "POST" else None)
        page = queue.page_number(request.GET.get("page", ""))
        show = request.GET.get("show", "todo") if request.GET.get("show") in tabs else "todo"
        if form.is_valid():
            found, show = queue.search(queue.with_flags(rows), form.cleaned_data["q"]), "search"
            audit.record(action="application.search", actor=user, purpose="review")
        else:
            start = (page - 1) * queue.PAGE
            listed = queue.with_flags(queue.listing(rows, show, user, now))
            found = list(listed[start : start + queue.PAGE + 1])
        moved = overrides()
        return self._draw(
            request,
            "queue",
            status=422 if form.errors else 200,
            title=_("待办申请"),
            form=form,
            rows=[queue.QueueRow.of(each, user, now, moved) for each in found[: queue.PAGE]],
            page=page,
            more=len(found) > queue.PAGE,
            show=show,
            tabs=_numbered(tabs, queue.counts(rows, user, now)),
            last_decided="" if found or show == "search" else queue.last_decided(rows, now),
            undoable=queue.undoable(rows, user, now),
        )

    def next_view(self, request: HttpRequest) -> HttpResponse:
        """Claim the case that is due next; nobody picks the easy ones."""
        return self._to_next(request) if request.method == "POST" else redirect(QUEUE)

    def _to_next(self, request: HttpRequest) -> HttpResponse:
        application = services.next_case(actor=request.user)
        if application is not None:
            return redirect(REVIEW, application.pk)
        messages.info(request, _("现在没有可以领取的申请。"))
        return redirect(QUEUE)

    # -------------------------------------------------------- one case
    def review_view(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        """Evidence, data, machine checks and buttons on one page."""
        application = self._case(request, pk)
        return self._page(request, application)

    def claim_view(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        """Take a case for a quarter of an hour, or keep it for another one."""
        return self._act(request, pk, services.claim)

    def put_back_view(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        """Give a case back to the queue."""
        return self._act(request, pk, services.put_back, to_queue=True)

    def retract_view(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        """Take one's own decision back before the message leaves."""
        return self._act(request, pk, services.retract)

    def reveal_view(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        """Show one full number, once, with a purpose; the row is written before the number leaves."""
        application = self._case(request, pk)
        form = RevealForm(request.POST)
        if request.method != "POST" or not form.is_valid():
            return redirect(REVIEW, pk)
        person = getattr(application, form.cleaned_data["who"])
        purpose = form.cleaned_data["purpose"]
        self._look(request, application, "person.reveal", person, purpose)
        _watch_reveals(request)
        shown = person.id_number if purpose == "review" else person.phone
        return self._page(request, application, revealed={f"{form.cleaned_data['who']}-{purpose}": shown})

    def decide_view(self, request: HttpRequest, pk: UUID, action: str) -> HttpResponse:
        """Approve, return, refuse, send on: first what the citizen will read; confirmed, the decision."""
        application = self._case(request, pk)
        if action not in deciding.DECISIONS:
            raise Http404
        if request.method != "POST":
            return redirect(REVIEW, pk)
        form = deciding.filled_form(application, Action(action), request.POST)
        if form.is_valid() and "confirm" in request.POST:
            return self._confirm(request, application, Action(action), form)
        try:
            self._keep(application, form, request)
        except Refused as refused:
            return self._conflict(request, application, refused, form)
        if not form.is_valid() or "edit" in request.POST:
            return self._page(request, self._case(request, pk), chosen=form, opened=action)
        return self._preview(request, application, Action(action), form)

    def proof_view(self, request: HttpRequest, page_id: UUID) -> HttpResponse:
        """One picture of evidence, watermarked with who looks at it; each look is a row of the trail."""
        pages = ProofPage.objects.reviewable_by(request.user).select_related("proof__application")
        page = get_object_or_404(pages, pk=page_id)
        require_no_conflict(page.proof.application, request.user)
        return staff_page(request, page)

    # -------------------------------------------------------- shared
    def _case(self, request: HttpRequest, pk: UUID) -> Application:
        application = get_object_or_404(self.get_queryset(request), pk=pk)
        require_no_conflict(application, request.user)
        return application

    def _act(
        self, request: HttpRequest, pk: UUID, verb: Callable[..., Any], *, to_queue: bool = False
    ) -> HttpResponse:
        application = self._case(request, pk)
        if request.method != "POST":
            return redirect(REVIEW, pk)
        try:
            verb(application=application, actor=request.user)
        except Refused as refused:
            return self._conflict(request, application, refused)
        return redirect(QUEUE) if to_queue else redirect(REVIEW, pk)

    @staticmethod
    def _keep(application: Application, form: DecisionForm, request: HttpRequest) -> None:
        """Working on a case keeps it; Refused when it is no longer the case that was read."""
        version = form.cleaned_data.get("version", -1)
        services.require_decidable(application=application, actor=request.user, version=version)
        services.claim(application=application, actor=request.user)

    @staticmethod
    def _look(request: HttpRequest, application: Application, action: str, obj: Any, purpose: str) -> None:
        """Write the row of a sensitive look; without it nothing is shown."""
        audit.record(action=action, actor=request.user, obj=obj, area=application.area, purpose=purpose)

    def _confirm(
        self, request: HttpRequest, application: Application, action: Action, form: DecisionForm
    ) -> HttpResponse:
        try:
            application = deciding.decide(application, action, form, request.user)
        except Refused as refused:
            application.refresh_from_db()
            if not deciding.is_repeat(application, action, form, request.user):
                return self._conflict(request, application, refused, form)
        words = _("{number} 已办:{action}。现在的状态:{state}。").format(
            number=application.number, action=action.label, state=queue.state_words(application)
        )
        messages.success(request, words)
        return self._to_next(request) if request.POST["confirm"] == "next" else redirect(QUEUE)

    def _page(
        self,
        request: HttpRequest,
        application: Application,
        *,
        chosen: DecisionForm | None = None,
        opened: str = "",
        revealed: dict[str, str] | None = None,
    ) -> HttpResponse:
        """Draw the case; `chosen` is the decision form that was filled in, opened at its action."""
        self._look(request, application, "application.read", application, "review")
        for person in (application.authorizer, application.beneficiary):
            self._look(request, application, "person.viewed", person, "review")
        context = case.context(application, request.user)
        if context["mine"]:
            filled = {opened: chosen} if chosen else {}
            context["forms"] = deciding.blank_forms(application) | filled
        status = 422 if chosen is not None and chosen.errors else 200
        context |= {"opened": opened or Action.APPROVE.value, "chosen": chosen, "revealed": revealed or {}}
        return self._draw(request, "review", status=status, **context)

    def _preview(
        self, request: HttpRequest, application: Application, action: Action, form: DecisionForm
    ) -> HttpResponse:
        return self._draw(
            request,
            "preview",
            title=_("办理前再看一遍"),
            application=application,
            action=action,
            form=form,
            letter=deciding.letter(application, action, form, request.user),
        )

    def _conflict(
        self,
        request: HttpRequest,
        application: Application,
        refused: Refused,
        form: DecisionForm | None = None,
    ) -> HttpResponse:
        """Someone was faster, or the case moved on: say so, show how it stands now and what was typed."""
        application.refresh_from_db()
        return self._draw(
            request,
            "conflict",
            status=refused.status,
            title=refused.message,
            refused=refused,
            application=application,
            state=queue.state_words(application),
            typed=form.typed() if form else [],
        )


def _numbered(tabs: dict[str, Any], numbers: dict[str, int]) -> list[tuple[str, Any, int | None]]:
    return [(key, label, numbers.get(key)) for key, label in tabs.items()]


def _watch_reveals(request: HttpRequest) -> None:
    """Raise an alert in the log when somebody looks at more full numbers a day than the work needs."""
    midnight = timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)
    mine = AuditRow.objects.filter(actor=str(request.user.pk), action="person.reveal", at__gte=midnight)
    if (count := mine.count()) > REVEALS_A_DAY:
        logger.warning("reveal_alert actor=%s count=%d", request.user.pk, count)
