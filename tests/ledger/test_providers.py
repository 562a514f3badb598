"""Providers and their keys, from the command line."""

import uuid
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from gongji.models import AuditRow
from ledger import services, tasks
from ledger.models import Nonce, Provider, ProviderKey
from tests.ledger.provider import Hospital
from tests.roles import as_owner

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


def test_the_old_keys_last_day_can_be_named(capsys):
    call_command("create_provider", "示例医院", "990100")
    call_command("rotate_provider_key", "示例医院", "990100", old_until="2099-12-01T18:00")
    old = ProviderKey.objects.order_by("created_at").first()
    assert timezone.localtime(old.expires_at).isoformat() == "2099-12-01T18:00:00+08:00"
    with pytest.raises(CommandError, match="不是时间"):
        call_command("rotate_provider_key", "示例医院", "990100", old_until="someday")


def test_never_are_more_than_two_keys_alive(pharmacy):
    for _ in range(3):
        key, _secret = services.rotate_provider_key(
            provider=pharmacy, old_until=timezone.now() + timedelta(days=7)
        )
    alive = list(pharmacy.keys.alive().order_by("created_at"))
    assert (len(alive), alive[-1]) == (2, key)


def test_a_revoked_key_signs_nothing_more(pharmacy):
    hospital = Hospital(pharmacy)
    call_command("revoke_key", hospital.key_id)
    assert hospital.send("GET", "reconciliations/2026-11-01").json()["code"] == "bad_signature"
    with pytest.raises(CommandError, match="没有"):
        call_command("revoke_key", str(uuid.uuid4()))


def test_a_suspended_provider_is_refused_until_it_is_resumed(pharmacy, capsys):
    hospital = Hospital(pharmacy)
    call_command("suspend_provider", str(pharmacy.pk))
    assert hospital.send("GET", "reconciliations/2026-11-01").json()["code"] == "provider_suspended"
    call_command("suspend_provider", str(pharmacy.pk), resume=True)
    assert hospital.send("GET", "reconciliations/2026-11-01").status_code == 200
    call_command("suspend_provider", str(pharmacy.pk), resume=True)
    assert "不用恢复" in capsys.readouterr().out
    with pytest.raises(CommandError, match="没有编号"):
        call_command("suspend_provider", "999999")


def test_what_is_done_to_keys_is_on_record(pharmacy):
    services.suspend_provider(provider=pharmacy)
    services.resume_provider(provider=pharmacy)
    services.revoke_key(key=pharmacy.keys.get())
    actions = list(AuditRow.objects.order_by("at").values_list("action", flat=True))
    assert actions[-3:] == ["provider.suspended", "provider.resumed", "provider.key_revoked"]


def test_old_nonces_are_forgotten(pharmacy):
    key = pharmacy.keys.get()
    for nonce in ("old", "new"):
        services.use_nonce(key_id=key.pk, nonce=nonce, signature=b"s")
    with as_owner():
        Nonce.objects.filter(nonce="old").update(seen_at=timezone.now() - timedelta(hours=1))
    tasks.forget_nonces("now")
    assert list(Nonce.objects.values_list("nonce", flat=True)) == ["new"]
