"""Jobs, the audit trail and the working calendar; SQL in its own files."""

import uuid
from pathlib import Path

import django.db.models.functions.comparison
import django.utils.timezone
from django.db import migrations, models

SQL = Path(__file__).parent / "sql"


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="AuditSeal",
            fields=[
                ("number", models.PositiveBigIntegerField(primary_key=True, serialize=False)),
                ("at", models.DateTimeField(default=django.utils.timezone.now)),
                ("since", models.DateTimeField()),
                ("until", models.DateTimeField()),
                ("from_xid", models.BigIntegerField()),
                ("to_xid", models.BigIntegerField()),
                ("rows", models.PositiveIntegerField()),
                ("head", models.BinaryField(max_length=33)),
            ],
            options={
                "ordering": ["number"],
            },
        ),
        migrations.CreateModel(
            name="WorkdayOverride",
            fields=[
                ("day", models.DateField(primary_key=True, serialize=False, verbose_name="日期")),
                (
                    "working",
                    models.BooleanField(
                        help_text="勾选表示当天上班,不勾选表示当天放假。", verbose_name="上班"
                    ),
                ),
                (
                    "note",
                    models.CharField(
                        help_text="例如:国务院办公厅关于2027年部分节假日安排的通知",
                        max_length=100,
                        verbose_name="依据",
                    ),
                ),
            ],
            options={
                "verbose_name": "调休日",
                "verbose_name_plural": "调休日",
                "ordering": ["-day"],
            },
        ),
        migrations.CreateModel(
            name="AuditRow",
            fields=[
                (
                    "id",
                    models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False),
                ),
                ("at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="时间")),
                ("actor", models.CharField(blank=True, max_length=40, verbose_name="操作人")),
                ("role", models.CharField(max_length=20, verbose_name="身份")),
                ("area", models.CharField(blank=True, max_length=6, verbose_name="统筹区")),
                ("action", models.CharField(max_length=60, verbose_name="操作")),
                ("object_type", models.CharField(blank=True, max_length=60, verbose_name="对象种类")),
                ("object_id", models.CharField(blank=True, max_length=40, verbose_name="对象")),
                ("purpose", models.CharField(blank=True, max_length=200, verbose_name="用途")),
                ("result", models.CharField(default="ok", max_length=20, verbose_name="结果")),
                ("reason", models.CharField(blank=True, max_length=200, verbose_name="原因")),
                ("changes", models.JSONField(blank=True, default=dict, verbose_name="变更")),
                ("request_id", models.CharField(blank=True, max_length=64, verbose_name="请求编号")),
                ("ip", models.CharField(blank=True, max_length=45, verbose_name="来源地址")),
                ("session", models.CharField(blank=True, max_length=32, verbose_name="会话")),
                ("mac", models.BinaryField(max_length=33)),
                (
                    "xid",
                    models.BigIntegerField(
                        db_default=django.db.models.functions.comparison.Cast(
                            django.db.models.functions.comparison.Cast(
                                models.Func(function="pg_current_xact_id"), models.TextField()
                            ),
                            models.BigIntegerField(),
                        ),
                        editable=False,
                    ),
                ),
            ],
            options={
                "verbose_name": "审计记录",
                "verbose_name_plural": "审计记录",
                "ordering": ["-at"],
                "indexes": [
                    models.Index(models.OrderBy(models.F("at"), descending=True), name="audit_at"),
                    models.Index(
                        models.F("object_type"), models.F("object_id"), models.F("at"), name="audit_object"
                    ),
                    models.Index(models.F("actor"), models.F("at"), name="audit_actor"),
                    models.Index(models.F("xid"), name="audit_xid"),
                ],
            },
        ),
        migrations.CreateModel(
            name="OutboxJob",
            fields=[
                (
                    "id",
                    models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False),
                ),
                ("kind", models.CharField(max_length=60, verbose_name="种类")),
                ("queue", models.CharField(default="default", max_length=20, verbose_name="队列")),
                ("ref", models.CharField(max_length=120, verbose_name="对象")),
                ("dedup", models.CharField(max_length=200, null=True, unique=True, verbose_name="唯一键")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("pending", "等待中"),
                            ("running", "进行中"),
                            ("sending", "发送中"),
                            ("done", "已完成"),
                            ("dead", "已停止重试"),
                        ],
                        default="pending",
                        max_length=8,
                        verbose_name="状态",
                    ),
                ),
                ("attempts", models.PositiveSmallIntegerField(default=0, verbose_name="已尝试")),
                ("next_at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="下次时间")),
                ("locked_until", models.DateTimeField(null=True, verbose_name="占用到")),
                ("last_error", models.CharField(blank=True, max_length=300, verbose_name="最近错误")),
                (
                    "created_at",
                    models.DateTimeField(default=django.utils.timezone.now, verbose_name="创建时间"),
                ),
                ("done_at", models.DateTimeField(null=True, verbose_name="完成时间")),
            ],
            options={
                "verbose_name": "后台任务",
                "verbose_name_plural": "后台任务",
                "indexes": [
                    models.Index(
                        models.F("next_at"),
                        condition=models.Q(("state__in", ("pending", "running", "sending"))),
                        name="outbox_open",
                    ),
                    models.Index(
                        models.F("kind"),
                        models.F("ref"),
                        condition=models.Q(("state", "pending")),
                        name="outbox_pending_ref",
                    ),
                    models.Index(
                        models.F("done_at"), condition=models.Q(("state", "done")), name="outbox_done"
                    ),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("state__in", ("pending", "running", "sending", "done", "dead"))),
                        name="outbox_state_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("done_at__isnull", False), ("state", "done")),
                            models.Q(models.Q(("state", "done"), _negated=True), ("done_at", None)),
                            _connector="OR",
                        ),
                        name="outbox_done_at_iff_done",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="OutboxPulse",
            fields=[
                ("id", models.PositiveSmallIntegerField(default=1, primary_key=True, serialize=False)),
                ("swept_at", models.DateTimeField(default=django.utils.timezone.now)),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("id", 1)), name="outbox_pulse_single")
                ],
            },
        ),
        migrations.RunSQL(
            (SQL / "audit_guard.sql").read_text(), (SQL / "audit_guard_reverse.sql").read_text()
        ),
    ]
