"""The review desk: the queue, and one case with its evidence beside its data."""

from typing import Any
from uuid import UUID

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Duty
from binding import services
from binding.admin import case
from binding.admin.forms import ApproveForm, ReasonsForm, RevealForm, SearchForm
from binding.models import Application, ProofPage, Reason
from binding.rules import Action
from binding.views.proofs import staff_page
from gongji import audit
from gongji.errors import Refused

DECISIONS = (Action.APPROVE, Action.RETURN, Action.REFUSE)
PAGE = 50


@admin.register(Application)
class Desk(admin.ModelAdmin):
    """Applications are never edited here: buttons post to views that call one service each."""

    def has_module_permission(self, request: HttpRequest) -> bool:
        return request.user.has_duty(Duty.REVIEWER, Duty.SUPERVISOR)

    def has_view_permission(self, request: HttpRequest, obj: Application | None = None) -> bool:
        return request.user.has_duty(Duty.REVIEWER, Duty.SUPERVISOR)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Application | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Application | None = None) -> bool:
        return False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Application]:
        """Only the areas this member of staff is responsible for."""
        return Application.objects.reviewable_by(request.user).select_related(
            "authorizer", "beneficiary", "claimed_by", "decided_by"
        )

    def get_urls(self) -> list[URLPattern]:
        """The queue and its case pages; Django's own change, history and delete pages stay unreachable."""
        routes: dict[str, tuple[str, Any]] = {
            "changelist": ("", self.queue_view),
            "next": ("next/", self.next_view),
            "proof": ("proof/<uuid:page_id>/", self.proof_view),
            "review": ("<uuid:pk>/review/", self.review_view),
            "claim": ("<uuid:pk>/claim/", self.claim_view),
            "put_back": ("<uuid:pk>/put-back/", self.put_back_view),
            "escalate": ("<uuid:pk>/escalate/", self.escalate_view),
            "retract": ("<uuid:pk>/retract/", self.retract_view),
            "reveal": ("<uuid:pk>/reveal/", self.reveal_view),
            "decide": ("<uuid:pk>/decide/<slug:action>/", self.decide_view),
        }
        wrap = self.admin_site.admin_view
        return [
            path(route, wrap(view), name=f"binding_application_{name}")
            for name, (route, view) in routes.items()
        ]

    # -------------------------------------------------------- the queue
    def queue_view(self, request: HttpRequest) -> HttpResponse:
        """Waiting cases, due soonest first; other lists one click away; search by POST."""
        self._require(request)
        form = SearchForm(request.POST or None)
        rows = self.get_queryset(request)
        shown = request.GET.get("show", "todo")
        if form.is_valid():
            rows, shown = case.search(rows, form.cleaned_data["q"]), "search"
            audit.record(action="application.search", actor=request.user, purpose="review")
        else:
            rows = case.listing(rows, shown, request.user)[:PAGE]
        context = {
            **self.admin_site.each_context(request),
            "title": _("待办申请"),
            "form": form,
            "rows": [case.QueueRow.of(application, timezone.now()) for application in rows],
            "show": shown,
            "counts": case.counts(self.get_queryset(request), request.user),
        }
        return TemplateResponse(request, "admin/binding/application/queue.html", context)

    def next_view(self, request: HttpRequest) -> HttpResponse:
        """Claim the case that is due next; nobody picks the easy ones."""
        self._require(request)
        if request.method != "POST":
            return redirect("admin:binding_application_changelist")
        application = services.next_case(actor=request.user)
        if application is None:
            messages.info(request, _("没有待办。"))
            return redirect("admin:binding_application_changelist")
        return redirect("admin:binding_application_review", application.pk)

    # -------------------------------------------------------- one case
    def review_view(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        """Evidence, data, machine checks and buttons on one page."""
        application = self._case(request, pk)
        audit.record(
            action="application.read",
            actor=request.user,
            obj=application,
            area=application.area,
            purpose="review",
        )
        return self._page(request, application)

    def claim_view(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        """Take a case for a quarter of an hour."""
        return self._act(request, pk, services.claim)

    def put_back_view(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        """Give a case back to the queue."""
        return self._act(request, pk, services.put_back, to_queue=True)

    def escalate_view(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        """Ask for a second reader."""
        return self._act(request, pk, services.escalate, to_queue=True, note=request.POST.get("note", ""))

    def retract_view(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        """Take one's own decision back before the message leaves."""
        return self._act(request, pk, services.retract)

    def reveal_view(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        """Show one full number, once, with a purpose; the row is written before the number leaves."""
        application = self._case(request, pk)
        form = RevealForm(request.POST)
        if request.method != "POST" or not form.is_valid():
            return redirect("admin:binding_application_review", pk)
        person = getattr(application, form.cleaned_data["who"])
        audit.record(
            action="person.reveal",
            actor=request.user,
            obj=person,
            area=application.area,
            purpose=form.cleaned_data["purpose"],
        )
        return self._page(request, application, revealed=(form.cleaned_data["who"], person.id_number))

    def decide_view(self, request: HttpRequest, pk: UUID, action: str) -> HttpResponse:
        """Approve, return or refuse: first what the citizen will read, then, confirmed, the decision."""
        application = self._case(request, pk)
        if action not in DECISIONS:
            raise PermissionDenied
        form = self._decision_form(application, Action(action), request.POST or None)
        if request.method != "POST" or not form.is_valid():
            return self._page(request, application, chosen=form, opened=action)
        try:
            if "confirm" not in request.POST:
                return self._preview(request, application, Action(action), form)
            self._decide(request, application, Action(action), form)
        except Refused as refused:
            return self._conflict(request, application, refused)
        messages.success(
            request,
            _("%(number)s 已办:%(action)s。5 分钟内可以撤销。")
            % {
                "number": application.number,
                "action": Action(action).label,
            },
        )
        return redirect("admin:binding_application_changelist")

    def proof_view(self, request: HttpRequest, page_id: UUID) -> HttpResponse:
        """One picture of evidence, watermarked with who looks at it; each look is a row of the trail."""
        self._require(request)
        mine = self.get_queryset(request).values("pk")
        page = get_object_or_404(
            ProofPage.objects.select_related("proof"), pk=page_id, proof__application__in=mine
        )
        return staff_page(request, page)

    # -------------------------------------------------------- shared
    def _require(self, request: HttpRequest) -> None:
        if not self.has_view_permission(request):
            raise PermissionDenied

    def _case(self, request: HttpRequest, pk: UUID) -> Application:
        self._require(request)
        return get_object_or_404(self.get_queryset(request), pk=pk)

    def _act(
        self, request: HttpRequest, pk: UUID, verb: Any, *, to_queue: bool = False, **kwargs: Any
    ) -> HttpResponse:
        application = self._case(request, pk)
        if request.method == "POST":
            try:
                verb(application=application, actor=request.user, **kwargs)
            except Refused as refused:
                return self._conflict(request, application, refused)
            if to_queue:
                return redirect("admin:binding_application_changelist")
        return redirect("admin:binding_application_review", pk)

    def _decision_form(
        self, application: Application, action: Action, data: Any
    ) -> ApproveForm | ReasonsForm:
        common: dict[str, Any] = {"initial": {"version": application.version}, "auto_id": f"{action}_%s"}
        if action == Action.APPROVE:
            return ApproveForm(data, **common)
        return ReasonsForm(
            data,
            **common,
            action=action,
            application=application,
            policy=services.policy_of(application),
            reasons=Reason.objects.all(),
        )

    def _decide(
        self, request: HttpRequest, application: Application, action: Action, form: ApproveForm | ReasonsForm
    ) -> None:
        common = {
            "application": application,
            "actor": request.user,
            "version": form.cleaned_data["version"],
            "note": form.cleaned_data["note"],
        }
        if isinstance(form, ApproveForm):
            services.approve(**common, checks=form.cleaned_data["checks"])
        elif action == Action.RETURN:
            services.return_(**common, reasons=form.given())
        else:
            services.refuse(**common, reasons=form.given())

    def _preview(
        self, request: HttpRequest, application: Application, action: Action, form: ApproveForm | ReasonsForm
    ) -> HttpResponse:
        reasons = form.given() if isinstance(form, ReasonsForm) else []
        title, body, sms = services.preview(application=application, action=action, reasons=reasons)
        context = {
            **self.admin_site.each_context(request),
            "title": _("预览给群众的话"),
            "application": application,
            "action": action,
            "form": form,
            "letter": {"title": title, "body": body, "sms": sms},
        }
        return TemplateResponse(request, "admin/binding/application/preview.html", context)

    def _page(
        self,
        request: HttpRequest,
        application: Application,
        *,
        chosen: ApproveForm | ReasonsForm | None = None,
        opened: str = "",
        revealed: tuple[str, str] | None = None,
    ) -> HttpResponse:
        """Draw the case; `chosen` is the decision form that was filled in, opened at its action."""
        context = {**self.admin_site.each_context(request), **case.context(application, request.user)}
        if context["mine"]:
            blank = {action.value: self._decision_form(application, action, None) for action in DECISIONS}
            context["forms"] = blank | ({opened: chosen} if chosen else {})
        context |= {"opened": opened, "revealed": revealed}
        status = 422 if chosen is not None and chosen.errors else 200
        return TemplateResponse(request, "admin/binding/application/review.html", context, status=status)

    def _conflict(self, request: HttpRequest, application: Application, refused: Refused) -> HttpResponse:
        """Someone was faster, or the case moved on: say so, show how it stands now."""
        application.refresh_from_db()
        context = {
            **self.admin_site.each_context(request),
            "title": _("没有办成"),
            "refused": refused,
            "application": application,
            "back": reverse("admin:binding_application_review", args=[application.pk]),
        }
        return TemplateResponse(request, "admin/binding/application/conflict.html", context, status=409)
