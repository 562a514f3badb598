"""From what TOML can say to the types of a Policy: a converter per field, ValueError when it will not do."""

import re
from collections.abc import Callable, Mapping
from datetime import date, time
from enum import StrEnum
from types import MappingProxyType
from typing import TypeVar

from gongji.money import fen
from gongji.policy.types import (
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
    Letter,
    Level,
    Levels,
    Model,
    OfficeHours,
    Page,
    PoolLeave,
    Premium,
    ProofChoice,
    Proofs,
    Relation,
    Retention,
    ReviewMode,
    Sampling,
    ShareOrder,
    Side,
    Signing,
    Wallet,
    Window,
)

E = TypeVar("E", bound=StrEnum)
T = TypeVar("T")
Converter = Callable[[object], object]


def text(raw: object) -> str:
    """A string that is not blank."""
    if not isinstance(raw, str) or not raw.strip():
        raise ValueError("expected a text that is not empty")
    return raw.strip()


def flag(raw: object) -> bool:
    """true or false."""
    if not isinstance(raw, bool):
        raise ValueError("expected true or false")
    return raw


def count(low: int, high: int) -> Callable[[object], int]:
    """A whole number within bounds."""

    def convert(raw: object) -> int:
        if not isinstance(raw, int) or isinstance(raw, bool) or not low <= raw <= high:
            raise ValueError(f"expected a whole number from {low} to {high}, not {raw!r}")
        return raw

    return convert


def limit(low: int, high: int) -> Callable[[object], int | None]:
    """A whole number within bounds, or "unlimited" (None)."""
    number = count(low, high)
    return lambda raw: None if raw == "unlimited" else number(raw)


def one_of(kind: type[E]) -> Callable[[object], E]:
    """One member of an enumeration."""

    def convert(raw: object) -> E:
        try:
            return kind(str(raw))
        except ValueError:
            raise ValueError(f"{raw!r} is not one of {', '.join(kind)}") from None

    return convert


def each(item: Callable[[object], T], at_least: int = 1) -> Callable[[object], tuple[T, ...]]:
    """A list, every item converted; repeated items are refused."""

    def convert(raw: object) -> tuple[T, ...]:
        if not isinstance(raw, list | tuple) or len(raw) < at_least:
            raise ValueError(f"expected a list of {at_least} or more")
        items = tuple(item(part) for part in raw)
        if any(items.index(part) != place for place, part in enumerate(items)):
            raise ValueError("an item stands twice in the list")
        return items

    return convert


def set_of(kind: type[E]) -> Callable[[object], frozenset[E]]:
    """A list of members of an enumeration whose order means nothing; may be empty."""
    members = each(one_of(kind), at_least=0)
    return lambda raw: frozenset(members(raw))


def amount(raw: object) -> int:
    """An amount of 元 as a decimal string, in 分."""
    if not isinstance(raw, str):
        raise ValueError('expected an amount of yuan in quotes, like "2000.00"')
    return fen(raw)


def clock(raw: object) -> time:
    """A time of day like "17:30"."""
    if not isinstance(raw, str) or not re.fullmatch(r"[0-2][0-9]:[0-5][0-9]", raw):
        raise ValueError('expected a time of day in quotes, like "17:30"')
    return time.fromisoformat(raw)


def day(raw: object) -> date:
    """A day like "2026-09-01"."""
    if not isinstance(raw, str) or not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", raw):
        raise ValueError('expected a day in quotes, like "2026-09-01"')
    return date.fromisoformat(raw)


def table(kind: Callable[..., T], /, **fields: Converter) -> Callable[[object], T]:
    """A TOML table with exactly these fields."""

    def convert(raw: object) -> T:
        if not isinstance(raw, Mapping):
            raise ValueError("expected a table")
        if raw.keys() != fields.keys():
            wrong = sorted(raw.keys() ^ fields.keys())
            raise ValueError(f"missing or unknown: {', '.join(wrong)}")
        return kind(**{name: _named(name, converter, raw[name]) for name, converter in fields.items()})

    return convert


def _named(name: str, converter: Converter, raw: object) -> object:
    try:
        return converter(raw)
    except ValueError as wrong:
        raise ValueError(f"{name}: {wrong}") from None


def office_hours(raw: object) -> OfficeHours:
    """[["09:00", "12:00"], ["13:30", "17:30"]]: spans in order that do not touch backwards."""
    spans = each(_span)(raw)
    edges = [edge for span in spans for edge in span]
    if edges != sorted(set(edges)):
        raise ValueError("office hours must follow one another")
    return spans


def _span(raw: object) -> tuple[time, time]:
    start, end = each(clock, 2)(raw)[:2]
    return start, end


def proofs(raw: object) -> Proofs:
    """Per relation a list of choices; a choice is a list of documents that together prove it."""
    if not isinstance(raw, Mapping):
        raise ValueError("expected a table with a list of choices per relation")
    choice = each(text)
    return MappingProxyType(
        {
            one_of(Relation)(name): tuple(ProofChoice(documents) for documents in each(choice)(choices))
            for name, choices in raw.items()
        }
    )


def documents(raw: object) -> Mapping[str, Document]:
    """The catalogue of documents by kind."""
    page = table(Page, code=text, label=text, hint=text)
    fields = table(Document, kind=text, label=text, how_to=text, reads_as=text, pages=each(page))
    return MappingProxyType({document.kind: document for document in each(fields)(raw)})


