"""What staff see of the ledger: read only, but for giving a premium back. No form writes a posting."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html_join
from django.utils.safestring import mark_safe
from django.utils.translation import gettext_lazy as _

from accounts.models import Duty
from gongji import audit
from gongji.forms import PlainForm
from gongji.money import yuan
from gongji.policy import reach
from gongji.staffsite import DutyAdmin
from gongji.templatetags.gongji import mask_name
from gongji.templatetags.policy import category_label
from ledger import services
from ledger.models import (
    AreaRule,
    Entry,
    LedgerAccount,
    LedgerSeal,
    Premium,
    Provider,
    Transaction,
    Verification,
    WalletTransfer,
)


def _within(request: HttpRequest, field: str) -> Q:
    """Rows whose area the member of staff is responsible for."""
    scope = Q(pk__in=[])
    for area in request.user.areas:
        scope |= Q(**{f"{field}__startswith": reach(area)})
    return scope


def _moment(at: datetime) -> str:
    return date_format(timezone.localtime(at), "DATETIME_FORMAT")


def _until(end: datetime | None) -> str:
    return _("(到 {day} 为止)").format(day=f"{timezone.localtime(end):%Y-%m-%d %H:%M}") if end else ""


@admin.register(Provider)
class ProviderAdmin(DutyAdmin):
    """医药机构 of one's areas; keys are made on the command line and never shown again."""

    seen_by = ("supervisor", "auditor", "admin")
    menu_order = 40
    list_display = ["number", "name", "area", "alive_keys", "suspended_at", "closed_until", "registered_at"]
    list_display_links = ["name"]
    fields = list_display
    readonly_fields = ["number", "alive_keys", "registered_at"]
    search_fields = ["name"]
    ordering = ["area", "name"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Provider]:
        return super().get_queryset(request).filter(_within(request, "area")).prefetch_related("keys")

    @admin.display(description=_("编号"), ordering="pk")
    def number(self, provider: Provider) -> int:
        return provider.pk

    @admin.display(description=_("登记时间"), ordering="created_at")
    def registered_at(self, provider: Provider) -> str:
        return _moment(provider.created_at)

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
    list_display = ["posted_at", "kind", "where", "serial", "cost", "total_yuan", "shared_yuan"]
    fields = [*list_display, "own_yuan", "cash_yuan", "event_at", "elsewhere", "original", "reason"]
    readonly_fields = fields
    list_filter = ["kind"]
    search_fields = ["=serial"]
    search_help_text = _("按机构流水号查找,要写完整")
    ordering = ["-posted_at"]
    list_select_related = ["provider"]
    show_full_result_count = False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Transaction]:
        return super().get_queryset(request).filter(_within(request, "provider__area"))

    @admin.display(description=_("医药机构"), ordering="provider")
    def where(self, row: Transaction) -> str:
        return str(row.provider or "—")

    @admin.display(description=_("费用类别"), ordering="category")
    def cost(self, row: Transaction) -> str:
        return category_label(row.category) if row.category else "—"

    @admin.display(description=_("异地就医"), boolean=True)
    def elsewhere(self, row: Transaction) -> bool:
        return row.away

    @admin.display(description=_("退的是哪一笔"))
    def original(self, row: Transaction) -> str:
        return str(row.reverses_id or "—")

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


@admin.register(WalletTransfer)
class WalletTransferAdmin(DutyAdmin):
    """Transfers into wallets that one's areas keep, newest first."""

    seen_by = (Duty.SUPERVISOR, Duty.AUDITOR)
    menu_order = 44
    list_display = ["sent_at", "giver", "relative", "amount_yuan", "state", "why", "ended_at"]
    fields = [*list_display, "returns_at"]
    readonly_fields = fields
    list_filter = ["state"]
    ordering = ["-sending_id"]
    list_select_related = ["mandate__authorizer", "mandate__beneficiary"]
    show_full_result_count = False

    def get_queryset(self, request: HttpRequest) -> QuerySet[WalletTransfer]:
        return super().get_queryset(request).filter(_within(request, "transit__area"))

    @admin.display(description=_("出钱的人"))
    def giver(self, row: WalletTransfer) -> str:
        return mask_name(row.mandate.authorizer.name)

    @admin.display(description=_("用钱的家人"))
    def relative(self, row: WalletTransfer) -> str:
        return mask_name(row.mandate.beneficiary.name)

    @admin.display(description=_("金额(元)"))
    def amount_yuan(self, row: WalletTransfer) -> str:
        return yuan(row.amount)


class RefundForm(PlainForm):
    """Why a premium is given back by staff; kept with the posting."""

    reason = forms.CharField(
        label=_("为什么退"),
        max_length=100,
        widget=forms.TextInput(attrs={"size": 60}),
        error_messages={"required": _("请写明为什么退,和这一笔一起留存")},
    )


