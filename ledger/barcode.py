"""Code 128, character set C (ISO/IEC 15417): digits in pairs, as a till's scanner reads them."""

from typing import NamedTuple

_WIDTHS = (
    "212222 222122 222221 121223 121322 131222 122213 122312 132212 221213 221312 231212 112232 122132 "
    "122231 113222 123122 123221 223211 221132 221231 213212 223112 312131 311222 321122 321221 312212 "
    "322112 322211 212123 212321 232121 111323 131123 131321 112313 132113 132311 211313 231113 231311 "
    "112133 112331 132131 113123 113321 133121 313121 211331 231131 213113 213311 213131 311123 311321 "
    "331121 312113 312311 332111 314111 221411 431111 111224 111422 121124 121421 141122 141221 112214 "
    "112412 122114 122411 142112 142211 241211 221114 413111 241112 134111 111242 121142 121241 114212 "
    "124112 124211 411212 421112 421211 212141 214121 412121 111143 111341 131141 114113 114311 411113 "
    "411311 113141 114131 311141 411131 "
)
"""Widths of bar, space, bar, space, bar, space of the values 0 to 102, 11 modules each."""
_PATTERNS = _WIDTHS.split()
_START_C, _START_C_VALUE = "211232", 105
_STOP = "2331112"
QUIET = 10
"""Modules of white that must stay free on either side."""


class Bar(NamedTuple):
    """A dark bar, in modules from the left edge."""

    x: int
    width: int


class Barcode(NamedTuple):
    """Bars and the whole width in modules, quiet zones included."""

    bars: list[Bar]
    width: int


def code128(digits: str) -> Barcode:
    """Return the bars of an even number of digits. Raises ValueError for anything else."""
    if not digits.isascii() or not digits.isdigit() or len(digits) % 2:
        raise ValueError("Code 128-C takes an even number of digits")
    values = [int(digits[i : i + 2]) for i in range(0, len(digits), 2)]
    check = (_START_C_VALUE + sum(place * value for place, value in enumerate(values, 1))) % 103
    widths = "".join([_START_C, *(_PATTERNS[value] for value in (*values, check)), _STOP])
    bars, x = [], QUIET
    for position, width in enumerate(map(int, widths)):
        if position % 2 == 0:
            bars.append(Bar(x, width))
        x += width
    return Barcode(bars, x + QUIET)
