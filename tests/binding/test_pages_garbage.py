"""Whatever stands in a field or an address, the answer is a page in plain words, never an error of ours."""

from contextlib import contextmanager

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.urls import reverse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from binding.models import RelativeLookup
from binding.rules import State
from tests.binding.browse import standing
from tests.binding.cases import Case, in_state
from tests.factories import login_citizen

pytestmark = pytest.mark.django_db

NASTY = st.sampled_from(
    [
        *("\x00", "a\x00b", "😀" * 30, "９９０１００１９８００１０１００１Ｘ", "长" * 5000, "\u202e\u200b"),
        *("-1", "1e9", "NaN", "０.０１", "99999999999999999999", "null", "%s%n", "{{7*7}}"),
        *("' OR 1=1 --", "<script>alert(1)</script>", "\r\nSet-Cookie: a=b"),
    ]
)
VALUE = st.one_of(NASTY, st.text(max_size=60))
FIELDS = {
    "change_relation": ["relation"],
    "relative": ["name", "id_type", "id_number", "phone"],
    "cap": ["limit", "amount"],
    "check": ["health", "signature"],
    "proof": ["inside", "reuse"],
    "status": [],
    "fix": ["kind", "inside"],
    "appeal": ["reason"],
    "invitation": ["answer"],
    "set_cap": ["limit", "amount"],
    "privacy": ["privacy"],
}
QUERY = st.sampled_from(["kind", "elder", "next", "month", "x"])
many = settings(deadline=None, max_examples=30, suppress_health_check=list(HealthCheck))


@contextmanager
def undone():
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


@pytest.fixture(autouse=True)
def folder(tmp_path, settings):
    settings.STORAGE_URL = f"file://{tmp_path}/proofs"


@pytest.fixture(params=FIELDS)
def page(request, client):
    """A page's name and address, its case in the state in which the form is open."""
    return request.param, address_of(client, request.param)


@many
@given(data=st.data())
def test_no_field_and_no_query_breaks_a_page(client, page, data):
    name, address = page
    fields = data.draw(st.fixed_dictionaries({}, optional=dict.fromkeys(FIELDS[name], VALUE)))
    query = data.draw(st.dictionaries(QUERY, VALUE, max_size=2))
    if name in ("cap", "set_cap") and data.draw(st.booleans()):
        fields["limit"] = "monthly"
    with undone():
        RelativeLookup.objects.all().delete()
        sent = client.post(address, fields)
        assert sent.status_code in (302, 404, 405, 409, 422), sent.status_code
        seen = client.get(address, query)
        assert seen.status_code in (200, 302, 404, 405, 409)
        assert b"<script>alert" not in sent.content + seen.content


def address_of(client, name: str) -> str:
    if name in ("change_relation", "relative", "cap", "check", "proof"):
        case = Case().begin()
        login_citizen(client, case.giver)
        extra = ["marriage_certificate"] if name == "proof" else []
        return reverse(f"binding:{name}", args=[case.application.number, *extra])
    state = {"fix": State.RETURNED, "appeal": State.REFUSED, "invitation": State.IN_REVIEW}.get(
        name, State.APPROVED
    )
    case = standing(in_state(state))
    login_citizen(client, case.relative if name in ("invitation", "privacy") else case.giver)
    key = case.binding().pk if name in ("set_cap", "privacy") else case.application.number
    return reverse(f"binding:{name}", args=[key])


@pytest.mark.parametrize(
    "content", [b"", b"\x00" * 40, b"GIF89a", b"<svg onload=alert(1)>", b"%PDF-1.4 broken"]
)
def test_no_file_breaks_the_upload_page(client, content):
    address = address_of(client, "proof")
    page = client.post(address, {"inside": SimpleUploadedFile("../\u202eevil\x00.jpg", content)})
    assert page.status_code == 422


@pytest.mark.parametrize(
    "address",
    [
        "/bindings/applications/GJ-２６１１-00038216/",
        "/bindings/applications/GJ-2611-0003821/",
        "/bindings/new/GJ-2611-00038216/proofs/%00/",
        "/bindings/proofs/x/",
        "/bindings/%F0%9F%98%80/",
        "/bindings/invitations/" + "9" * 3000 + "/",
    ],
)
def test_addresses_that_mean_nothing_are_absent(client, address):
    login_citizen(client, Case().giver)
    assert client.get(address).status_code == 404
    assert client.post(address).status_code == 404
