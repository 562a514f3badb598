"""Commitments looked at later: who was drawn on which day, and what came of it."""

import uuid
from datetime import datetime

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from binding.models.application import Application
from binding.states import State
from gongji.policy import reach


class RecheckDraw(models.Model):
    """The draw of one area over what the machine opened on one day. Its seed repeats it; never changed."""

    area = models.CharField(_("统筹区"), max_length=6)
    day = models.DateField(_("开通的日子"))
    seed = models.CharField(max_length=32)
    candidates = models.PositiveIntegerField(_("自动开通的件数"))
    picked = models.PositiveIntegerField(_("抽中的件数"))
    drawn_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = verbose_name_plural = _("抽查")
        constraints = [models.UniqueConstraint(fields=["area", "day"], name="recheck_draw_once")]

    def __str__(self) -> str:
        return f"RecheckDraw {self.area} {self.day}"


class RecheckQuerySet(models.QuerySet["Recheck"]):
    def reviewable_by(self, user: User) -> "RecheckQuerySet":
        """Those of the areas a member of staff is responsible for."""
        scope = Q(pk__in=[])
        for area in user.areas:
            scope |= Q(application__area__startswith=reach(area))
        return self.filter(scope)

    def open(self) -> "RecheckQuerySet":
        """What still waits for somebody: due soonest first."""
        return self.filter(state__in=Recheck.OPEN).order_by("due_at", "id")

    def asking(self, application: Application) -> "RecheckQuerySet":
        """Whether, and for what, a citizen is asked now."""
        return self.filter(application=application, state=Recheck.State.ASKED)

    def untrue_of(self, giver: uuid.UUID | None, *, since: datetime) -> "RecheckQuerySet":
        """A giver's promises that proved untrue; one that an appeal opened again was true after all."""
        found = self.filter(application__authorizer=giver, state=Recheck.State.UNTRUE, decided_at__gt=since)
        return found.exclude(application__state=State.APPROVED)


class Recheck(models.Model):
    """One approval of the machine, looked at by people. Two must agree before it counts as untrue."""

    class State(models.TextChoices):
        WAITING = "waiting", _("待核")
        ASKED = "asked", _("等材料")
        DOUBTED = "doubted", _("待另一人确认")
        TRUE = "true", _("属实")
        UNTRUE = "untrue", _("不实")

    OPEN = (State.WAITING, State.ASKED, State.DOUBTED)

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    application = models.OneToOneField(Application, on_delete=models.PROTECT, related_name="recheck")
    draw = models.ForeignKey(RecheckDraw, on_delete=models.PROTECT, related_name="rechecks")
    state = models.CharField(_("结果"), max_length=7, choices=State.choices, default=State.WAITING)
    due_at = models.DateTimeField(_("最晚核完"))
    asked_for = models.CharField(max_length=40, blank=True)
    """The kind of document the citizen is, or was, asked for."""
    asked_at = models.DateTimeField(null=True)
    answer_by = models.DateTimeField(null=True)
    reviewer = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    """Who judged it first."""
    confirmer = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    """Who looked at a doubt, and decided."""
    reasons = models.JSONField(default=list)
    note = models.CharField(max_length=500, blank=True)
    decided_at = models.DateTimeField(null=True)

    objects = RecheckQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("承诺抽查")
        constraints = [
            models.CheckConstraint(
                condition=~Q(state__in=["doubted", "true", "untrue"]) | Q(reviewer__isnull=False),
                name="recheck_judged_by_somebody",
            ),
            models.CheckConstraint(
                condition=~Q(state="untrue")
                | Q(confirmer__isnull=False) & ~Q(confirmer=F("reviewer")) & ~Q(reasons=[]),
                name="recheck_untrue_needs_two",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["true", "untrue"], decided_at__isnull=False)
                | Q(state__in=["waiting", "asked", "doubted"], decided_at=None),
                name="recheck_decided_has_time",
            ),
            models.CheckConstraint(
                condition=~Q(state="asked")
                | Q(asked_at__isnull=False, answer_by__isnull=False) & ~Q(asked_for=""),
                name="recheck_asks_for_something",
            ),
        ]
        indexes = [
            models.Index(
                fields=["due_at", "id"],
                condition=Q(state__in=["waiting", "asked", "doubted"]),
                name="recheck_open",
            )
        ]

    def __str__(self) -> str:
        return f"Recheck {self.pk}"
