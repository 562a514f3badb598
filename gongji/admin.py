"""Screens of the ground floor: the working calendar, background jobs and the audit trail."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse

from gongji import audit
from gongji.models import AuditRow, OutboxJob, WorkdayOverride
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
    """The trail, newest first, for auditors alone. Looking at it leaves a row too."""

    seen_by = ("auditor",)
    menu_order = 10

    list_display = ["at", "role", "actor", "area", "action", "object_type", "object_id", "result", "reason"]
    list_filter = ["action", "result", "role", "area"]
    fields = [*list_display, "purpose", "changes", "request_id", "ip", "session"]
    date_hierarchy = "at"
    show_full_result_count = False

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        response = super().changelist_view(request, extra_context)
        audit.record(action="audit.read", actor=request.user)
        return response
