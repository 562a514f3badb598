"""“开通后告诉我”: the wish is kept, and comes true with the rules."""

from datetime import UTC, datetime

import pytest

from accounts.models import Message
from binding import services
from binding.models import OpeningWish
from binding.services.policy import publish_policies
from binding.services.wishes import tell_opened, wish_to_be_told
from gongji import outbox, policy
from gongji.errors import Refused
from tests.factories import insure, login_citizen, make_citizen

pytestmark = pytest.mark.django_db


@pytest.fixture
def rules(tmp_path, monkeypatch):
    """How far 虹川市 reaches: `rules("city")` or `rules("province")`."""
    monkeypatch.setenv("POLICY_DIR", str(tmp_path))

    def write(scope: str) -> None:
        (tmp_path / "990100.toml").write_text(
            'area = "990100"\nname = "虹川市"\n[sources.n]\ntitle = "演示"\ngrade = "demo"\n'
            f"[area_scope]\nvalue = '{scope}'\nsource = 'n'\neffective = 2026-01-01\n",
            encoding="utf-8",
        )
        policy._load.cache_clear()

    yield write
    policy._load.cache_clear()


@pytest.fixture
def waiting(rules, client):
    """A giver of 虹川市 who has just read that 青屿市 is not connected, logged in."""
    rules("city")
    giver, relative = make_citizen("李明"), make_citizen("王小芳", area="990200")
    login_citizen(client, giver)
    draft = services.start_draft(user=giver)
    services.save_relation(application=draft, actor=giver, relation="spouse")
    page = client.post(
        f"/bindings/new/{draft.number}/relative/",
        {"name": "王小芳", "id_type": "01", "id_number": relative.person.id_number, "phone": ""},
    )
    draft.refresh_from_db()
    draft.page, draft.giver = page.text, giver
    return draft


def from_here(draft) -> OpeningWish:
    return wish_to_be_told(application=draft, actor=draft.giver)


def test_the_page_offers_to_tell_and_the_wish_is_kept_once(waiting, client):
    address = f"/bindings/new/{waiting.number}/tell-me/"
    assert "两地之间还没有开通,今天办不了" in waiting.page
    assert "开通后要通知您吗" in waiting.page
    assert address in waiting.page
    for _press in range(2):
        assert "记下了" in client.post(address, follow=True).text
    wish = OpeningWish.objects.get()
    assert (wish.person, wish.area, wish.relative_area) == (waiting.giver.person, "990100", "990200")


def test_a_stranger_wishes_nothing_for_others(waiting, client):
    login_citizen(client, make_citizen("赵六"))
    assert client.post(f"/bindings/new/{waiting.number}/tell-me/").status_code == 404


def test_there_must_be_something_to_wait_for(waiting, rules):
    rules("province")
    with pytest.raises(Refused, match="nothing_to_wait_for"):
        from_here(waiting)


def test_nobody_is_told_before_the_way_is_open(waiting):
    from_here(waiting)
    assert tell_opened() == 0


@pytest.mark.owner
def test_publishing_the_rules_that_open_the_way_tells_who_waited(waiting, rules):
    from_here(waiting)
    rules("province")
    publish_policies(now=datetime(2026, 11, 22, 2, tzinfo=UTC))
    outbox.drain()
    message = Message.objects.get(template="binding.way_opened")
    assert (message.person, message.title) == (waiting.giver.person, "虹川市和青屿市之间开通了")
    assert tell_opened() == 0


def test_who_is_insured_elsewhere_by_now_is_not_written_to(waiting, rules):
    from_here(waiting)
    waiting.giver.person.enrollments.all().delete()
    insure(waiting.giver.person, "970100")
    rules("province")
    assert tell_opened() == 1
    assert not Message.objects.filter(template="binding.way_opened").exists()


def test_many_are_told_in_several_jobs(waiting, rules, monkeypatch):
    monkeypatch.setattr("binding.services.wishes.CHUNK", 2)
    for serial in range(3):
        person = make_citizen(f"王{serial}").person
        OpeningWish.objects.create(person=person, area="990100", relative_area="990200")
    rules("province")
    assert tell_opened() == 2
    outbox.drain()
    assert Message.objects.filter(template="binding.way_opened").count() == 3
