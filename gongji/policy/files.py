"""Reading rule files: TOML with a source and a date at every rule, inherited from the parent area.

area = "990100"
name = "云溪市"

[sources.notice2]
title = "示例省医疗保障局关于…的通知"
number = "示医保发〔2026〕2号"
grade = "demo"

[max_beneficiaries]
value = 6
source = "notice2"
effective = 2026-01-01

A rule that changes on a day is written twice, [[max_beneficiaries]] each time: the first value holds until
the day the second takes effect, which pages announce. What stands alone holds, whatever its date.
"""

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from types import MappingProxyType
from typing import TypeGuard

from gongji.policy.consistency import contradictions
from gongji.policy.convert import FIELDS
from gongji.policy.policy import Policy, build
from gongji.policy.types import NATIONAL, Grade, Rule, Source

_HEAD = {"area", "name", "sources"}
_RULE = {"value", "source", "effective"}


class PolicyError(Exception):
    """A rule file that cannot be used; the message starts with file and line."""


@dataclass(frozen=True)
class RuleFile:
    """One parsed file: the area, its own sources and its own rules (not yet inherited)."""

    path: Path
    text: str
    data: Mapping[str, object]

    @property
    def area(self) -> str:
        return str(self.data["area"])

    def error(self, key: str, message: str) -> PolicyError:
        """Return an error that names this file and the line where `key` stands."""
        return PolicyError(f"{self.path.name}:{line_of(self.text, key)}: {key}: {message}")


def line_of(text: str, key: str) -> int:
    """Return the line on which a top-level table or value named `key` starts; 1 when it is absent."""
    start = re.compile(rf"\s*(\[+\s*(sources\.)?{re.escape(key)}\s*[\].]|{re.escape(key)}\s*=)")
    lines = enumerate(text.splitlines(), start=1)
    return next((number for number, line in lines if start.match(line)), 1)


def read(path: Path) -> RuleFile:
    """Parse one file and check its head; the rules are checked when the parent is known."""
    text = _text(path)
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as wrong:
        line = re.search(r"line (\d+)", str(wrong))
        raise PolicyError(f"{path.name}:{line[1] if line else 1}: {wrong}") from None
    file = RuleFile(path=path, text=text, data=MappingProxyType(data))
    if not re.fullmatch(r"[0-9]{6}", str(data.get("area", ""))):
        raise file.error("area", "expected a code of six digits in quotes")
    if not str(data.get("name", "")).strip():
        raise file.error("name", "every area has a name")
    for key in data.keys() - FIELDS.keys() - _HEAD:
        raise file.error(key, "unknown key")
    return file


def _text(path: Path) -> str:
    """Return the file as text. An editor may have put a byte order mark before it."""
    raw = path.read_bytes()
    try:
        return raw.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as wrong:
        line = raw[: wrong.start].count(b"\n") + 1
        raise PolicyError(
            f"{path.name}:{line}: not UTF-8; save the file as UTF-8 (not GBK, not UTF-16)"
        ) from None


def read_all(folders: Iterable[Path]) -> dict[str, RuleFile]:
    """Return the files of all folders by area; a later folder replaces an area of an earlier one."""
    files: dict[str, RuleFile] = {}
    for folder in folders:
        seen: set[str] = set()
        for path in sorted(folder.glob("*.toml")):
            file = read(path)
            if file.area in seen:
                raise file.error("area", f"another file of {folder.name} has the code {file.area}, too")
            seen.add(file.area)
            files[file.area] = file
    if NATIONAL not in files:
        raise PolicyError(f"no rule file with area = {NATIONAL!r}: there is nothing to inherit from")
    return files


def ancestors(area: str) -> list[str]:
    """Return the codes above `area`, nearest first, without the national one: 990101 → 990100, 990000.

    What is no code of six characters has nothing above it.
    """
    above = (area[:4] + "00", area[:2] + "0000") if len(area) == 6 else ()
    return [code for code in above if code not in (area, NATIONAL)]


def reach(area: str) -> str:
    """Return how the codes within `area` begin: 990000 → 99, 500000 → 50, 371000 → 3710, 990101 → 990101.

    By pairs of digits, never by single zeros: 500000 (重庆) must not reach 510000 (四川).
    """
    return area[:2] if area.endswith("0000") else area[:4] if area.endswith("00") else area


