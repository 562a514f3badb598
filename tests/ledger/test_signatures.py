"""RFC 9421 from the receiving side: what is accepted, and that everything else is refused."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger import services
from ledger.api import signatures
from tests.factories import make_holder, make_provider
from tests.ledger.provider import Hospital

pytestmark = pytest.mark.django_db
DAY = "reconciliations/2026-11-01"


def code(response):
    return response.status_code, response.json().get("code")


@pytest.mark.parametrize("label", ["sig1", "a", "*x.y-z_9"])
@pytest.mark.parametrize("include_alg", [True, False])
def test_any_label_and_an_optional_alg_are_accepted(hospital, label, include_alg):
    assert hospital.send("GET", DAY, label=label, include_alg=include_alg).status_code == 200


def test_more_may_be_covered_than_is_asked_for(hospital):
    covered = ("@target-uri", "@method", "@authority", "@scheme", "@path", "@query", "content-type")
    assert hospital.send("GET", DAY, covered=covered, headers={"Content-Type": ""}).status_code in {200, 401}
    covered = ("@target-uri", "@method", "@authority", "@scheme", "@path")
    assert hospital.send("GET", DAY, covered=covered).status_code == 200


@pytest.mark.parametrize("missing", ["@method", "@target-uri"])
def test_what_must_be_covered_is(hospital, missing):
    covered = tuple({"@method", "@target-uri"} - {missing})
    assert code(hospital.send("GET", DAY, covered=covered)) == (401, "bad_signature")


@pytest.mark.parametrize("missing", ["content-digest", "idempotency-key"])
def test_body_and_key_of_a_post_must_be_covered(hospital, missing):
    wanted = ["@method", "@target-uri", "content-digest", "idempotency-key"]
    wanted.remove(missing)
    assert code(hospital.send("POST", "quotes", {}, covered=tuple(wanted))) == (401, "bad_signature")


def test_a_wrong_secret_and_an_unknown_key_get_the_same_answer(hospital, pharmacy):
    wrong_secret = Hospital(pharmacy, secret="not the secret").send("GET", DAY)
    unknown_key = Hospital(pharmacy, key_id="00000000-0000-4000-8000-000000000000").send("GET", DAY)
    no_uuid = Hospital(pharmacy, key_id="nobody").send("GET", DAY)
    assert wrong_secret.json() == unknown_key.json() == no_uuid.json()
    assert code(wrong_secret) == (401, "bad_signature")
    assert wrong_secret["WWW-Authenticate"] == "Signature"


def test_an_altered_body_path_or_header_is_refused(hospital):
    message = hospital.sign("POST", "/api/v1/quotes", b'{"amount": "1.00"}')
    assert code(hospital.deliver(message, b'{"amount": "9.00"}')) == (401, "bad_signature")
    message = hospital.sign("GET", f"/api/v1/{DAY}")
    message.url = message.url.replace("11-01", "11-02")
    assert code(hospital.deliver(message)) == (401, "bad_signature")


@pytest.mark.parametrize("seconds", [-310, 310])
def test_a_clock_that_is_off_is_said_so(hospital, seconds):
    created = datetime.now(UTC) + timedelta(seconds=seconds)
    assert code(hospital.send("GET", DAY, created=created)) == (401, "stale_signature")


def test_an_expired_signature_is_stale(hospital):
    created = datetime.now(UTC) - timedelta(seconds=60)
    expires = created + timedelta(seconds=30)
    assert code(hospital.send("GET", DAY, created=created, expires=expires)) == (401, "stale_signature")


def test_a_nonce_is_needed(hospital):
    assert code(hospital.send("GET", DAY, nonce=None)) == (401, "bad_signature")


def test_a_used_nonce_with_anything_else_is_refused(hospital):
    assert hospital.send("GET", DAY, nonce="n").status_code == 200
    assert code(hospital.send("GET", "reconciliations/2026-11-02", nonce="n")) == (401, "nonce_reused")


def test_the_very_same_request_again_gets_its_stored_reply(hospital):
    mother = make_holder("王芳", 10_00)
    wish = {
        "provider_serial": "S",
        "beneficiary": {"id_type": "01", "id_number": mother.id_number, "name": "王芳"},
        "amount": "2.00",
        "category": "drug",
        "occurred_at": "2026-11-01T08:00:00Z",
    }
    body = json.dumps(wish).encode()
    message = hospital.sign("POST", "/api/v1/settlements", body)
    first, again = hospital.deliver(message, body), hospital.deliver(message, body)
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.content == again.content
    assert again["Idempotency-Replayed"] == "true"
    assert services.personal_balance(mother) == 8_00


def test_two_keys_live_while_a_provider_changes_over(pharmacy):
    old = Hospital(pharmacy)
    services.rotate_provider_key(provider=pharmacy, old_until=datetime.now(UTC) + timedelta(days=7))
    new = Hospital(pharmacy)
    assert old.key_id != new.key_id
    assert [hospital.send("GET", DAY).status_code for hospital in (old, new)] == [200, 200]
    pharmacy.keys.filter(pk=old.key_id).update(expires_at=datetime.now(UTC))
    assert code(old.send("GET", DAY)) == (401, "bad_signature")


def test_a_suspended_provider_is_told_so(pharmacy):
    hospital = Hospital(pharmacy)
    type(pharmacy).objects.update(suspended_at=datetime.now(UTC))
    assert code(hospital.send("GET", DAY)) == (403, "provider_suspended")


def test_a_request_without_a_signature_is_refused(client):
    assert code(client.get(f"/api/v1/{DAY}")) == (401, "bad_signature")


@pytest.mark.parametrize(
    "line",
    [
        "", "sig1", "sig1=", 'sig1=("@method"', 'sig1=("@method")', 'sig1=("@method";req);created=1',
        'sig1=("@method");created="1";keyid="k";nonce="n"', 'sig1=("@method");created=1;keyid=k;nonce="n"',
        'sig1=("@method");created=1;keyid="k";nonce="n", ,', "sig1=:YQ==:", "\x00", 'sig1=("é")',
        'sig1=("@method");created=99999999999999999999;keyid="k";nonce="n"',
        ", ".join(f'a{n}=("@method")' for n in range(9)),
    ],
)  # fmt: skip
def test_a_malformed_signature_input_is_refused_and_never_an_error(client, line):
    headers = {"Signature-Input": line, "Signature": "sig1=:YQ==:"}
    assert client.get(f"/api/v1/{DAY}", headers=headers).status_code == 401


@given(st.text(max_size=60), st.text(max_size=60))
def test_no_text_breaks_the_parser(input_line, mac):
    try:
        parsed = signatures.parse({"signature-input": input_line, "signature": mac})
    except signatures.SignatureFault:
        return
    assert parsed.key_id


def test_a_component_we_do_not_know_is_refused(pharmacy):
    message = signatures.Message("GET", "http://h/p", {}, b"")
    line = '("@method" "@target-uri" "@status");created=1;keyid="k";nonce="n"'
    signature = signatures.parse({"signature-input": f"s={line}", "signature": "s=:YQ==:"})
    with pytest.raises(signatures.SignatureFault, match="@status"):
        signatures.verify(signature, message, secret=b"s", now=1)


def test_anothers_key_opens_nothing_of_ours(pharmacy):
    ours, theirs = Hospital(pharmacy), Hospital(make_provider())
    mixed = Hospital(pharmacy, secret=theirs.secret)
    assert code(mixed.send("GET", DAY)) == (401, "bad_signature")
    assert ours.send("GET", DAY).status_code == 200
