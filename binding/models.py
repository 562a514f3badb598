"""Applications, their proofs and history, the reasons given, and the bindings they lead to."""

import uuid

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import IdType, Person, User
from binding.rules import CLOSED, UNDECIDED, WITH_REVIEWER, Action, Party, Role, State
from gongji.fields import EncryptedTextField
from gongji.policy import Relation


class Kind(models.TextChoices):
    """Three things that must not be mixed up; limits are counted per kind."""

    MUTUAL_AID = "mutual_aid", _("家庭共济")
    VIEW = "view", _("亲情账户")
    WALLET = "wallet", _("医保钱包")


class Channel(models.TextChoices):
    WEB = "web", _("网上")
    WINDOW = "window", _("窗口")


class PolicyVersion(models.Model):
    """The rules of one area as published on a day; an application is decided by the version of its own day."""

    area = models.CharField(max_length=6)
    digest = models.CharField(max_length=64)
    canonical = models.TextField()
    published_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = verbose_name_plural = _("规则版本")
        constraints = [models.UniqueConstraint(fields=["area", "digest"], name="policy_version_once")]

    def __str__(self) -> str:
        return f"{self.area} {self.digest[:12]}"


class ApplicationQuerySet(models.QuerySet["Application"]):
    def visible_to(self, user: User) -> "ApplicationQuerySet":
        """What a citizen may open: applications they started; invitations have their own method."""
        if user.person_id is None:
            return self.none()
        mine = Q(initiator=Party.AUTHORIZER, authorizer_id=user.person_id) | Q(
            initiator=Party.BENEFICIARY, beneficiary_id=user.person_id
        )
        return self.filter(mine)

    def invitations_for(self, user: User) -> "ApplicationQuerySet":
        """Submitted applications that the other side started and that concern this person."""
        if user.person_id is None:
            return self.none()
        other = Q(initiator=Party.AUTHORIZER, beneficiary_id=user.person_id) | Q(
            initiator=Party.BENEFICIARY, authorizer_id=user.person_id
        )
        return self.filter(other).exclude(submitted_at=None)

    def reviewable_by(self, user: User) -> "ApplicationQuerySet":
        """Applications of the areas a member of staff is responsible for, submitted ones only."""
        scope = Q(pk__in=[])
        for area in user.areas:
            scope |= Q(area__startswith=area.rstrip("0") or area)
        return self.filter(scope).exclude(submitted_at=None)

    def queue(self) -> "ApplicationQuerySet":
        """What waits for a reviewer, due soonest first."""
        return self.filter(state__in=WITH_REVIEWER).order_by("due_at", "submitted_at", "id")

    def counted(self) -> "ApplicationQuerySet":
        """Undecided applications: they hold a place within the limit of relatives."""
        return self.filter(state__in=UNDECIDED)


