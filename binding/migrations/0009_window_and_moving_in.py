"""A visit to a window; what a former system brings along has no author here."""

import uuid

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0001_initial"),
        ("binding", "0008_signatures"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AlterField(
            model_name="application",
            name="channel",
            field=models.CharField(
                choices=[("web", "网上"), ("window", "窗口"), ("import", "从原系统转入")],
                default="web",
                max_length=6,
            ),
        ),
        migrations.AlterField(
            model_name="application",
            name="created_by",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AlterField(
            model_name="bindingchange",
            name="what",
            field=models.CharField(
                choices=[
                    ("opened", "开通"),
                    ("imported", "从原系统转入"),
                    ("retracted", "工作人员撤销开通"),
                    ("ended", "解除"),
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
                    ("move_in", "从原系统转入"),
                ],
                max_length=12,
            ),
        ),
        migrations.CreateModel(
            name="WindowVisit",
            fields=[
                (
                    "id",
                    models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False),
                ),
                ("window", models.CharField(max_length=60, verbose_name="窗口")),
                (
                    "purpose",
                    models.CharField(
                        choices=[
                            ("apply", "申请开通"),
                            ("change", "补材料、撤回、暂停、解除"),
                            ("answer", "回答家人的邀请"),
                            ("statement", "打印使用记录"),
                        ],
                        max_length=9,
                        verbose_name="来办什么",
                    ),
                ),
                ("began_at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="开始")),
                ("originals_seen_at", models.DateTimeField(null=True, verbose_name="原件已核对")),
                ("ended_at", models.DateTimeField(null=True, verbose_name="结束")),
                (
                    "clerk",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="window_visits",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="window_visits",
                        to="accounts.person",
                    ),
                ),
            ],
            options={
                "verbose_name": "窗口办理",
                "verbose_name_plural": "窗口办理",
            },
        ),
        migrations.AddField(
            model_name="application",
            name="visit",
            field=models.ForeignKey(
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="applications",
                to="binding.windowvisit",
            ),
        ),
        migrations.AddConstraint(
            model_name="application",
            constraint=models.CheckConstraint(
                condition=models.Q(("channel", "import"), ("created_by__isnull", False), _connector="OR"),
                name="application_has_an_author",
            ),
        ),
        migrations.AddConstraint(
            model_name="application",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("channel", "window"), ("visit__isnull", False)),
                    models.Q(models.Q(("channel", "window"), _negated=True), ("visit", None)),
                    _connector="OR",
                ),
                name="application_at_the_window_has_a_visit",
            ),
        ),
        migrations.AddIndex(
            model_name="windowvisit",
            index=models.Index(fields=["clerk", "-began_at"], name="window_visit_clerk"),
        ),
        migrations.AddConstraint(
            model_name="windowvisit",
            constraint=models.UniqueConstraint(
                condition=models.Q(("ended_at", None)), fields=("clerk",), name="window_visit_one_at_a_time"
            ),
        ),
    ]