def _entrance_code(raw: object) -> str:
    """Part of an address, so plain small letters, digits and hyphens."""
    code = text(raw)
    if not re.fullmatch(r"[a-z0-9-]{1,20}", code):
        raise ValueError(f"{code!r}: expected up to 20 small letters, digits and hyphens")
    return code


def _changed_rules(raw: object) -> Mapping[str, object]:
    """The values an entrance changes; each must be one that `FIELDS` takes and that may differ there."""
    if not isinstance(raw, Mapping):
        raise ValueError("expected a table of rules")
    for key, value in raw.items():
        if key not in DIFFERS_BY_ENTRANCE:
            raise ValueError(f"{key} cannot differ by entrance; {', '.join(sorted(DIFFERS_BY_ENTRANCE))} can")
        _named(key, FIELDS[key], value)
    return MappingProxyType(dict(raw))


def entrances(raw: object) -> Mapping[str, Entrance]:
    """The entrances of an area by code."""
    fields = table(Entrance, code=_entrance_code, name=text, channel=one_of(Channel), rules=_changed_rules)
    found = each(fields, at_least=0)(raw)
    if len({entrance.code for entrance in found}) < len(found):
        raise ValueError("two entrances have the same code")
    return MappingProxyType({entrance.code: entrance for entrance in found})


DIFFERS_BY_ENTRANCE = frozenset(
    {
        "beneficiary_consent", "consent_ways", "documents_asked", "notice_first", "phone_required", "proofs",
        "review_mode", "review_workdays", "same_household_fast_path", "signature", "who_may_initiate",
    }
)  # fmt: skip
"""How one applies may differ by entrance; who may be bound, and the money, may not."""

LETTER = table(Letter, version=text, title=text, clauses=each(text), closing=text)

FIELDS: Mapping[str, Converter] = MappingProxyType(
    {
        "open": flag,
        "model": one_of(Model),
        # who
        "relations": each(one_of(Relation)),
        "max_beneficiaries": limit(1, 99),
        "max_authorizers": limit(1, 99),
        "view_max_delegates": limit(1, 99),
        "view_max_viewers": limit(1, 99),
        "view_days": each(count(1, 366)),
        "area_scope": one_of(AreaScope),
        "minor_age": count(0, 30),
        # how
        "who_may_initiate": each(one_of(Side)),
        "beneficiary_consent": one_of(Consent),
        "review_mode": one_of(ReviewMode),
        "same_household_fast_path": flag,
        "phone_required": flag,
        "documents_asked": one_of(DocumentsAsked),
        "signature": one_of(Signing),
        "notice_first": flag,
        "consent_ways": set_of(ConsentWay),
        "levels": table(Levels, apply=one_of(Level), consent=one_of(Level), view=one_of(Level)),
        "entrances": entrances,
        "proofs": proofs,
        "documents": documents,
        "zero_balance_may_bind": flag,
        "validity_months": limit(1, 600),
        # money
        "share_order": one_of(ShareOrder),
        "min_balance": amount,
        "allowed": set_of(Category),
        "prohibited": set_of(Category),
        "credential": one_of(Credential),
        "wallet": table(
            Wallet,
            open=flag,
            daily_transfers=count(0, 99),
            max_transfer=amount,
            closed_from=clock,
            closed_until=clock,
        ),
        "pool_transfers_per_month": limit(1, 31),
        "pool_leave": one_of(PoolLeave),
        "credit_day": count(1, 28),
        "premiums": each(
            table(
                Premium,
                category=one_of(Category),
                year=count(2000, 2999),
                amount=amount,
                opens=day,
                closes=day,
            ),
            at_least=0,
        ),
        "premium_refund_days": count(0, 366),
        # end
        "unbind_lock_days": count(0, 366),
        "auto_end": set_of(AutoEnd),
        # time
        "review_workdays": count(1, 60),
        "recheck_workdays": count(1, 60),
        "draft_days": count(1, 366),
        "return_workdays": count(1, 60),
        "consent_days": count(1, 366),
        "appeal_days": count(1, 366),
        "office_hours": office_hours,
        # places and texts
        "windows": each(table(Window, name=text, address=text, phone=text, hours=text)),
        "hotline": text,
        "notice": LETTER,
        "commitment": LETTER,
        "view_notice": LETTER,
        "view_commitment": LETTER,
        "wallet_notice": LETTER,
        "wallet_commitment": LETTER,
        "health_consent": LETTER,
        # the bureau's own care
        "remind_percent": each(count(1, 100)),
        "four_eyes": table(
            FourEyes,
            relatives_in_12_months=count(1, 99),
            givers_of_one_relative=count(1, 99),
            givers_of_one_phone_in_30_days=count(1, 99),
            monthly_cap=amount,
        ),
        "denials_stop": count(1, 99),
        "sampling": table(
            Sampling,
            percent=count(0, 100),
            newcomer_percent=count(0, 100),
            newcomer_days=count(0, 366),
            daily_min=count(0, 999),
            daily_max=count(0, 999),
        ),
        "retention": table(
            Retention, proof_days=count(1, 36500), draft_days=count(1, 3660), application_days=count(1, 36500)
        ),
    }
)
"""Every key a rule file may have; the same names are the fields of Policy."""
