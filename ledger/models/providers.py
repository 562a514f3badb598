"""Who settles through the API, how they sign, and what they were answered."""

import uuid

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from gongji.fields import EncryptedTextField
from ledger.models.accounts import LedgerAccount


class Provider(models.Model):
    """定点医药机构: a hospital or pharmacy that settles through the API."""

    name = models.CharField(_("名称"), max_length=100)
    area = models.CharField(_("统筹区"), max_length=6)
    account = models.OneToOneField(LedgerAccount, on_delete=models.PROTECT, related_name="provider")
    suspended_at = models.DateTimeField(_("停用时间"), null=True, blank=True)
    closed_until = models.DateTimeField(_("查人暂停到"), null=True, blank=True)
    """Too many people were not found: until then nobody is looked up by name and number (services.misses)."""
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        verbose_name = verbose_name_plural = _("医药机构")
        constraints = [models.UniqueConstraint(fields=["area", "name"], name="provider_name_once")]

    def __str__(self) -> str:
        return self.name


class ProviderKeyQuerySet(models.QuerySet["ProviderKey"]):
    def alive(self) -> "ProviderKeyQuerySet":
        """Keys that sign now, by the database's clock."""
        return self.filter(Q(expires_at=None) | Q(expires_at__gt=Now()))


class ProviderKey(models.Model):
    """A shared secret for signing requests; two may be alive while a provider changes over.

    A key without a provider is an auditor's: it reads the summary of the books and nothing else.
    """

    id = models.UUIDField(_("密钥编号"), primary_key=True, default=uuid.uuid4, editable=False)
    provider = models.ForeignKey(Provider, null=True, on_delete=models.PROTECT, related_name="keys")
    holder = models.CharField(_("持有人"), max_length=100, blank=True)
    secret = EncryptedTextField()
    created_at = models.DateTimeField(_("生成时间"), default=timezone.now)
    expires_at = models.DateTimeField(_("有效到"), null=True)

    objects = ProviderKeyQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("机构密钥")
        constraints = [
            models.CheckConstraint(
                condition=Q(provider__isnull=False, holder="") | Q(provider=None) & ~Q(holder=""),
                name="key_is_a_providers_or_an_auditors",
            )
        ]

    def __str__(self) -> str:
        return f"ProviderKey {self.pk}"


class Miss(models.Model):
    """A provider asked for somebody who was not found; counted, so that nobody tries numbers and names."""

    provider = models.ForeignKey(Provider, on_delete=models.PROTECT, db_index=False, related_name="misses")
    at = models.DateTimeField()

    class Meta:
        verbose_name_plural = "misses"
        indexes = [
            models.Index(fields=["provider", "-at"], name="miss_of_provider"),
            models.Index(fields=["at"], name="miss_at"),
        ]

    def __str__(self) -> str:
        return f"Miss of provider {self.provider_id}"


class Nonce(models.Model):
    """A nonce that a provider's key has used. The table is unlogged: it matters for ten minutes only."""

    pk = models.CompositePrimaryKey("key", "nonce")
    key = models.UUIDField()
    nonce = models.CharField(max_length=255)
    signature = models.BinaryField(max_length=32)
    seen_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["seen_at"], name="nonce_seen")]

    def __str__(self) -> str:
        return f"Nonce of {self.key}"


class IdempotencyKey(models.Model):
    """The stored reply to a provider's request; the same key gets it again, for ever."""

    pk = models.CompositePrimaryKey("provider_id", "key")
    provider = models.ForeignKey(Provider, on_delete=models.PROTECT, db_index=False, related_name="+")
    key = models.CharField(max_length=255)
    request = models.BinaryField(max_length=32)
    status = models.SmallIntegerField()
    body = models.TextField()
    created_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return f"IdempotencyKey of provider {self.provider_id}"
