"""One request to bind one relative, from the first answer to the decision."""

import uuid
from datetime import datetime

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Consent, IdType, Person, User
from binding.models.catalogue import PolicyVersion
from binding.models.window import WindowVisit
from binding.states import CLOSED, UNDECIDED, WITH_REVIEWER, Kind, Party, State
from gongji.fields import EncryptedTextField
from gongji.policy import Relation, reach


class Channel(models.TextChoices):
    WEB = "web", _("网上")
    WINDOW = "window", _("窗口")
    IMPORT = "import", _("从原系统转入")


class ApplicationQuerySet(models.QuerySet["Application"]):
    def visible_to(self, user: User) -> "ApplicationQuerySet":
        """What a citizen may open: applications they started; invitations have their own method."""
        return self.none() if user.person_id is None else self.started_by(user.person_id)

    def started_by(self, person_id: uuid.UUID) -> "ApplicationQuerySet":
        """Applications of a person, whichever end that is; one entered at the window is the citizen's own."""
        mine = Q(initiator=Party.AUTHORIZER, authorizer_id=person_id) | Q(
            initiator=Party.BENEFICIARY, beneficiary_id=person_id
        )
        return self.filter(mine)

    def invitations_for(self, user: User) -> "ApplicationQuerySet":
        """Submitted applications that the other side started and that concern this person."""
        return self.none() if user.person_id is None else self.asking(user.person_id)

    def asking(self, person_id: uuid.UUID) -> "ApplicationQuerySet":
        """Submitted applications that concern a person and that the other side started."""
        other = Q(initiator=Party.AUTHORIZER, beneficiary_id=person_id) | Q(
            initiator=Party.BENEFICIARY, authorizer_id=person_id
        )
        return self.filter(other).exclude(submitted_at=None)

    def reviewable_by(self, user: User) -> "ApplicationQuerySet":
        """Applications of the areas a member of staff is responsible for, submitted ones only."""
        scope = Q(pk__in=[])
        for area in user.areas:
            scope |= Q(area__startswith=reach(area))
        return self.filter(scope).exclude(submitted_at=None)

    def queue(self) -> "ApplicationQuerySet":
        """What waits for a reviewer: due soonest first, behind what lay unclaimed for half its time."""
        return self.filter(state__in=WITH_REVIEWER).order_by("-raised", "due_at", "submitted_at", "id")

    def counted(self) -> "ApplicationQuerySet":
        """Undecided applications: they hold a place within the limit of relatives."""
        return self.filter(state__in=UNDECIDED)

    def drafts(self) -> "ApplicationQuerySet":
        """Applications nobody but their author knows of."""
        return self.filter(state=State.DRAFT)

    def past_deadline(self, now: datetime) -> "ApplicationQuerySet":
        """Drafts, returned cases and unanswered invitations whose time is over."""
        return self.filter(
            deadline_at__lte=now, state__in=[State.DRAFT, State.RETURNED, State.AWAITING_CONSENT]
        )


