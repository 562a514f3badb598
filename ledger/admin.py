"""What staff see of the ledger: read only. Money moves by settlements and files, never by a form."""

from datetime import datetime

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.html import format_html_join
from django.utils.safestring import mark_safe
from django.utils.translation import gettext_lazy as _

from gongji.money import yuan
from gongji.policy import reach
from gongji.staffsite import DutyAdmin
from ledger.models import AreaRule, Provider, Transaction


def _within(request: HttpRequest, field: str) -> Q:
    """Rows whose area the member of staff is responsible for."""
    scope = Q(pk__in=[])
    for area in request.user.areas:
        scope |= Q(**{f"{field}__startswith": reach(area)})
    return scope


def _until(end: datetime | None) -> str:
    return _("(到 {day} 为止)").format(day=f"{timezone.localtime(end):%Y-%m-%d %H:%M}") if end else ""


@admin.register(Provider)
class ProviderAdmin(DutyAdmin):
    """医药机构 of one's areas; keys are made on the command line and never shown again."""

    seen_by = ("supervisor", "auditor", "admin")
    menu_order = 40
    list_display = ["id", "name", "area", "alive_keys", "suspended_at", "closed_until", "created_at"]
    list_display_links = ["name"]
    fields = list_display
    readonly_fields = ["id", "alive_keys"]
    search_fields = ["name"]
    ordering = ["area", "name"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Provider]:
        return super().get_queryset(request).filter(_within(request, "area")).prefetch_related("keys")

    @admin.display(description=_("有效的密钥"))
    def alive_keys(self, provider: Provider) -> str:
        """Which keys sign now, and until when; never a secret."""
        now = timezone.now()
        keys = sorted(provider.keys.all(), key=lambda key: key.created_at)
        alive = [key for key in keys if key.expires_at is None or key.expires_at > now]
        return (
            format_html_join(mark_safe("<br>"), "{}{}", ((key.pk, _until(key.expires_at)) for key in alive))
            or "—"
        )


@admin.register(Transaction)
class TransactionAdmin(DutyAdmin):
    """Postings at the providers of one's areas, newest first, without names."""

    seen_by = ("supervisor", "auditor")
    menu_order = 41
    list_display = ["posted_at", "kind", "provider", "serial", "category", "total_yuan", "shared_yuan"]
    fields = [*list_display, "own_yuan", "cash_yuan", "event_at", "away", "reverses_id", "reason"]
    readonly_fields = fields
    list_filter = ["kind"]
    search_fields = ["=serial"]
    search_help_text = _("按机构流水号查找,要写完整")
    ordering = ["-posted_at"]
    list_select_related = ["provider"]
    show_full_result_count = False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Transaction]:
        return super().get_queryset(request).filter(_within(request, "provider__area"))

    @admin.display(description=_("金额(元)"))
    def total_yuan(self, row: Transaction) -> str:
        return yuan(row.total)

    @admin.display(description=_("个人账户(元)"))
    def own_yuan(self, row: Transaction) -> str:
        return yuan(row.own)

    @admin.display(description=_("家庭共济(元)"))
    def shared_yuan(self, row: Transaction) -> str:
        return yuan(row.shared)

    @admin.display(description=_("现金(元)"))
    def cash_yuan(self, row: Transaction) -> str:
        return yuan(row.cash)


@admin.register(AreaRule)
class AreaRuleAdmin(DutyAdmin):
    """The terms that settlements follow, derived from the rule files by `policy publish`."""

    seen_by = ("supervisor", "auditor", "admin")
    menu_order = 42
    list_display = ["area", "valid_from", "open", "share_order", "minimum_yuan", "categories"]
    fields = list_display
    readonly_fields = ["minimum_yuan"]
    ordering = ["area", "-valid_from"]

    @admin.display(description=_("至少留下(元)"))
    def minimum_yuan(self, row: AreaRule) -> str:
        return yuan(row.min_balance)
