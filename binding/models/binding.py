"""The relation in force between two people."""

import uuid
from datetime import datetime, timedelta

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Person, User
from binding.models.application import Application
from binding.states import Kind, Party


class BindingQuerySet(models.QuerySet["Binding"]):
    def active(self) -> "BindingQuerySet":
        """Bindings in force: not ended."""
        return self.filter(until=None)

    def expired(self, now: datetime) -> "BindingQuerySet":
        """Bindings in force on paper whose time is over."""
        return self.active().filter(expires_at__lte=now)

    def expiring(self, now: datetime, *, within: timedelta) -> "BindingQuerySet":
        """Bindings in force whose time is over soon."""
        return self.active().filter(expires_at__gt=now, expires_at__lte=now + within)

    def visible_to(self, user: User) -> "BindingQuerySet":
        """Bindings of which this login's person is either end, from the moment they can be used."""
        if user.person_id is None:
            return self.none()
        mine = Q(authorizer_id=user.person_id) | Q(beneficiary_id=user.person_id)
        return self.filter(mine, since__lte=timezone.now())

    def viewable_by(self, user: User) -> "BindingQuerySet":
        """亲情账户 under which this login's person may look at the authorizer's record right now."""
        now = timezone.now()
        in_time = Q(expires_at=None) | Q(expires_at__gt=now)
        found = self.visible_to(user).active().filter(in_time, kind=Kind.VIEW, paused_at=None)
        return found.filter(beneficiary_id=user.person_id)


class Binding(models.Model):
    """The relation in force: the beneficiary may use the authorizer's account. Both may end it any time."""

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
    """When it ended; None while it is in force."""
    expires_at = models.DateTimeField(null=True)
    """When it will end by itself, where it was opened for a time."""
    paused_at = models.DateTimeField(null=True)
    monthly_cap = models.BigIntegerField(null=True)
    authorized = models.BigIntegerField(null=True)
    privacy = models.PositiveSmallIntegerField(choices=Privacy.choices, default=Privacy.TYPE)
    ended_by = models.CharField(max_length=11, choices=Party.choices, blank=True)
    ended_why = models.CharField(max_length=40, blank=True)

    objects = BindingQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("共济关系")
        constraints = [
            models.UniqueConstraint(
                fields=["authorizer", "beneficiary", "kind"],
                condition=Q(until=None),
                name="binding_one_active_per_pair",
            ),
            models.CheckConstraint(condition=~Q(authorizer=F("beneficiary")), name="binding_two_people"),
            models.CheckConstraint(
                condition=(Q(until=None) & Q(ended_by="")) | (Q(until__isnull=False) & ~Q(ended_by="")),
                name="binding_end_has_author",
            ),
            models.CheckConstraint(
                condition=Q(monthly_cap=None) | Q(monthly_cap__gt=0), name="binding_cap_positive"
            ),
            models.CheckConstraint(
                condition=Q(authorized=None) | Q(authorized__gt=0), name="binding_total_positive"
            ),
        ]
        indexes = [
            models.Index(fields=["beneficiary", "kind"], condition=Q(until=None), name="binding_beneficiary"),
            models.Index(
                fields=["expires_at"],
                condition=Q(until=None, expires_at__isnull=False),
                name="binding_expiring",
            ),
        ]

    def __str__(self) -> str:
        return f"Binding {self.pk}"

    def party_of(self, user: User) -> Party:
        """Return which end of the binding this login is; staff and strangers are neither (ValueError)."""
        ends = {self.authorizer_id: Party.AUTHORIZER, self.beneficiary_id: Party.BENEFICIARY}
        if user.person_id not in ends:
            raise ValueError(f"{user.pk} is no end of {self}")
        return ends[user.person_id]
