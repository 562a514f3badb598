"""People, enrolments and staff for system administrators: masked, and only of their areas."""

from typing import Any
from uuid import UUID

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Model, QuerySet
from django.forms import ModelForm
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext_lazy as _

from accounts.models import Duty, Enrollment, Person, User
from accounts.services import staff
from gongji import audit
from gongji.staffsite import DutyAdmin
from gongji.templatetags.gongji import mask_id, mask_name, mask_phone


class ForAdministrators(DutyAdmin):
    """Seen by the duty `admin` only, and only what lies in their areas."""

    seen_by = (Duty.ADMIN,)
    menu_order = 40
    show_full_result_count = False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).in_areas_of(request.user)


@admin.register(Person)
class PersonAdmin(ForAdministrators):
    """No search here: a number typed into an address would stay in logs."""

    list_display = ["shown_name", "id_type", "shown_number", "shown_phone", "level"]
    list_display_links = ["shown_name"]
    fields = [*list_display, "created_at", "updated_at"]
    ordering = ["id"]

    @admin.display(description=_("姓名"))
    def shown_name(self, person: Person) -> str:
        return mask_name(person.name)

    @admin.display(description=_("证件号码"))
    def shown_number(self, person: Person) -> str:
        return mask_id(person.id_number)

    @admin.display(description=_("手机号"))
    def shown_phone(self, person: Person) -> str:
        return mask_phone(person.phone)

    def get_object(
        self, request: HttpRequest, object_id: str, from_field: str | None = None
    ) -> Person | None:
        """Leave a trace the person can read, before anything is shown."""
        person = super().get_object(request, object_id, from_field)
        if person is not None:
            audit.record(action="person.viewed", actor=request.user, obj=person, purpose=str(_("系统管理")))
        return person


@admin.register(Enrollment)
class EnrollmentAdmin(ForAdministrators):
    list_display = [
        "id",
        "shown_name",
        "area",
        "scheme",
        "status",
        "personal_account",
        "valid_from",
        "valid_to",
        "current",
    ]
    list_filter = ["scheme", "status", "current"]
    list_select_related = ["person"]
    fields = [*list_display, "relation_to_head", "source", "updated_at"]
    ordering = ["-id"]

    @admin.display(description=_("姓名"))
    def shown_name(self, enrollment: Enrollment) -> str:
        return mask_name(enrollment.person.name)


class StaffForm(ModelForm):
    """What an administrator changes of a colleague; nobody hands out areas that are not their own."""

    administrator: User

    def clean_areas(self) -> list[str]:
        """Codes within the administrator's areas."""
        areas: list[str] = self.cleaned_data["areas"]
        if not all(self.administrator.covers(area) for area in areas):
            raise ValidationError(_("只能填您自己负责的地区代码,几个之间用逗号隔开。"))
        return areas


@admin.register(User)
class UserAdmin(ForAdministrators):
    """Staff only; new ones come by `create_staff`. Nobody changes their own duties."""

    list_display = ["username", "display_name", "shown_duties", "areas", "is_active", "last_login"]
    list_filter = ["is_active"]
    ordering = ["username"]
    fields = ["username", "display_name", "duties", "areas", "is_active", "last_login"]
    readonly_fields = ["username", "last_login"]
    menu_name = _("工作人员")
    form = StaffForm
    change_form_template = "admin/accounts/user/change_form.html"

    @admin.display(description=_("职责"))
    def shown_duties(self, user: User) -> str:
        return "、".join(str(Duty(duty).label) for duty in user.duties)

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return request.user.has_duty(Duty.ADMIN) and (obj is None or obj.pk != request.user.pk)

    def get_form(self, request: HttpRequest, obj: User | None = None, **kwargs: Any) -> type[ModelForm]:
        """Tell the form, a class of this request's own, who fills it in."""
        form: type[StaffForm] = super().get_form(request, obj, **kwargs)
        form.administrator = request.user
        return form

    def save_model(self, request: HttpRequest, obj: User, form: ModelForm, change: bool) -> None:
        staff.change_staff(user=obj, administrator=request.user)

    def log_change(self, request: HttpRequest, obj: Model, message: Any) -> None:
        """Not to Django's log: the audit trail has it."""

    def get_urls(self) -> list[URLPattern]:
        device = self.admin_site.admin_view(self.open_device)
        return [path("<uuid:user_id>/device/", device, name="accounts_user_device"), *super().get_urls()]

    def open_device(self, request: HttpRequest, user_id: UUID) -> HttpResponse:
        """POST: let this member of staff set up a new authenticator app."""
        if request.method != "POST" or not request.user.has_duty(Duty.ADMIN):
            raise PermissionDenied
        user = get_object_or_404(self.get_queryset(request), pk=user_id)
        staff.open_enrolment(user=user, administrator=request.user)
        messages.success(request, _("已开通。请本人在 24 小时内登录并扫码。原来的动态口令已经失效。"))
        return HttpResponseRedirect(reverse("admin:accounts_user_change", args=[user.pk]))