class Application(models.Model):
    """One request to bind one relative, from the first answer to the decision."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    number = models.CharField(_("受理号"), max_length=16, unique=True)
    kind = models.CharField(max_length=10, choices=Kind.choices, default=Kind.MUTUAL_AID)
    authorizer = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="applications_as_authorizer")
    beneficiary = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="applications_as_beneficiary")
    relation = models.CharField(
        _("关系"), max_length=24, blank=True, choices=[(r.value, r.value) for r in Relation]
    )
    initiator = models.CharField(max_length=11, choices=Party.choices, default=Party.AUTHORIZER)
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    channel = models.CharField(max_length=6, choices=Channel.choices, default=Channel.WEB)
    area = models.CharField(_("统筹区"), max_length=6)
    policy_version = models.ForeignKey(PolicyVersion, on_delete=models.PROTECT, null=True, related_name="+")
    state = models.CharField(_("状态"), max_length=16, choices=State.choices, default=State.DRAFT)
    version = models.PositiveIntegerField(default=0)

    # The relative as typed; kept as evidence beside the person it was matched to.
    entered_name = EncryptedTextField(null=True)
    entered_id_type = models.CharField(max_length=2, choices=IdType.choices, default=IdType.RESIDENT)
    entered_id_number = EncryptedTextField(null=True)
    entered_phone = EncryptedTextField(null=True)
    monthly_cap = models.BigIntegerField(_("每月上限(分)"), null=True)
    cap_answered = models.BooleanField(default=False)
    commitment_version = models.CharField(max_length=40, blank=True)
    commitment_name = EncryptedTextField(null=True)

    created_at = models.DateTimeField(default=timezone.now)
    submitted_at = models.DateTimeField(_("提交时间"), null=True)
    due_at = models.DateTimeField(_("最晚办结"), null=True)
    promised_at = models.DateTimeField(null=True)
    clock_stopped_at = models.DateTimeField(null=True)
    deadline_at = models.DateTimeField(null=True)
    apologised_at = models.DateTimeField(null=True)
    decided_at = models.DateTimeField(null=True)
    decided_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    appealed_at = models.DateTimeField(null=True)
    claimed_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    claimed_until = models.DateTimeField(null=True)
    escalated = models.BooleanField(default=False)

    objects = ApplicationQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("共济申请")
        constraints = [
            models.CheckConstraint(condition=Q(state__in=State.values), name="application_state_known"),
            models.CheckConstraint(
                condition=Q(state__in=[State.DRAFT, State.LAPSED])
                | Q(
                    submitted_at__isnull=False,
                    authorizer__isnull=False,
                    beneficiary__isnull=False,
                    policy_version__isnull=False,
                ),
                name="application_submitted_is_complete",
            ),
            models.CheckConstraint(
                condition=Q(authorizer=None) | Q(beneficiary=None) | ~Q(authorizer=F("beneficiary")),
                name="application_two_people",
            ),
            models.CheckConstraint(
                condition=Q(state=State.RETURNED, clock_stopped_at__isnull=False)
                | (~Q(state=State.RETURNED) & Q(clock_stopped_at__isnull=True)),
                name="application_clock_stops_when_returned",
            ),
            models.CheckConstraint(
                condition=Q(claimed_by=None, claimed_until=None) | Q(claimed_by__isnull=False, claimed_until__isnull=False),
                name="application_claim_whole",
            ),
            models.CheckConstraint(
                condition=Q(state__in=WITH_REVIEWER) | Q(claimed_by=None),
                name="application_claimed_only_in_review",
            ),
            models.CheckConstraint(
                condition=Q(decided_at__isnull=False)
                | ~Q(state__in=[State.APPROVED, State.REFUSED, State.AWAITING_CONSENT]),
                name="application_decided_has_time",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=WITH_REVIEWER) | Q(due_at__isnull=False),
                name="application_in_review_has_date",
            ),
            models.CheckConstraint(condition=Q(monthly_cap=None) | Q(monthly_cap__gt=0), name="application_cap_positive"),
            models.UniqueConstraint(
                fields=["authorizer", "beneficiary", "kind"],
                condition=~Q(state__in=[*CLOSED, State.DRAFT]),
                name="application_one_open_per_pair",
            ),
        ]
        indexes = [
            models.Index(
                fields=["due_at", "submitted_at"],
                condition=Q(state__in=WITH_REVIEWER),
                name="application_queue",
            ),
            models.Index(
                fields=["deadline_at"], condition=Q(deadline_at__isnull=False), name="application_deadline"
            ),
        ]

    def __str__(self) -> str:
        return self.number


class ProofQuerySet(models.QuerySet["Proof"]):
    def current(self) -> "ProofQuerySet":
        """The documents that count: those not replaced by a later one."""
        return self.exclude(status=Proof.Status.REPLACED)


class Proof(models.Model):
    """One document of an application, for example the marriage certificate."""

    class Status(models.TextChoices):
        RECEIVED = "received", _("已收到")
        CLEAN = "clean", _("已整理")
        UNREADABLE = "unreadable", _("打不开")
        ACCEPTED = "accepted", _("合格")
        REJECTED = "rejected", _("要重传")
        REPLACED = "replaced", _("已换新")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    application = models.ForeignKey(Application, on_delete=models.PROTECT, related_name="proofs")
    kind = models.CharField(_("材料"), max_length=40)
    status = models.CharField(_("状态"), max_length=10, choices=Status.choices, default=Status.RECEIVED)
    problem = models.CharField(max_length=40, blank=True)
    uploaded_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)

    objects = ProofQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("证明材料")
        constraints = [
            models.UniqueConstraint(
                fields=["application", "kind"], condition=~Q(status="replaced"), name="proof_one_current_per_kind"
            )
        ]

    def __str__(self) -> str:
        return f"Proof {self.pk}"


class ProofPage(models.Model):
    """One sanitized picture. The original is deleted as soon as this exists; `key` names the encrypted file."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    proof = models.ForeignKey(Proof, on_delete=models.CASCADE, related_name="pages")
    ordinal = models.PositiveSmallIntegerField(default=1)
    key = models.CharField(max_length=64, unique=True)
    sm3 = models.BinaryField(max_length=32)
    source_sm3 = models.BinaryField(max_length=32, editable=False)
    """SM3 of the file as it was sent: tells the same photograph sent twice, long after the file is gone."""
    width = models.PositiveIntegerField(null=True)
    height = models.PositiveIntegerField(null=True)
    size = models.PositiveIntegerField()
    sanitized_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["proof", "ordinal"], name="proof_page_ordinal")]
        ordering = ["ordinal"]

    def __str__(self) -> str:
        return f"ProofPage {self.pk}"


