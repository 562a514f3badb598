"""Reasons, which a supervisor may reword, and published rules, which nobody may."""

from django.contrib import admin
from django.http import HttpRequest

from accounts.models import Duty
from binding.models import PolicyVersion, Reason


@admin.register(Reason)
class ReasonAdmin(admin.ModelAdmin):
    """理由库: the supervisor's words; codes stay."""

    list_display = ("code", "label", "sentence", "fix", "active")
    fields = ("code", "label", "sentence", "fix", "active", "order")
    readonly_fields = ("code", "fix")

    def has_module_permission(self, request: HttpRequest) -> bool:
        return request.user.has_duty(Duty.SUPERVISOR)

    def has_view_permission(self, request: HttpRequest, obj: Reason | None = None) -> bool:
        return request.user.has_duty(Duty.SUPERVISOR)

    has_change_permission = has_view_permission

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Reason | None = None) -> bool:
        return False


@admin.register(PolicyVersion)
class PolicyVersionAdmin(admin.ModelAdmin):
    """规则版本: what was in force, read only."""

    list_display = ("area", "digest", "published_at")
    ordering = ("area", "-published_at")

    def has_module_permission(self, request: HttpRequest) -> bool:
        return request.user.has_duty(Duty.SUPERVISOR, Duty.AUDITOR, Duty.ADMIN)

    def has_view_permission(self, request: HttpRequest, obj: PolicyVersion | None = None) -> bool:
        return request.user.has_duty(Duty.SUPERVISOR, Duty.AUDITOR, Duty.ADMIN)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: PolicyVersion | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: PolicyVersion | None = None) -> bool:
        return False
