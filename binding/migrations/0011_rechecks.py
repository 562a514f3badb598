"""Commitments looked at later; opening at once, called off or revoked."""

import uuid

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

TRIGGERS = """
CREATE TRIGGER binding_recheckdraw_append_only BEFORE UPDATE OR DELETE ON binding_recheckdraw
    FOR EACH ROW EXECUTE FUNCTION binding_refuse_change();
CREATE TRIGGER binding_recheckdraw_never_emptied BEFORE TRUNCATE ON binding_recheckdraw
    FOR EACH STATEMENT EXECUTE FUNCTION binding_refuse_change();
"""
DROP = """
DROP TRIGGER binding_recheckdraw_append_only ON binding_recheckdraw;
DROP TRIGGER binding_recheckdraw_never_emptied ON binding_recheckdraw;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("binding", "0010_relatives_with_a_birth_certificate"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AlterField(
            model_name="bindingchange",
            name="what",
            field=models.CharField(
                choices=[
                    ("opened", "开通"),
                    ("imported", "从原系统转入"),
                    ("retracted", "工作人员撤销开通"),
                    ("ended", "解除"),
                    ("called_off", "提交后撤销开通"),
                    ("revoked", "抽查不实,停止"),
                    ("revived", "反悔,恢复共济"),
                    ("paused", "暂停"),
                    ("resumed", "恢复使用"),
                    ("cap", "改每月上限"),
                    ("authorized", "改授权总额"),
                    ("privacy", "改能看到的内容"),
                    ("moved", "医保转到本省别的地方,按新地方的规则办"),
                    ("stopped", "按规定自动停止"),
                    ("expired", "到期"),
                    ("renewed", "续办,换成新的一期"),
                ],
                max_length=10,
                verbose_name="做了什么",
            ),
        ),
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
                    ("call_off", "撤销开通"),
                    ("revoke", "抽查不实,停止"),
                    ("move_in", "从原系统转入"),
                ],
                max_length=12,
            ),
        ),
        migrations.CreateModel(
            name="RecheckDraw",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("area", models.CharField(max_length=6, verbose_name="统筹区")),
                ("day", models.DateField(verbose_name="开通的日子")),
                ("seed", models.CharField(max_length=32)),
                ("candidates", models.PositiveIntegerField(verbose_name="自动开通的件数")),
                ("picked", models.PositiveIntegerField(verbose_name="抽中的件数")),
                ("drawn_at", models.DateTimeField(default=django.utils.timezone.now)),
            ],
            options={
                "verbose_name": "抽查",
                "verbose_name_plural": "抽查",
                "constraints": [models.UniqueConstraint(fields=("area", "day"), name="recheck_draw_once")],
            },
        ),
        migrations.CreateModel(
            name="Recheck",
            fields=[
                (
                    "id",
                    models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("waiting", "待核"),
                            ("asked", "等材料"),
                            ("doubted", "待另一人确认"),
                            ("true", "属实"),
                            ("untrue", "不实"),
                        ],
                        default="waiting",
                        max_length=7,
                        verbose_name="结果",
                    ),
                ),
                ("due_at", models.DateTimeField(verbose_name="最晚核完")),
                ("asked_for", models.CharField(blank=True, max_length=40)),
                ("asked_at", models.DateTimeField(null=True)),
                ("answer_by", models.DateTimeField(null=True)),
                ("reasons", models.JSONField(default=list)),
                ("note", models.CharField(blank=True, max_length=500)),
                ("decided_at", models.DateTimeField(null=True)),
                (
                    "application",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="recheck",
                        to="binding.application",
                    ),
                ),
                (
                    "confirmer",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "reviewer",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "draw",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="rechecks",
                        to="binding.recheckdraw",
                    ),
                ),
            ],
            options={
                "verbose_name": "承诺抽查",
                "verbose_name_plural": "承诺抽查",
                "indexes": [
                    models.Index(
                        condition=models.Q(("state__in", ["waiting", "asked", "doubted"])),
                        fields=["due_at", "id"],
                        name="recheck_open",
                    )
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state__in", ["doubted", "true", "untrue"]), _negated=True),
                            ("reviewer__isnull", False),
                            _connector="OR",
                        ),
                        name="recheck_judged_by_somebody",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state", "untrue"), _negated=True),
                            models.Q(
                                ("confirmer__isnull", False),
                                models.Q(("confirmer", models.F("reviewer")), _negated=True),
                                models.Q(("reasons", []), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="recheck_untrue_needs_two",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("decided_at__isnull", False), ("state__in", ["true", "untrue"])),
                            models.Q(("decided_at", None), ("state__in", ["waiting", "asked", "doubted"])),
                            _connector="OR",
                        ),
                        name="recheck_decided_has_time",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state", "asked"), _negated=True),
                            models.Q(
                                ("answer_by__isnull", False),
                                ("asked_at__isnull", False),
                                models.Q(("asked_for", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="recheck_asks_for_something",
                    ),
                ],
            },
        ),
        migrations.RunSQL(TRIGGERS, DROP),
    ]
