"""From a reason of the catalogue to the sentence a citizen reads."""

import string
from collections.abc import Mapping
from dataclasses import dataclass, field
from uuid import UUID

from django.utils.translation import gettext as _

BY_MACHINE = frozenset(
    {"材料", "家人", "谁", "关系", "可用材料", "依据", "险种", "窗口", "电话", "日期", "情况"}  # data
)
"""Placeholders that are filled in from the case; all others ask the reviewer."""

REVIEW_CHECKS = ("complete", "match", "proves")
"""What a reviewer ticks before approving: clear, the people and numbers agree, proves the relation."""


@dataclass(frozen=True)
class ReasonGiven:
    """A reason as a reviewer chose it: which, about which document, with which words filled in."""

    code: str
    proof_id: UUID | None = None
    params: Mapping[str, str] = field(default_factory=dict)


class _Gaps(dict[str, str]):
    """A word nobody filled in becomes the plainest one that keeps the sentence whole."""

    def __missing__(self, key: str) -> str:
        plain = {"内容": _("有的字"), "部分": _("一角"), "实际材料": _("别的材料"), "材料": _("材料")}
        return plain.get(key, "…")


def placeholders(sentence: str) -> list[str]:
    """Return the words of a catalogue sentence that a reviewer fills in, in order."""
    found = [name for _text, name, _spec, _conversion in string.Formatter().parse(sentence) if name]
    return [name for name in dict.fromkeys(found) if name not in BY_MACHINE]


def sentence_for(sentence: str, machine: Mapping[str, str], given: Mapping[str, str]) -> str:
    """Return the catalogue sentence with its words filled in; what the machine knows wins."""
    words = {name: value.strip() for name, value in given.items() if value.strip()}
    return sentence.format_map(_Gaps({**words, **machine}))
