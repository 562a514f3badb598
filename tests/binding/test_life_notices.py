"""What is said of ends, renewals and ways that open: complete, short, and nothing nobody should read."""

import string

import pytest

from accounts import wording
from binding.life_notices import OF_A_LIFE, OF_AREAS
from tests.binding.test_notices import BANNED, LONGEST, WORST

ALL = OF_A_LIFE | OF_AREAS
SAID = WORST | {
    "service": "医保钱包", "reason": "原因。", "rest": "没用完的退回。", "next_step": "有疑问请打 12393。",
    "window": "示例省医保服务大厅", "expires": "2027年12月31日", "renew": "可以续办。", "area": "青屿市",
    "here": "虹川市", "there": "西双版纳州", "ended_at": "12月31日 23:59",
}  # fmt: skip


@pytest.mark.parametrize("name", ALL)
def test_an_sms_fits_with_the_longest_names_and_has_no_address(name):
    sms = str(ALL[name].sms).format(**SAID)
    assert len(f"【示例省医保】{sms}") <= wording.SMS_LENGTH, LONGEST
    assert not wording.has_address(sms)


@pytest.mark.parametrize("name", ALL)
def test_a_text_has_no_gap_and_no_word_nobody_should_read(name):
    text = wording.render(name, SAID)
    whole = f"{text.title}{text.body}{text.sms}"
    assert text.title and text.body
    assert "{" not in whole
    assert not [word for word in (*BANNED, "去世", "死亡", "已故", "节哀") if word in whole]


@pytest.mark.parametrize("name", ALL)
def test_a_text_asks_for_nothing_but_what_services_give(name):
    used = {gap for part in ALL[name] for _t, gap, _s, _c in string.Formatter().parse(str(part)) if gap}
    assert used <= set(SAID)
