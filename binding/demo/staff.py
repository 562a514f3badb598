"""Staff and providers of the demo, and what their users need to get in."""

import secrets
from typing import Any

from accounts.models import User
from accounts.services.staff import create_staff
from binding.demo import cast
from ledger.models import Provider
from ledger.services.providers import create_auditor_key, create_provider


def make_staff(handout: dict[str, Any]) -> dict[str, User]:
    """Create every member of staff with a password of their own; it is printed once, in the hand-out."""
    staff = {}
    handout["staff"] = []
    for clerk in cast.STAFF:
        password = f"Demo-{secrets.token_hex(5)}-9"
        user, secret = create_staff(
            username=clerk.username,
            password=password,
            display_name=clerk.name,
            duties=clerk.duties,
            areas=clerk.areas,
        )
        staff[clerk.username] = user
        handout["staff"].append(
            {
                "username": clerk.username,
                "password": password,
                "totp_secret": secret,
                "duty": clerk.duties[0],
                "areas": clerk.areas,
                "name": clerk.name,
            }
        )
    return staff


def make_providers(handout: dict[str, Any]) -> list[Provider]:
    """Create the hospitals and pharmacies with their signing keys, and the key of an auditor."""
    providers = []
    handout["providers"] = []
    for name, area in cast.PROVIDERS:
        provider, key, secret = create_provider(name=name, area=area)
        providers.append(provider)
        handout["providers"].append({"key_id": str(key.pk), "secret": secret, "name": name, "area": area})
    auditor, secret = create_auditor_key(holder="示例省审计处")
    handout["auditor"] = {"key_id": str(auditor.pk), "secret": secret}
    return providers
