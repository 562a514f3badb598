"""The household pool, authorized totals, the wallet and premiums; the posting functions that know them."""

from django.db import migrations, models

from ledger.migrations._sql import install, remove

POSTING = ["guards", "posting", "settle", "reversal"]


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0001_initial"),
        ("ledger", "0002_guards"),
    ]

    operations = [
        *remove(*POSTING, superseded="0002"),
        migrations.RemoveConstraint(
            model_name="ledgeraccount",
            name="account_stores_a_balance_or_not",
        ),
        migrations.RemoveConstraint(
            model_name="ledgeraccount",
            name="account_has_an_owner",
        ),
        migrations.RemoveConstraint(
            model_name="ledgeraccount",
            name="account_balance_not_negative",
        ),
        migrations.RemoveConstraint(
            model_name="ledgeraccount",
            name="account_one_per_person",
        ),
        migrations.RemoveConstraint(
            model_name="ledgeraccount",
            name="account_one_per_area",
        ),
        migrations.RemoveConstraint(
            model_name="mandate",
            name="mandate_between_two_people",
        ),
        migrations.RemoveConstraint(
            model_name="transaction",
            name="transaction_adds_up",
        ),
        migrations.RemoveConstraint(
            model_name="transaction",
            name="transaction_without_entries_is_all_cash",
        ),
        migrations.RemoveConstraint(
            model_name="transaction",
            name="transaction_reversal_points_at_its_original",
        ),
        migrations.RemoveConstraint(
            model_name="transaction",
            name="transaction_kind_fits_its_provider",
        ),
        migrations.AddField(
            model_name="mandate",
            name="authorized",
            field=models.BigIntegerField(null=True, verbose_name="授权总额(分)"),
        ),
        migrations.AlterField(
            model_name="ledgeraccount",
            name="kind",
            field=models.CharField(
                choices=[
                    ("personal", "职工医保个人账户"),
                    ("wallet", "医保钱包"),
                    ("pool", "家庭共济账户"),
                    ("provider", "医药机构应付款"),
                    ("fund", "账户划入"),
                    ("premium", "代缴保费"),
                    ("transit", "钱包转账途中"),
                ],
                max_length=8,
                verbose_name="种类",
            ),
        ),
        migrations.AlterField(
            model_name="mandate",
            name="kind",
            field=models.CharField(
                choices=[
                    ("mutual_aid", "家庭共济"),
                    ("view", "亲情账户"),
                    ("wallet", "医保钱包"),
                    ("pool", "家庭共济账户成员"),
                ],
                max_length=10,
            ),
        ),
        migrations.AlterField(
            model_name="transaction",
            name="kind",
            field=models.CharField(
                choices=[
                    ("settlement", "就医购药"),
                    ("reversal", "退费"),
                    ("opening", "期初余额"),
                    ("contribution", "每月划入"),
                    ("interest", "利息"),
                    ("pool_in", "划拨到家庭共济账户"),
                    ("pool_out", "家庭共济账户退回"),
                    ("wallet_send", "转出到家人钱包"),
                    ("wallet_take", "医保钱包收款"),
                    ("wallet_back", "医保钱包退回"),
                    ("premium", "代缴保费"),
                ],
                max_length=12,
                verbose_name="种类",
            ),
        ),
        migrations.AddConstraint(
            model_name="ledgeraccount",
            constraint=models.CheckConstraint(
                condition=models.Q(("balance", None), ("head", None), ("seq", None))
                | models.Q(("balance__gte", 0), ("head__isnull", False), ("seq__isnull", False)),
                name="account_stores_a_balance_or_not",
            ),
        ),
        migrations.AddConstraint(
            model_name="ledgeraccount",
            constraint=models.UniqueConstraint(
                condition=models.Q(("kind__in", ["personal", "pool"])),
                fields=("owner", "kind"),
                name="account_one_per_person",
            ),
        ),
        migrations.AddConstraint(
            model_name="ledgeraccount",
            constraint=models.UniqueConstraint(
                condition=models.Q(("kind__in", ["fund", "premium", "transit"])),
                fields=("kind", "area"),
                name="account_one_per_area",
            ),
        ),
        migrations.AddConstraint(
            model_name="mandate",
            constraint=models.CheckConstraint(
                condition=models.Q(("authorized__gte", 0)), name="mandate_total_not_negative"
            ),
        ),
        migrations.AddConstraint(
            model_name="mandate",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("authorizer", models.F("beneficiary")), _negated=True),
                    ("kind", "pool"),
                    _connector="OR",
                ),
                name="mandate_between_two_people",
            ),
        ),
        migrations.AddConstraint(
            model_name="mandate",
            constraint=models.UniqueConstraint(
                condition=models.Q(("kind", "pool"), ("valid_until", None)),
                fields=("beneficiary",),
                name="mandate_one_pool_per_person",
            ),
        ),
        migrations.RemoveConstraint(
            model_name="transaction",
            name="transaction_provider_serial_once",
        ),
        migrations.AlterField(
            model_name="entry",
            name="account",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=models.deletion.PROTECT,
                related_name="entries",
                to="ledger.ledgeraccount",
            ),
        ),
        migrations.AlterField(
            model_name="entry",
            name="transaction",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=models.deletion.PROTECT,
                related_name="entries",
                to="ledger.transaction",
            ),
        ),
        migrations.AddConstraint(
            model_name="transaction",
            constraint=models.UniqueConstraint(
                fields=("provider", "serial"), name="transaction_provider_serial_once"
            ),
        ),
        *install(*POSTING, "move"),
    ]
