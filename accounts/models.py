"""People, their insurance, their logins, and what they agreed to or were told."""

import secrets
import uuid
from datetime import date

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from gongji.crypto import blind_indexes
from gongji.fields import EncryptedTextField


class IdType(models.TextChoices):
    """Identity documents, by the codes of the national insurance interface (psn_cert_type)."""

    RESIDENT = "01", _("居民身份证")
    HK_MACAO_PERMIT = "04", _("港澳居民来往内地通行证")
    TAIWAN_PERMIT = "06", _("台湾居民来往大陆通行证")
    FOREIGN_RESIDENCE = "07", _("外国人永久居留身份证")
    PASSPORT = "08", _("护照")
    HMT_RESIDENCE = "16", _("港澳台居民居住证")


class Scheme(models.TextChoices):
    """Basic medical insurance schemes (insutype)."""

    EMPLOYEE = "310", _("职工基本医疗保险")
    RESIDENT = "390", _("城乡居民基本医疗保险")


class EnrollmentStatus(models.TextChoices):
    ACTIVE = "active", _("正常参保")
    SUSPENDED = "suspended", _("暂停参保")
    ENDED = "ended", _("终止参保")
    DECEASED = "deceased", _("已故")


class VerifiedLevel(models.IntegerChoices):
    """How surely we know that a login is this person; each step includes the ones below."""

    NONE = 0, _("未核验")
    REGISTRY = 10, _("参保登记与手机号一致")
    DOCUMENTS = 20, _("工作人员核对证件")
    WINDOW = 30, _("窗口当面核对")


class Duty(models.TextChoices):
    """What a member of staff may do; duties are separated (等保 8.1.4)."""

    CLERK = "clerk", _("窗口经办")
    REVIEWER = "reviewer", _("审核")
    SUPERVISOR = "supervisor", _("主管")
    AUDITOR = "auditor", _("审计")
    ADMIN = "admin", _("系统管理")


class PersonQuerySet(models.QuerySet["Person"]):
    def by_number(self, id_type: str, id_index: bytes) -> "PersonQuerySet":
        """People whose document number has this blind index; at most one."""
        return self.filter(id_type=id_type, id_index=id_index)


class Person(models.Model):
    """A natural person known to the insurance. Everything that identifies is encrypted."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    id_type = models.CharField(_("证件类型"), max_length=2, choices=IdType.choices)
    id_number = EncryptedTextField(_("证件号码"))
    id_index = models.BinaryField(max_length=32, editable=False)
    name = EncryptedTextField(_("姓名"))
    birth = EncryptedTextField(_("出生日期"), null=True)
    phone = EncryptedTextField(_("手机号"), null=True)
    phone_index = models.BinaryField(max_length=32, null=True, editable=False)
    registry_digest = models.BinaryField(max_length=32, null=True, editable=False)
    """Keyed digest of what the registry last said: an unchanged row of the next import is left alone."""
    level = models.PositiveSmallIntegerField(
        _("核验等级"), choices=VerifiedLevel.choices, default=VerifiedLevel.NONE
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    updated_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = PersonQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("人员")
        constraints = [models.UniqueConstraint(fields=["id_type", "id_index"], name="person_number_unique")]
        indexes = [models.Index(fields=["phone_index"], name="person_phone")]

    def __str__(self) -> str:
        return f"Person {self.pk}"  # ids only: this text reaches logs and the admin's history

    @property
    def birth_date(self) -> date | None:
        """The date of birth, None when the registry has none."""
        return date.fromisoformat(self.birth) if self.birth else None


class EnrollmentQuerySet(models.QuerySet["Enrollment"]):
    def current(self) -> "EnrollmentQuerySet":
        """The one row per person that counts today."""
        return self.filter(current=True)


class Enrollment(models.Model):
    """参保: in which pool area and scheme a person is insured, as the registry says it."""

    # The index of enrollment_once begins with the person.
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="enrollments", db_index=False)
    area = models.CharField(_("统筹区"), max_length=6)
    scheme = models.CharField(_("险种"), max_length=3, choices=Scheme.choices)
    personal_account = models.BooleanField(_("有个人账户"))
    status = models.CharField(_("参保状态"), max_length=9, choices=EnrollmentStatus.choices)
    valid_from = models.DateField(_("参保起"), null=True)
    valid_to = models.DateField(_("参保止"), null=True)
    household_index = models.BinaryField(max_length=32, null=True, editable=False)
    relation_to_head = models.CharField(_("与户主关系"), max_length=2, blank=True)
    employer = models.CharField(_("单位"), max_length=200, blank=True)
    current = models.BooleanField(default=True)
    source = models.CharField(_("来源"), max_length=60)
    registry_digest = models.BinaryField(max_length=32, null=True, editable=False)
    updated_at = models.DateTimeField(default=timezone.now)

    objects = EnrollmentQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("参保登记")
        constraints = [
            models.UniqueConstraint(
                fields=["person", "area", "scheme", "valid_from"],
                nulls_distinct=False,
                name="enrollment_once",
            ),
            models.UniqueConstraint(
                fields=["person"], condition=Q(current=True), name="enrollment_one_current"
            ),
            models.CheckConstraint(
                condition=Q(personal_account=False) | Q(scheme=Scheme.EMPLOYEE),
                name="enrollment_account_needs_employee_scheme",
            ),
        ]
        indexes = [
            models.Index(fields=["household_index"], condition=Q(current=True), name="enrollment_household")
        ]

    def __str__(self) -> str:
        return f"Enrollment {self.pk}"


def _citizen_username() -> str:
    return "citizen-" + secrets.token_hex(12)


class UserQuerySet(models.QuerySet["User"]):
    def citizens_of(self, phone: str) -> "UserQuerySet":
        """Citizens' active logins on a phone, oldest first; a family may share one."""
        mine = self.filter(phone_index__in=blind_indexes("phone", phone), is_staff=False, is_active=True)
        return mine.select_related("person").order_by("created_at", "pk")


