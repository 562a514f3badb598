"""Money on its way into a relative's wallet, and where to look for ended wallets."""

import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models

import ledger.models.books


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0001_initial"),
        ("ledger", "0005_statements_and_notices"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="mandate",
            index=models.Index(
                condition=models.Q(("kind", "wallet"), ("valid_until__isnull", False)),
                fields=["valid_until"],
                name="mandate_ended_wallets",
            ),
        ),
        migrations.CreateModel(
            name="WalletTransfer",
            fields=[
                (
                    "id",
                    models.UUIDField(default=ledger.models.books.new_id, primary_key=True, serialize=False),
                ),
                ("amount", models.BigIntegerField(verbose_name="金额(分)")),
                (
                    "state",
                    models.CharField(
                        choices=[("sent", "等家人收"), ("taken", "已收下"), ("back", "已退回")],
                        default="sent",
                        max_length=5,
                        verbose_name="状态",
                    ),
                ),
                (
                    "why",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("late", "到时间没有收"),
                            ("taken_back", "出钱的人取回"),
                            ("declined", "家人没有要"),
                            ("ended", "医保钱包已解除"),
                        ],
                        max_length=10,
                        verbose_name="为什么退回",
                    ),
                ),
                ("sent_at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="转出时间")),
                ("returns_at", models.DateTimeField(verbose_name="没有收就退回的时间")),
                ("ended_at", models.DateTimeField(null=True, verbose_name="收下或退回时间")),
                (
                    "mandate",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="transfers",
                        to="ledger.mandate",
                    ),
                ),
                (
                    "transit",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="ledger.ledgeraccount",
                    ),
                ),
                (
                    "sending",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="ledger.transaction",
                    ),
                ),
                (
                    "ending",
                    models.OneToOneField(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="ledger.transaction",
                    ),
                ),
            ],
            options={
                "verbose_name": "医保钱包转账",
                "verbose_name_plural": "医保钱包转账",
                "indexes": [
                    models.Index(fields=["mandate", "-id"], name="wallet_transfer_of_mandate"),
                    models.Index(
                        condition=models.Q(("state", "sent")),
                        fields=["returns_at"],
                        name="wallet_transfer_waiting",
                    ),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("amount__gt", 0)), name="wallet_transfer_amount_positive"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("ended_at", None), ("ending", None), ("state", "sent"), ("why", "")),
                            models.Q(
                                ("ended_at__isnull", False),
                                ("ending__isnull", False),
                                ("state", "taken"),
                                ("why", ""),
                            ),
                            models.Q(
                                ("ended_at__isnull", False),
                                ("ending__isnull", False),
                                ("state", "back"),
                                models.Q(("why", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="wallet_transfer_ends_once",
                    ),
                ],
            },
        ),
    ]
