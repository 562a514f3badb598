"""Providers and their keys, from the command line."""

from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from ledger import services, tasks
from ledger.models import Nonce, Provider, ProviderKey
from tests.ledger.provider import Hospital

pytestmark = pytest.mark.django_db


def said(capsys):
    return dict(line.split(":", 1) for line in capsys.readouterr().out.splitlines() if ":" in line)


def test_a_provider_is_made_and_can_sign(capsys):
    call_command("create_provider", "示例医院", "990100")
    told = said(capsys)
    hospital = Hospital(Provider.objects.get(name="示例医院"), key_id=told["keyid"], secret=told["secret"])
    assert hospital.send("GET", "reconciliations/2026-11-01").status_code == 200


def test_the_secret_is_not_readable_in_the_database(capsys):
    call_command("create_provider", "示例医院", "990100")
    secret = said(capsys)["secret"]
    assert ProviderKey.objects.get().secret == secret
    assert not ProviderKey.objects.extra(
        where=["position(%s::bytea in secret) > 0"], params=[secret.encode()]
    )


def test_the_same_provider_twice_and_a_bad_area_are_refused():
    call_command("create_provider", "示例医院", "990100")
    with pytest.raises(CommandError, match="已经有"):
        call_command("create_provider", "示例医院", "990100")
    with pytest.raises(CommandError, match="6 位数字"):
        call_command("create_provider", "示例医院", "99")


def test_a_new_key_leaves_the_old_one_some_days(capsys):
    call_command("create_provider", "示例医院", "990100")
    call_command("rotate_provider_key", "示例医院", "990100", days=3)
    keys = ProviderKey.objects.order_by("created_at")
    assert [key.expires_at is None for key in keys] == [False, True]
    with pytest.raises(CommandError, match="没有"):
        call_command("rotate_provider_key", "别的医院", "990100")


def test_old_nonces_are_forgotten(pharmacy):
    key = pharmacy.keys.get()
    for nonce in ("old", "new"):
        services.use_nonce(key_id=key.pk, nonce=nonce, signature=b"s")
    Nonce.objects.filter(nonce="old").update(seen_at=timezone.now() - timedelta(hours=1))
    tasks.forget_nonces("now")
    assert list(Nonce.objects.values_list("nonce", flat=True)) == ["new"]
