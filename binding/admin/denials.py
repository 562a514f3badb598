"""家人说不认识: what supervisors look into. The applicants never learn of it."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import Duty
from binding import services
from binding.models import Denial
from binding.services.denials import COUNTED_FOR
from gongji.staffsite import DutyAdmin

LIST = "admin:binding_denial_changelist"
SHOWN = 100


@admin.register(Denial)
class DenialAdmin(DutyAdmin):
    """Open ones first; a supervisor notes that one was looked into, and it no longer counts."""

    seen_by = (Duty.SUPERVISOR,)
    menu_name = gettext_lazy("家人说不认识")
    menu_order = 15

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Of the supervisor's areas, each with how many open ones its applicant has lately."""
        lately = Denial.objects.open().filter(
            applicant=OuterRef("applicant"), at__gt=timezone.now() - COUNTED_FOR
        )
        number = lately.order_by().values("applicant").annotate(number=Count("pk")).values("number")
        rows = Denial.objects.visible_to(request.user).annotate(lately=Subquery(number))
        return rows.select_related(
            "application__authorizer", "application__beneficiary", "applicant", "reviewed_by"
        )

    def get_urls(self) -> list[URLPattern]:
        """The list, and the button of each line."""
        wrap = self.admin_site.admin_view
        return [
            path("", wrap(self.list_view), name="binding_denial_changelist"),
            path("<int:pk>/look-into/", wrap(self.look_into_view), name="binding_denial_look_into"),
        ]

    def list_view(self, request: HttpRequest) -> HttpResponse:
        """What nobody has looked into; `?show=all` the others, too."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        show = "all" if request.GET.get("show") == "all" else "open"
        rows = self.get_queryset(request)
        rows = rows if show == "all" else rows.open()
        context = {
            **self.admin_site.each_context(request),
            "title": _("家人说不认识"),
            "rows": rows.order_by("-at", "-pk")[:SHOWN],
            "show": show,
        }
        return TemplateResponse(request, "admin/binding/denial/list.html", context)

    def look_into_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Note that it was looked into."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        denial = get_object_or_404(Denial.objects.visible_to(request.user), pk=pk)
        if request.method == "POST":
            services.look_into(denial=denial, actor=request.user)
            messages.success(request, _("记下了。这一件不再算在次数里。"))
        return redirect(LIST)
