"""家人回答: what staff hear from those who were asked, on the telephone or at the window."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import admin, messages
from django.db.models import F, Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import Consent, Duty
from binding import services
from binding.admin.consent_forms import CallForm, CaseForm, WindowForm
from binding.admin.pages import CaseAdmin
from binding.admin.queue import area_name, masked, state_words
from binding.models import Application, CallBack
from binding.rules import UNDECIDED
from binding.rules.letters import Signed
from gongji import audit
from gongji.errors import Refused
from gongji.policy import ConsentWay
from gongji.templatetags.gongji import mask_id, mask_phone

LIST, ANSWER = "admin:binding_callback_changelist", "admin:binding_callback_answer"
SHOWN = 50


@admin.register(CallBack)
class ConsentDesk(CaseAdmin):
    """Answers are recorded here by whoever heard them; nothing is changed afterwards."""

    folder, prefix = "binding/consent", "binding_callback"
    seen_by = (Duty.CLERK, Duty.REVIEWER, Duty.SUPERVISOR)
    menu_name = gettext_lazy("家人回答")
    menu_order = 5

    def get_queryset(self, request: HttpRequest) -> QuerySet[Application]:
        """Cases of the areas this member of staff is responsible for."""
        return Application.objects.reviewable_by(request.user).select_related(
            "authorizer__user", "beneficiary__user", "policy_version", "consent", "created_by"
        )

    def get_urls(self) -> list[URLPattern]:
        """The list and the pages of one case; nothing else of Django's."""
        routes: dict[str, tuple[str, Callable[..., HttpResponse]]] = {
            "changelist": ("", self.list_view),
            "answer": ("<uuid:pk>/", self.answer_view),
            "reveal": ("<uuid:pk>/reveal/", self.reveal_view),
            "call": ("<uuid:pk>/call/", self.call_view),
            "window": ("<uuid:pk>/window/", self.window_view),
        }
        return self.page_urls(routes)

    # -------------------------------------------------------- the list
    def list_view(self, request: HttpRequest) -> HttpResponse:
        """Who has not answered yet, the nearest deadline first; any other case by its number."""
        form = CaseForm(request.POST if request.method == "POST" else None)
        if form.is_valid():
            found = self.get_queryset(request).filter(number=form.cleaned_data["number"]).first()
            audit.record(action="application.search", actor=request.user, purpose="consent")
            if found is not None:
                return redirect(ANSWER, found.pk)
            form.add_error("number", _("您负责的地区里没有这个受理号。请照着受理单再看一遍"))
        waiting = self.get_queryset(request).filter(
            Q(consent=None) | Q(consent__how=Consent.How.HANDED_PHONE),
            state__in=UNDECIDED,
            consent_required=True,
        )
        rows = waiting.order_by(F("deadline_at").asc(nulls_last=True), "submitted_at", "id")[:SHOWN]
        return self._draw(
            request,
            "list",
            status=422 if form.errors else 200,
            title=_("家人回答"),
            form=form,
            rows=[_Row.of(row) for row in rows],
        )

    # -------------------------------------------------------- one case
    def answer_view(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        """What to read out, which numbers there are, what was tried, and the two ways to record an answer."""
        return self._page(request, self._case(request, pk))

    def reveal_view(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        """Show one full number to dial it; the row of the trail is written before it leaves."""
        application = self._case(request, pk)
        if request.method != "POST":
            return redirect(ANSWER, pk)
        wanted = [each for each in services.numbers_of(application) if each.line == request.POST.get("line")]
        if not wanted:
            raise Http404
        audit.record(
            action="person.reveal",
            actor=request.user,
            obj=application.other_person,
            area=application.area,
            purpose="contact",
        )
        return self._page(request, application, revealed={wanted[0].line: wanted[0].phone})

    def call_view(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        """Keep a call and what was said."""
        application = self._case(request, pk)
        form = CallForm(request.POST, application=application, policy=services.policy_of(application))

        def keep() -> None:
            services.record_call(
                application=application,
                actor=request.user,
                line=form.cleaned_data["line"],
                answer=form.cleaned_data["answer"],
                terms=form.terms,
                note=form.cleaned_data["note"],
            )

        return self._keep(request, application, form, keep, "call")

    def window_view(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        """Keep what somebody said at the window."""
        application = self._case(request, pk)
        form = WindowForm(request.POST, application=application, policy=services.policy_of(application))

        def keep() -> None:
            services.answer_at_window(
                application=application,
                actor=request.user,
                answer=form.cleaned_data["answer"],
                signed=Signed("paper"),
                terms=form.terms,
            )

        return self._keep(request, application, form, keep, "window")

    # -------------------------------------------------------- shared
    def _case(self, request: HttpRequest, pk: UUID) -> Application:
        application = get_object_or_404(self.get_queryset(request), pk=pk)
        services.require_hearer(application, request.user)
        return application

    def _keep(
        self, request: HttpRequest, application: Application, form: Any, keep: Callable[[], None], kind: str
    ) -> HttpResponse:
        if request.method != "POST":
            return redirect(ANSWER, application.pk)
        if not form.is_valid():
            return self._page(request, application, **{kind: form})
        try:
            keep()
        except Refused as refused:
            messages.error(request, f"{refused.message}{refused.next_step}")
            return redirect(ANSWER, application.pk)
        application.refresh_from_db()
        words = _("记下了。{number} 现在的状态:{state}。")
        messages.success(request, words.format(number=application.number, state=state_words(application)))
        return redirect(ANSWER, application.pk)

    def _page(self, request: HttpRequest, application: Application, **given: Any) -> HttpResponse:
        """Draw a case. Whose record it is can read later who looked at it."""
        for person in (application.authorizer, application.beneficiary):
            audit.record(
                action="person.viewed",
                actor=request.user,
                obj=person,
                area=application.area,
                purpose="consent",
            )
        policy = services.policy_of(application)
        asking = {"application": application, "policy": policy}
        forms = {
            "call": given.get("call") or CallForm(**asking, auto_id="call_%s"),
            "window": given.get("window") or WindowForm(**asking, auto_id="window_%s"),
        }
        revealed = given.get("revealed", {})
        return self._draw(
            request,
            "answer",
            status=422 if any(form.errors for form in forms.values()) else 200,
            title=application.number,
            application=application,
            rules=policy,
            state=state_words(application),
            open=application.state in UNDECIDED or services.may_object(application),
            gives=services.confirms_as_giver(application),
            letter=policy.notice_for(application.kind),
            commitment=policy.commitment_for(application.kind),
            person=application.other_person,
            id_number=mask_id(application.other_person.id_number) if application.other_person else "",
            numbers=[
                (each, revealed.get(each.line, ""), mask_phone(each.phone))
                for each in services.numbers_of(application)
            ],
            calls=application.calls.select_related("actor"),
            by_phone=ConsentWay.CALL in policy.consent_ways,
            at_window=ConsentWay.WINDOW in policy.consent_ways,
            **forms,
        )


class _Row:
    """One line of the list; names are masked."""

    def __init__(self, application: Application, asked: str, applicant: str) -> None:
        self.application, self.asked, self.applicant = application, asked, applicant
        self.area, self.state = area_name(application.area), state_words(application)
        self.calls = bool(services.numbers_of(application))
        self.on_phone = application.consent is not None

    @classmethod
    def of(cls, application: Application) -> "_Row":
        """Draw a case as a line."""
        return cls(application, masked(application.other_person), masked(application.initiator_person))
