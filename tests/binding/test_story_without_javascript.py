"""The main job with HTML alone: every link and form as it stands in the page, no script, no browser."""

import json

import pytest
from django.core.management import call_command
from django.utils import timezone

from accounts.models import Person, User
from binding.rules import State
from gongji import outbox
from ledger import services as ledger
from tests.factories import STAFF_PASSWORD, totp_now
from tests.story import Cast, texts_to, time_passes
from tests.visitor import Visitor

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def cast(transactional_db):
    call_command("policy", "publish", verbosity=0)
    return Cast.assemble()


def test_the_whole_job_is_done_without_a_script(cast):
    his, hers, desk = Visitor(), Visitor(), Visitor()

    log_in(his, cast.worker)
    apply(his, cast)
    return_the_blurred_photo(desk, cast)
    his.open("/bindings/").follow("补材料").press("交上去", inside=cast.certificate()).reads("正在审核")
    approve(desk, cast)
    log_in(hers, cast.relative)
    hers.follow("看一看,再决定").press("同意").reads("已经开通")

    assert settle(cast, "1", 12_840) == ("36.50", "91.90", "0.00")
    hers.open("/ledger/history/?show=used").reads("自己账户 36.50 + 家人共济 91.90 + 现金 0.00")
    his.open("/ledger/history/").reads("王*芳 91.90", "408.10")
    his.open("/bindings/").follow("查看").follow("解除").press("确认解除").reads("已解除")
    assert settle(cast, "2", 1_500) == ("0.00", "0.00", "15.00")


def log_in(visitor: Visitor, person: Person) -> None:
    visitor.open("/accounts/login/").press("发验证码", phone=person.phone)
    outbox.drain()
    visitor.press("登录", code=texts_to(person.phone)[-1]["code"])
    visitor.press("核对", name=person.name, id_number=person.id_number, agree="on").reads("我的共济")


def apply(his: Visitor, cast: Cast) -> None:
    relative = cast.relative
    his.follow("给家人开通").follow("开始").press("继续", relation="spouse")
    his.press("继续", name=relative.name, id_number=relative.id_number, phone=relative.phone)
    his.press("继续", inside=cast.certificate(flaw="blur"))
    his.press("确认提交", signature="李明", health="on")
    his.reads("提交好了", cast.application().number)
    time_passes(minutes=10)
    outbox.drain()
    assert cast.application().state == State.IN_REVIEW


def return_the_blurred_photo(desk: Visitor, cast: Cast) -> None:
    _log_in_staff(desk, cast.first)
    desk.press("领取下一件").reads(cast.application().number)
    words = {"reason_B01": "on", "reason_B01_内容": "登记日期"}
    desk.press("退回补材料,看预览", **words).reads("登记日期看不清").press("确认,回待办")
    assert cast.application().state == State.RETURNED
    time_passes(minutes=5)
    time_passes(minutes=5)


def _log_in_staff(desk: Visitor, user: User) -> None:
    desk.open("/admin/").press("下一步", username=user.username, password=STAFF_PASSWORD)
    desk.press("登录", code=totp_now())


def approve(desk: Visitor, cast: Cast) -> None:
    outbox.drain()
    number = cast.application().number
    desk.open("/admin/").follow(number).press("领取这一件")
    desk.press("通过,看预览", checks=["complete", "match", "proves"]).press("确认,回待办")
    desk.reads(f"{number} 已办")
    time_passes(minutes=5)
    outbox.drain()


def settle(cast: Cast, serial: str, amount: int) -> tuple[str, str, str]:
    """What the pharmacy's settlement of `amount` 分 takes from her, from him and in cash."""
    wish = ledger.Settlement(
        provider=cast.pharmacy, beneficiary=cast.relative, serial=serial, amount=amount,
        category="outpatient", occurred_at=timezone.now(),
    )  # fmt: skip
    split = json.loads(ledger.settle(settlement=wish).body)
    return split["own"], split["mutual_aid"], split["cash"]
