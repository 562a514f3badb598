"""What givers want to be told about, and up to where they have been told."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import Person


class NoticeChoice(models.Model):
    """What the owner of an account wants to be told; without a row, limits and nothing else."""

    person = models.OneToOneField(
        Person, primary_key=True, on_delete=models.PROTECT, related_name="notice_choice"
    )
    each_use = models.BooleanField(_("家人每用一次都告诉我"), default=False)
    limits = models.BooleanField(_("额度用完、余额快用完时告诉我"), default=True)

    class Meta:
        verbose_name = verbose_name_plural = _("提醒设置")

    def __str__(self) -> str:
        return f"NoticeChoice {self.person_id}"


class NoticeMark(models.Model):
    """Up to which posting time everybody has been told; one row.

    Postings do not become visible in the order of their times. `waiting_until` is a time after which only
    younger transactions than `waiting_xid` post: it may be walked to once every older one has ended.
    """

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    told_until = models.DateTimeField()
    waiting_until = models.DateTimeField(null=True)
    waiting_xid = models.BigIntegerField(null=True)

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(id=1), name="notice_mark_is_one")]

    def __str__(self) -> str:
        return f"NoticeMark {self.told_until:%FT%T}"