class UserManager(BaseUserManager.from_queryset(UserQuerySet)["User"]):
    def get_by_natural_key(self, username: str | None) -> "User":
        """Only staff log in by username; a citizen's generated one is no login."""
        return self.get(username=username, is_staff=True)


class User(AbstractBaseUser, PermissionsMixin):
    """A login. Citizens come by phone and code, staff by username, password and TOTP."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    username = models.CharField(_("用户名"), max_length=150, unique=True, default=_citizen_username)
    person = models.OneToOneField(
        Person, null=True, blank=True, on_delete=models.PROTECT, related_name="user"
    )
    phone = EncryptedTextField(_("手机号"), null=True)
    phone_index = models.BinaryField(max_length=32, null=True, editable=False)
    display_name = models.CharField(_("姓名"), max_length=50, blank=True)
    is_staff = models.BooleanField(_("工作人员"), default=False)
    is_active = models.BooleanField(_("启用"), default=True)
    areas = ArrayField(models.CharField(max_length=6), verbose_name=_("负责地区"), default=list, blank=True)
    duties = ArrayField(
        models.CharField(max_length=10, choices=Duty.choices),
        verbose_name=_("职责"),
        default=list,
        blank=True,
    )
    password_changed_at = models.DateTimeField(null=True, editable=False)
    old_passwords = ArrayField(models.CharField(max_length=128), default=list, editable=False)
    """Hashes of the passwords before this one; they may not come back."""
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    USERNAME_FIELD = "username"
    objects = UserManager()

    class Meta:
        verbose_name = verbose_name_plural = _("用户")
        indexes = [models.Index(fields=["phone_index"], name="user_phone")]

    def __str__(self) -> str:
        return self.display_name or self.username

    @property
    def audit_role(self) -> str:
        """What the audit trail calls this user: the first duty of staff, or citizen."""
        if not self.is_staff:
            return "citizen"
        return self.duties[0] if self.duties else "staff"

    def has_duty(self, *duties: str) -> bool:
        """Whether this active member of staff holds one of the duties."""
        return self.is_active and self.is_staff and bool(set(duties) & set(self.duties))

    def covers(self, area: str) -> bool:
        """Whether the member of staff is responsible for a pool area (a province covers its cities)."""
        return self.is_staff and any(area.startswith(own.rstrip("0") or own) for own in self.areas)


class StaffDevice(models.Model):
    """The authenticator app of a member of staff (TOTP, RFC 6238)."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.OneToOneField(User, on_delete=models.CASCADE, related_name="device")
    secret = EncryptedTextField()
    confirmed_at = models.DateTimeField(null=True)
    last_step = models.BigIntegerField(default=0)
    failures = ArrayField(models.DateTimeField(), default=list)
    """When wrong codes were given, the last few."""
    opened_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    open_until = models.DateTimeField(null=True)
    """Until then the owner may see the secret once more, because another administrator said so."""

    def __str__(self) -> str:
        return f"StaffDevice {self.pk}"


