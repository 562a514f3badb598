"""Identity documents, names, phones, passwords and limits of tries. Pure: `now` is an argument."""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from enum import StrEnum
from operator import mul
from typing import Any, NamedTuple

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

# ------------------------------------------------------------- identity documents
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECK_CHARACTERS = "10X98765432"
_EARLIEST_BIRTH = date(1900, 1, 1)
_LIKE_RESIDENT = frozenset({"01", "16"})
"""Types numbered by GB 11643: the resident card and the residence permit of Hong Kong, Macao and Taiwan."""
_FOREIGN_RESIDENCE = "07"
_FORMS = {
    "04": re.compile(r"[HMC]\d{8}(\d{2})?", re.ASCII),
    "06": re.compile(r"\d{8}(\d{2})?|[A-Z]\d{9,11}", re.ASCII),
    "07": re.compile(r"[A-Z]{3}\d{12}|9\d{16}[\dX]", re.ASCII),
    "08": re.compile(r"[A-Z0-9]{5,20}", re.ASCII),
    "99": re.compile(r"[A-Z]\d{9}", re.ASCII),
}


class IdProblem(StrEnum):
    """What is wrong with the form of a document number; says nothing about whether it exists."""

    LENGTH = "length"
    CHARACTERS = "characters"
    DATE = "date"
    CHECK_DIGIT = "check_digit"
    FORM = "form"
    TYPE = "type"


def normalise_id(id_type: str, raw: str) -> str:
    """Return a number as it is stored: half-width, no blanks or hyphens, upper case, 15 → 18 digits."""
    text = unicodedata.normalize("NFKC", raw).upper()
    kept = (mark for mark in text if not mark.isspace() and mark not in "-‐‑–—\u200b\ufeff")
    # Without its blank an accent joins the letter before it, so the text is composed once more.
    number = unicodedata.normalize("NFKC", "".join(kept))
    if id_type == "01" and re.fullmatch(r"\d{15}", number, re.ASCII):
        body = f"{number[:6]}19{number[6:]}"
        return body + check_character(body)
    return number


def check_character(body: str) -> str:
    """Return the check character of the first 17 digits (GB 11643, ISO 7064 MOD 11-2)."""
    return _CHECK_CHARACTERS[sum(map(mul, _WEIGHTS, map(int, body))) % 11]


def check_id(id_type: str, number: str) -> IdProblem | None:
    """Say what is wrong with a normalised number, or None.

    The region part is not checked: numbers last for life, regions do not (abolished and renumbered
    counties, 东莞, 儋州 and the like belong to real holders).
    """
    if id_type in _LIKE_RESIDENT:
        return _check_resident(number)
    form = _FORMS.get(id_type)
    if form is None:
        return IdProblem.TYPE
    if not form.fullmatch(number):
        return IdProblem.FORM
    if id_type == _FOREIGN_RESIDENCE and number[0] == "9" and check_character(number[:17]) != number[17]:
        return IdProblem.CHECK_DIGIT
    return None


def _check_resident(number: str) -> IdProblem | None:
    if len(number) != 18:
        return IdProblem.LENGTH
    if not re.fullmatch(r"\d{17}[\dX]", number, re.ASCII):
        return IdProblem.CHARACTERS
    if birth_of(number) is None:
        return IdProblem.DATE
    if check_character(number[:17]) != number[17]:
        return IdProblem.CHECK_DIGIT
    return None


def birth_of(number: str) -> date | None:
    """Return the date of birth inside an 18-character number; None when there is none or it is no date."""
    if not re.fullmatch(r"\d{17}[\dX]", number, re.ASCII):
        return None
    try:
        birth = date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        return None
    return birth if birth >= _EARLIEST_BIRTH else None


def birth_inside(id_type: str, number: str) -> date | None:
    """Return the date of birth that a normalised number of this type holds, None where it holds none.

    The foreigners' residence card has held one since 2023, when its numbers got 18 digits.
    """
    holds = id_type in _LIKE_RESIDENT or (id_type == _FOREIGN_RESIDENCE and len(number) == 18)
    return birth_of(number) if holds else None


