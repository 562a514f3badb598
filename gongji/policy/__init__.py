"""The rules of every area as data: typed, checked, each with its legal source and effective date.

    policy.for_area("990101").max_beneficiaries        # the nearest file at or above the code
    policy.for_area("990101").cite("share_order")      # value, source, effective date

One TOML per area in `areas/`, the made-up ones in `areas/demo/`; a bureau's own files lie in the folder
POLICY_DIR and replace or add areas.
Pure Python: no Django, no database; the clock only says which of two announced values holds today.
"""

import json
import os
from collections.abc import Mapping
from datetime import date, datetime
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Any
from zoneinfo import ZoneInfo

from gongji.policy.convert import FIELDS
from gongji.policy.files import PolicyError, ancestors, build_all, days_of_change, reach, read_all
from gongji.policy.policy import Policy, build
from gongji.policy.types import (
    NATIONAL,
    AreaScope,
    AutoEnd,
    Category,
    Channel,
    Consent,
    ConsentWay,
    Credential,
    Document,
    DocumentsAsked,
    Entrance,
    FourEyes,
    Grade,
    Letter,
    Level,
    Levels,
    Model,
    Page,
    PoolLeave,
    Premium,
    ProofChoice,
    Relation,
    Retention,
    ReviewMode,
    Rule,
    Sampling,
    ShareOrder,
    Side,
    Signing,
    Source,
    Wallet,
    Window,
)

__all__ = [
    "NATIONAL", "AreaScope", "AutoEnd", "Category", "Channel", "Consent", "ConsentWay", "Credential",
    "Document", "DocumentsAsked", "Entrance", "FourEyes", "Grade", "Letter", "Level", "Levels", "Model",
    "Page", "Policy", "PolicyError", "PoolLeave", "Premium", "ProofChoice", "Relation", "Retention",
    "ReviewMode", "Rule", "Sampling", "ShareOrder", "Side", "Signing", "Source", "Wallet", "Window",
    "changes_after", "for_area", "from_canonical", "load", "open_areas", "problems", "reach",
]  # fmt: skip

_BEIJING = ZoneInfo("Asia/Shanghai")
AREAS = Path(__file__).parent / "areas"
DEMO = AREAS / "demo"
"""示例省, never loaded in production."""


def load(*folders: Path, day: date | None = None) -> Mapping[str, Policy]:
    """Return every policy by area code, the national one included; the files are read once.

    They are those in force on `day` of Beijing, today by default.

    Without `folders`: the shipped files, the demo's unless DJANGO_ENV is production, those of POLICY_DIR.
    Raises PolicyError with file and line for an unknown key, a value of the wrong kind, a rule without
    source or date, a contradiction.
    """
    stages = _load(folders or _default_folders())
    if len(stages) == 1:  # nothing is announced: no need for a calendar
        return stages[date.min]
    day = day or datetime.now(_BEIJING).date()
    return stages[max(start for start in stages if start <= day)]


def changes_after(day: date) -> list[date]:
    """Return the days to come on which rules change, soonest first."""
    return sorted(start for start in _load(_default_folders()) if start > day)


def for_area(code: str) -> Policy | None:
    """Return the policy of `code` or of its nearest ancestor below national; None = not open there.

    A policy may say itself that it is not `open`: look at that, too, before taking an application.
    """
    policies = load()
    return next((policies[area] for area in [code, *ancestors(code)] if area in policies), None)


def open_areas() -> list[Policy]:
    """Return the policies that take applications online, by code."""
    return [policy for _, policy in sorted(load().items()) if policy.open and policy.area != NATIONAL]


def problems() -> list[str]:
    """Return why the rule files cannot be used, in words; an empty list when they can."""
    try:
        load()
    except (PolicyError, OSError) as wrong:
        return [str(wrong)]
    return []


@lru_cache(maxsize=256)
def from_canonical(text: str) -> Policy:
    """Return the policy that once wrote `text` with `canonical()`.

    A key that came after that day takes the national value of today: the old version had no opinion on it.
    """
    whole = json.loads(text)
    rules = {key: _rule(key, raw) for key, raw in whole["rules"].items() if key in FIELDS}
    today = load()[NATIONAL].rules
    complete = {key: rules.get(key) or today[key] for key in FIELDS}
    return build(
        area=whole["area"], name=whole["name"], parent=whole["parent"], rules=MappingProxyType(complete)
    )


def _rule(key: str, raw: Mapping[str, Any]) -> Rule:
    source_key, title, grade, number = raw["source"]
    return Rule(
        key=key,
        value=FIELDS[key](raw["value"]),
        raw=raw["value"],
        source=Source(key=source_key, title=title, grade=Grade(grade), number=number),
        effective=date.fromisoformat(str(raw["effective"])),
        area=str(raw["area"]),
    )


def _default_folders() -> tuple[Path, ...]:
    # The same default as settings.DJANGO_ENV: nothing made up is shown unless somebody asked for it.
    made_up = os.environ.get("DJANGO_ENV", "production") != "production"
    own = os.environ.get("POLICY_DIR", "")
    return (AREAS, *([DEMO] if made_up else []), *([Path(own)] if own else []))


@lru_cache(maxsize=8)
def _load(folders: tuple[Path, ...]) -> Mapping[date, Mapping[str, Policy]]:
    """The policies from each day on that changes any of them."""
    files = read_all(folders)
    days = [date.min, *sorted(days_of_change(files))]
    return MappingProxyType({day: MappingProxyType(build_all(files, day)) for day in days})
