"""Rows of the ground floor: durable jobs, the audit trail, exceptions of the working calendar."""

from datetime import date, datetime
from typing import Self
from uuid import uuid4

from django.db import models
from django.db.models import F, Func, Min, Q, TextField
from django.db.models.functions import Cast
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

THIS_TRANSACTION = Cast(Cast(Func(function="pg_current_xact_id"), TextField()), models.BigIntegerField())
"""The number of the transaction that writes a row, as a default that PostgreSQL fills in."""


class JobQuerySet(models.QuerySet["OutboxJob"]):
    def open(self) -> Self:
        """Jobs that still have something to do; served by the partial index."""
        return self.filter(state__in=OutboxJob.OPEN)

    def due(self, now: datetime) -> Self:
        """Open jobs that may be claimed: their time has come and no lease covers them."""
        return self.open().filter(Q(locked_until=None) | Q(locked_until__lt=now), next_at__lte=now)

    def backlog(self, now: datetime) -> tuple[int, datetime | None]:
        """Return the number of open jobs whose time has come, and the oldest such time."""
        waiting = self.open().filter(next_at__lte=now)
        found = waiting.aggregate(count=models.Count("pk"), oldest=Min("next_at"))
        return found["count"], found["oldest"]


class OutboxJob(models.Model):
    """One thing to be done after a transaction; written in that transaction (see gongji.outbox)."""

    class State(models.TextChoices):
        PENDING = "pending", _("等待中")
        RUNNING = "running", _("进行中")
        SENDING = "sending", _("发送中")
        DONE = "done", _("已完成")
        DEAD = "dead", _("已停止重试")

    OPEN = (State.PENDING, State.RUNNING, State.SENDING)

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    kind = models.CharField(_("种类"), max_length=60)
    queue = models.CharField(_("队列"), max_length=20, default="default")
    ref = models.CharField(_("对象"), max_length=120)
    dedup = models.CharField(_("唯一键"), max_length=200, null=True, unique=True)  # noqa: DJ001 - NULLs differ
    state = models.CharField(_("状态"), max_length=8, choices=State, default=State.PENDING)
    attempts = models.PositiveSmallIntegerField(_("已尝试"), default=0)
    next_at = models.DateTimeField(_("下次时间"), default=timezone.now)
    locked_until = models.DateTimeField(_("占用到"), null=True)
    last_error = models.CharField(_("最近错误"), max_length=300, blank=True)
    created_at = models.DateTimeField(_("创建时间"), default=timezone.now)
    done_at = models.DateTimeField(_("完成时间"), null=True)

    objects = JobQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("后台任务")
        indexes = [
            models.Index(
                "next_at", condition=Q(state__in=("pending", "running", "sending")), name="outbox_open"
            ),
            models.Index("kind", "ref", condition=Q(state="pending"), name="outbox_pending_ref"),
            models.Index("done_at", condition=Q(state="done"), name="outbox_done"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=("pending", "running", "sending", "done", "dead")),
                name="outbox_state_known",
            ),
            models.CheckConstraint(
                condition=Q(state="done", done_at__isnull=False) | (~Q(state="done") & Q(done_at=None)),
                name="outbox_done_at_iff_done",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.ref}"


class OutboxPulse(models.Model):
    """One row: when the sweep last looked at every due job. An old pulse means nobody is minding the shop."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    swept_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(id=1), name="outbox_pulse_single")]

    def __str__(self) -> str:
        return f"{self.swept_at:%F %T}"


class AuditRow(models.Model):
    """Who did what to which object, when, from where, with which result. Inserted, never changed.

    Actor and object are kept by id without foreign keys: the trail outlives both, and writing it
    locks neither. No personal data; `changes` holds field names and keyed digests of the values.
    """

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    at = models.DateTimeField(_("时间"), default=timezone.now)
    actor = models.CharField(_("操作人"), max_length=40, blank=True)
    role = models.CharField(_("身份"), max_length=20)
    area = models.CharField(_("统筹区"), max_length=6, blank=True)
    action = models.CharField(_("操作"), max_length=60)
    object_type = models.CharField(_("对象种类"), max_length=60, blank=True)
    object_id = models.CharField(_("对象"), max_length=40, blank=True)
    purpose = models.CharField(_("用途"), max_length=200, blank=True)
    result = models.CharField(_("结果"), max_length=20, default="ok")
    reason = models.CharField(_("原因"), max_length=200, blank=True)
    changes = models.JSONField(_("变更"), default=dict, blank=True)
    request_id = models.CharField(_("请求编号"), max_length=64, blank=True)
    ip = models.CharField(_("来源地址"), max_length=45, blank=True)
    session = models.CharField(_("会话"), max_length=32, blank=True)
    mac = models.BinaryField(max_length=33)
    xid = models.BigIntegerField(
        editable=False,
        db_default=THIS_TRANSACTION,
    )
    """The transaction that wrote the row: what lets a sealer know that no earlier row is still to come."""

    class Meta:
        verbose_name = verbose_name_plural = _("审计记录")
        ordering = ["-at"]
        indexes = [
            models.Index(F("at").desc(), name="audit_at"),
            models.Index("object_type", "object_id", "at", name="audit_object"),
            models.Index("actor", "at", name="audit_actor"),
            models.Index("xid", name="audit_xid"),
        ]

    def __str__(self) -> str:
        return f"{self.at:%F %T} {self.action}"


class Seal(models.Model):
    """A stretch of rows under one digest, chained to the seal before. Inserted, never changed.

    It covers the rows written by transactions `from_xid` ≤ xid < `to_xid`, all of which had ended. A restore
    into a new server may begin the numbers again; `since` and `until` tell the new rows from the old.
    """

    number = models.PositiveBigIntegerField(primary_key=True)
    at = models.DateTimeField(default=timezone.now)
    since = models.DateTimeField()
    until = models.DateTimeField()
    from_xid = models.BigIntegerField()
    to_xid = models.BigIntegerField()
    rows = models.PositiveIntegerField()
    head = models.BinaryField(max_length=33)

    class Meta:
        abstract = True
        ordering = ["number"]

    def __str__(self) -> str:
        return f"{self.number} {self.at:%F %T}"


class AuditSeal(Seal):
    """A minute's audit rows; the head is keyed."""


class WorkdayOverride(models.Model):
    """A day that the State Council's yearly notice moved: 调休 workday, or an extra day off."""

    day = models.DateField(_("日期"), primary_key=True)
    working = models.BooleanField(_("上班"), help_text=_("勾选表示当天上班,不勾选表示当天放假。"))
    note = models.CharField(
        _("依据"), max_length=100, help_text=_("例如:国务院办公厅关于2027年部分节假日安排的通知")
    )

    class Meta:
        verbose_name = verbose_name_plural = _("调休日")
        ordering = ["-day"]

    def __str__(self) -> str:
        return f"{self.day:%F} {_('上班') if self.working else _('放假')}"


def overrides() -> dict[date, bool]:
    """Return every moved day: True where it is worked. One small query, a few dozen rows a year."""
    return dict(WorkdayOverride.objects.values_list("day", "working"))
