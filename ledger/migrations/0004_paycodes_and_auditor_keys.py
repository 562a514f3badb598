"""One-time pay codes, keys of auditors, and the count of people whom providers did not find."""

import uuid

import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models


def to(model: str, **options) -> models.ForeignKey:
    return models.ForeignKey(
        db_index=False,
        on_delete=django.db.models.deletion.PROTECT,
        to=model,
        **({"related_name": "+"} | options),
    )


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0001_initial"),
        ("ledger", "0003_ways_of_sharing"),
    ]

    operations = [
        migrations.CreateModel(
            name="Miss",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("provider", to("ledger.provider", related_name="misses")),
                ("at", models.DateTimeField()),
            ],
            options={
                "verbose_name_plural": "misses",
                "indexes": [
                    models.Index(fields=["provider", "-at"], name="miss_of_provider"),
                    models.Index(fields=["at"], name="miss_at"),
                ],
            },
        ),
        migrations.CreateModel(
            name="PayCode",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("code_index", models.BinaryField(max_length=32, unique=True)),
                ("person", to("accounts.person")),
                ("shown_by", to("accounts.person")),
                ("mandate", to("ledger.mandate", null=True)),
                ("created_at", models.DateTimeField()),
                ("expires_at", models.DateTimeField()),
                ("used_at", models.DateTimeField(null=True)),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("mandate", None), ("person", models.F("shown_by"))),
                            ("mandate__isnull", False),
                            _connector="OR",
                        ),
                        name="paycode_of_another_needs_a_mandate",
                    )
                ],
                "indexes": [
                    models.Index(fields=["shown_by", "-created_at"], name="paycode_shown"),
                    models.Index(fields=["created_at"], name="paycode_age"),
                ],
            },
        ),
        migrations.AddField(
            model_name="provider",
            name="closed_until",
            field=models.DateTimeField(blank=True, null=True, verbose_name="查人暂停到"),
        ),
        migrations.AddField(
            model_name="providerkey",
            name="holder",
            field=models.CharField(blank=True, max_length=100, verbose_name="持有人"),
        ),
        migrations.AlterField(
            model_name="providerkey",
            name="id",
            field=models.UUIDField(
                default=uuid.uuid4, editable=False, primary_key=True, serialize=False, verbose_name="密钥编号"
            ),
        ),
        migrations.AlterField(
            model_name="providerkey",
            name="created_at",
            field=models.DateTimeField(default=django.utils.timezone.now, verbose_name="生成时间"),
        ),
        migrations.AlterField(
            model_name="providerkey",
            name="expires_at",
            field=models.DateTimeField(null=True, verbose_name="有效到"),
        ),
        migrations.AlterField(
            model_name="providerkey",
            name="provider",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="keys",
                to="ledger.provider",
            ),
        ),
        migrations.AddConstraint(
            model_name="providerkey",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("holder", ""), ("provider__isnull", False)),
                    models.Q(("provider", None), models.Q(("holder", ""), _negated=True)),
                    _connector="OR",
                ),
                name="key_is_a_providers_or_an_auditors",
            ),
        ),
    ]
