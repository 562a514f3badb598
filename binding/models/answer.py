"""What staff did to hear the other side's own answer: calls back from 12393. Added, never changed."""

import uuid

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Person, User
from binding.models.application import Application
from gongji.fields import EncryptedTextField


class CallBack(models.Model):
    """One call to the person who was asked: which number, which text was read out, what they said."""

    class Answer(models.TextChoices):
        YES = "yes", _("同意")
        NO = "no", _("不同意")
        STRANGER = "stranger", _("不认识申请人")
        NOBODY = "nobody", _("没有人接")

    class Line(models.TextChoices):
        """Where the number is known from; a number that somebody tells us is never called."""

        REGISTERED = "registered", _("参保登记的手机")
        LOGIN = "login", _("本人登录用的手机")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    application = models.ForeignKey(Application, on_delete=models.PROTECT, related_name="calls")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    line = models.CharField(_("打的号码"), max_length=10, choices=Line.choices)
    phone = EncryptedTextField()
    text = models.CharField(_("读的文本"), max_length=40)
    """Version of the text that was read out."""
    answer = models.CharField(_("回答"), max_length=8, choices=Answer.choices)
    note = models.CharField(_("备注"), max_length=200, blank=True)
    actor = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(_("时间"), default=timezone.now)

    class Meta:
        verbose_name = verbose_name_plural = _("回拨记录")
        ordering = ["at", "id"]
        indexes = [models.Index(fields=["application", "at"], name="call_back_application")]

    def __str__(self) -> str:
        return f"{self.application_id} {self.answer}"


class DenialQuerySet(models.QuerySet["Denial"]):
    def visible_to(self, staff: User) -> "DenialQuerySet":
        """Denials of applications in the areas a member of staff is responsible for."""
        within = Application.objects.reviewable_by(staff)
        return self.filter(application__in=within.order_by().values("pk"))

    def open(self) -> "DenialQuerySet":
        """What no supervisor has looked into."""
        return self.filter(reviewed_at=None)


class Denial(models.Model):
    """Somebody who was asked says that they do not know the applicant. The applicant never learns of it."""

    application = models.OneToOneField(Application, on_delete=models.PROTECT, related_name="denial")
    applicant = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(_("时间"), default=timezone.now)
    reviewed_at = models.DateTimeField(_("核实时间"), null=True, blank=True)
    reviewed_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("核实人")
    )

    objects = DenialQuerySet.as_manager()

    class Meta:
        verbose_name = _("家人说不认识")
        verbose_name_plural = verbose_name
        indexes = [
            models.Index(fields=["applicant", "at"], condition=models.Q(reviewed_at=None), name="denial_open")
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(reviewed_at=None, reviewed_by=None)
                | models.Q(reviewed_at__isnull=False, reviewed_by__isnull=False),
                name="denial_reviewed_by_somebody",
            )
        ]

    def __str__(self) -> str:
        return f"{self.application_id} {self.at:%F}"
