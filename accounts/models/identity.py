"""Proving who one is beyond the registry: documents that staff compare, and a new phone that waits for it."""

import uuid
from typing import Self

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models.logins import User
from accounts.models.people import IdType, Person
from gongji.fields import EncryptedTextField
from gongji.uploads.models import SealedPage, SealedPageQuerySet


class IdentityCheckQuerySet(models.QuerySet["IdentityCheck"]):
    def open(self) -> "IdentityCheckQuerySet":
        """Checks that are not decided."""
        return self.filter(status__in=IdentityCheck.OPEN)

    def comparable_by(self, staff: User) -> "IdentityCheckQuerySet":
        """Checks of people insured in the areas a member of staff is responsible for, never their own."""
        mine = self.filter(person__in=Person.objects.in_areas_of(staff))
        return mine.exclude(person=staff.private_person_id) if staff.private_person_id else mine


class IdentityCheck(models.Model):
    """Photographs of a document, and perhaps of oneself, for staff to compare; the answer deletes them."""

    class Status(models.TextChoices):
        RECEIVED = "received", _("已收到")
        WAITING = "waiting", _("等工作人员核对")
        UNREADABLE = "unreadable", _("照片打不开")
        PASSED = "passed", _("核对通过")
        RETURNED = "returned", _("要重拍")
        REPLACED = "replaced", _("已换新")

    class Machine(models.TextChoices):
        NOT_ASKED = "", _("没有用机器比对")
        SAME = "same", _("机器认为是同一个人")
        OTHER = "other", _("机器认为不是同一个人")
        UNKNOWN = "unknown", _("机器没有给出结果")

    OPEN = (Status.RECEIVED, Status.WAITING)

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="identity_checks")
    id_type = models.CharField(_("证件类型"), max_length=2, choices=IdType.choices)
    with_face = models.BooleanField(_("有本人照片"), default=False)
    status = models.CharField(_("状态"), max_length=10, choices=Status.choices, default=Status.RECEIVED)
    machine = models.CharField(max_length=7, choices=Machine.choices, default=Machine.NOT_ASKED, blank=True)
    reason = models.CharField(max_length=40, blank=True)
    valid_until = models.DateField(_("证件有效期到"), null=True)
    phone_change = models.ForeignKey(
        "PhoneChange", null=True, on_delete=models.PROTECT, related_name="checks"
    )
    """The change of phone this check was sent in for; it happens when the check passes."""
    created_at = models.DateTimeField(_("提交时间"), default=timezone.now)
    decided_at = models.DateTimeField(null=True)
    decided_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")

    objects = IdentityCheckQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("证件核对")
        indexes = [
            models.Index(fields=["created_at"], condition=Q(status="waiting"), name="identity_check_waiting")
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["person"],
                condition=Q(status__in=("received", "waiting")),
                name="identity_check_one_open",
            )
        ]

    def __str__(self) -> str:
        return f"IdentityCheck {self.pk}"


class IdentityPageQuerySet(SealedPageQuerySet):
    def comparable_by(self, staff: User) -> Self:
        """Pages of checks that wait for this member of staff."""
        waiting = IdentityCheck.objects.comparable_by(staff).filter(status=IdentityCheck.Status.WAITING)
        return self.ready().filter(check_of__in=waiting)


class IdentityPage(SealedPage):
    """One photograph of a check."""

    class Code(models.TextChoices):
        FRONT = "front", _("有照片的一面")
        BACK = "back", _("有国徽或有效期的一面")
        MAIN = "main", _("有照片的一页")
        FACE = "face", _("本人照片")

    check_of = models.ForeignKey(IdentityCheck, on_delete=models.CASCADE, related_name="pages")
    code = models.CharField(max_length=5, choices=Code.choices)

    objects = IdentityPageQuerySet.as_manager()

    class Meta(SealedPage.Meta):
        constraints = [models.UniqueConstraint(fields=["check_of", "ordinal"], name="identity_page_ordinal")]

    def __str__(self) -> str:
        return f"IdentityPage {self.pk}"


class PhoneChange(models.Model):
    """A citizen's new phone, proved by a code; it waits for a proof that it is the same citizen."""

    class How(models.TextChoices):
        OLD_CODE = "old_code", _("原手机号的验证码")
        IDENTITY = "identity", _("重新核对身份")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="phone_changes")
    phone = EncryptedTextField()
    phone_index = models.BinaryField(max_length=32, editable=False)
    session_key = models.CharField(max_length=40, blank=True)
    """The session that asked: the only one that stays when the phone changes."""
    asked_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True)
    how = models.CharField(max_length=8, choices=How.choices, blank=True)

    class Meta:
        indexes = [models.Index(fields=["user", "asked_at"], name="phone_change_user")]

    def __str__(self) -> str:
        return f"PhoneChange {self.pk}"