class OneTimeCode(models.Model):
    """An SMS code: for one phone, one purpose and one browser session, 15 minutes, 5 tries, once."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    phone = EncryptedTextField()
    phone_index = models.BinaryField(max_length=32, editable=False)
    purpose = models.CharField(max_length=20)
    session_hash = models.CharField(max_length=64)
    code_hash = models.CharField(max_length=64)
    code = EncryptedTextField(null=True)
    """The code itself, until the gateway has it."""
    ip = models.GenericIPAddressField(null=True)
    created_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField()
    tries = models.PositiveSmallIntegerField(default=0)
    used_at = models.DateTimeField(null=True)
    sending_at = models.DateTimeField(null=True)
    sent_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["created_at"], name="code_time"),
            models.Index(fields=["phone_index", "created_at"], name="code_phone"),
            models.Index(fields=["ip", "created_at"], name="code_ip"),
        ]
        constraints = [models.CheckConstraint(condition=Q(tries__lte=5), name="code_five_tries")]

    def __str__(self) -> str:
        return f"OneTimeCode {self.pk}"


class LoginSession(models.Model):
    """A browser that is logged in: what the security page lists and can end."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="login_sessions")
    session_key = models.CharField(max_length=40, unique=True)
    device = models.CharField(max_length=60, blank=True)
    ip = models.GenericIPAddressField(null=True)
    created_at = models.DateTimeField(default=timezone.now)
    seen_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = verbose_name_plural = _("登录")
        indexes = [models.Index(fields=["seen_at"], name="login_session_seen")]

    def __str__(self) -> str:
        return f"LoginSession {self.pk}"


class Verification(models.Model):
    """One attempt to prove who one is, kept whether it worked or not."""

    class Method(models.TextChoices):
        REGISTRY = "registry", _("参保登记比对")
        SMS = "sms", _("短信验证码")
        OIDC = "oidc", _("统一身份认证")
        DOCUMENTS = "documents", _("证件核对")
        WINDOW = "window", _("窗口核对")

    class Result(models.TextChoices):
        PASSED = "passed", _("通过")
        FAILED = "failed", _("未通过")

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="verifications")
    person = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="verifications")
    method = models.CharField(max_length=10, choices=Method.choices)
    result = models.CharField(max_length=6, choices=Result.choices)
    reason = models.CharField(max_length=40, blank=True)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = verbose_name_plural = _("身份核验记录")
        indexes = [models.Index(fields=["user", "at"], name="verification_user")]

    def __str__(self) -> str:
        return f"Verification {self.pk}"


class Consent(models.Model):
    """Who agreed to which text, in which version, how and about what. Never changed, only added."""

    class How(models.TextChoices):
        WEB = "web", _("本人网上")
        HANDED_PHONE = "handed", _("当面使用家人手机")
        WINDOW = "window", _("窗口")
        CALL_BACK = "call", _("12393 回拨")

    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="consents")
    text = models.CharField(max_length=40)
    version = models.CharField(max_length=40)
    about = models.CharField(max_length=40, blank=True)
    how = models.CharField(max_length=6, choices=How.choices)
    agreed = models.BooleanField(default=True)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = verbose_name_plural = _("同意记录")
        indexes = [models.Index(fields=["about", "text"], name="consent_about")]

    def __str__(self) -> str:
        return f"Consent {self.pk}"


class MessageQuerySet(models.QuerySet["Message"]):
    def visible_to(self, user: User) -> "MessageQuerySet":
        """The messages of this login's person, unread first, newest first."""
        if user.person_id is None:
            return self.none()
        return (
            self.filter(person_id=user.person_id)
            .delivered()
            .order_by(F("read_at").asc(nulls_first=True), "-visible_from", "-id")
        )

    def delivered(self) -> "MessageQuerySet":
        """What may be seen by now: a message about a decision waits until the decision stands."""
        return self.filter(visible_from__lte=Now())

    def unread(self) -> "MessageQuerySet":
        """Messages that can be seen and were not opened."""
        return self.delivered().filter(read_at=None)


class Message(models.Model):
    """A message in the portal; its short form goes out as SMS through the outbox. Never a URL in it."""

    class Sms(models.TextChoices):
        NONE = "none", _("不发短信")
        QUEUED = "queued", _("等待发送")
        SENDING = "sending", _("正在发送")
        SENT = "sent", _("已发送")
        FAILED = "failed", _("没有发出")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="messages")
    template = models.CharField(max_length=40)
    title = models.CharField(max_length=60)
    body = models.TextField()
    sms = models.CharField(max_length=7, choices=Sms.choices, default=Sms.NONE)
    sms_text = models.CharField(max_length=70, blank=True)
    sms_attempts = models.PositiveSmallIntegerField(default=0)
    about = models.CharField(max_length=40, blank=True)
    dedup = models.CharField(max_length=120, unique=True, null=True)
    visible_from = models.DateTimeField(default=timezone.now)
    created_at = models.DateTimeField(default=timezone.now)
    sent_at = models.DateTimeField(null=True)
    read_at = models.DateTimeField(null=True)

    objects = MessageQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("消息")
        indexes = [
            models.Index(fields=["person", "-created_at"], name="message_person"),
            models.Index(fields=["person"], condition=Q(read_at=None), name="message_unread"),
        ]

    def __str__(self) -> str:
        return f"Message {self.pk}"
