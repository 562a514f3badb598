"""Random rule files that mean something: every key within its domain, and nothing in them contradicts.

What would contradict is never drawn, so no example is thrown away.
"""

from typing import Any

from hypothesis import strategies as st

from gongji.policy import (
    AreaScope,
    AutoEnd,
    Category,
    Channel,
    Consent,
    ConsentWay,
    DocumentsAsked,
    Level,
    Model,
    PoolLeave,
    Relation,
    ReviewMode,
    ShareOrder,
    Side,
    Signing,
)
from gongji.policy.blank import toml

Raw = dict[str, Any]
KINDS = ("marriage_certificate", "household_booklet", "birth_certificate", "notarial_certificate", "id_card")
HEAD = """area = "{area}"
name = "云山省"
[sources.notice]
title = "云山省通知"
number = "云医保发〔2026〕1号"
grade = "demo"
"""


def one(kind: Any) -> st.SearchStrategy[str]:
    """One member of an enumeration, as a rule file writes it."""
    return st.sampled_from([member.value for member in kind])


def some(kind: Any, at_least: int = 0) -> st.SearchStrategy[list[str]]:
    """Members of an enumeration in any order."""
    return st.lists(one(kind), min_size=at_least, unique=True)


def limit(high: int) -> st.SearchStrategy[int | str]:
    """A small number, or none."""
    return st.one_of(st.integers(1, high), st.just("unlimited"))


YUAN = st.integers(0, 300_00).map(lambda fen: f"{fen // 100}.{fen % 100:02}")
CHOICES = st.lists(
    st.lists(st.sampled_from(KINDS), min_size=1, max_size=2, unique=True),
    min_size=1,
    max_size=2,
    unique_by=tuple,
)


@st.composite
def applying(draw: st.DrawFn) -> Raw:
    """How one applies; these may differ by entrance."""
    review = draw(st.integers(1, 10))
    asked = draw(one(DocumentsAsked))
    return {
        "who_may_initiate": draw(some(Side, 1)),
        "beneficiary_consent": draw(one(Consent)),
        "consent_ways": sorted({ConsentWay.LOGIN, *draw(some(ConsentWay, 1))}),
        "documents_asked": asked,
        "same_household_fast_path": draw(st.booleans()) and asked != DocumentsAsked.ALWAYS,
        "notice_first": draw(st.booleans()),
        "phone_required": draw(st.booleans()),
        "review_mode": draw(one(ReviewMode)),
        "review_workdays": review,
        "signature": draw(one(Signing)),
        "proofs": {relation.value: draw(CHOICES) for relation in Relation},
    }


@st.composite
def entrance(draw: st.DrawFn, code: str, own: Raw) -> Raw:
    """An entrance where some of it is otherwise, agreeing with what the area says itself."""
    other = draw(applying())
    keys = draw(st.sets(st.sampled_from(sorted(other))))
    # These two pairs are told together, here as everywhere.
    pairs = [{"documents_asked", "same_household_fast_path"}]
    for pair in pairs:
        keys |= pair if keys & pair else set()
    changed = {key: other[key] for key in keys}
    if "review_workdays" in changed:
        changed["review_workdays"] += own["review_workdays"]
    return {"code": code, "name": f"入口 {code}", "channel": draw(one(Channel)), "rules": changed}


@st.composite
def money(draw: st.DrawFn, model: str) -> Raw:
    """How the money is used."""
    forbidden = set(draw(some(Category))) - {Category.OUTPATIENT.value, Category.DRUG.value}
    allowed = {Category.OUTPATIENT.value, Category.DRUG.value, *draw(some(Category))} - forbidden
    return {
        "share_order": draw(one(ShareOrder)),
        "min_balance": draw(YUAN),
        "allowed": sorted(allowed),
        "prohibited": sorted(forbidden),
        "max_authorizers": 1 if model == Model.POOL else draw(limit(3)),
        "pool_transfers_per_month": draw(limit(3)),
        "pool_leave": draw(one(PoolLeave)),
        "credit_day": draw(st.integers(1, 28)),
        "premiums": [],
        "premium_refund_days": draw(st.integers(0, 30)),
        "zero_balance_may_bind": draw(st.booleans()),
        "wallet": {
            "open": draw(st.booleans()), "daily_transfers": draw(st.integers(1, 9)),
            "max_transfer": "100.00", "closed_from": "22:00", "closed_until": "06:00",
        },
    }  # fmt: skip


