"""Public numbers of applications: GJ-2611-38210474, the last digit checks the others (Luhn)."""

import re
from datetime import date

_FORM = re.compile(r"GJ-\d{4}-\d{8}", re.ASCII)
SERIALS = 10_000_000
"""Serials are drawn at random, so that a number tells nobody how many applications there are."""


def check_digit(digits: str) -> str:
    """Return the Luhn digit (ISO/IEC 7812-1) that follows `digits`; it catches any one wrong digit."""
    total = 0
    for position, digit in enumerate(reversed(digits)):
        doubled = int(digit) * (2 if position % 2 == 0 else 1)
        total += doubled - 9 if doubled > 9 else doubled
    return str(-total % 10)


def public_number(day: date, serial: int) -> str:
    """Return the number of an application begun on `day`; `serial` is below SERIALS."""
    body = f"{day:%y%m}{serial:07d}"
    return f"GJ-{body[:4]}-{body[4:]}{check_digit(body)}"


def is_public_number(text: str) -> bool:
    """Whether `text` has the form of a public number and the right check digit."""
    if not _FORM.fullmatch(text):
        return False
    digits = text[3:].replace("-", "")
    return check_digit(digits[:-1]) == digits[-1]