def build_all(files: Mapping[str, RuleFile], day: date = date.min) -> dict[str, Policy]:
    """Return the policy of every file as it is on `day`, parents before children."""
    policies: dict[str, Policy] = {}
    for area in sorted(files, key=lambda code: (code != NATIONAL, len(code.rstrip("0")), code)):
        parent = next((code for code in [*ancestors(area), NATIONAL] if code in policies), "")
        policies[area] = _build(files[area], policies.get(parent), day)
    return policies


def days_of_change(files: Mapping[str, RuleFile]) -> set[date]:
    """Return the days on which a rule that is written more than once changes."""
    written = [file.data[key] for file in files.values() for key in file.data.keys() - _HEAD]
    later = [stage for stages in written if isinstance(stages, list) for stage in stages[1:]]
    days = [stage.get("effective") for stage in later if isinstance(stage, Mapping)]
    return {day for day in days if _is_day(day)}


def _is_day(raw: object) -> TypeGuard[date]:
    return isinstance(raw, date) and not isinstance(raw, datetime)


def _build(file: RuleFile, parent: Policy | None, day: date) -> Policy:
    inherited = parent.rules if parent else {}
    sources = {rule.source.key: rule.source for rule in inherited.values()} | _sources(file)
    written = {key: _stages(file, key, sources) for key in file.data.keys() - _HEAD}
    own = {key: _in_force(stages, day) for key, stages in written.items()}
    rules = {key: own.get(key) or inherited[key] for key in FIELDS if key in own or key in inherited}
    for key in FIELDS.keys() - rules.keys():
        raise file.error(key, "missing, and there is no parent to inherit it from")
    coming = [rule for rule in (parent.coming if parent else ()) if rule.key not in own]
    coming += [rule for stages in written.values() for rule in stages[1:] if rule.effective > day]
    policy = build(
        area=file.area,
        name=str(file.data["name"]),
        parent=parent.area if parent else "",
        rules=MappingProxyType(rules),
        coming=tuple(sorted(coming, key=lambda rule: (rule.effective, rule.key))),
    )
    for key, message in contradictions(policy):
        raise file.error(key, message)
    return policy


def _stages(file: RuleFile, key: str, sources: Mapping[str, Source]) -> list[Rule]:
    raw = file.data[key]
    rules = [_rule(file, key, each, sources) for each in (raw if isinstance(raw, list) else [raw])]
    days = [rule.effective for rule in rules]
    if not rules or days != sorted(set(days)):
        raise file.error(key, "written more than once: each must take effect after the one before")
    return rules


def _in_force(stages: list[Rule], day: date) -> Rule:
    """The last one whose day has come; the first holds before that, for there is nothing else to go by."""
    return next((rule for rule in reversed(stages) if rule.effective <= day), stages[0])


def _sources(file: RuleFile) -> dict[str, Source]:
    raw = file.data.get("sources", {})
    if not isinstance(raw, Mapping):
        raise file.error("sources", "expected tables like [sources.notice2]")
    return {key: _source(file, key, value) for key, value in raw.items()}


def _source(file: RuleFile, key: str, raw: object) -> Source:
    if not isinstance(raw, Mapping) or not {"title", "grade"} <= raw.keys() <= {"title", "grade", "number"}:
        raise file.error(key, "a source has a title, a grade and perhaps a number (文号)")
    if raw["grade"] not in list(Grade):
        raise file.error(key, f"grade {raw['grade']!r} is not one of {', '.join(Grade)}")
    return Source(
        key=key, title=str(raw["title"]), grade=Grade(raw["grade"]), number=str(raw.get("number", ""))
    )


def _rule(file: RuleFile, key: str, raw: object, sources: Mapping[str, Source]) -> Rule:
    if not isinstance(raw, Mapping) or raw.keys() != _RULE:
        raise file.error(key, "a rule is a table with exactly value, source and effective")
    effective = raw["effective"]
    if not _is_day(effective):
        raise file.error(key, "effective: expected a date like 2026-01-01")
    if raw["source"] not in sources:
        raise file.error(key, f"source {raw['source']!r} is not described in [sources]")
    try:
        value = FIELDS[key](raw["value"])
    except ValueError as wrong:
        raise file.error(key, str(wrong)) from None
    source = sources[raw["source"]]
    return Rule(key=key, value=value, raw=raw["value"], source=source, effective=effective, area=file.area)
