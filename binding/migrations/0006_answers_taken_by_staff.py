"""Calls back are kept like history: added, never changed."""

import uuid

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

import gongji.fields

TRIGGERS = (
    (
        """
        CREATE TRIGGER binding_callback_append_only BEFORE UPDATE OR DELETE ON binding_callback
            FOR EACH ROW EXECUTE FUNCTION binding_refuse_change();
        """,
        "DROP TRIGGER binding_callback_append_only ON binding_callback",
    ),
    (
        """
        CREATE TRIGGER binding_callback_never_emptied BEFORE TRUNCATE ON binding_callback
            FOR EACH STATEMENT EXECUTE FUNCTION binding_refuse_change();
        """,
        "DROP TRIGGER binding_callback_never_emptied ON binding_callback",
    ),
)


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0001_initial"),
        ("binding", "0005_entrances_and_validity"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AlterField(
            model_name="event",
            name="action",
            field=models.CharField(
                choices=[
                    ("submit", "提交"),
                    ("undo", "撤销提交"),
                    ("accept", "自动通过"),
                    ("enqueue", "进入审核"),
                    ("turn_down", "自动不予通过"),
                    ("return", "退回补材料"),
                    ("resubmit", "补齐材料"),
                    ("escalate", "转复核"),
                    ("approve", "通过"),
                    ("refuse", "不予通过"),
                    ("consent", "同意"),
                    ("hand_over", "当面用手机同意"),
                    ("decline", "不同意"),
                    ("retract", "撤销决定"),
                    ("withdraw", "撤回"),
                    ("lapse", "过期"),
                    ("appeal", "申请复核"),
                ],
                max_length=12,
            ),
        ),
        migrations.CreateModel(
            name="CallBack",
            fields=[
                (
                    "id",
                    models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False),
                ),
                (
                    "line",
                    models.CharField(
                        choices=[("registered", "参保登记的手机"), ("login", "本人登录用的手机")],
                        max_length=10,
                        verbose_name="打的号码",
                    ),
                ),
                ("phone", gongji.fields.EncryptedTextField()),
                ("text", models.CharField(max_length=40, verbose_name="读的文本")),
                (
                    "answer",
                    models.CharField(
                        choices=[
                            ("yes", "同意"),
                            ("no", "不同意"),
                            ("stranger", "不认识申请人"),
                            ("nobody", "没有人接"),
                        ],
                        max_length=8,
                        verbose_name="回答",
                    ),
                ),
                ("note", models.CharField(blank=True, max_length=200, verbose_name="备注")),
                ("at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="时间")),
                (
                    "actor",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "application",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="calls",
                        to="binding.application",
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.person"
                    ),
                ),
            ],
            options={
                "verbose_name": "回拨记录",
                "verbose_name_plural": "回拨记录",
                "ordering": ["at", "id"],
                "indexes": [models.Index(fields=["application", "at"], name="call_back_application")],
            },
        ),
        migrations.CreateModel(
            name="Denial",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="时间")),
                ("reviewed_at", models.DateTimeField(blank=True, null=True, verbose_name="核实时间")),
                (
                    "applicant",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.person"
                    ),
                ),
                (
                    "application",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="denial",
                        to="binding.application",
                    ),
                ),
                (
                    "reviewed_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="核实人",
                    ),
                ),
            ],
            options={
                "verbose_name": "家人说不认识",
                "verbose_name_plural": "家人说不认识",
                "indexes": [
                    models.Index(
                        condition=models.Q(("reviewed_at", None)),
                        fields=["applicant", "at"],
                        name="denial_open",
                    )
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("reviewed_at", None), ("reviewed_by", None)),
                            models.Q(("reviewed_at__isnull", False), ("reviewed_by__isnull", False)),
                            _connector="OR",
                        ),
                        name="denial_reviewed_by_somebody",
                    )
                ],
            },
        ),
        *(migrations.RunSQL(make, drop) for make, drop in TRIGGERS),
    ]
