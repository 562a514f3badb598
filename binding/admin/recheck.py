"""承诺抽查: what the machine approved on a promise, drawn by lot, looked at by people."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.forms import Form
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import Duty
from binding import services
from binding.admin import case
from binding.admin.pages import CaseAdmin
from binding.admin.queue import area_name, masked
from binding.admin.recheck_forms import AskForm, NoteForm, untrue_form
from binding.models import Recheck, SignaturePicture
from binding.services import recheck as rechecks
from binding.services.desk import require_no_conflict
from binding.services.signatures import open_picture
from gongji import audit
from gongji.errors import Refused
from gongji.uploads.serving import own_picture
from ledger import services as ledger

LIST, CHECK = "admin:binding_recheck_changelist", "admin:binding_recheck_check"
SHOWN = 100
State = Recheck.State


@admin.register(Recheck)
class Rechecks(CaseAdmin):
    """Nothing is edited: every button posts to a view that calls one service."""

    folder, prefix, recused = "binding/recheck", "binding_recheck", "binding/recheck/recused"
    seen_by = (Duty.REVIEWER, Duty.SUPERVISOR)
    menu_name = gettext_lazy("承诺抽查")
    menu_order = 6

    def get_queryset(self, request: HttpRequest) -> QuerySet[Recheck]:
        """Those of the areas this member of staff is responsible for."""
        return Recheck.objects.reviewable_by(request.user).select_related(
            "draw", "reviewer", "confirmer", "application__authorizer", "application__beneficiary",
            "application__policy_version", "application__consent", "application__created_by",
        )  # fmt: skip

    def get_urls(self) -> list[URLPattern]:
        """The list, one case, its verbs, and the signature under it."""
        routes: dict[str, tuple[str, Callable[..., HttpResponse]]] = {
            "changelist": ("", self.list_view),
            "signature": ("signature/<uuid:picture_id>/", self.signature_view),
            "check": ("<uuid:pk>/", self.check_view),
            "judge": ("<uuid:pk>/<slug:verb>/", self.judge_view),
        }
        return self.page_urls(routes)

    # -------------------------------------------------------- pages
    def list_view(self, request: HttpRequest) -> HttpResponse:
        """What waits, due soonest first, or what was found."""
        done = request.GET.get("show") == "done"
        rows = self.get_queryset(request)
        found = rows.exclude(decided_at=None).order_by("-decided_at") if done else rows.open()
        listed = [_listed(row) for row in found[:SHOWN]]
        return self._draw(request, "list", title=_("承诺抽查"), rows=listed, done=done, now=timezone.now())

    def check_view(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        """The promise, the signature, what the machine knew, what was used, and the buttons."""
        return self._page(request, self._row(request, pk))

    def signature_view(self, request: HttpRequest, picture_id: UUID) -> HttpResponse:
        """The picture of a signature; each look is a row of the trail."""
        pictures = SignaturePicture.objects.reviewable_by(request.user)
        picture = get_object_or_404(pictures.select_related("signature__application"), pk=picture_id)
        require_no_conflict(picture.signature.application, request.user)
        return own_picture(request, open_picture(picture=picture, actor=request.user, purpose="review"))

    # -------------------------------------------------------- verbs
    def judge_view(self, request: HttpRequest, pk: UUID, verb: str) -> HttpResponse:
        """Say what one found. What is not complete comes back with what is missing."""
        row = self._row(request, pk)
        if verb not in _VERBS:
            raise Http404
        if request.method != "POST":
            return redirect(CHECK, pk)
        form = _forms(row, verb, request).get(verb)
        if form is None or row.state not in Recheck.OPEN:
            messages.error(request, _("这件抽查现在是“%(state)s”。") % {"state": row.get_state_display()})
            return redirect(CHECK, pk)
        if not form.is_valid():
            return self._page(request, row, chosen=form, opened=verb)
        try:
            _VERBS[verb](row, request, form)
        except Refused as refused:
            messages.error(request, f"{refused.message}{refused.next_step}")
            return redirect(CHECK, pk)
        row.refresh_from_db()
        messages.success(request, _("已记下:%(state)s。") % {"state": row.get_state_display()})
        return redirect(LIST)

    # -------------------------------------------------------- shared
    def _row(self, request: HttpRequest, pk: UUID) -> Recheck:
        row = get_object_or_404(self.get_queryset(request), pk=pk)
        require_no_conflict(row.application, request.user)
        return row

    def _page(
        self, request: HttpRequest, row: Recheck, *, chosen: Form | None = None, opened: str = ""
    ) -> HttpResponse:
        application = row.application
        audit.record(
            action="recheck.viewed", actor=request.user, obj=row, area=application.area, purpose="recheck"
        )
        for person in (application.authorizer, application.beneficiary):
            audit.record(
                action="person.viewed",
                actor=request.user,
                obj=person,
                area=application.area,
                purpose="recheck",
            )
        binding = application.bindings.order_by("since").last()
        context = case.context(application, request.user) | {
            "recheck": row,
            "title": _("抽查 %(number)s") % {"number": application.number},
            "used": ledger.used_under(binding.pk) if binding else 0,
            "binding": binding,
            "asked_label": rechecks.documents_to_ask(application).get(row.asked_for, row.asked_for),
            "forms": _forms(row, "", request) | ({opened: chosen} if chosen else {}),
            "opened": opened,
            "chosen": chosen,
            "own_doubt": row.state == State.DOUBTED and row.reviewer_id == request.user.pk,
            "revealed": {},
        }
        status = 422 if chosen is not None and chosen.errors else 200
        return self._draw(request, "check", status=status, **context)


def _listed(row: Recheck) -> dict[str, Any]:
    application = row.application
    return {
        "recheck": row,
        "names": f"{masked(application.authorizer)} → {masked(application.beneficiary)}",
        "area": area_name(application.area),
    }


def _forms(row: Recheck, verb: str, request: HttpRequest) -> dict[str, Any]:
    """The forms that are possible now; the one of `verb` as it was sent."""

    def sent(name: str) -> Any:
        return request.POST if name == verb else None

    application = row.application
    found: dict[str, Any] = {"true": NoteForm(sent("true"), auto_id="true_%s")}
    if row.state == State.WAITING:
        documents = rechecks.documents_to_ask(application)
        found["ask"] = AskForm(sent("ask"), documents=documents, auto_id="ask_%s")
    if row.state == State.DOUBTED:
        found["untrue"] = NoteForm(sent("untrue"), auto_id="untrue_%s")
    else:
        found["doubt"] = untrue_form(application, sent("doubt"))
    return found


def _true(row: Recheck, request: HttpRequest, form: Any) -> None:
    services.find_true(recheck=row, actor=request.user, note=form.cleaned_data["note"])


def _ask(row: Recheck, request: HttpRequest, form: Any) -> None:
    services.ask_for_document(recheck=row, actor=request.user, kind=form.cleaned_data["kind"])


def _doubt(row: Recheck, request: HttpRequest, form: Any) -> None:
    services.doubt(recheck=row, actor=request.user, reasons=form.given(), note=form.cleaned_data["note"])


def _untrue(row: Recheck, request: HttpRequest, form: Any) -> None:
    services.find_untrue(recheck=row, actor=request.user)


_VERBS: dict[str, Callable[[Recheck, HttpRequest, Any], None]] = {
    "true": _true, "ask": _ask, "doubt": _doubt, "untrue": _untrue,
}  # fmt: skip