class Application(models.Model):
    """One request to bind one relative, from the first answer to the decision."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    number = models.CharField(_("受理号"), max_length=16, unique=True)
    kind = models.CharField(max_length=10, choices=Kind.choices, default=Kind.MUTUAL_AID)
    authorizer = models.ForeignKey(
        Person, on_delete=models.PROTECT, null=True, related_name="applications_as_authorizer"
    )
    beneficiary = models.ForeignKey(
        Person, on_delete=models.PROTECT, null=True, related_name="applications_as_beneficiary"
    )
    relation = models.CharField(
        _("关系"), max_length=24, blank=True, choices=[(r.value, _(r.label)) for r in Relation]
    )
    initiator = models.CharField(
        max_length=11,
        choices=[(p.value, p.label) for p in (Party.AUTHORIZER, Party.BENEFICIARY)],
        default=Party.AUTHORIZER,
    )
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    """Whose login entered it; nobody's for what came over from a former system."""
    visit = models.ForeignKey(
        WindowVisit, on_delete=models.PROTECT, null=True, editable=False, related_name="applications"
    )
    """At which visit to a window it was entered."""
    channel = models.CharField(max_length=6, choices=Channel.choices, default=Channel.WEB)
    entrance = models.CharField(max_length=20, blank=True)
    """By which of the area's entrances it came in, where they differ; "" is the portal's own."""
    area = models.CharField(_("统筹区"), max_length=6)
    policy_version = models.ForeignKey(PolicyVersion, on_delete=models.PROTECT, null=True, related_name="+")
    rules_seen = models.ForeignKey(PolicyVersion, on_delete=models.PROTECT, null=True, related_name="+")
    """The rules a draft was begun under: when they change, its author is told what changed."""
    notice_version = models.CharField(max_length=40, blank=True)
    """The 告知书 that was read and agreed to before the first question, where the area asks for it."""
    state = models.CharField(_("状态"), max_length=16, choices=State.choices, default=State.DRAFT)
    version = models.PositiveIntegerField(default=0)

    # The relative as typed; kept as evidence beside the person it was matched to.
    entered_name = EncryptedTextField(null=True)
    entered_id_type = models.CharField(max_length=2, choices=IdType.choices, default=IdType.RESIDENT)
    entered_id_number = EncryptedTextField(null=True)
    entered_phone = EncryptedTextField(null=True)
    monthly_cap = models.BigIntegerField(_("每月上限(分)"), null=True)
    cap_answered = models.BooleanField(default=False)
    authorized = models.BigIntegerField(_("授权总额(分)"), null=True)
    """What the relative may use in all; asked where the area shares by groups."""
    view_days = models.PositiveSmallIntegerField(null=True)
    """亲情账户: for how many days one may look."""
    renews = models.ForeignKey(
        "binding.Binding", on_delete=models.PROTECT, null=True, related_name="renewals"
    )
    """The binding that this one goes on from when its time is over; it holds no further place."""
    commitment_version = models.CharField(max_length=40, blank=True)
    commitment_name = EncryptedTextField(null=True)
    consent_required = models.BooleanField(default=True)
    consent = models.ForeignKey(Consent, on_delete=models.PROTECT, null=True, related_name="+")
    """The other party's agreement to this submission; may come before the approval."""

    created_at = models.DateTimeField(default=timezone.now)
    submitted_at = models.DateTimeField(_("提交时间"), null=True)
    due_at = models.DateTimeField(_("最晚办结"), null=True)
    promised_at = models.DateTimeField(null=True)
    clock_stopped_at = models.DateTimeField(null=True)
    deadline_at = models.DateTimeField(null=True)
    apologised_at = models.DateTimeField(null=True)
    decided_at = models.DateTimeField(null=True)
    decided_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    appealed_at = models.DateTimeField(null=True)
    claimed_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    claimed_until = models.DateTimeField(null=True)
    raised = models.BooleanField(default=False)
    """Half its time went by without anyone taking it."""
    escalated = models.BooleanField(default=False)
    """The supervisors were told that its time is nearly over."""

    objects = ApplicationQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("共济申请")
        constraints = [
            models.CheckConstraint(condition=Q(state__in=State.values), name="application_state_known"),
            models.CheckConstraint(
                condition=Q(state__in=[State.DRAFT, State.LAPSED])
                | Q(
                    submitted_at__isnull=False,
                    authorizer__isnull=False,
                    beneficiary__isnull=False,
                    policy_version__isnull=False,
                )
                & ~Q(relation=""),
                name="application_submitted_is_complete",
            ),
            models.CheckConstraint(
                condition=~Q(state=State.APPROVED) | Q(consent_required=False) | Q(consent__isnull=False),
                name="application_approved_with_consent",
            ),
            models.CheckConstraint(
                condition=Q(initiator__in=[Party.AUTHORIZER, Party.BENEFICIARY]),
                name="application_initiator_is_an_end",
            ),
            models.CheckConstraint(
                condition=Q(channel=Channel.IMPORT) | Q(created_by__isnull=False),
                name="application_has_an_author",
            ),
            models.CheckConstraint(
                condition=Q(channel=Channel.WINDOW, visit__isnull=False)
                | (~Q(channel=Channel.WINDOW) & Q(visit=None)),
                name="application_at_the_window_has_a_visit",
            ),
            models.CheckConstraint(
                condition=Q(authorizer=None) | Q(beneficiary=None) | ~Q(authorizer=F("beneficiary")),
                name="application_two_people",
            ),
            models.CheckConstraint(
                condition=Q(state=State.RETURNED, clock_stopped_at__isnull=False)
                | (~Q(state=State.RETURNED) & Q(clock_stopped_at__isnull=True)),
                name="application_clock_stops_when_returned",
            ),
            models.CheckConstraint(
                condition=Q(claimed_by=None, claimed_until=None)
                | Q(claimed_by__isnull=False, claimed_until__isnull=False),
                name="application_claim_whole",
            ),
            models.CheckConstraint(
                condition=Q(state__in=WITH_REVIEWER) | Q(claimed_by=None),
                name="application_claimed_only_in_review",
            ),
            models.CheckConstraint(
                condition=Q(decided_at__isnull=False)
                | ~Q(state__in=[State.APPROVED, State.REFUSED, State.AWAITING_CONSENT]),
                name="application_decided_has_time",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=WITH_REVIEWER) | Q(due_at__isnull=False),
                name="application_in_review_has_date",
            ),
            models.CheckConstraint(
                condition=Q(monthly_cap=None) | Q(monthly_cap__gt=0), name="application_cap_positive"
            ),
            models.CheckConstraint(
                condition=Q(authorized=None) | Q(authorized__gt=0), name="application_total_positive"
            ),
            models.UniqueConstraint(
                fields=["authorizer", "beneficiary", "kind"],
                condition=~Q(state__in=[*CLOSED, State.DRAFT]),
                name="application_one_open_per_pair",
            ),
        ]
        indexes = [
            models.Index(
                F("raised").desc(),
                "due_at",
                "submitted_at",
                "id",
                condition=Q(state__in=WITH_REVIEWER),
                name="application_queue",
            ),
            models.Index(
                fields=["deadline_at"], condition=Q(deadline_at__isnull=False), name="application_deadline"
            ),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def other_side(self) -> Party:
        """Which end was asked; also the name of its field."""
        return Party.BENEFICIARY if self.initiator == Party.AUTHORIZER else Party.AUTHORIZER

    @property
    def relation_seen(self) -> str:
        """What the other end is to whoever applies; "" while it is open."""
        seen = Relation(self.relation).inverse if self.relation else ""
        return self.relation if self.initiator == Party.AUTHORIZER else str(seen)

    @property
    def initiator_person(self) -> Person | None:
        """Who applied."""
        return self.authorizer if self.initiator == Party.AUTHORIZER else self.beneficiary

    @property
    def other_person(self) -> Person | None:
        """Who was asked: the relative, or the authorizer when the relative applied."""
        return self.beneficiary if self.initiator == Party.AUTHORIZER else self.authorizer

    @property
    def other_party_agreed(self) -> bool:
        """Whether the one who was asked has agreed to this submission."""
        return self.consent_id is not None


class RelativeLookup(models.Model):
    """One try to name a relative; counted, so that nobody finds out by trying who is insured."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        indexes = [models.Index(fields=["user", "at"], name="relative_lookup")]

    def __str__(self) -> str:
        return f"RelativeLookup {self.pk}"
