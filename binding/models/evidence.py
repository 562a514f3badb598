"""What an application rests on: the documents handed in and what the machine could check."""

import uuid
from typing import Self

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from binding.models.application import Application
from gongji.uploads.models import SealedPage, SealedPageQuerySet


class ProofQuerySet(models.QuerySet["Proof"]):
    def current(self) -> "ProofQuerySet":
        """The documents that count: those not replaced by a later one."""
        return self.exclude(status=Proof.Status.REPLACED)

    def reusable(self, application: Application, kind: str) -> "ProofQuerySet":
        """Readable documents of this kind that the same login sent with another of the same person's
        applications, newest first; what a clerk scanned for somebody else is nobody's to take.
        """
        if application.initiator_person is None:
            return self.none()
        theirs = Application.objects.started_by(application.initiator_person.pk)
        readable = self.filter(status__in=[Proof.Status.CLEAN, Proof.Status.ACCEPTED])
        same = readable.filter(
            kind=kind, uploaded_by=application.created_by_id, application__in=theirs.values("pk")
        )
        return same.exclude(application=application).order_by("-created_at", "id")


class Proof(models.Model):
    """One document of an application, for example the marriage certificate."""

    class Status(models.TextChoices):
        RECEIVED = "received", _("已收到")
        CLEAN = "clean", _("已整理")
        UNREADABLE = "unreadable", _("打不开")
        ACCEPTED = "accepted", _("合格")
        REJECTED = "rejected", _("要重传")
        REPLACED = "replaced", _("已换新")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    application = models.ForeignKey(Application, on_delete=models.PROTECT, related_name="proofs")
    kind = models.CharField(_("材料"), max_length=40)
    status = models.CharField(_("状态"), max_length=10, choices=Status.choices, default=Status.RECEIVED)
    problem = models.CharField(max_length=40, blank=True)
    uploaded_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)

    objects = ProofQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("证明材料")
        constraints = [
            models.UniqueConstraint(
                fields=["application", "kind"],
                condition=~Q(status="replaced"),
                name="proof_one_current_per_kind",
            )
        ]

    def __str__(self) -> str:
        return f"Proof {self.pk}"


class ProofPageQuerySet(SealedPageQuerySet):
    def visible_to(self, user: User) -> Self:
        """Pages of the documents of one's own applications."""
        return self.ready().filter(proof__application__in=Application.objects.visible_to(user))

    def reviewable_by(self, user: User) -> Self:
        """Pages of submitted applications of the areas a member of staff is responsible for."""
        return self.ready().filter(proof__application__in=Application.objects.reviewable_by(user))


class ProofPage(SealedPage):
    """One page of a document."""

    proof = models.ForeignKey(Proof, on_delete=models.CASCADE, related_name="pages")

    objects = ProofPageQuerySet.as_manager()

    class Meta(SealedPage.Meta):
        constraints = [models.UniqueConstraint(fields=["proof", "ordinal"], name="proof_page_ordinal")]

    def __str__(self) -> str:
        return f"ProofPage {self.pk}"


class Check(models.Model):
    """What the machine found out about an application, from which source and when."""

    class Outcome(models.TextChoices):
        YES = "yes", _("通过")
        NO = "no", _("不符")
        UNKNOWN = "unknown", _("未核到")

    application = models.ForeignKey(Application, on_delete=models.CASCADE, related_name="checks")
    code = models.CharField(max_length=30)
    outcome = models.CharField(max_length=7, choices=Outcome.choices)
    source = models.CharField(max_length=60)
    detail = models.CharField(max_length=200, blank=True)
    about = models.CharField(max_length=100, blank=True)
    """What exactly was asked, by ids, where an answer must not outlive a changed question."""
    incomplete = models.BooleanField(default=False)
    """Whether a register was silent: it is worth asking again."""
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = verbose_name_plural = _("机器核对")
        constraints = [models.UniqueConstraint(fields=["application", "code"], name="check_one_per_code")]

    def __str__(self) -> str:
        return f"{self.code}: {self.outcome}"
