"""Staff look at the ledger and change nothing; only their own areas, only with the duty."""

from datetime import UTC, datetime

import pytest

from ledger import services
from tests.factories import login_staff, make_holder, make_provider, make_staff, settlement

pytestmark = pytest.mark.django_db
PAST_THE_END = datetime(2099, 12, 1, 4, tzinfo=UTC)
PAGES = ["provider", "transaction", "arearule"]


@pytest.fixture
def posted(pharmacy):
    services.settle(settlement=settlement(pharmacy, make_holder("王芳", 50_00), 36_50, serial="OURS-1"))
    elsewhere = make_provider("外省药店", area="530100")
    far = settlement(elsewhere, make_holder("李明", 9_00, area="530100"), 1_00, serial="FAR-1")
    services.settle(settlement=far)


@pytest.mark.parametrize("page", PAGES)
def test_supervisors_see_and_cannot_change(client, posted, page):
    login_staff(client, make_staff(duties=("supervisor",)))
    response = client.get(f"/admin/ledger/{page}/")
    assert response.status_code == 200
    assert client.get(f"/admin/ledger/{page}/add/").status_code == 403


def test_only_ones_own_area_is_there(client, posted):
    login_staff(client, make_staff(duties=("auditor",), areas=("990100",)))
    shown = client.get("/admin/ledger/transaction/").content.decode()
    assert "OURS-1" in shown
    assert "36.50" in shown
    assert "FAR-1" not in shown
    assert "外省药店" not in client.get("/admin/ledger/provider/").content.decode()


def test_the_keys_of_a_provider_are_listed_without_their_secrets(client, pharmacy):
    first = pharmacy.keys.get()
    second, secret = services.rotate_provider_key(provider=pharmacy, old_until=PAST_THE_END)
    login_staff(client, make_staff(duties=("supervisor",)))
    for address in ("", f"{pharmacy.pk}/change/"):
        shown = client.get(f"/admin/ledger/provider/{address}").content.decode()
        assert str(first.pk) in shown and str(second.pk) in shown
        assert "到 2099-12-01" in shown
        assert secret not in shown
    services.revoke_key(key=first)
    assert str(first.pk) not in client.get("/admin/ledger/provider/").content.decode()


@pytest.mark.parametrize("page", PAGES)
def test_reviewers_have_no_business_here(client, posted, page):
    login_staff(client, make_staff(duties=("reviewer",)))
    assert client.get(f"/admin/ledger/{page}/").status_code == 403


def test_one_posting_can_be_opened(client, posted):
    login_staff(client, make_staff(duties=("supervisor",)))
    row = services.lookups.Transaction.objects.get(serial="OURS-1")
    page = client.get(f"/admin/ledger/transaction/{row.pk}/change/").content.decode()
    assert "36.50" in page
    assert "王芳" not in page
