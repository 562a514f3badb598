"""Logins of citizens and staff, and what proves them."""

import re
import secrets
import uuid

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Func, Q, Value
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models.people import Person
from gongji.crypto import blind_indexes
from gongji.fields import EncryptedTextField
from gongji.policy import reach


class Duty(models.TextChoices):
    """What a member of staff may do; duties are separated (等保 8.1.4)."""

    CLERK = "clerk", _("窗口经办")
    REVIEWER = "reviewer", _("审核")
    SUPERVISOR = "supervisor", _("主管")
    AUDITOR = "auditor", _("审计")
    ADMIN = "admin", _("系统管理")


def _citizen_username() -> str:
    return "citizen-" + secrets.token_hex(12)


class UserQuerySet(models.QuerySet["User"]):
    def citizens_of(self, phone: str) -> "UserQuerySet":
        """Citizens' active logins on a phone, oldest first; a family may share one."""
        mine = self.filter(phone_index__in=blind_indexes("phone", phone), is_staff=False, is_active=True)
        return mine.select_related("person").order_by("created_at", "pk")

    def in_areas_of(self, staff: "User") -> "UserQuerySet":
        """Staff none of whose areas lies outside those of this one (a province covers its cities)."""
        within = "|".join(re.escape(reach(area)) for area in staff.areas)
        joined = Func(F("areas"), Value(","), function="array_to_string", output_field=models.TextField())
        scope = Q(joined__regex=rf"^(({within})[0-9]*(,|$))*$") if within else Q(areas=[])
        return self.alias(joined=joined).filter(scope, is_staff=True)


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
    private_person = models.ForeignKey(
        Person, null=True, blank=True, on_delete=models.PROTECT, related_name="staff_logins"
    )
    """Who a member of staff is at home: keeps them away from their own and their family's cases."""
    phone = EncryptedTextField(_("手机号"), null=True)
    phone_index = models.BinaryField(max_length=32, null=True, editable=False)
    given_up_index = models.BinaryField(max_length=32, null=True, editable=False)
    """Of the phone this citizen gave up by their own will: the registry may still name it, and a stranger
    may hold it by now."""
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
        constraints = [
            # Otherwise an SMS code to the person's phone would open the staff login.
            models.CheckConstraint(
                condition=Q(is_staff=False) | Q(person=None), name="user_staff_is_no_citizen"
            ),
        ]

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
        return self.is_staff and any(area.startswith(reach(own)) for own in self.areas)


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
        PHOTO = "photo", _("证件和本人照片核对")
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
