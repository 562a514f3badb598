"""定点医药机构 and their signing keys: made, changed over, suspended; and the keys of auditors."""

import secrets
from datetime import datetime

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from gongji import audit
from ledger.models import LedgerAccount, Provider, ProviderKey


@transaction.atomic
def create_provider(*, name: str, area: str) -> tuple[Provider, ProviderKey, str]:
    """Make a provider with its clearing account and a first key; return them and the secret, shown once."""
    account = LedgerAccount.objects.create(kind=LedgerAccount.Kind.PROVIDER, area=area)
    provider = Provider.objects.create(name=name, area=area, account=account)
    key, secret = _new_key(provider=provider)
    audit.record(action="provider.created", actor=None, obj=provider, area=area)
    return provider, key, secret


@transaction.atomic
def rotate_provider_key(*, provider: Provider, old_until: datetime) -> tuple[ProviderKey, str]:
    """Give a provider a new key; the newest one until now stays valid up to `old_until`, so that two work.

    A key that was already on its way out ends at once: never are more than two alive.
    """
    now = timezone.now()
    alive = list(_locked(provider).filter(Q(expires_at=None) | Q(expires_at__gt=now)).order_by("-created_at"))
    for key in alive[:1]:
        _end(key, min(old_until, key.expires_at or old_until))
    for key in alive[1:]:
        _end(key, now)
    key, secret = _new_key(provider=provider)
    audit.record(action="provider.key_rotated", actor=None, obj=provider, area=provider.area)
    return key, secret


@transaction.atomic
def revoke_key(*, key: ProviderKey) -> None:
    """End a key now: the next request that it signs is refused. Revoking twice changes nothing."""
    if key.expires_at is not None and key.expires_at <= timezone.now():
        return
    _end(key, timezone.now())
    audit.record(
        action="provider.key_revoked", actor=None, obj=key, area=key.provider.area if key.provider else ""
    )


@transaction.atomic
def create_auditor_key(*, holder: str) -> tuple[ProviderKey, str]:
    """Make a key that reads the summary of the books, nothing else; return it and the secret, shown once."""
    key, secret = _new_key(holder=holder)
    audit.record(action="auditor_key.created", actor=None, obj=key)
    return key, secret


@transaction.atomic
def suspend_provider(*, provider: Provider) -> bool:
    """Refuse everything the provider sends from now on; False when it is suspended already."""
    changed = Provider.objects.filter(pk=provider.pk, suspended_at=None).update(suspended_at=timezone.now())
    if changed:
        audit.record(action="provider.suspended", actor=None, obj=provider, area=provider.area)
    return bool(changed)


@transaction.atomic
def resume_provider(*, provider: Provider) -> bool:
    """Let a suspended provider work again; False when it is not suspended."""
    changed = Provider.objects.filter(pk=provider.pk, suspended_at__isnull=False).update(suspended_at=None)
    if changed:
        audit.record(action="provider.resumed", actor=None, obj=provider, area=provider.area)
    return bool(changed)


def _locked(provider: Provider) -> QuerySet[ProviderKey]:
    return ProviderKey.objects.select_for_update().filter(provider=provider)


def _end(key: ProviderKey, at: datetime) -> None:
    key.expires_at = at
    key.save(update_fields=["expires_at"])


def _new_key(*, provider: Provider | None = None, holder: str = "") -> tuple[ProviderKey, str]:
    secret = secrets.token_urlsafe(32)
    return ProviderKey.objects.create(provider=provider, holder=holder, secret=secret), secret
