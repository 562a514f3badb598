"""Statements that were issued, and what givers are told."""

import django.contrib.postgres.fields
import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models

from ledger.migrations._sql import install


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0001_initial"),
        ("ledger", "0004_paycodes_and_auditor_keys"),
    ]

    operations = [
        migrations.CreateModel(
            name="NoticeChoice",
            fields=[
                (
                    "person",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="notice_choice",
                        serialize=False,
                        to="accounts.person",
                    ),
                ),
                ("each_use", models.BooleanField(default=False, verbose_name="家人每用一次都告诉我")),
                ("limits", models.BooleanField(default=True, verbose_name="额度用完、余额快用完时告诉我")),
            ],
            options={
                "verbose_name": "提醒设置",
                "verbose_name_plural": "提醒设置",
            },
        ),
        migrations.CreateModel(
            name="NoticeMark",
            fields=[
                ("id", models.PositiveSmallIntegerField(default=1, primary_key=True, serialize=False)),
                ("told_until", models.DateTimeField()),
                ("waiting_until", models.DateTimeField(null=True)),
                ("waiting_xid", models.BigIntegerField(null=True)),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("id", 1)), name="notice_mark_is_one")
                ],
            },
        ),
        migrations.CreateModel(
            name="IssuedStatement",
            fields=[
                (
                    "code",
                    models.CharField(max_length=20, primary_key=True, serialize=False, verbose_name="校验码"),
                ),
                ("role", models.CharField(max_length=7)),
                ("period", models.CharField(max_length=7, verbose_name="期间")),
                (
                    "names",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=12), size=None
                    ),
                ),
                (
                    "sums",
                    django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), size=None),
                ),
                ("control", models.CharField(max_length=12)),
                ("lines", models.PositiveIntegerField(verbose_name="笔数")),
                ("digest", models.BinaryField(max_length=32)),
                ("mac", models.BinaryField(max_length=33)),
                (
                    "issued_at",
                    models.DateTimeField(default=django.utils.timezone.now, verbose_name="出具时间"),
                ),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.person"
                    ),
                ),
            ],
            options={
                "verbose_name": "出具的对账单",
                "verbose_name_plural": "出具的对账单",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("person", "role", "period", "digest"), name="issued_statement_once"
                    )
                ],
            },
        ),
        *install("issued"),
    ]
