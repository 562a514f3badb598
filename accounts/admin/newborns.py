"""新生儿: registered by birth certificate at the counter, and given their number when they have one."""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.forms import OWN_DOCUMENTS, identity_problem
from accounts.models import Duty, IdType, Newborn, Person
from accounts.rules import normalise_id
from accounts.services import current_enrollment, find_person, newborns
from gongji import audit
from gongji.errors import Refused
from gongji.forms import PlainForm
from gongji.staffsite import PagesAdmin
from gongji.templatetags.gongji import mask_id, mask_name

LIST = "admin:accounts_newborn_changelist"
PAGE = 50


def _typed(label: Any, **options: Any) -> forms.CharField:
    widget = forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"})
    return forms.CharField(label=label, widget=widget, **options)


class RegisterForm(PlainForm):
    """The certificate, and the parent who brings it."""

    certificate_number = _typed(
        gettext_lazy("出生医学证明编号"), max_length=40, help_text=gettext_lazy("一个字母和 9 位数字。")
    )
    name = _typed(gettext_lazy("孩子的姓名"), max_length=50, help_text=gettext_lazy("照出生医学证明。"))
    birth = forms.DateField(
        label=gettext_lazy("出生日期"),
        help_text=gettext_lazy("例如 2026-09-01。"),
        widget=forms.DateInput(attrs={"type": "date"}),
    )
    id_type = forms.ChoiceField(
        label=gettext_lazy("父母一方的证件类型"), choices=OWN_DOCUMENTS, initial=IdType.RESIDENT
    )
    id_number = _typed(gettext_lazy("父母一方的证件号码"), max_length=40)
    guardian_name = _typed(gettext_lazy("父母一方的姓名"), max_length=50)

    def clean(self) -> dict[str, Any]:
        """Find the parent by number and name."""
        data = super().clean() or self.cleaned_data
        if {"id_type", "id_number", "guardian_name"} <= data.keys():
            data["guardian"] = find_person(
                id_type=data["id_type"], id_number=data["id_number"], name=data["guardian_name"]
            )
            if data["guardian"] is None:
                self.add_error("guardian_name", _("姓名和号码在参保登记里对不上。请照证件再看一遍"))
        return data


class NumberForm(PlainForm):
    """The document the child has by now."""

    id_type = forms.ChoiceField(
        label=gettext_lazy("新证件的类型"), choices=OWN_DOCUMENTS, initial=IdType.RESIDENT
    )
    id_number = _typed(gettext_lazy("新证件的号码"), max_length=40)
    name = _typed(gettext_lazy("新证件上的姓名"), max_length=50)

    def clean(self) -> dict[str, Any]:
        """Check the number's form."""
        data = super().clean() or self.cleaned_data
        if {"id_type", "id_number"} <= data.keys():
            data["id_number"] = normalise_id(data["id_type"], data["id_number"])
            if problem := identity_problem(data["id_type"], data["id_number"]):
                self.add_error("id_number", problem)
        return data


@admin.register(Newborn)
class NewbornAdmin(PagesAdmin):
    """The children who wait for a number, and two forms."""

    folder, prefix = "accounts/newborn", "accounts_newborn"
    seen_by = (Duty.CLERK, Duty.REVIEWER, Duty.SUPERVISOR)
    menu_name = gettext_lazy("新生儿")
    menu_order = 16

    def get_queryset(self, request: HttpRequest) -> QuerySet[Newborn]:
        return Newborn.objects.registered_for(request.user).select_related("person", "guardian")

    def get_urls(self) -> list[URLPattern]:
        """List, register, give a number; nothing else of Django's."""
        return self.page_urls(
            {
                "changelist": ("", self.list_view),
                "register": ("register/", self.register_view),
                "number": ("<uuid:pk>/number/", self.number_view),
            }
        )

    def list_view(self, request: HttpRequest) -> HttpResponse:
        """Who has no number yet, the latest first; masked."""
        waiting = self.get_queryset(request).filter(numbered_at=None).order_by("-registered_at")[:PAGE]
        rows = [
            {
                "child": child,
                "name": mask_name(child.person.name),
                "number": mask_id(child.person.id_number),
                "guardian": mask_name(child.guardian.name) if child.guardian else "",
            }
            for child in waiting
        ]
        return self._draw(request, "list", title=_("还没有证件号码的新生儿"), rows=rows)

    def register_view(self, request: HttpRequest) -> HttpResponse:
        """Register a child whose parent stands here with the certificate."""
        form = RegisterForm(request.POST if request.method == "POST" else None)
        if form.is_valid():
            data, guardian = form.cleaned_data, form.cleaned_data["guardian"]
            try:
                self._require_area(request, guardian)
                newborns.register_newborn(
                    certificate_number=data["certificate_number"],
                    name=data["name"],
                    birth=data["birth"],
                    guardian=guardian,
                    actor=request.user,
                )
            except Refused as refused:
                form.add_error(None, f"{refused.message}{refused.next_step}")
            else:
                messages.success(request, _("登记好了。用出生医学证明编号就可以申请。"))
                return redirect(LIST)
        return self._form(request, form, _("登记新生儿"))

    def number_view(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        """Give a child its number; bindings and records stay as they are."""
        child = get_object_or_404(self.get_queryset(request).filter(numbered_at=None), person_id=pk)
        audit.record(
            action="person.viewed", actor=request.user, obj=child.person, purpose=str(_("登记证件号码"))
        )
        form = NumberForm(request.POST if request.method == "POST" else None)
        if form.is_valid():
            try:
                newborns.give_number(person=child.person, actor=request.user, **form.cleaned_data)
            except Refused as refused:
                form.add_error(None, f"{refused.message}{refused.next_step}")
            else:
                messages.success(request, _("换好了。原来的绑定和记录都在。"))
                return redirect(LIST)
        title = _("给 {name} 登记证件号码").format(name=mask_name(child.person.name))
        return self._form(request, form, title)

    # -------------------------------------------------------- shared
    @staticmethod
    def _require_area(request: HttpRequest, guardian: Person) -> None:
        """Raise Refused for a parent insured elsewhere."""
        enrollment = current_enrollment(guardian)
        if enrollment is None or not request.user.covers(enrollment.area):
            raise Refused("other_area", _("这位家长不在您负责的地区参保。"), _("请到家长参保的地区办。"))

    def _form(self, request: HttpRequest, form: PlainForm, title: str) -> HttpResponse:
        return self._draw(request, "form", status=422 if form.errors else 200, title=title, form=form)
