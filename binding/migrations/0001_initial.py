import uuid

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

import gongji.fields


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("accounts", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Reason",
            fields=[
                (
                    "code",
                    models.CharField(max_length=3, primary_key=True, serialize=False, verbose_name="代码"),
                ),
                ("label", models.CharField(max_length=40, verbose_name="名称")),
                ("sentence", models.CharField(max_length=200, verbose_name="给群众的话")),
                (
                    "fix",
                    models.CharField(
                        choices=[
                            ("yes", "可以补"),
                            ("no", "不能补"),
                            ("later", "以后可以"),
                            ("window", "到窗口"),
                            ("review", "转复核"),
                        ],
                        max_length=6,
                    ),
                ),
                ("active", models.BooleanField(default=True)),
                ("order", models.PositiveSmallIntegerField(default=0)),
            ],
            options={
                "verbose_name": "理由",
                "verbose_name_plural": "理由",
                "ordering": ["order", "code"],
            },
        ),
        migrations.CreateModel(
            name="Application",
            fields=[
                (
                    "id",
                    models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False),
                ),
                ("number", models.CharField(max_length=16, unique=True, verbose_name="受理号")),
                (
                    "kind",
                    models.CharField(
                        choices=[("mutual_aid", "家庭共济"), ("view", "亲情账户"), ("wallet", "医保钱包")],
                        default="mutual_aid",
                        max_length=10,
                    ),
                ),
                (
                    "relation",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("spouse", "配偶"),
                            ("parent", "父母"),
                            ("child", "子女"),
                            ("sibling", "兄弟姐妹"),
                            ("grandparent", "祖父母"),
                            ("maternal_grandparent", "外祖父母"),
                            ("grandchild", "孙子女"),
                            ("maternal_grandchild", "外孙子女"),
                        ],
                        max_length=24,
                        verbose_name="关系",
                    ),
                ),
                (
                    "initiator",
                    models.CharField(
                        choices=[("authorizer", "出钱的人"), ("beneficiary", "用钱的家人")],
                        default="authorizer",
                        max_length=11,
                    ),
                ),
                (
                    "channel",
                    models.CharField(
                        choices=[("web", "网上"), ("window", "窗口")], default="web", max_length=6
                    ),
                ),
                ("area", models.CharField(max_length=6, verbose_name="统筹区")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("draft", "草稿"),
                            ("submitted", "已提交"),
                            ("in_review", "正在审核"),
                            ("second_review", "复核"),
                            ("returned", "等您补材料"),
                            ("awaiting_consent", "等家人同意"),
                            ("approved", "已开通"),
                            ("refused", "没有通过"),
                            ("declined", "家人不同意"),
                            ("withdrawn", "已撤回"),
                            ("lapsed", "已过期"),
                        ],
                        default="draft",
                        max_length=16,
                        verbose_name="状态",
                    ),
                ),
                ("version", models.PositiveIntegerField(default=0)),
                ("entered_name", gongji.fields.EncryptedTextField(null=True)),
                (
                    "entered_id_type",
                    models.CharField(
                        choices=[
                            ("01", "居民身份证"),
                            ("04", "港澳居民来往内地通行证"),
                            ("06", "台湾居民来往大陆通行证"),
                            ("07", "外国人永久居留身份证"),
                            ("08", "护照"),
                            ("16", "港澳台居民居住证"),
                        ],
                        default="01",
                        max_length=2,
                    ),
                ),
                ("entered_id_number", gongji.fields.EncryptedTextField(null=True)),
                ("entered_phone", gongji.fields.EncryptedTextField(null=True)),
                ("monthly_cap", models.BigIntegerField(null=True, verbose_name="每月上限(分)")),
                ("cap_answered", models.BooleanField(default=False)),
                ("commitment_version", models.CharField(blank=True, max_length=40)),
                ("commitment_name", gongji.fields.EncryptedTextField(null=True)),
                ("consent_required", models.BooleanField(default=True)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("submitted_at", models.DateTimeField(null=True, verbose_name="提交时间")),
                ("due_at", models.DateTimeField(null=True, verbose_name="最晚办结")),
                ("promised_at", models.DateTimeField(null=True)),
                ("clock_stopped_at", models.DateTimeField(null=True)),
                ("deadline_at", models.DateTimeField(null=True)),
                ("apologised_at", models.DateTimeField(null=True)),
                ("decided_at", models.DateTimeField(null=True)),
                ("appealed_at", models.DateTimeField(null=True)),
                ("claimed_until", models.DateTimeField(null=True)),
                ("raised", models.BooleanField(default=False)),
                ("escalated", models.BooleanField(default=False)),
                (
                    "authorizer",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="applications_as_authorizer",
                        to="accounts.person",
                    ),
                ),
                (
                    "beneficiary",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="applications_as_beneficiary",
                        to="accounts.person",
                    ),
                ),
                (
                    "claimed_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "consent",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.consent",
                    ),
                ),
                (
                    "created_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "decided_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "共济申请",
                "verbose_name_plural": "共济申请",
            },
        ),
        migrations.CreateModel(
            name="Binding",
            fields=[
                (
                    "id",
                    models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[("mutual_aid", "家庭共济"), ("view", "亲情账户"), ("wallet", "医保钱包")],
                        max_length=10,
                    ),
                ),
                ("relation", models.CharField(max_length=24)),
                ("area", models.CharField(max_length=6)),
                ("since", models.DateTimeField()),
                ("until", models.DateTimeField(null=True)),
                ("paused_at", models.DateTimeField(null=True)),
                ("monthly_cap", models.BigIntegerField(null=True)),
                (
                    "privacy",
                    models.PositiveSmallIntegerField(
                        choices=[
                            (0, "只看日期和金额"),
                            (1, "日期、金额、看病还是买药"),
                            (2, "再加医院或药店名字"),
                        ],
                        default=1,
                    ),
                ),
                (
                    "ended_by",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("authorizer", "出钱的人"),
                            ("beneficiary", "用钱的家人"),
                            ("staff", "工作人员"),
                            ("system", "系统"),
                        ],
                        max_length=11,
                    ),
                ),
                ("ended_why", models.CharField(blank=True, max_length=40)),
                (
                    "application",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="bindings",
                        to="binding.application",
                    ),
                ),
                (
                    "authorizer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="given",
                        to="accounts.person",
                    ),
                ),
                (
                    "beneficiary",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="received",
                        to="accounts.person",
                    ),
                ),
            ],
            options={
                "verbose_name": "共济关系",
                "verbose_name_plural": "共济关系",
            },
        ),
        migrations.CreateModel(
            name="BindingChange",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "what",
                    models.CharField(
                        choices=[
                            ("opened", "开通"),
                            ("retracted", "工作人员撤销开通"),
                            ("ended", "解除"),
                            ("revived", "反悔,恢复共济"),
                            ("paused", "暂停"),
                            ("resumed", "恢复使用"),
                            ("cap", "改每月上限"),
                            ("privacy", "改能看到的内容"),
                        ],
                        max_length=10,
                        verbose_name="做了什么",
                    ),
                ),
                (
                    "party",
                    models.CharField(
                        choices=[
                            ("authorizer", "出钱的人"),
                            ("beneficiary", "用钱的家人"),
                            ("staff", "工作人员"),
                            ("system", "系统"),
                        ],
                        max_length=11,
                        verbose_name="谁",
                    ),
                ),
                ("before", models.BigIntegerField(null=True, verbose_name="原来")),
                ("after", models.BigIntegerField(null=True, verbose_name="现在")),
                ("at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="时间")),
                (
                    "actor",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "binding",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="changes",
                        to="binding.binding",
                    ),
                ),
            ],
            options={
                "verbose_name": "共济变更记录",
                "verbose_name_plural": "共济变更记录",
                "ordering": ["at", "id"],
            },
        ),
        migrations.CreateModel(
            name="Check",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("code", models.CharField(max_length=30)),
                (
                    "outcome",
                    models.CharField(
                        choices=[("yes", "通过"), ("no", "不符"), ("unknown", "未核到")], max_length=7
                    ),
                ),
                ("source", models.CharField(max_length=60)),
                ("detail", models.CharField(blank=True, max_length=200)),
                ("at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "application",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="checks",
                        to="binding.application",
                    ),
                ),
            ],
            options={
                "verbose_name": "机器核对",
                "verbose_name_plural": "机器核对",
            },
        ),
        migrations.CreateModel(
            name="Event",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "action",
                    models.CharField(
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
                            ("decline", "不同意"),
                            ("retract", "撤销决定"),
                            ("withdraw", "撤回"),
                            ("lapse", "过期"),
                            ("appeal", "申请复核"),
                        ],
                        max_length=12,
                    ),
                ),
                (
                    "from_state",
                    models.CharField(
                        choices=[
                            ("draft", "草稿"),
                            ("submitted", "已提交"),
                            ("in_review", "正在审核"),
                            ("second_review", "复核"),
                            ("returned", "等您补材料"),
                            ("awaiting_consent", "等家人同意"),
                            ("approved", "已开通"),
                            ("refused", "没有通过"),
                            ("declined", "家人不同意"),
                            ("withdrawn", "已撤回"),
                            ("lapsed", "已过期"),
                        ],
                        max_length=16,
                    ),
                ),
                (
                    "to_state",
                    models.CharField(
                        choices=[
                            ("draft", "草稿"),
                            ("submitted", "已提交"),
                            ("in_review", "正在审核"),
                            ("second_review", "复核"),
                            ("returned", "等您补材料"),
                            ("awaiting_consent", "等家人同意"),
                            ("approved", "已开通"),
                            ("refused", "没有通过"),
                            ("declined", "家人不同意"),
                            ("withdrawn", "已撤回"),
                            ("lapsed", "已过期"),
                        ],
                        max_length=16,
                    ),
                ),
                (
                    "role",
                    models.CharField(
                        choices=[
                            ("initiator", "申请人"),
                            ("other", "对方"),
                            ("reviewer", "审核员"),
                            ("system", "系统"),
                        ],
                        max_length=9,
                    ),
                ),
                ("reasons", models.JSONField(default=list)),
                ("note", models.CharField(blank=True, max_length=500)),
                ("at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "actor",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "application",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="events",
                        to="binding.application",
                    ),
                ),
            ],
            options={
                "verbose_name": "办理记录",
                "verbose_name_plural": "办理记录",
                "ordering": ["at", "id"],
            },
        ),
        migrations.CreateModel(
            name="PolicyVersion",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("area", models.CharField(max_length=6, verbose_name="地区")),
                ("digest", models.CharField(max_length=64, verbose_name="摘要")),
                ("canonical", models.TextField(verbose_name="规则全文")),
                (
                    "published_at",
                    models.DateTimeField(default=django.utils.timezone.now, verbose_name="发布时间"),
                ),
            ],
            options={
                "verbose_name": "规则版本",
                "verbose_name_plural": "规则版本",
                "constraints": [
                    models.UniqueConstraint(fields=("area", "digest"), name="policy_version_once")
                ],
            },
        ),
        migrations.AddField(
            model_name="application",
            name="policy_version",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="binding.policyversion",
            ),
        ),
        migrations.CreateModel(
            name="Proof",
            fields=[
                (
                    "id",
                    models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False),
                ),
                ("kind", models.CharField(max_length=40, verbose_name="材料")),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("received", "已收到"),
                            ("clean", "已整理"),
                            ("unreadable", "打不开"),
                            ("accepted", "合格"),
                            ("rejected", "要重传"),
                            ("replaced", "已换新"),
                        ],
                        default="received",
                        max_length=10,
                        verbose_name="状态",
                    ),
                ),
                ("problem", models.CharField(blank=True, max_length=40)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "application",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="proofs",
                        to="binding.application",
                    ),
                ),
                (
                    "uploaded_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "证明材料",
                "verbose_name_plural": "证明材料",
            },
        ),
        migrations.CreateModel(
            name="ProofPage",
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
                    "proof",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="pages", to="binding.proof"
                    ),
                ),
            ],
            options={
                "ordering": ["ordinal"],
            },
        ),
        migrations.CreateModel(
            name="RelativeLookup",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
        ),
        migrations.AddIndex(
            model_name="binding",
            index=models.Index(
                condition=models.Q(("until", None)),
                fields=["beneficiary", "kind"],
                name="binding_beneficiary",
            ),
        ),
        migrations.AddConstraint(
            model_name="binding",
            constraint=models.UniqueConstraint(
                condition=models.Q(("until", None)),
                fields=("authorizer", "beneficiary", "kind"),
                name="binding_one_active_per_pair",
            ),
        ),
        migrations.AddConstraint(
            model_name="binding",
            constraint=models.CheckConstraint(
                condition=models.Q(("authorizer", models.F("beneficiary")), _negated=True),
                name="binding_two_people",
            ),
        ),
        migrations.AddConstraint(
            model_name="binding",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("until", None), ("ended_by", "")),
                    models.Q(("until__isnull", False), models.Q(("ended_by", ""), _negated=True)),
                    _connector="OR",
                ),
                name="binding_end_has_author",
            ),
        ),
        migrations.AddConstraint(
            model_name="binding",
            constraint=models.CheckConstraint(
                condition=models.Q(("monthly_cap", None), ("monthly_cap__gt", 0), _connector="OR"),
                name="binding_cap_positive",
            ),
        ),
        migrations.AddIndex(
            model_name="bindingchange",
            index=models.Index(fields=["binding", "at"], name="binding_change"),
        ),
        migrations.AddConstraint(
            model_name="check",
            constraint=models.UniqueConstraint(fields=("application", "code"), name="check_one_per_code"),
        ),
        migrations.AddIndex(
            model_name="event",
            index=models.Index(fields=["application", "at"], name="event_application"),
        ),
        migrations.AddIndex(
            model_name="application",
            index=models.Index(
                models.OrderBy(models.F("raised"), descending=True),
                models.F("due_at"),
                models.F("submitted_at"),
                models.F("id"),
                condition=models.Q(("state__in", ("in_review", "second_review"))),
                name="application_queue",
            ),
        ),
        migrations.AddIndex(
            model_name="application",
            index=models.Index(
                condition=models.Q(("deadline_at__isnull", False)),
                fields=["deadline_at"],
                name="application_deadline",
            ),
        ),
        migrations.AddConstraint(
            model_name="application",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "state__in",
                        [
                            "draft",
                            "submitted",
                            "in_review",
                            "second_review",
                            "returned",
                            "awaiting_consent",
                            "approved",
                            "refused",
                            "declined",
                            "withdrawn",
                            "lapsed",
                        ],
                    )
                ),
                name="application_state_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="application",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("state__in", ["draft", "lapsed"]),
                    models.Q(
                        ("authorizer__isnull", False),
                        ("beneficiary__isnull", False),
                        ("policy_version__isnull", False),
                        ("submitted_at__isnull", False),
                        models.Q(("relation", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="application_submitted_is_complete",
            ),
        ),
        migrations.AddConstraint(
            model_name="application",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state", "approved"), _negated=True),
                    ("consent_required", False),
                    ("consent__isnull", False),
                    _connector="OR",
                ),
                name="application_approved_with_consent",
            ),
        ),
        migrations.AddConstraint(
            model_name="application",
            constraint=models.CheckConstraint(
                condition=models.Q(("initiator__in", ["authorizer", "beneficiary"])),
                name="application_initiator_is_an_end",
            ),
        ),
        migrations.AddConstraint(
            model_name="application",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("authorizer", None),
                    ("beneficiary", None),
                    models.Q(("authorizer", models.F("beneficiary")), _negated=True),
                    _connector="OR",
                ),
                name="application_two_people",
            ),
        ),
        migrations.AddConstraint(
            model_name="application",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("clock_stopped_at__isnull", False), ("state", "returned")),
                    models.Q(
                        models.Q(("state", "returned"), _negated=True), ("clock_stopped_at__isnull", True)
                    ),
                    _connector="OR",
                ),
                name="application_clock_stops_when_returned",
            ),
        ),
        migrations.AddConstraint(
            model_name="application",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("claimed_by", None), ("claimed_until", None)),
                    models.Q(("claimed_by__isnull", False), ("claimed_until__isnull", False)),
                    _connector="OR",
                ),
                name="application_claim_whole",
            ),
        ),
        migrations.AddConstraint(
            model_name="application",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("state__in", ("in_review", "second_review")), ("claimed_by", None), _connector="OR"
                ),
                name="application_claimed_only_in_review",
            ),
        ),
        migrations.AddConstraint(
            model_name="application",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("decided_at__isnull", False),
                    models.Q(("state__in", ["approved", "refused", "awaiting_consent"]), _negated=True),
                    _connector="OR",
                ),
                name="application_decided_has_time",
            ),
        ),
        migrations.AddConstraint(
            model_name="application",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state__in", ("in_review", "second_review")), _negated=True),
                    ("due_at__isnull", False),
                    _connector="OR",
                ),
                name="application_in_review_has_date",
            ),
        ),
        migrations.AddConstraint(
            model_name="application",
            constraint=models.CheckConstraint(
                condition=models.Q(("monthly_cap", None), ("monthly_cap__gt", 0), _connector="OR"),
                name="application_cap_positive",
            ),
        ),
        migrations.AddConstraint(
            model_name="application",
            constraint=models.UniqueConstraint(
                condition=models.Q(
                    ("state__in", ["approved", "refused", "declined", "withdrawn", "lapsed", "draft"]),
                    _negated=True,
                ),
                fields=("authorizer", "beneficiary", "kind"),
                name="application_one_open_per_pair",
            ),
        ),
        migrations.AddConstraint(
            model_name="proof",
            constraint=models.UniqueConstraint(
                condition=models.Q(("status", "replaced"), _negated=True),
                fields=("application", "kind"),
                name="proof_one_current_per_kind",
            ),
        ),
        migrations.AddConstraint(
            model_name="proofpage",
            constraint=models.UniqueConstraint(fields=("proof", "ordinal"), name="proof_page_ordinal"),
        ),
        migrations.AddIndex(
            model_name="relativelookup",
            index=models.Index(fields=["user", "at"], name="relative_lookup"),
        ),
    ]
