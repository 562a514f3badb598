"""Documents to compare: the photographs beside what the registry says, and two buttons."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import admin, messages
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import Duty, IdentityCheck, IdentityPage
from accounts.services import current_enrollment
from accounts.services.identity import documents
from accounts.services.identity.documents import WORDS, Why
from gongji import audit
from gongji.errors import Refused
from gongji.forms import PlainForm
from gongji.staffsite import PagesAdmin
from gongji.templatetags.gongji import mask_id, mask_name
from gongji.uploads.services import open_page
from gongji.uploads.serving import staff_picture

LIST, CASE = "admin:accounts_identitycheck_changelist", "admin:accounts_identitycheck_compare"
PAGE = 50


class ApproveForm(PlainForm):
    """What was compared; nothing passes without looking at every line."""

    same = forms.MultipleChoiceField(
        label=gettext_lazy("我对照过,一样:"),
        choices=[("name", gettext_lazy("姓名")), ("number", gettext_lazy("证件号码"))],
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": gettext_lazy("姓名和号码都一样才能通过。有一项不一样,请退回。")},
    )
    valid_until = forms.DateField(
        label=gettext_lazy("有效期到"),
        required=False,
        help_text=gettext_lazy("照证件填,例如 2036-05-01。长期有效的不填,勾下面一项。"),
        widget=forms.DateInput(attrs={"type": "date"}),
    )
    endless = forms.BooleanField(label=gettext_lazy("长期有效"), required=False)
    same_face = forms.BooleanField(label=gettext_lazy("本人照片和证件照片是同一个人"), required=False)

    def clean(self) -> dict[str, Any]:
        """Both ticks, and exactly one answer about the end."""
        data = super().clean() or self.cleaned_data
        if data.get("same") and set(data["same"]) != {"name", "number"}:
            self.add_error("same", self.fields["same"].error_messages["required"])
        if "valid_until" in data and bool(data["valid_until"]) == bool(data.get("endless")):
            self.add_error("valid_until", _("请照证件填有效期,或者勾“长期有效”,只选一个"))
        return data


class ReturnForm(PlainForm):
    """Why the citizen has to photograph it again; they read these very words."""

    why = forms.ChoiceField(
        label=gettext_lazy("退回的原因"),
        choices=[(why.value, WORDS[why]) for why in Why],
        widget=forms.RadioSelect,
    )


@dataclass(frozen=True)
class Row:
    """One waiting check as the list shows it."""

    check: IdentityCheck
    name: str
    area: str


@admin.register(IdentityCheck)
class CheckAdmin(PagesAdmin):
    """Never edited here: two buttons post to views that call one service each."""

    folder, prefix = "accounts/identitycheck", "accounts_identitycheck"
    seen_by = (Duty.REVIEWER, Duty.SUPERVISOR)
    menu_name = gettext_lazy("证件核对")
    menu_order = 5

    def get_queryset(self, request: HttpRequest) -> QuerySet[IdentityCheck]:
        return IdentityCheck.objects.comparable_by(request.user).select_related("person")

    def get_urls(self) -> list[URLPattern]:
        """The list and one check; Django's own change, history and delete pages stay unreachable."""
        routes: dict[str, tuple[str, Callable[..., HttpResponse]]] = {
            "changelist": ("", self.list_view),
            "picture": ("picture/<uuid:page_id>/", self.picture_view),
            "compare": ("<uuid:pk>/", self.compare_view),
            "reveal": ("<uuid:pk>/reveal/", self.reveal_view),
            "approve": ("<uuid:pk>/approve/", self.approve_view),
            "return": ("<uuid:pk>/return/", self.return_view),
        }
        return self.page_urls(routes)

    # -------------------------------------------------------- pages
    def list_view(self, request: HttpRequest) -> HttpResponse:
        """What waits, oldest first, names masked."""
        waiting = self.get_queryset(request).filter(status=IdentityCheck.Status.WAITING)
        found = list(waiting.order_by("created_at")[: PAGE + 1])
        rows = [Row(check, mask_name(check.person.name), _area(check)) for check in found[:PAGE]]
        context = {"title": _("证件核对"), "rows": rows, "more": len(found) > PAGE}
        return self._draw(request, "list", **context)

    def compare_view(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        """Photographs beside the registry's data; the look is kept for the person to read."""
        return self._page(request, self._check(request, pk))

    def picture_view(self, request: HttpRequest, page_id: UUID) -> HttpResponse:
        """One photograph, the reader's name across it; the row is written before the bytes leave."""
        pages = IdentityPage.objects.comparable_by(request.user).select_related("check_of__person")
        page = get_object_or_404(pages, pk=page_id)
        with transaction.atomic():
            area = _area(page.check_of)
            audit.record(action="identity.read", actor=request.user, obj=page, area=area, purpose="review")
            jpeg = open_page(page)
        return staff_picture(request, jpeg)

    def reveal_view(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        """Show the registry's full number, once; the row is written before the number leaves."""
        if request.method != "POST":
            return redirect(CASE, pk)
        check = self._check(request, pk)
        self._look(request, check, "person.reveal")
        return self._page(request, check, revealed=check.person.id_number)

    def approve_view(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        """Name, number and validity are the document's."""
        form = ApproveForm(request.POST)

        def decide(check: IdentityCheck) -> None:
            documents.approve(
                check=check,
                actor=request.user,
                same_face=form.cleaned_data["same_face"],
                valid_until=form.cleaned_data["valid_until"],
            )

        return self._decide(request, pk, form, decide, _("已通过,照片已删除,结果已告诉本人。"))

    def return_view(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        """The citizen is asked to photograph it again."""
        form = ReturnForm(request.POST)

        def decide(check: IdentityCheck) -> None:
            documents.return_(check=check, actor=request.user, why=Why(form.cleaned_data["why"]))

        return self._decide(request, pk, form, decide, _("已退回,照片已删除,原因已告诉本人。"))

    # -------------------------------------------------------- shared
    def _check(self, request: HttpRequest, pk: UUID) -> IdentityCheck:
        return get_object_or_404(self.get_queryset(request), pk=pk)

    def _decide(
        self,
        request: HttpRequest,
        pk: UUID,
        form: ApproveForm | ReturnForm,
        decide: Callable[[IdentityCheck], None],
        done: str,
    ) -> HttpResponse:
        check = self._check(request, pk)
        if request.method != "POST":
            return redirect(CASE, pk)
        if form.is_valid():
            try:
                decide(check)
            except Refused as refused:
                messages.warning(request, f"{refused.message}{refused.next_step}")
                return redirect(CASE, pk) if refused.code == "document_expired" else redirect(LIST)
            messages.success(request, done)
            return redirect(LIST)
        return self._page(request, check, form=form)

    def _look(self, request: HttpRequest, check: IdentityCheck, action: str) -> None:
        audit.record(
            action=action, actor=request.user, obj=check.person, area=_area(check), purpose=str(_("核对证件"))
        )

    def _page(
        self,
        request: HttpRequest,
        check: IdentityCheck,
        *,
        form: ApproveForm | ReturnForm | None = None,
        revealed: str = "",
    ) -> HttpResponse:
        self._look(request, check, "person.viewed")
        enrollment = current_enrollment(check.person)
        context = {
            "title": _("核对 {name} 的证件").format(name=mask_name(check.person.name)),
            "check": check,
            "number": revealed or mask_id(check.person.id_number),
            "revealed": bool(revealed),
            "enrollment": enrollment,
            "waiting": check.status == IdentityCheck.Status.WAITING,
            "pages": check.pages.ready(),
            "approve": form if isinstance(form, ApproveForm) else ApproveForm(),
            "return": form if isinstance(form, ReturnForm) else ReturnForm(),
            "returning": isinstance(form, ReturnForm),
        }
        return self._draw(request, "compare", status=422 if form is not None else 200, **context)


def _area(check: IdentityCheck) -> str:
    enrollment = current_enrollment(check.person)
    return enrollment.area if enrollment else ""