class Check(models.Model):
    """What the machine found out about an application, from which source and when."""

    class Outcome(models.TextChoices):
        YES = "yes", _("通过")
        NO = "no", _("不符")
        UNKNOWN = "unknown", _("未核到")

    application = models.ForeignKey(Application, on_delete=models.CASCADE, related_name="checks")
    code = models.CharField(max_length=30)
    outcome = models.CharField(max_length=7, choices=Outcome.choices)
    source = models.CharField(max_length=60)
    detail = models.CharField(max_length=200, blank=True)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = verbose_name_plural = _("机器核对")
        constraints = [models.UniqueConstraint(fields=["application", "code"], name="check_one_per_code")]

    def __str__(self) -> str:
        return f"{self.code}: {self.outcome}"


class Event(models.Model):
    """What happened to an application; never changed. Also the timeline that citizens see."""

    application = models.ForeignKey(Application, on_delete=models.PROTECT, related_name="events")
    action = models.CharField(max_length=12, choices=Action.choices)
    from_state = models.CharField(max_length=16, choices=State.choices)
    to_state = models.CharField(max_length=16, choices=State.choices)
    actor = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    role = models.CharField(max_length=9, choices=Role.choices)
    reasons = models.JSONField(default=list)
    note = models.CharField(max_length=500, blank=True)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = verbose_name_plural = _("办理记录")
        ordering = ["at", "id"]
        indexes = [models.Index(fields=["application", "at"], name="event_application")]

    def __str__(self) -> str:
        return f"{self.application_id} {self.action}"


class Reason(models.Model):
    """The catalogue of ux.md §5: what staff pick, what the citizen reads, and whether it can be mended."""

    class Fix(models.TextChoices):
        YES = "yes", _("可以补")
        NO = "no", _("不能补")
        LATER = "later", _("以后可以")
        WINDOW = "window", _("到窗口")

    code = models.CharField(_("代码"), max_length=3, primary_key=True)
    label = models.CharField(_("名称"), max_length=40)
    sentence = models.CharField(_("给群众的话"), max_length=200)
    fix = models.CharField(max_length=6, choices=Fix.choices)
    active = models.BooleanField(default=True)
    order = models.PositiveSmallIntegerField(default=0)

    class Meta:
        verbose_name = verbose_name_plural = _("理由")
        ordering = ["order", "code"]

    def __str__(self) -> str:
        return f"{self.code} {self.label}"


class BindingQuerySet(models.QuerySet["Binding"]):
    def active(self) -> "BindingQuerySet":
        """Bindings in force: not ended."""
        return self.filter(until=None)

    def visible_to(self, user: User) -> "BindingQuerySet":
        """Bindings of which this login's person is either end."""
        if user.person_id is None:
            return self.none()
        return self.filter(Q(authorizer_id=user.person_id) | Q(beneficiary_id=user.person_id))


class Binding(models.Model):
    """The relation in force: the beneficiary may use the authorizer's account. Both may end it at any time."""

    class Privacy(models.IntegerChoices):
        """How much of a use the giver sees; an adult relative decides (个保法 28)."""

        AMOUNT_ONLY = 0, _("只看日期和金额")
        TYPE = 1, _("日期、金额、看病还是买药")
        PLACE = 2, _("再加医院或药店名字")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(max_length=10, choices=Kind.choices)
    relation = models.CharField(max_length=24)
    authorizer = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="given")
    beneficiary = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="received")
    application = models.ForeignKey(Application, on_delete=models.PROTECT, related_name="bindings")
    area = models.CharField(max_length=6)
    since = models.DateTimeField()
    until = models.DateTimeField(null=True)
    paused_at = models.DateTimeField(null=True)
    monthly_cap = models.BigIntegerField(null=True)
    privacy = models.PositiveSmallIntegerField(choices=Privacy.choices, default=Privacy.TYPE)
    ended_by = models.CharField(max_length=11, choices=Party.choices, blank=True)
    ended_why = models.CharField(max_length=40, blank=True)

    objects = BindingQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("共济关系")
        constraints = [
            models.UniqueConstraint(
                fields=["authorizer", "beneficiary", "kind"], condition=Q(until=None), name="binding_one_active_per_pair"
            ),
            models.CheckConstraint(condition=~Q(authorizer=F("beneficiary")), name="binding_two_people"),
            models.CheckConstraint(
                condition=(Q(until=None) & Q(ended_by="")) | (Q(until__isnull=False) & ~Q(ended_by="")),
                name="binding_end_has_author",
            ),
            models.CheckConstraint(condition=Q(monthly_cap=None) | Q(monthly_cap__gt=0), name="binding_cap_positive"),
        ]
        indexes = [models.Index(fields=["beneficiary", "kind"], condition=Q(until=None), name="binding_beneficiary")]

    def __str__(self) -> str:
        return f"Binding {self.pk}"
