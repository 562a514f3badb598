"""Screens of the ground floor: the working calendar, background jobs and the audit trail."""

from typing import Any

from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest, HttpResponse

from gongji import audit
from gongji.models import AuditRow, OutboxJob, WorkdayOverride


class ReadOnlyAdmin(admin.ModelAdmin):
    """Rows that staff may look at and nobody may touch."""

    actions = None

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


@admin.register(WorkdayOverride)
class WorkdayOverrideAdmin(admin.ModelAdmin):
    list_display = ["day", "working", "note"]
    list_filter = ["working"]
    date_hierarchy = "day"


@admin.register(OutboxJob)
class OutboxJobAdmin(ReadOnlyAdmin):
    list_display = ["created_at", "kind", "ref", "state", "attempts", "next_at", "last_error"]
    list_filter = ["state", "queue", "kind"]
    ordering = ["-created_at"]
    show_full_result_count = False


@admin.register(AuditRow)
class AuditRowAdmin(ReadOnlyAdmin):
    """The trail, newest first. Looking at it leaves a row too."""

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
