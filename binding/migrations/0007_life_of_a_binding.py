"""What the registry no longer bears out, wishes to be told, renewals, and what runs out next."""

import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models
from django.db.models import Q

CHANGES = [
    ("opened", "开通"),
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
]
ID = ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID"))


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0001_initial"),
        ("binding", "0006_answers_taken_by_staff"),
    ]

    operations = [
        migrations.AlterField(
            model_name="bindingchange",
            name="what",
            field=models.CharField(choices=CHANGES, max_length=10, verbose_name="做了什么"),
        ),
        migrations.AddField(
            model_name="application",
            name="renews",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="renewals",
                to="binding.binding",
            ),
        ),
        migrations.AddIndex(
            model_name="binding",
            index=models.Index(
                fields=["expires_at"],
                condition=Q(until=None, expires_at__isnull=False),
                name="binding_expiring",
            ),
        ),
        migrations.CreateModel(
            name="Doubt",
            fields=[
                ID,
                ("found_at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "binding",
                    models.OneToOneField(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="binding.binding",
                    ),
                ),
                (
                    "mover",
                    models.OneToOneField(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="accounts.person",
                    ),
                ),
            ],
            options={
                "verbose_name": "待复查的共济",
                "verbose_name_plural": "待复查的共济",
                "constraints": [
                    models.CheckConstraint(
                        condition=Q(binding=None, mover__isnull=False) | Q(binding__isnull=False, mover=None),
                        name="doubt_is_about_one_thing",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="OpeningWish",
            fields=[
                ID,
                ("area", models.CharField(max_length=6, verbose_name="出钱的人的统筹区")),
                ("relative_area", models.CharField(max_length=6, verbose_name="家人的统筹区")),
                ("wished_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("told_at", models.DateTimeField(null=True)),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="opening_wishes",
                        to="accounts.person",
                    ),
                ),
            ],
            options={
                "verbose_name": "开通后告诉我",
                "verbose_name_plural": "开通后告诉我",
                "indexes": [
                    models.Index(
                        fields=["area", "relative_area"], condition=Q(told_at=None), name="wish_waiting"
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=["person", "area", "relative_area"],
                        condition=Q(told_at=None),
                        name="wish_once_until_told",
                    )
                ],
            },
        ),
    ]
