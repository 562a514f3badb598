"""What people put their names to: which text, exactly, and the picture of what they drew."""

import uuid
from typing import Self

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Person, User
from binding.models.application import Application
from gongji.uploads.models import SealedPage, SealedPageQuerySet


class Signature(models.Model):
    """One person under one text of one application. Never changed, only added."""

    class What(models.TextChoices):
        COMMITMENT = "commitment", _("承诺书")
        CONSENT = "consent", _("同意书")
        APPLICATION_FORM = "application_form", _("申请表")

    class How(models.TextChoices):
        DRAWN = "drawn", _("屏幕手写")
        NAME = "name", _("写上本人姓名")
        TICK = "tick", _("勾选")
        PAPER = "paper", _("纸上签名")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    application = models.ForeignKey(Application, on_delete=models.PROTECT, related_name="signatures")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    what = models.CharField(_("签了什么"), max_length=16, choices=What.choices)
    how = models.CharField(_("怎么签的"), max_length=5, choices=How.choices)
    version = models.CharField(_("版本"), max_length=40)
    text_sm3 = models.BinaryField(max_length=32)
    """SM3 of the text as it stood (binding.rules.letters.full_text): a later quarrel has one answer."""
    actor = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    """Who handed it in: the person, or the clerk who has the paper."""
    ip = models.CharField(max_length=45, blank=True)
    at = models.DateTimeField(_("时间"), default=timezone.now)

    class Meta:
        verbose_name = verbose_name_plural = _("签名")
        ordering = ["at", "id"]
        indexes = [models.Index(fields=["application", "at"], name="signature_application")]

    def __str__(self) -> str:
        return f"Signature {self.pk}"


class SignaturePictureQuerySet(SealedPageQuerySet):
    def visible_to(self, user: User) -> Self:
        """The pictures of one's own signatures."""
        if user.person_id is None:
            return self.none()
        return self.filter(signature__person=user.person_id)

    def reviewable_by(self, user: User) -> Self:
        """Those under submitted applications of the areas a member of staff is responsible for."""
        return self.filter(signature__application__in=Application.objects.reviewable_by(user))


class SignaturePicture(SealedPage):
    """What was drawn. It goes when its time is over; the signature's own row stays."""

    signature = models.OneToOneField(Signature, on_delete=models.PROTECT, related_name="picture")

    objects = SignaturePictureQuerySet.as_manager()

    class Meta(SealedPage.Meta):
        verbose_name = verbose_name_plural = _("签名图片")

    def __str__(self) -> str:
        return f"SignaturePicture {self.pk}"
