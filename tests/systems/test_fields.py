"""What each system asks on its pages, walked with the entrance's own address."""

import pytest
from django.urls import reverse

from gongji.policy import Relation
from tests.binding.browse import ask, at, photo, text
from tests.factories import login_citizen
from tests.systems.path import citizen
from tests.systems.rows import over

pytestmark = pytest.mark.django_db

LABELS = {
    Relation.SPOUSE: "配偶",
    Relation.PARENT: "父母",
    Relation.CHILD: "子女",
    Relation.SIBLING: "兄弟姐妹",
    Relation.GRANDPARENT: "祖父母",
}


@pytest.fixture
def enter(client):
    """Come in by an entrance of the system, as somebody insured there; return the page with the relations."""

    def come_in(system):
        login_citizen(client, citizen("李明", system.area, 9_000_00))
        address = reverse("binding:relation") + f"?entrance={system.entrance}"
        page = client.get(address, follow=True)
        if system.notice_first:
            assert at(page).startswith(reverse("binding:notice"))
            page = client.post(at(page), {"agreed": "on"}, follow=True)
            assert at(page) == address
        return page

    return come_in


def choose_spouse(client, system):
    page = client.post(
        reverse("binding:relation") + f"?entrance={system.entrance}", {"relation": "spouse"}, follow=True
    )
    return at(page).split("/")[-3], page


@over()
def test_the_relations_of_the_area_can_be_chosen_and_no_others(enter, system):
    page = text(enter(system))
    for relation, label in LABELS.items():
        assert (label in page) is (relation in system.relations), label


@over()
def test_the_relatives_name_and_number_are_asked_and_the_phone_where_it_must_be_given(client, enter, system):
    enter(system)
    number, page = choose_spouse(client, system)
    fields = page.content.decode()
    assert all(f'name="{name}"' in fields for name in ("name", "id_type", "id_number", "phone"))
    wife = citizen("王小芳", system.area, scheme="390").person
    answers = {"name": wife.name, "id_type": "01", "id_number": wife.id_number, "phone": ""}
    page = ask(client, "relative", number, **answers)
    assert ("请填写家人的手机号" in text(page)) is system.phone
    if not system.phone:
        assert page.redirect_chain


@over()
def test_the_documents_come_page_by_page_and_then_the_promise(client, enter, system):
    enter(system)
    number, _page = choose_spouse(client, system)
    wife = citizen("王小芳", system.area, scheme="390").person
    page = ask(
        client, "relative", number, name=wife.name, id_type="01", id_number=wife.id_number, phone=wife.phone
    )
    for kind in system.papers:
        assert at(page).endswith(f"/proofs/{kind}/")
        page = ask(client, "proof", number, kind, **_pages_of(page, kind))
    if system.model == "group":
        assert at(page).endswith("/cap/")
        page = ask(client, "cap", number, authorized="3000")
    assert at(page).endswith("/check/")
    _signed_as_the_system_wants(page.content.decode(), system.signature)


def _pages_of(page, kind):
    """A photograph for every page of the document that the form asks for, no two of them alike."""
    names = [field.name for field in page.context["form"] if field.field.widget.input_type == "file"]
    first = 640 + 40 * len(kind)
    return {name: photo(f"{name}.jpg", width=first + 8 * place) for place, name in enumerate(names)}


def _signed_as_the_system_wants(html, signature):
    if signature == "tick":
        assert 'type="checkbox" name="signature"' in html or 'name="promise"' in html
    else:
        assert 'name="signature"' in html
    assert ("canvas" in html or "data-sign" in html) is (signature == "drawn")
