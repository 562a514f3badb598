"""Signatures and their pictures; what a draft's author has read so far."""

import uuid

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

TRIGGERS = """
CREATE TRIGGER binding_signature_append_only BEFORE UPDATE OR DELETE ON binding_signature
    FOR EACH ROW EXECUTE FUNCTION binding_refuse_change();
CREATE TRIGGER binding_signature_never_emptied BEFORE TRUNCATE ON binding_signature
    FOR EACH STATEMENT EXECUTE FUNCTION binding_refuse_change();
"""
DROP = """
DROP TRIGGER binding_signature_append_only ON binding_signature;
DROP TRIGGER binding_signature_never_emptied ON binding_signature;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0001_initial"),
        ("binding", "0007_life_of_a_binding"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Signature",
            fields=[
                (
                    "id",
                    models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False),
                ),
                (
                    "what",
                    models.CharField(
                        choices=[
                            ("commitment", "承诺书"),
                            ("consent", "同意书"),
                            ("application_form", "申请表"),
                        ],
                        max_length=16,
                        verbose_name="签了什么",
                    ),
                ),
                (
                    "how",
                    models.CharField(
                        choices=[
                            ("drawn", "屏幕手写"),
                            ("name", "写上本人姓名"),
                            ("tick", "勾选"),
                            ("paper", "纸上签名"),
                        ],
                        max_length=5,
                        verbose_name="怎么签的",
                    ),
                ),
                ("version", models.CharField(max_length=40, verbose_name="版本")),
                ("text_sm3", models.BinaryField(max_length=32)),
                ("ip", models.CharField(blank=True, max_length=45)),
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
                        related_name="signatures",
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
                "verbose_name": "签名",
                "verbose_name_plural": "签名",
                "ordering": ["at", "id"],
                "indexes": [models.Index(fields=["application", "at"], name="signature_application")],
            },
        ),
        migrations.CreateModel(
            name="SignaturePicture",
            fields=[
                (
                    "id",
                    models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False),
                ),
                ("ordinal", models.PositiveSmallIntegerField(default=1)),
                ("key", models.CharField(max_length=64, unique=True)),
                ("sm3", models.BinaryField(max_length=32)),
                ("source_sm3", models.BinaryField(editable=False, max_length=32)),
                ("width", models.PositiveIntegerField(null=True)),
                ("height", models.PositiveIntegerField(null=True)),
                ("size", models.PositiveIntegerField()),
                ("sanitized_at", models.DateTimeField(null=True)),
                (
                    "signature",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="picture",
                        to="binding.signature",
                    ),
                ),
            ],
            options={
                "verbose_name": "签名图片",
                "verbose_name_plural": "签名图片",
                "ordering": ["ordinal"],
                "abstract": False,
            },
        ),
        migrations.RunSQL(TRIGGERS, DROP),
        migrations.AddField(
            model_name="application",
            name="notice_version",
            field=models.CharField(blank=True, max_length=40),
        ),
        migrations.AddField(
            model_name="application",
            name="rules_seen",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="binding.policyversion",
            ),
        ),
    ]