def age_on(birth: date, day: date) -> int:
    """Return the age in full years; who was born on 29 February is a year older on 1 March (民法典 § 201)."""
    return day.year - birth.year - ((day.month, day.day) < (birth.month, birth.day))


# ------------------------------------------------------------- names and phones
_DOTS = dict.fromkeys(map(ord, "·•・‧∙⋅．.。･ㆍ‐-"), "·")
_PRIVATE_USE = str.maketrans(
    "\ue81e\ue826\ue82b\ue82c\ue832\ue843\ue854\ue864\ue863",
    "\u9fb4\u9fb5\u9fb6\u9fb7\u9fb8\u9fb9\u9fba\u9fbb\u4dae",  # data
)
"""Rare characters that older GB 18030 systems still write as private-use code points."""
_PHONE = re.compile(r"1[3-9]\d{9}", re.ASCII)


def normalise_name(raw: str) -> str:
    """Return a name as it is compared: composed, half-width, one kind of dot, no blanks, one letter case."""
    text = unicodedata.normalize("NFKC", raw.translate(_PRIVATE_USE))
    text = "".join(
        character for character in text if not character.isspace() and character not in "\u200b\ufeff"
    )
    # Without its blank an accent joins the letter before it, so the text is composed once more.
    return unicodedata.normalize("NFKC", text.translate(_DOTS).strip("·").casefold())


def same_name(a: str, b: str) -> bool:
    """Whether two spellings are one name: 买买提·艾力 = 买买提•艾力, Ｌｉ = li. Never true for empty ones."""
    return bool(normalise_name(a)) and normalise_name(a) == normalise_name(b)


def normalise_phone(raw: str) -> str | None:
    """Return the 11 digits of a mainland mobile number however typed (+86, blanks, full width), or None."""
    digits = re.sub(r"[\s()+-]", "", unicodedata.normalize("NFKC", raw), flags=re.ASCII).removeprefix("0086")
    digits = digits.removeprefix("86") if len(digits) == 13 else digits
    return digits if _PHONE.fullmatch(digits) else None


# ------------------------------------------------------------- limits of tries
class Limit(NamedTuple):
    """At most `times` within `window`."""

    times: int
    window: timedelta


CODE_LIFE = timedelta(minutes=15)
CODE_TRIES = 5
CODES_PER_PHONE = (
    Limit(1, timedelta(seconds=60)),
    Limit(5, timedelta(hours=1)),
    Limit(10, timedelta(days=1)),
)
CODES_PER_ADDRESS = (Limit(30, timedelta(minutes=10)), Limit(300, timedelta(days=1)))
"""Generous: thousands of phones share one address behind a carrier's NAT."""
CODES_IN_ALL = (Limit(600, timedelta(minutes=1)),)
IDENTITY_FAILURES = (Limit(5, timedelta(hours=1)), Limit(10, timedelta(days=1)))
SECOND_FACTOR_FAILURES = Limit(5, timedelta(minutes=15))
PASSWORD_LIFE = timedelta(days=90)
PASSWORDS_REMEMBERED = 5


def free_at(times: Sequence[datetime], limits: Iterable[Limit], now: datetime) -> datetime | None:
    """Return when the next try is allowed after tries at `times`, or None when it is allowed now."""
    newest = sorted(times, reverse=True)
    ends = [newest[limit.times - 1] + limit.window for limit in limits if len(newest) >= limit.times]
    return max((end for end in ends if end > now), default=None)


# ------------------------------------------------------------- staff passwords
class ThreeClassesValidator:
    """Staff passwords mix three of: lower case, upper case, digits, other signs (等保 8.1.4.1 a)."""

    _CLASSES = (r"[a-z]", r"[A-Z]", r"[0-9]", r"[^a-zA-Z0-9]")

    def validate(self, password: str, user: Any = None) -> None:
        """Raise ValidationError for fewer than three classes."""
        if sum(bool(re.search(pattern, password)) for pattern in self._CLASSES) < 3:
            raise ValidationError(self.get_help_text(), code="password_classes")

    def get_help_text(self) -> str:
        """The rule as one sentence."""
        return _("密码要在小写字母、大写字母、数字、符号里至少用三种。")
