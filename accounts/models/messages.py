"""What people agreed to, and what they were told."""

import uuid

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models.logins import User
from accounts.models.people import Person
from gongji.fields import EncryptedTextField


class Consent(models.Model):
    """Who agreed to which text, in which version, how and about what. Never changed, only added."""

    class How(models.TextChoices):
        WEB = "web", _("本人网上")
        HANDED_PHONE = "handed", _("当面使用家人手机")
        WINDOW = "window", _("窗口")
        CALL_BACK = "call", _("12393 回拨")

    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="consents")
    text = models.CharField(max_length=40)
    version = models.CharField(max_length=40)
    about = models.CharField(max_length=40, blank=True)
    how = models.CharField(max_length=6, choices=How.choices)
    agreed = models.BooleanField(default=True)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = verbose_name_plural = _("同意记录")
        indexes = [models.Index(fields=["about", "text"], name="consent_about")]

    def __str__(self) -> str:
        return f"Consent {self.pk}"


_IS_READ = models.ExpressionWrapper(Q(read_at__isnull=False), models.BooleanField())


class MessageQuerySet(models.QuerySet["Message"]):
    def visible_to(self, user: User) -> "MessageQuerySet":
        """The messages of this login's person, unread first, newest first."""
        if user.person_id is None:
            return self.none()
        return (
            self.filter(person_id=user.person_id).delivered().order_by(_IS_READ.asc(), "-visible_from", "-id")
        )

    def older_than(self, message_id: str) -> "MessageQuerySet":
        """What follows a message in the order of `visible_to`; everything when it is not among them."""
        try:
            last = self.filter(pk=message_id).first()
        except ValidationError:
            last = None
        if last is None:
            return self
        earlier = Q(visible_from__lt=last.visible_from) | Q(visible_from=last.visible_from, pk__lt=last.pk)
        if last.read_at is None:
            return self.filter(Q(read_at=None) & earlier | Q(read_at__isnull=False))
        return self.filter(earlier, read_at__isnull=False)

    def delivered(self) -> "MessageQuerySet":
        """What may be seen by now: a message about a decision waits until the decision stands."""
        return self.filter(visible_from__lte=Now())

    def unread(self) -> "MessageQuerySet":
        """Messages that can be seen and were not opened."""
        return self.delivered().filter(read_at=None)


class Message(models.Model):
    """A message in the portal; its short form goes out as SMS through the outbox. Never a URL in it."""

    class Sms(models.TextChoices):
        NONE = "none", _("不发短信")
        QUEUED = "queued", _("等待发送")
        SENDING = "sending", _("正在发送")
        SENT = "sent", _("已发送")
        FAILED = "failed", _("没有发出")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="messages")
    template = models.CharField(max_length=40)
    title = models.CharField(max_length=60)
    body = models.TextField()
    sms = models.CharField(max_length=7, choices=Sms.choices, default=Sms.NONE)
    sms_text = models.CharField(max_length=70, blank=True)
    sms_phone = EncryptedTextField(null=True)
    """Where the SMS goes when it is not the phone the person has by then."""
    sms_attempts = models.PositiveSmallIntegerField(default=0)
    about = models.CharField(max_length=40, blank=True)
    # NULL, not "": any number of messages has none.
    dedup = models.CharField(max_length=120, unique=True, null=True)  # noqa: DJ001
    visible_from = models.DateTimeField(default=timezone.now)
    created_at = models.DateTimeField(default=timezone.now)
    sent_at = models.DateTimeField(null=True)
    read_at = models.DateTimeField(null=True)

    objects = MessageQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("消息")
        indexes = [
            models.Index(fields=["person", "-created_at"], name="message_person"),
            models.Index(fields=["person"], condition=Q(read_at=None), name="message_unread"),
        ]

    def __str__(self) -> str:
        return f"Message {self.pk}"
