"""分 and 元: integer 分 inside the portal, decimal strings of 元 outside (contract §3)."""

import re

MAX_FEN = 99_999_999_99
"""The largest amount that may come in: 99,999,999.99 元."""

_YUAN = re.compile(r"(0|[1-9][0-9]{0,7})(?:\.([0-9]{1,2}))?", re.ASCII)


def fen(yuan_text: str) -> int:
    """Return the 分 of an amount of 元 such as "36.5"; ASCII digits, at most two places.

    Raises ValueError for anything else: signs, exponents, spaces, thousands separators, full-width
    digits, leading zeros, a bare point, more than 99,999,999.99, and every type but `str` (a JSON number
    has already been rounded by somebody).
    """
    match = _YUAN.fullmatch(yuan_text) if isinstance(yuan_text, str) else None
    if match is None:
        raise ValueError("an amount is a decimal string of yuan with at most two places, up to 99999999.99")
    whole, places = match.groups(default="")
    return int(whole) * 100 + int(places.ljust(2, "0"))


def yuan(amount: int) -> str:
    """Return 分 as 元 with exactly two places: 3650 → "36.50"; a sum may be negative or above MAX_FEN."""
    sign = "-" if amount < 0 else ""
    whole, places = divmod(abs(amount), 100)
    return f"{sign}{whole}.{places:02}"
