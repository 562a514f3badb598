"""A citizen in front of a clerk: what gives the clerk the right to act for them, and for how long."""

import uuid
from datetime import datetime, timedelta

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Person, User

LASTS = timedelta(hours=1)
"""A visit that nobody ended is over after this time: nobody stands at a window for longer."""


class WindowVisitQuerySet(models.QuerySet["WindowVisit"]):
    def open(self, now: datetime | None = None) -> "WindowVisitQuerySet":
        """Visits under way: the person is still there."""
        return self.filter(ended_at=None, began_at__gt=(now or timezone.now()) - LASTS)

    def with_person(self, clerk: User, person_id: uuid.UUID) -> "WindowVisitQuerySet":
        """Visits under way in which this clerk serves this person, whose originals the clerk has seen."""
        return self.open().filter(clerk=clerk, person_id=person_id, originals_seen_at__isnull=False)


class WindowVisit(models.Model):
    """One person served by one clerk. A clerk acts for nobody who does not stand before them."""

    class Purpose(models.TextChoices):
        APPLY = "apply", _("申请开通")
        CHANGE = "change", _("补材料、撤回、暂停、解除")
        ANSWER = "answer", _("回答家人的邀请")
        STATEMENT = "statement", _("打印使用记录")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    clerk = models.ForeignKey(User, on_delete=models.PROTECT, related_name="window_visits")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="window_visits")
    window = models.CharField(_("窗口"), max_length=60)
    purpose = models.CharField(_("来办什么"), max_length=9, choices=Purpose.choices)
    began_at = models.DateTimeField(_("开始"), default=timezone.now)
    originals_seen_at = models.DateTimeField(_("原件已核对"), null=True)
    ended_at = models.DateTimeField(_("结束"), null=True)

    objects = WindowVisitQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("窗口办理")
        constraints = [
            models.UniqueConstraint(
                fields=["clerk"], condition=Q(ended_at=None), name="window_visit_one_at_a_time"
            ),
        ]
        indexes = [models.Index(fields=["clerk", "-began_at"], name="window_visit_clerk")]

    def __str__(self) -> str:
        return f"WindowVisit {self.pk}"
