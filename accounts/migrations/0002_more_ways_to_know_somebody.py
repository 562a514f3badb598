import django.db.models.deletion
import django.utils.timezone
import gongji.fields
import uuid
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0001_initial"),
    ]

    operations = [
        migrations.AddField(
            model_name="message",
            name="sms_phone",
            field=gongji.fields.EncryptedTextField(null=True),
        ),
        migrations.AddField(
            model_name="user",
            name="given_up_index",
            field=models.BinaryField(max_length=32, null=True),
        ),
        migrations.AlterField(
            model_name="person",
            name="id_type",
            field=models.CharField(
                choices=[
                    ("01", "居民身份证"),
                    ("04", "港澳居民来往内地通行证"),
                    ("06", "台湾居民来往大陆通行证"),
                    ("07", "外国人永久居留身份证"),
                    ("08", "护照"),
                    ("16", "港澳台居民居住证"),
                    ("99", "出生医学证明"),
                ],
                max_length=2,
                verbose_name="证件类型",
            ),
        ),
        migrations.AlterField(
            model_name="person",
            name="level",
            field=models.PositiveSmallIntegerField(
                choices=[
                    (0, "未核验"),
                    (10, "参保登记与手机号一致"),
                    (20, "工作人员核对证件"),
                    (23, "工作人员核对证件和本人照片"),
                    (26, "统一身份认证登录"),
                    (30, "窗口当面核对"),
                ],
                default=0,
                verbose_name="核验等级",
            ),
        ),
        migrations.AlterField(
            model_name="verification",
            name="method",
            field=models.CharField(
                choices=[
                    ("registry", "参保登记比对"),
                    ("sms", "短信验证码"),
                    ("oidc", "统一身份认证"),
                    ("documents", "证件核对"),
                    ("photo", "证件和本人照片核对"),
                    ("window", "窗口核对"),
                ],
                max_length=10,
            ),
        ),
        migrations.CreateModel(
            name="IdentityCheck",
            fields=[
                (
                    "id",
                    models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False),
                ),
                (
                    "id_type",
                    models.CharField(
                        choices=[
                            ("01", "居民身份证"),
                            ("04", "港澳居民来往内地通行证"),
                            ("06", "台湾居民来往大陆通行证"),
                            ("07", "外国人永久居留身份证"),
                            ("08", "护照"),
                            ("16", "港澳台居民居住证"),
                            ("99", "出生医学证明"),
                        ],
                        max_length=2,
                        verbose_name="证件类型",
                    ),
                ),
                ("with_face", models.BooleanField(default=False, verbose_name="有本人照片")),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("received", "已收到"),
                            ("waiting", "等工作人员核对"),
                            ("unreadable", "照片打不开"),
                            ("passed", "核对通过"),
                            ("returned", "要重拍"),
                            ("replaced", "已换新"),
                        ],
                        default="received",
                        max_length=10,
                        verbose_name="状态",
                    ),
                ),
                (
                    "machine",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("", "没有用机器比对"),
                            ("same", "机器认为是同一个人"),
                            ("other", "机器认为不是同一个人"),
                            ("unknown", "机器没有给出结果"),
                        ],
                        default="",
                        max_length=7,
                    ),
                ),
                ("reason", models.CharField(blank=True, max_length=40)),
                ("valid_until", models.DateField(null=True, verbose_name="证件有效期到")),
                (
                    "created_at",
                    models.DateTimeField(default=django.utils.timezone.now, verbose_name="提交时间"),
                ),
                ("decided_at", models.DateTimeField(null=True)),
                (
                    "decided_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="identity_checks",
                        to="accounts.person",
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "证件核对",
                "verbose_name_plural": "证件核对",
            },
        ),
        migrations.CreateModel(
            name="IdentityPage",
            fields=[
                (
                    "id",
                    models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False),
                ),
                ("ordinal", models.PositiveSmallIntegerField(default=1)),
                ("key", models.CharField(max_length=64, unique=True)),
                ("sm3", models.BinaryField(max_length=32)),
                ("source_sm3", models.BinaryField(max_length=32)),
                ("width", models.PositiveIntegerField(null=True)),
                ("height", models.PositiveIntegerField(null=True)),
                ("size", models.PositiveIntegerField()),
                ("sanitized_at", models.DateTimeField(null=True)),
                (
                    "code",
                    models.CharField(
                        choices=[
                            ("front", "有照片的一面"),
                            ("back", "有国徽或有效期的一面"),
                            ("main", "有照片的一页"),
                            ("face", "本人照片"),
                        ],
                        max_length=5,
                    ),
                ),
                (
                    "check_of",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="pages",
                        to="accounts.identitycheck",
                    ),
                ),
            ],
            options={
                "ordering": ["ordinal"],
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="Newborn",
            fields=[
                (
                    "person",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="newborn",
                        serialize=False,
                        to="accounts.person",
                    ),
                ),
                ("registered_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("numbered_at", models.DateTimeField(null=True)),
                (
                    "guardian",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="wards",
                        to="accounts.person",
                    ),
                ),
                (
                    "registered_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "新生儿",
                "verbose_name_plural": "新生儿",
            },
        ),
        migrations.CreateModel(
            name="PhoneChange",
            fields=[
                (
                    "id",
                    models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False),
                ),
                ("phone", gongji.fields.EncryptedTextField()),
                ("phone_index", models.BinaryField(max_length=32)),
                ("session_key", models.CharField(blank=True, max_length=40)),
                ("asked_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("expires_at", models.DateTimeField()),
                ("done_at", models.DateTimeField(null=True)),
                (
                    "how",
                    models.CharField(
                        blank=True,
                        choices=[("old_code", "原手机号的验证码"), ("identity", "重新核对身份")],
                        max_length=8,
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="phone_changes",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="FormerNumber",
            fields=[
                (
                    "id",
                    models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False),
                ),
                (
                    "id_type",
                    models.CharField(
                        choices=[
                            ("01", "居民身份证"),
                            ("04", "港澳居民来往内地通行证"),
                            ("06", "台湾居民来往大陆通行证"),
                            ("07", "外国人永久居留身份证"),
                            ("08", "护照"),
                            ("16", "港澳台居民居住证"),
                            ("99", "出生医学证明"),
                        ],
                        max_length=2,
                        verbose_name="证件类型",
                    ),
                ),
                ("id_number", gongji.fields.EncryptedTextField(verbose_name="证件号码")),
                ("id_index", models.BinaryField(max_length=32)),
                ("until", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="former_numbers",
                        to="accounts.person",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("id_type", "id_index"), name="former_number_unique")
                ],
            },
        ),
        migrations.AddIndex(
            model_name="identitycheck",
            index=models.Index(
                condition=models.Q(("status", "waiting")),
                fields=["created_at"],
                name="identity_check_waiting",
            ),
        ),
        migrations.AddConstraint(
            model_name="identitycheck",
            constraint=models.UniqueConstraint(
                condition=models.Q(("status__in", ("received", "waiting"))),
                fields=("person",),
                name="identity_check_one_open",
            ),
        ),
        migrations.AddConstraint(
            model_name="identitypage",
            constraint=models.UniqueConstraint(fields=("check_of", "ordinal"), name="identity_page_ordinal"),
        ),
        migrations.AddIndex(
            model_name="phonechange",
            index=models.Index(fields=["user", "asked_at"], name="phone_change_user"),
        ),
    ]
