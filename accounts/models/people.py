"""People and where they are insured, as the registry says it. Everything that identifies is encrypted."""

import uuid
from datetime import date
from typing import TYPE_CHECKING

from django.apps import apps
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from gongji.fields import EncryptedTextField
from gongji.policy import reach
from gongji.prepared import Prepared

if TYPE_CHECKING:
    from accounts.models.logins import User


class IdType(models.TextChoices):
    """Identity documents, by the codes of the national insurance interface (psn_cert_type)."""

    RESIDENT = "01", _("居民身份证")
    HK_MACAO_PERMIT = "04", _("港澳居民来往内地通行证")
    TAIWAN_PERMIT = "06", _("台湾居民来往大陆通行证")
    FOREIGN_RESIDENCE = "07", _("外国人永久居留身份证")
    PASSPORT = "08", _("护照")
    HMT_RESIDENCE = "16", _("港澳台居民居住证")
    BIRTH_CERTIFICATE = "99", _("出生医学证明")
    """Until a newborn has a number; the national list has no code of its own for it (99 = others)."""


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
    PHOTO = 23, _("工作人员核对证件和本人照片")
    OIDC = 26, _("统一身份认证登录")
    WINDOW = 30, _("窗口当面核对")


class PersonQuerySet(models.QuerySet["Person"]):
    def in_areas_of(self, staff: "User") -> "PersonQuerySet":
        """People now insured in the areas a member of staff is responsible for."""
        return self.filter(enrollments__in=Enrollment.objects.current().in_areas_of(staff))


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

    @property
    def unread_messages(self) -> int:
        """How many messages can be seen and were not opened: asked by the head of every page."""
        return len(_unread(person=self.pk))


_unread = Prepared(
    lambda person: (
        apps.get_model("accounts", "Message").objects.filter(person=person).unread().values_list("pk")
    )
)


class FormerNumber(models.Model):
    """A document number a person no longer has: a newborn's certificate, a passport before its renewal.

    It still leads to the person, and the registry cannot bring it back as somebody else.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="former_numbers")
    id_type = models.CharField(_("证件类型"), max_length=2, choices=IdType.choices)
    id_number = EncryptedTextField(_("证件号码"))
    id_index = models.BinaryField(max_length=32, editable=False)
    until = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["id_type", "id_index"], name="former_number_unique")]

    def __str__(self) -> str:
        return f"FormerNumber {self.pk}"


class NewbornQuerySet(models.QuerySet["Newborn"]):
    def registered_for(self, staff: "User") -> "NewbornQuerySet":
        """Children of parents insured in the areas of a member of staff, or registered by them."""
        children = Q(guardian__in=Person.objects.in_areas_of(staff)) | Q(registered_by=staff)
        mine = self.filter(children)
        return mine.exclude(guardian=staff.private_person_id) if staff.private_person_id else mine


class Newborn(models.Model):
    """A child registered by birth certificate, before the registry knows it."""

    person = models.OneToOneField(Person, primary_key=True, on_delete=models.CASCADE, related_name="newborn")
    guardian = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="wards")
    registered_by = models.ForeignKey("accounts.User", on_delete=models.PROTECT, related_name="+")
    registered_at = models.DateTimeField(default=timezone.now)
    numbered_at = models.DateTimeField(null=True)
    """When the child got a number of its own."""

    objects = NewbornQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("新生儿")

    def __str__(self) -> str:
        return f"Newborn {self.pk}"


class EnrollmentQuerySet(models.QuerySet["Enrollment"]):
    def current(self) -> "EnrollmentQuerySet":
        """The one row per person that counts today."""
        return self.filter(current=True)

    def in_areas_of(self, staff: "User") -> "EnrollmentQuerySet":
        """Enrolments in the areas a member of staff is responsible for; a province covers its cities."""
        scope = Q(pk__in=[])
        for area in staff.areas:
            scope |= Q(area__startswith=reach(area))
        return self.filter(scope)


class Enrollment(models.Model):
    """参保: in which pool area and scheme a person is insured, as the registry says it."""

    # The index of enrollment_once begins with the person.
    person = models.ForeignKey(
        Person, on_delete=models.PROTECT, related_name="enrollments", db_index=False, verbose_name=_("参保人")
    )
    area = models.CharField(_("统筹区"), max_length=6)
    scheme = models.CharField(_("险种"), max_length=3, choices=Scheme.choices)
    personal_account = models.BooleanField(_("有个人账户"))
    status = models.CharField(_("参保状态"), max_length=9, choices=EnrollmentStatus.choices)
    valid_from = models.DateField(_("参保起"), null=True)
    valid_to = models.DateField(_("参保止"), null=True)
    household_index = models.BinaryField(max_length=32, null=True, editable=False)
    relation_to_head = models.CharField(_("与户主关系"), max_length=2, blank=True)
    employer = models.CharField(_("单位"), max_length=200, blank=True)
    current = models.BooleanField(_("现在有效"), default=True)
    source = models.CharField(_("来源"), max_length=60)
    registry_digest = models.BinaryField(max_length=32, null=True, editable=False)
    updated_at = models.DateTimeField(_("更新时间"), default=timezone.now)

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
