"""Screens of the ground floor: the working calendar, background jobs and the audit trail."""

from typing import Any

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _

from gongji import audit
from gongji.models import AuditRow, OutboxJob, WorkdayOverride
from gongji.policy import reach
from gongji.staffsite import DutyAdmin


@admin.register(WorkdayOverride)
class WorkdayOverrideAdmin(DutyAdmin):
    """调休: which days are moved. The promised dates are counted with it."""

    seen_by = ("supervisor",)
    changed_by = ("admin",)
    menu_order = 30
    list_display = ["day", "working", "note"]
    list_filter = ["working"]
    date_hierarchy = "day"

    def has_add_permission(self, request: HttpRequest) -> bool:
        return self.has_change_permission(request)

    def has_delete_permission(self, request: HttpRequest, obj: WorkdayOverride | None = None) -> bool:
        return self.has_change_permission(request)


@admin.register(OutboxJob)
class OutboxJobAdmin(DutyAdmin):
    """What is done in the background, and what got stuck. Nobody edits a job."""

    seen_by = ("admin",)
    menu_order = 20
    list_display = ["created_at", "kind", "ref", "state", "attempts", "next_at", "last_error"]
    list_filter = ["state", "queue", "kind"]
    ordering = ["-created_at"]
    show_full_result_count = False


@admin.register(AuditRow)
class AuditRowAdmin(DutyAdmin):
    """The trail of an auditor's areas, newest first, for auditors alone. Looking at it leaves a row too."""

    seen_by = ("auditor",)
    menu_order = 10
    list_display = ["at", "role", "actor", "area", "action", "object_type", "object_id", "result", "reason"]
    fields = [*list_display, "purpose", "changes", "request_id", "ip", "session"]
    search_fields = ["=action", "=actor", "=object_id", "=request_id"]
    search_help_text = _("按操作、操作人、对象或请求的编号查找,要写完整")
    date_hierarchy = "at"
    show_full_result_count = False

    def get_queryset(self, request: HttpRequest) -> QuerySet[AuditRow]:
        """Rows of one's areas, and those that belong to none (logins, jobs)."""
        scope = Q(area="")
        for area in request.user.areas:
            scope |= Q(area__startswith=reach(area))
        return super().get_queryset(request).filter(scope)

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        response = super().changelist_view(request, extra_context)
        audit.record(action="audit.read", actor=request.user)
        return response
