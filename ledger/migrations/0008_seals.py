"""What proves the books: minute seals, how far accounts were verified, and the verifications."""

import django.contrib.postgres.indexes
import django.db.models.deletion
import django.db.models.functions.comparison
import django.utils.timezone
from django.db import migrations, models

from ledger.migrations._sql import install


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0001_initial"),
        ("ledger", "0007_premiums_for_staff"),
    ]

    operations = [
        migrations.CreateModel(
            name="LedgerSeal",
            fields=[
                ("number", models.PositiveBigIntegerField(primary_key=True, serialize=False)),
                ("at", models.DateTimeField(default=django.utils.timezone.now)),
                ("since", models.DateTimeField()),
                ("until", models.DateTimeField()),
                ("from_xid", models.BigIntegerField()),
                ("to_xid", models.BigIntegerField()),
                ("rows", models.PositiveIntegerField()),
                ("head", models.BinaryField(max_length=33)),
                ("entries", models.PositiveIntegerField(verbose_name="分录数")),
                ("all_rows", models.PositiveBigIntegerField(verbose_name="累计交易")),
                ("all_entries", models.PositiveBigIntegerField(verbose_name="累计分录")),
                ("root", models.BinaryField(max_length=32)),
                ("signature", models.BinaryField(max_length=33)),
            ],
            options={
                "verbose_name": "账本封印",
                "verbose_name_plural": "账本封印",
                "db_table": "ledger_seal",
                "ordering": ["number"],
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="Verification",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "extent",
                    models.CharField(
                        choices=[("full", "全部"), ("new", "新增部分")], max_length=4, verbose_name="范围"
                    ),
                ),
                ("began_at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="开始")),
                ("ended_at", models.DateTimeField(null=True, verbose_name="结束")),
                ("part", models.CharField(blank=True, max_length=20)),
                ("cursor", models.JSONField(null=True)),
                ("last_seal", models.PositiveBigIntegerField(default=0)),
                ("accounts", models.BigIntegerField(default=0, verbose_name="账户")),
                ("transactions", models.BigIntegerField(default=0, verbose_name="交易")),
                ("entries", models.BigIntegerField(default=0, verbose_name="分录")),
                ("seals", models.BigIntegerField(default=0, verbose_name="封印")),
                ("check_name", models.CharField(blank=True, max_length=40, verbose_name="不符的核对项")),
                ("row", models.CharField(blank=True, max_length=200, verbose_name="第一处不符")),
            ],
            options={
                "verbose_name": "账本核对",
                "verbose_name_plural": "账本核对",
            },
        ),
        migrations.CreateModel(
            name="VerifiedAccount",
            fields=[
                (
                    "account",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="verified",
                        serialize=False,
                        to="ledger.ledgeraccount",
                    ),
                ),
                ("seq", models.BigIntegerField()),
                ("balance", models.BigIntegerField()),
                ("head", models.BinaryField(max_length=32)),
            ],
            options={
                "db_table": "ledger_verifiedaccount",
            },
        ),
        migrations.AddField(
            model_name="transaction",
            name="recorded_at",
            field=models.DateTimeField(db_default=models.Func(function="clock_timestamp"), editable=False),
        ),
        migrations.AddField(
            model_name="transaction",
            name="xid",
            field=models.BigIntegerField(
                db_default=django.db.models.functions.comparison.Cast(
                    django.db.models.functions.comparison.Cast(
                        models.Func(function="pg_current_xact_id"), models.TextField()
                    ),
                    models.BigIntegerField(),
                ),
                editable=False,
            ),
        ),
        migrations.AddIndex(
            model_name="transaction",
            index=django.contrib.postgres.indexes.BrinIndex(
                autosummarize=True,
                fields=["xid", "recorded_at"],
                name="transaction_sealing",
                pages_per_range=32,
            ),
        ),
        migrations.AddIndex(
            model_name="verification",
            index=models.Index(
                models.OrderBy(models.F("ended_at"), descending=True, nulls_last=True),
                name="verification_ended",
            ),
        ),
        migrations.AddConstraint(
            model_name="verification",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("check_name", ""), ("row", "")), ("ended_at__isnull", False), _connector="OR"
                ),
                name="verification_that_found_something_ended",
            ),
        ),
        *install("seals"),
    ]
