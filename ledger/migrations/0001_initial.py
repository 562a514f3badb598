import uuid

import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.expressions
import django.utils.timezone
from django.db import migrations, models

import gongji.fields
import ledger.models.books


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("accounts", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="Transaction",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=ledger.models.books.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("settlement", "就医购药"),
                            ("reversal", "退费"),
                            ("opening", "期初余额"),
                            ("contribution", "每月划入"),
                            ("interest", "利息"),
                        ],
                        max_length=12,
                        verbose_name="种类",
                    ),
                ),
                ("serial", models.CharField(max_length=64, verbose_name="机构流水号")),
                ("category", models.CharField(blank=True, max_length=20, verbose_name="费用类别")),
                ("away", models.BooleanField(default=False)),
                ("event_at", models.DateTimeField(verbose_name="发生时间")),
                ("posted_at", models.DateTimeField(verbose_name="入账时间")),
                ("total", models.BigIntegerField(verbose_name="金额(分)")),
                ("own", models.BigIntegerField(verbose_name="个人账户(分)")),
                ("shared", models.BigIntegerField(verbose_name="家庭共济(分)")),
                ("cash", models.BigIntegerField(verbose_name="现金(分)")),
                ("entry_count", models.SmallIntegerField()),
                ("reason", models.CharField(blank=True, max_length=200, verbose_name="原因")),
                ("content_hash", models.BinaryField(max_length=32)),
                (
                    "beneficiary",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.person",
                    ),
                ),
            ],
            options={
                "verbose_name": "交易",
                "verbose_name_plural": "交易",
            },
        ),
        migrations.CreateModel(
            name="AreaRule",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("area", models.CharField(max_length=6)),
                ("valid_from", models.DateTimeField()),
                ("open", models.BooleanField()),
                ("share_order", models.CharField(max_length=17)),
                ("min_balance", models.BigIntegerField()),
                ("scope_digits", models.PositiveSmallIntegerField()),
                (
                    "categories",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=20), size=None
                    ),
                ),
            ],
            options={
                "verbose_name": "结算规则",
                "verbose_name_plural": "结算规则",
                "constraints": [
                    models.UniqueConstraint(fields=("area", "valid_from"), name="area_rule_once"),
                    models.CheckConstraint(
                        condition=models.Q(("scope_digits__in", [2, 4, 6])), name="area_rule_scope"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("share_order__in", ["balance_desc", "bind_order", "beneficiary_order"])
                        ),
                        name="area_rule_order",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="LedgerAccount",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("personal", "职工医保个人账户"),
                            ("wallet", "医保钱包"),
                            ("pool", "家庭共济账户"),
                            ("provider", "医药机构应付款"),
                            ("fund", "账户划入"),
                            ("premium", "代缴保费"),
                        ],
                        max_length=8,
                        verbose_name="种类",
                    ),
                ),
                ("area", models.CharField(max_length=6, verbose_name="统筹区")),
                ("balance", models.BigIntegerField(null=True, verbose_name="余额(分)")),
                ("seq", models.BigIntegerField(null=True)),
                ("head", models.BinaryField(max_length=32, null=True)),
                ("away_allowed", models.BooleanField(default=False, verbose_name="异地就医可用")),
                ("opened_at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "owner",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="ledger_accounts",
                        to="accounts.person",
                    ),
                ),
            ],
            options={
                "verbose_name": "账户",
                "verbose_name_plural": "账户",
                "db_table": "ledger_account",
            },
        ),
        migrations.CreateModel(
            name="Mandate",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("binding_id", models.UUIDField(unique=True)),
                (
                    "kind",
                    models.CharField(
                        choices=[("mutual_aid", "家庭共济"), ("view", "亲情账户"), ("wallet", "医保钱包")],
                        max_length=10,
                    ),
                ),
                ("authorizer_mask", models.CharField(max_length=50)),
                ("rank", models.PositiveIntegerField()),
                ("monthly_cap", models.BigIntegerField(null=True, verbose_name="每月上限(分)")),
                ("paused_at", models.DateTimeField(null=True)),
                ("privacy", models.PositiveSmallIntegerField(default=1)),
                ("valid_from", models.DateTimeField()),
                ("valid_until", models.DateTimeField(null=True)),
                (
                    "account",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="mandates",
                        to="ledger.ledgeraccount",
                    ),
                ),
                (
                    "authorizer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="mandates_given",
                        to="accounts.person",
                    ),
                ),
                (
                    "beneficiary",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="mandates_received",
                        to="accounts.person",
                    ),
                ),
            ],
            options={
                "verbose_name": "使用授权",
                "verbose_name_plural": "使用授权",
            },
        ),
        migrations.CreateModel(
            name="MonthUse",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "mandate_id", "month", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("month", models.DateField()),
                ("used", models.BigIntegerField()),
                (
                    "mandate",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="months",
                        to="ledger.mandate",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Nonce",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "key", "nonce", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("key", models.UUIDField()),
                ("nonce", models.CharField(max_length=255)),
                ("signature", models.BinaryField(max_length=32)),
                ("seen_at", models.DateTimeField()),
            ],
            options={
                "indexes": [models.Index(fields=["seen_at"], name="nonce_seen")],
            },
        ),
        migrations.CreateModel(
            name="Provider",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=100, verbose_name="名称")),
                ("area", models.CharField(max_length=6, verbose_name="统筹区")),
                ("suspended_at", models.DateTimeField(blank=True, null=True, verbose_name="停用时间")),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                (
                    "account",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="provider",
                        to="ledger.ledgeraccount",
                    ),
                ),
            ],
            options={
                "verbose_name": "医药机构",
                "verbose_name_plural": "医药机构",
            },
        ),
        migrations.CreateModel(
            name="IdempotencyKey",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "provider_id", "key", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("key", models.CharField(max_length=255)),
                ("request", models.BinaryField(max_length=32)),
                ("status", models.SmallIntegerField()),
                ("body", models.TextField()),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "provider",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="ledger.provider",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="ProviderKey",
            fields=[
                (
                    "id",
                    models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False),
                ),
                ("secret", gongji.fields.EncryptedTextField()),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("expires_at", models.DateTimeField(null=True)),
                (
                    "provider",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="keys", to="ledger.provider"
                    ),
                ),
            ],
            options={
                "verbose_name": "机构密钥",
                "verbose_name_plural": "机构密钥",
            },
        ),
        migrations.CreateModel(
            name="ReversedTotal",
            fields=[
                (
                    "original",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="reversed",
                        serialize=False,
                        to="ledger.transaction",
                    ),
                ),
                ("total", models.BigIntegerField()),
                ("reversed", models.BigIntegerField()),
            ],
        ),
        migrations.AddField(
            model_name="transaction",
            name="provider",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="ledger.provider",
            ),
        ),
        migrations.AddField(
            model_name="transaction",
            name="reverses",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="reversals",
                to="ledger.transaction",
            ),
        ),
        migrations.CreateModel(
            name="Entry",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "transaction_id",
                        "line",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("line", models.SmallIntegerField()),
                ("amount", models.BigIntegerField()),
                ("seq", models.BigIntegerField(null=True)),
                ("balance_after", models.BigIntegerField(null=True)),
                ("hash", models.BinaryField(max_length=32, null=True)),
                (
                    "account",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="entries",
                        to="ledger.ledgeraccount",
                    ),
                ),
                (
                    "mandate",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="entries",
                        to="ledger.mandate",
                    ),
                ),
                (
                    "transaction",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="entries",
                        to="ledger.transaction",
                    ),
                ),
            ],
            options={
                "verbose_name": "分录",
                "verbose_name_plural": "分录",
            },
        ),
        migrations.AddConstraint(
            model_name="ledgeraccount",
            constraint=models.CheckConstraint(
                condition=models.Q(("balance__gte", 0)), name="account_balance_not_negative"
            ),
        ),
        migrations.AddConstraint(
            model_name="ledgeraccount",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("balance__isnull", False),
                        ("head__isnull", False),
                        ("kind__in", ["personal", "wallet", "pool"]),
                        ("seq__isnull", False),
                    ),
                    models.Q(
                        ("balance__isnull", True),
                        ("head__isnull", True),
                        ("kind__in", ["provider", "fund", "premium"]),
                        ("seq__isnull", True),
                    ),
                    _connector="OR",
                ),
                name="account_stores_a_balance_or_not",
            ),
        ),
        migrations.AddConstraint(
            model_name="ledgeraccount",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("kind__in", ["personal", "wallet"]), _negated=True),
                    ("owner__isnull", False),
                    _connector="OR",
                ),
                name="account_has_an_owner",
            ),
        ),
        migrations.AddConstraint(
            model_name="ledgeraccount",
            constraint=models.UniqueConstraint(
                condition=models.Q(("kind__in", ["personal", "wallet"])),
                fields=("owner", "kind"),
                name="account_one_per_person",
            ),
        ),
        migrations.AddConstraint(
            model_name="ledgeraccount",
            constraint=models.UniqueConstraint(
                condition=models.Q(("kind__in", ["fund", "premium"])),
                fields=("kind", "area"),
                name="account_one_per_area",
            ),
        ),
        migrations.AddConstraint(
            model_name="mandate",
            constraint=models.CheckConstraint(
                condition=models.Q(("monthly_cap__gte", 0)), name="mandate_cap_not_negative"
            ),
        ),
        migrations.AddConstraint(
            model_name="mandate",
            constraint=models.CheckConstraint(
                condition=models.Q(("kind", "view"), ("account__isnull", False), _connector="OR"),
                name="mandate_that_pays_has_an_account",
            ),
        ),
        migrations.AddConstraint(
            model_name="mandate",
            constraint=models.CheckConstraint(
                condition=models.Q(("authorizer", models.F("beneficiary")), _negated=True),
                name="mandate_between_two_people",
            ),
        ),
        migrations.AddConstraint(
            model_name="mandate",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("valid_until", None), ("valid_until__gte", models.F("valid_from")), _connector="OR"
                ),
                name="mandate_ends_after_it_began",
            ),
        ),
        migrations.AddConstraint(
            model_name="monthuse",
            constraint=models.CheckConstraint(
                condition=models.Q(("used__gte", 0)), name="month_use_not_negative"
            ),
        ),
        migrations.AddConstraint(
            model_name="provider",
            constraint=models.UniqueConstraint(fields=("area", "name"), name="provider_name_once"),
        ),
        migrations.AddConstraint(
            model_name="reversedtotal",
            constraint=models.CheckConstraint(
                condition=models.Q(("reversed__gt", 0), ("reversed__lte", models.F("total"))),
                name="reversed_at_most_the_original",
            ),
        ),
        migrations.AddIndex(
            model_name="transaction",
            index=models.Index(fields=["beneficiary", "-event_at", "-id"], name="transaction_history"),
        ),
        migrations.AddIndex(
            model_name="transaction",
            index=models.Index(fields=["provider", "posted_at"], name="transaction_business_day"),
        ),
        migrations.AddIndex(
            model_name="transaction",
            index=models.Index(
                condition=models.Q(("reverses__isnull", False)),
                fields=["reverses"],
                name="transaction_reversals",
            ),
        ),
        migrations.AddConstraint(
            model_name="transaction",
            constraint=models.UniqueConstraint(
                condition=models.Q(("provider__isnull", False)),
                fields=("provider", "serial"),
                name="transaction_provider_serial_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="transaction",
            constraint=models.UniqueConstraint(
                condition=models.Q(("provider", None)),
                fields=("beneficiary", "serial"),
                name="transaction_credit_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="transaction",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("cash__gte", 0),
                    ("own__gte", 0),
                    ("shared__gte", 0),
                    (
                        "total",
                        django.db.models.expressions.CombinedExpression(
                            django.db.models.expressions.CombinedExpression(
                                models.F("own"), "+", models.F("shared")
                            ),
                            "+",
                            models.F("cash"),
                        ),
                    ),
                    ("total__gt", 0),
                ),
                name="transaction_adds_up",
            ),
        ),
        migrations.AddConstraint(
            model_name="transaction",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("entry_count", 0), ("total", models.F("cash"))),
                    models.Q(("entry_count__gte", 2), ("total__gt", models.F("cash"))),
                    _connector="OR",
                ),
                name="transaction_without_entries_is_all_cash",
            ),
        ),
        migrations.AddConstraint(
            model_name="transaction",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("kind", "reversal"), ("reverses__isnull", False)),
                    models.Q(models.Q(("kind", "reversal"), _negated=True), ("reverses", None)),
                    _connector="OR",
                ),
                name="transaction_reversal_points_at_its_original",
            ),
        ),
        migrations.AddConstraint(
            model_name="transaction",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("kind__in", ["settlement", "reversal"]), ("provider__isnull", False)),
                    models.Q(
                        ("category", ""),
                        ("kind__in", ["opening", "contribution", "interest"]),
                        ("provider", None),
                    ),
                    _connector="OR",
                ),
                name="transaction_kind_fits_its_provider",
            ),
        ),
        migrations.AddConstraint(
            model_name="entry",
            constraint=models.UniqueConstraint(fields=("account", "seq"), name="entry_sequence"),
        ),
        migrations.AddConstraint(
            model_name="entry",
            constraint=models.CheckConstraint(
                condition=models.Q(("amount", 0), _negated=True), name="entry_moves_something"
            ),
        ),
        migrations.AddConstraint(
            model_name="entry",
            constraint=models.CheckConstraint(
                condition=models.Q(("line__gte", 1)), name="entry_lines_start_at_one"
            ),
        ),
        migrations.AddConstraint(
            model_name="entry",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("balance_after", None), ("hash", None), ("seq", None)),
                    models.Q(("balance_after__gte", 0), ("hash__isnull", False), ("seq__gte", 1)),
                    _connector="OR",
                ),
                name="entry_chained_or_clearing",
            ),
        ),
    ]
