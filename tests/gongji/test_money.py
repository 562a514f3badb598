"""分 and 元: exact both ways, and nothing but plain decimal strings comes in."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gongji.money import MAX_FEN, fen, yuan


@given(st.integers(0, MAX_FEN))
def test_every_amount_comes_back_exactly(amount):
    assert fen(yuan(amount)) == amount


@given(st.integers(-(10**15), 10**15), st.integers(-(10**15), 10**15))
def test_writing_is_one_to_one(a, b):
    assert (yuan(a) == yuan(b)) is (a == b)


@pytest.mark.parametrize(
    ("text", "amount"),
    [("0", 0), ("0.01", 1), ("36.5", 3650), ("36.50", 3650), ("99999999.99", MAX_FEN), ("7", 700)],
)
def test_plain_decimal_strings_are_read(text, amount):
    assert fen(text) == amount


@pytest.mark.parametrize(
    "text",
    [
        "", " 1", "1 ", "1\n", "+1", "-1", "1.", ".5", "1.234", "1e3", "1,000.00", "01", "00.10", "NaN",
        "Infinity", "100000000", "100000000.00", "１.00", "¥1", "1.0٣", "0x10", "1_0", "1\x00",
        None, 1, 1.5, True, b"1.00",
    ],
)  # fmt: skip
def test_anything_else_is_refused(text):
    with pytest.raises(ValueError, match="decimal string"):
        fen(text)


@given(st.text())
def test_every_text_is_an_amount_in_range_or_a_value_error(text):
    with contextlib.suppress(ValueError):
        assert 0 <= fen(text) <= MAX_FEN


def test_a_negative_sum_is_written_with_its_sign():
    assert yuan(-1) == "-0.01"
    assert yuan(-12345) == "-123.45"
