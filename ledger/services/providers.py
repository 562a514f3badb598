"""定点医药机构 and their signing keys: made, changed over, suspended."""

import secrets
from datetime import datetime

from django.db import transaction

from gongji import audit
from ledger.models import LedgerAccount, Provider, ProviderKey


@transaction.atomic
def create_provider(*, name: str, area: str) -> tuple[Provider, ProviderKey, str]:
    """Make a provider with its clearing account and a first key; return them and the secret, shown once."""
    account = LedgerAccount.objects.create(kind=LedgerAccount.Kind.PROVIDER, area=area)
    provider = Provider.objects.create(name=name, area=area, account=account)
    key, secret = _new_key(provider)
    audit.record(action="provider.created", actor=None, obj=provider, area=area)
    return provider, key, secret


@transaction.atomic
def rotate_provider_key(*, provider: Provider, old_until: datetime) -> tuple[ProviderKey, str]:
    """Give a provider a new key; those alive until now stay valid up to `old_until`, so that two work."""
    provider.keys.filter(expires_at=None).update(expires_at=old_until)
    key, secret = _new_key(provider)
    audit.record(action="provider.key_rotated", actor=None, obj=provider, area=provider.area)
    return key, secret


def _new_key(provider: Provider) -> tuple[ProviderKey, str]:
    secret = secrets.token_urlsafe(32)
    return ProviderKey.objects.create(provider=provider, secret=secret), secret