@st.composite
def times(draw: st.DrawFn, review_workdays: int) -> Raw:
    """How long everything takes and lasts."""
    months = draw(limit(24))
    longest = 366 if months == "unlimited" else min(366, 28 * int(months))
    appeal = draw(st.integers(1, 60))
    proof = draw(st.integers(appeal, 400))
    edges = sorted(draw(st.lists(st.integers(7, 21), min_size=2, max_size=4, unique=True)))
    spans = [[f"{start:02}:00", f"{end:02}:00"] for start, end in zip(edges[::2], edges[1::2], strict=False)]
    return {
        "validity_months": months,
        "unbind_lock_days": draw(st.integers(0, longest)),
        "auto_end": draw(some(AutoEnd)),
        "recheck_workdays": draw(st.integers(1, review_workdays)),
        "draft_days": draw(st.integers(1, 60)),
        "return_workdays": draw(st.integers(1, 20)),
        "consent_days": draw(st.integers(1, 60)),
        "appeal_days": appeal,
        "office_hours": spans,
        "remind_percent": sorted(draw(st.lists(st.integers(1, 100), min_size=1, max_size=3, unique=True))),
        "retention": {"proof_days": proof, "draft_days": 30, "application_days": proof + 30},
    }


@st.composite
def people(draw: st.DrawFn) -> Raw:
    """Who may take part, how surely known, and when a second reader looks."""
    most = draw(st.integers(0, 5))
    return {
        "relations": draw(some(Relation, 1)),
        "max_beneficiaries": draw(limit(3)),
        "view_max_delegates": draw(limit(5)),
        "view_max_viewers": draw(limit(5)),
        "view_days": draw(st.lists(st.integers(1, 366), min_size=1, max_size=3, unique=True)),
        "area_scope": draw(one(AreaScope)),
        "minor_age": draw(st.integers(0, 30)),
        "levels": {act: draw(one(Level)) for act in ("apply", "consent", "view")},
        "denials_stop": draw(st.integers(1, 9)),
        "four_eyes": {
            "relatives_in_12_months": draw(st.integers(1, 9)),
            "givers_of_one_relative": draw(st.integers(1, 9)),
            "givers_of_one_phone_in_30_days": draw(st.integers(1, 9)),
            "monthly_cap": "5000.00",
        },
        "sampling": {
            "percent": draw(st.integers(0, 100)), "newcomer_percent": draw(st.integers(0, 100)),
            "newcomer_days": 14, "daily_min": most, "daily_max": most + draw(st.integers(0, 5)),
        },
    }  # fmt: skip


@st.composite
def rule_files(draw: st.DrawFn, area: str = "980000") -> str:
    """The text of a rule file of a made-up province that is open."""
    model = draw(one(Model))
    own = draw(applying())
    rules: Raw = {"open": True, "model": model}
    rules |= own | draw(people()) | draw(money(model)) | draw(times(own["review_workdays"]))
    codes = draw(st.lists(st.sampled_from(["app", "mini", "window"]), max_size=2, unique=True))
    rules["entrances"] = [draw(entrance(code, own)) for code in codes]
    written = [
        f'[{key}]\nvalue = {toml(raw)}\nsource = "notice"\neffective = 2026-02-01\n'
        for key, raw in rules.items()
    ]
    return HEAD.format(area=area) + "\n".join(written)
