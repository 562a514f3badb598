"""Groups with authorized amounts: a total per relative, and the relative's own order of givers."""

from uuid import uuid4

import pytest

from gongji.errors import Refused
from ledger import services
from ledger.models import Mandate
from tests.factories import insure, login_citizen, make_holder, make_mandate, make_person, settlement
from tests.ledger.test_pages_ledger import text
from tests.ledger.test_settle import shares

pytestmark = pytest.mark.django_db
GROUPED = "990400"


class Group:
    """古丽 may use her husband's 300 元 and her sister's 500 元 in all."""

    def __init__(self) -> None:
        self.wife = make_person("古丽")
        insure(self.wife, GROUPED, scheme="390")
        self.husband = make_holder("马强", 1_000_00, area=GROUPED)
        self.sister = make_holder("阿依夏", 2_000_00, area=GROUPED)
        self.first = make_mandate(self.husband, self.wife, authorized=300_00)
        self.second = make_mandate(self.sister, self.wife, authorized=500_00)

    def order(self):
        return [source.authorizer for source in services.available_to(self.wife)]

    def use(self, pharmacy, amount):
        return services.settle(settlement=settlement(pharmacy, self.wife, amount))


@pytest.fixture
def group(db):
    return Group()


# ------------------------------------------------------------- the total
def test_what_is_authorized_in_all_is_the_bound_whatever_the_month(group, pharmacy):
    assert shares(group.use(pharmacy, 200_00)) == [("马*", "200.00"), ("cash", "0.00")]
    assert shares(group.use(pharmacy, 200_00)) == [("马*", "100.00"), ("阿*夏", "100.00"), ("cash", "0.00")]
    assert shares(group.use(pharmacy, 900_00)) == [("阿*夏", "400.00"), ("cash", "500.00")]
    assert [source.reason for source in services.available_to(group.wife)] == ["total_reached"] * 2


def test_a_refund_gives_the_total_back(group, pharmacy):
    group.use(pharmacy, 300_00)
    reply = group.use(pharmacy, 50_00)
    from tests.ledger.test_pool import _give_back

    _give_back(pharmacy, reply.id)
    assert [source.total_left for source in services.available_to(group.wife)] == [0, 500_00]


def test_more_can_be_authorized_any_time(group, pharmacy):
    group.use(pharmacy, 300_00)
    services.set_authorized(binding_id=group.first.binding_id, authorized=350_00)
    assert shares(group.use(pharmacy, 60_00))[0] == ("马*", "50.00")


def test_never_less_than_was_used_and_that_is_explained(group, pharmacy):
    group.use(pharmacy, 200_00)
    with pytest.raises(Refused) as refused:
        services.set_authorized(binding_id=group.first.binding_id, authorized=199_99)
    assert refused.value.code == "below_used"
    assert "200.00" in f"{refused.value.message}" and "暂停" in f"{refused.value.next_step}"
    services.set_authorized(binding_id=group.first.binding_id, authorized=200_00)
    assert services.available_to(group.wife)[0].usable == 0


def test_two_people_can_give_to_each_other(pharmacy, db):
    one, other = make_holder("马强", 0, area=GROUPED), make_holder("古丽", 100_00, area=GROUPED)
    make_mandate(one, other, authorized=100_00)
    make_mandate(other, one, authorized=70_00)
    reply = services.settle(settlement=settlement(pharmacy, one, 80_00))
    assert shares(reply) == [("古*", "70.00"), ("cash", "10.00")]


# ------------------------------------------------------------- the order
def test_the_relative_sets_the_order(group, pharmacy):
    assert group.order() == [group.husband, group.sister]
    services.move_giver(person=group.wife, binding_id=group.second.binding_id, up=True)
    assert group.order() == [group.sister, group.husband]
    assert shares(group.use(pharmacy, 600_00)) == [("阿*夏", "500.00"), ("马*", "100.00"), ("cash", "0.00")]


def test_beyond_either_end_nothing_changes(group):
    services.move_giver(person=group.wife, binding_id=group.first.binding_id, up=True)
    services.move_giver(person=group.wife, binding_id=group.second.binding_id, up=False)
    assert group.order() == [group.husband, group.sister]


def test_only_ones_own_givers_can_be_moved(group):
    for person, binding in ((group.husband, group.first.binding_id), (group.wife, uuid4())):
        with pytest.raises(Mandate.DoesNotExist):
            services.move_giver(person=person, binding_id=binding, up=True)


def test_three_givers_of_one_rank_get_ranks_of_their_own(group):
    brother = make_holder("马明", 1_00, area=GROUPED)
    third = make_mandate(brother, group.wife)
    Mandate.objects.update(rank=7)
    services.move_giver(person=group.wife, binding_id=third.binding_id, up=True)
    assert group.order() == [group.husband, brother, group.sister]
    assert sorted(Mandate.objects.values_list("rank", flat=True)) == [1, 2, 3]


# ------------------------------------------------------------- the page
def test_the_order_is_changed_with_plain_buttons(client, group):
    login_citizen(client, group.wife)
    page = client.get("/ledger/order/")
    assert "1. 马*" in text(page) and "授权 300.00 元,还剩 300.00 元" in text(page)
    moved = client.post("/ledger/order/", {"move": f"down:{group.first.binding_id}"})
    assert moved.status_code == 302 and moved.url.endswith(f"#b-{group.first.binding_id}")
    assert "1. 阿*夏" in text(client.get("/ledger/order/"))


@pytest.mark.parametrize(
    "move", ["", "up", "up:junk", "up:802ff7fc-2c30-44f2-bd29-c80493c4775a", "\x00:\x00"]
)
def test_junk_moves_nothing(client, group, move):
    login_citizen(client, group.wife)
    assert client.post("/ledger/order/", {"move": move}).status_code == 404


def test_where_the_area_decides_there_is_no_such_page(client):
    login_citizen(client, make_holder("李明"))
    assert client.get("/ledger/order/").status_code == 404


def test_the_balance_page_leads_there_and_says_what_is_left(client, group, pharmacy):
    group.use(pharmacy, 300_00)
    login_citizen(client, group.wife)
    page = client.get("/ledger/")
    assert "/ledger/order/" in page.content.decode()
    assert "家人授权的 300.00 元已经用完" in text(page)


def test_the_page_asks_the_same_number_of_questions_for_any_number_of_givers(
    client, group, django_assert_max_num_queries
):
    for _ in range(4):
        make_mandate(make_holder("马明", 1_00, area=GROUPED), group.wife)
    login_citizen(client, group.wife)
    client.get("/ledger/order/")
    with django_assert_max_num_queries(12):
        client.get("/ledger/order/")