@admin.register(Premium)
class PremiumAdmin(DutyAdmin):
    """Premiums that one's areas collected, newest first; a supervisor gives one back, with a reason."""

    seen_by = (Duty.SUPERVISOR, Duty.AUDITOR)
    menu_order = 43
    list_display = ["posted_at", "insured", "what", "total_yuan", "state"]
    fields = [*list_display, "payer", "receipt"]
    readonly_fields = fields
    list_filter = ["category"]
    search_fields = ["id"]
    search_help_text = _("按回执上的流水号查找,要写完整")
    ordering = ["-posted_at"]
    list_select_related = ["beneficiary", "reversed"]
    show_full_result_count = False
    change_form_template = "admin/ledger/premium/change_form.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Premium]:
        collected = Entry.objects.filter(
            _within(request, "account__area"),
            transaction=OuterRef("pk"),
            account__kind=LedgerAccount.Kind.PREMIUM,
        )
        found = super().get_queryset(request).filter(Exists(collected))
        return found.prefetch_related("entries__account__owner")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Premium], search_term: str
    ) -> tuple[QuerySet[Premium], bool]:
        """Only a whole number finds something; it is the key."""
        try:
            return (queryset.filter(pk=UUID(search_term.strip())) if search_term else queryset), False
        except ValueError:
            return queryset.none(), False

    def get_urls(self) -> list[Any]:
        return [
            path(
                "<uuid:premium_id>/refund/",
                self.admin_site.admin_view(self.refund),
                name="ledger_premium_refund",
            ),
            *super().get_urls(),
        ]

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Show one, on record for the insured; the button for those who may give it back."""
        found = self.get_object(request, object_id)
        if found is not None and request.method == "GET":
            audit.record(
                action="person.viewed",
                actor=request.user,
                obj=found.beneficiary,
                area=services.collected_in(found),
                purpose=str(_("代缴保费")),
            )
        may = request.user.has_duty(Duty.SUPERVISOR) and found is not None and not services.is_refunded(found)
        return super().change_view(request, object_id, form_url, {"may_refund": may, **(extra_context or {})})

    def refund(self, request: HttpRequest, premium_id: UUID) -> HttpResponse:
        """Ask why, then give it back."""
        if not request.user.has_duty(Duty.SUPERVISOR):
            raise PermissionDenied
        premium = get_object_or_404(self.get_queryset(request), pk=premium_id)
        form = RefundForm(request.POST if request.method == "POST" else None)
        if form.is_valid():
            services.refund_by_staff(premium=premium, actor=request.user, reason=form.cleaned_data["reason"])
            self.message_user(request, _("退好了,缴的人和参保的人都会收到消息。"))
            return redirect("admin:ledger_premium_change", premium_id)
        context = {
            **self.admin_site.each_context(request),
            "title": _("退掉这一笔"),
            "form": form,
            "premium": premium,
            "year": services.year_of(premium),
            "payer": services.payer_of(premium),
            "refunded": services.is_refunded(premium),
        }
        status = 422 if form.errors else 200
        return render(request, "admin/ledger/premium/refund.html", context, status=status)

    @admin.display(description=_("给谁缴"))
    def insured(self, row: Premium) -> str:
        return mask_name(row.beneficiary.name)

    @admin.display(description=_("谁缴的"))
    def payer(self, row: Premium) -> str:
        return mask_name(services.payer_of(row).name)

    @admin.display(description=_("流水号"))
    def receipt(self, row: Premium) -> str:
        return str(row.pk)

    @admin.display(description=_("缴什么"))
    def what(self, row: Premium) -> str:
        return f"{services.year_of(row)} {category_label(row.category)}"

    @admin.display(description=_("金额(元)"))
    def total_yuan(self, row: Premium) -> str:
        return yuan(row.total)

    @admin.display(description=_("状态"))
    def state(self, row: Premium) -> str:
        return str(_("已退") if services.is_refunded(row) else _("已缴"))


@admin.register(Verification)
class VerificationAdmin(DutyAdmin):
    """When the books were verified, and the first row that did not fit."""

    seen_by = ("supervisor", "auditor", "admin")
    menu_order = 43
    list_display = [
        "began_at",
        "ended_at",
        "extent",
        "result",
        "accounts",
        "transactions",
        "entries",
        "seals",
    ]
    fields = [*list_display, "check_name", "row"]
    readonly_fields = ["result"]
    list_filter = ["extent"]
    ordering = ["-began_at"]

    @admin.display(description=_("结果"))
    def result(self, run: Verification) -> str:
        if run.ended_at is None:
            return str(_("核对中"))
        return str(_("不符:{row}").format(row=run.row) if run.check_name else _("相符"))


@admin.register(LedgerSeal)
class LedgerSealAdmin(DutyAdmin):
    """The minute seals, newest first; the published file has the same lines."""

    seen_by = ("supervisor", "auditor", "admin")
    menu_order = 44
    list_display = ["serial", "sealed_at", "sealed_rows", "entries", "all_rows", "all_entries", "head_hex"]
    fields = [*list_display, "root_hex"]
    readonly_fields = fields
    ordering = ["-number"]
    show_full_result_count = False

    @admin.display(description=_("第几个"), ordering="number")
    def serial(self, seal: LedgerSeal) -> int:
        return seal.number

    @admin.display(description=_("封印时间"), ordering="at")
    def sealed_at(self, seal: LedgerSeal) -> str:
        return _moment(seal.at)

    @admin.display(description=_("交易数"))
    def sealed_rows(self, seal: LedgerSeal) -> int:
        return seal.rows

    @admin.display(description=_("封印值"))
    def head_hex(self, seal: LedgerSeal) -> str:
        return bytes(seal.head).hex()

    @admin.display(description=_("Merkle 根"))
    def root_hex(self, seal: LedgerSeal) -> str:
        return bytes(seal.root).hex()
