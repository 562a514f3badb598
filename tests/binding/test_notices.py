"""Every text to citizens: complete, short enough for one SMS with the longest names, without an address."""

import string

import pytest

from accounts import wording
from binding.models import Reason
from binding.notices import OF_A_BINDING, OF_A_WALLET, OF_AN_APPLICATION, OF_MOVING_IN
from binding.rules.reasons import BY_MACHINE, placeholders
from binding.view_notices import OF_A_VIEW
from gongji.templatetags.gongji import mask_name

LONGEST = mask_name("阿卜杜热合曼·买买提艾力")
WORST = {
    "giver": LONGEST, "ta": "她", "relative": LONGEST, "other": LONGEST, "initiator": LONGEST,
    "code_of": LONGEST,
    "number": "GJ-2611-38210474", "tail": "0474", "due": "12月31日", "due_time": "12月31日 17:30",
    "deadline": "12月31日", "hotline": "12393", "since": "12月31日", "appeal_days": "30",
    "before": "12月31日", "ended_at": "12月31日 23:59", "cap": "每月最多 99999.99 元",
    "text": "户口簿反光,户号看不清。", "what": "家庭共济",
}  # fmt: skip
ALL = OF_AN_APPLICATION | OF_A_BINDING | OF_A_WALLET | OF_MOVING_IN | OF_A_VIEW
BANNED = ["操作失败", "系统繁忙", "参数错误", "审核不通过", "非法", "请联系管理员", "这个字段是必填项"]


@pytest.mark.parametrize("name", ALL)
def test_an_sms_fits_with_the_longest_names_and_signature(name):
    sms = str(ALL[name].sms).format(**WORST)
    assert len(f"【示例省医保】{sms}") <= wording.SMS_LENGTH
    assert not wording.has_address(sms)


@pytest.mark.parametrize("name", ALL)
def test_a_text_has_no_gap_and_no_word_nobody_should_read(name):
    text = wording.render(name, WORST)
    assert text.title and text.body
    assert not [word for word in BANNED if word in f"{text.title}{text.body}{text.sms}"]
    assert "{" not in f"{text.title}{text.body}{text.sms}"


@pytest.mark.parametrize("name", ALL)
def test_a_text_asks_for_nothing_but_what_services_give(name):
    used = {gap for part in ALL[name] for _t, gap, _s, _c in string.Formatter().parse(str(part)) if gap}
    assert used <= set(WORST)


@pytest.mark.parametrize("name", OF_A_VIEW)
def test_whoever_only_looks_never_reads_of_giving_money(name):
    words = "".join(str(part) for part in OF_A_VIEW[name])
    assert not [word for word in ("出钱", "共济", "用您的钱", "医保卡里的钱", "上限") if word in words]


# ------------------------------------------------------------- the catalogue
@pytest.mark.django_db
def test_the_catalogue_has_all_fifteen_reasons_and_three_for_a_recheck():
    codes = set(Reason.objects.filter(active=True).values_list("code", flat=True))
    bases, rechecks = ({f"{kind}{n:02}" for n in range(1, last)} for kind, last in (("B", 8), ("K", 4)))
    assert codes == bases | {f"J{n:02}" for n in range(1, 9)} | rechecks


@pytest.mark.django_db
def test_no_reason_asks_a_reviewer_for_more_than_two_words():
    for reason in Reason.objects.all():
        assert len(placeholders(reason.sentence)) <= 2
        assert reason.sentence.strip()
    assert BY_MACHINE
