"""A Policy: the rules in force in one area, each with its source and effective date."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import cast

from gongji.policy.convert import FIELDS
from gongji.policy.types import (
    AreaScope,
    AutoEnd,
    Category,
    Consent,
    ConsentWay,
    Credential,
    Document,
    DocumentsAsked,
    Entrance,
    FourEyes,
    Letter,
    Levels,
    Model,
    OfficeHours,
    PoolLeave,
    Premium,
    Proofs,
    Relation,
    Retention,
    ReviewMode,
    Rule,
    Sampling,
    ShareOrder,
    Side,
    Signing,
    Wallet,
    Window,
)


@dataclass(frozen=True, kw_only=True)
class Policy:
    """What one area decides. Money in 分, times in days or working days as the names say.

    Everything is a plain value; `cite(key)` tells who says so and since when. domain.md §2 lists the keys.
    """

    area: str
    name: str
    parent: str
    rules: Mapping[str, Rule]
    coming: tuple[Rule, ...] = field(default=(), compare=False)
    """Rules that are published and not in force yet, soonest first; no part of what decides today."""

    open: bool
    """Whether applications are taken online; False = a page with windows and telephone."""
    model: Model

    relations: tuple[Relation, ...]
    max_beneficiaries: int | None
    """Relatives one authorizer may give to; None = no limit."""
    max_authorizers: int | None
    """Authorizers one relative may have; None = no limit."""
    view_max_delegates: int | None
    """亲情账户: relatives one person may look after."""
    view_max_viewers: int | None
    """亲情账户: people who may look at one person."""
    view_days: tuple[int, ...]
    """亲情账户: for how many days one may be allowed to look, to choose from."""
    area_scope: AreaScope
    minor_age: int
    """Below it the guardian decides."""

    who_may_initiate: tuple[Side, ...]
    beneficiary_consent: Consent
    review_mode: ReviewMode
    same_household_fast_path: bool
    phone_required: bool
    documents_asked: DocumentsAsked
    signature: Signing
    notice_first: bool
    """Whether the 告知书 is read and agreed to before the first question."""
    consent_ways: frozenset[ConsentWay]
    levels: Levels
    entrances: Mapping[str, Entrance]
    """Ways into the service that differ in how one applies, by code."""
    proofs: Proofs
    """Per relation the choices of documents, the usual one first; needed when data prove nothing."""
    documents: Mapping[str, Document]
    zero_balance_may_bind: bool
    """False: an authorizer whose balance is 0 cannot bind; True: a warning is enough."""
    validity_months: int | None
    """None = open-ended."""

    share_order: ShareOrder
    """After the relative's own account; decided by the relative's area."""
    min_balance: int
    """分 that stay with the authorizer; only what is above can be shared."""
    allowed: frozenset[Category]
    prohibited: frozenset[Category]
    """Expressly forbidden; what is in neither set is not opened here."""
    credential: Credential
    wallet: Wallet
    pool_transfers_per_month: int | None
    """Household pool: how often one person may move money in; None = no limit."""
    pool_leave: PoolLeave
    credit_day: int
    """The monthly credit (划入) is there before this day of the month."""
    premiums: tuple[Premium, ...]
    """What the insured of this area pay for a year; what is not listed cannot be paid here."""
    premium_refund_days: int
    """So many days after the payment whoever paid may take a premium back alone."""

    unbind_lock_days: int
    auto_end: frozenset[AutoEnd]

    review_workdays: int
    recheck_workdays: int
    """After the missing document came in."""
    draft_days: int
    return_workdays: int
    consent_days: int
    appeal_days: int
    office_hours: OfficeHours

    windows: tuple[Window, ...]
    hotline: str
    notice: Letter
    commitment: Letter
    view_notice: Letter
    view_commitment: Letter
    wallet_notice: Letter
    wallet_commitment: Letter
    health_consent: Letter

    remind_percent: tuple[int, ...]
    four_eyes: FourEyes
    denials_stop: int
    """So many relatives who do not know the applicant, within 30 days, stop further applications."""
    sampling: Sampling
    retention: Retention

    def cite(self, key: str) -> Rule:
        """Return the value of `key` with its source and effective date; KeyError for an unknown key."""
        return self.rules[key]

    def through(self, entrance: str) -> "Policy":
        """Return the rules for whoever came in by an entrance; an unknown one, or "", changes nothing."""
        found = self.entrances.get(entrance)
        if found is None or not found.rules:
            return self
        said = self.cite("entrances")
        changed = {
            key: replace(said, key=key, value=FIELDS[key](raw), raw=raw) for key, raw in found.rules.items()
        }
        rules = {**self.rules, **changed}
        return build(area=self.area, name=self.name, parent=self.parent, rules=rules, coming=self.coming)

    def with_rule(self, rule: Rule) -> "Policy":
        """Return this policy with one rule exchanged, e.g. one that is still to come."""
        rules = {**self.rules, rule.key: rule}
        return build(area=self.area, name=self.name, parent=self.parent, rules=rules)

    def notice_for(self, kind: str) -> Letter:
        """Return the 告知书 of 家庭共济 (`mutual_aid`), 亲情账户 (`view`) or 医保钱包 (`wallet`)."""
        return {"view": self.view_notice, "wallet": self.wallet_notice}.get(kind, self.notice)

    def commitment_for(self, kind: str) -> Letter:
        """Return the 承诺书 of 家庭共济 (`mutual_aid`), 亲情账户 (`view`) or 医保钱包 (`wallet`)."""
        return {"view": self.view_commitment, "wallet": self.wallet_commitment}.get(kind, self.commitment)

    @property
    def reaches_whole_province(self) -> bool:
        """Whether a relative in another city of the province may use the account."""
        return self.area_scope is AreaScope.PROVINCE

    def covers(self, relative_area: str, own_area: str = "") -> bool:
        """Whether a relative insured in `relative_area` is near enough to the giver.

        Codes are six digits, two each for province, city, county; a 统筹区 is a city with its counties.
        `own_area` is where the giver is insured; it matters where a province's file speaks for a city
        that has none.
        """
        digits = 2 if self.reaches_whole_province else 4
        return relative_area[:digits] == (own_area or self.area)[:digits]

    def pays_for(self, category: Category) -> Rule | None:
        """Return the rule that forbids `category`, or None when the account may pay for it."""
        if category in self.prohibited:
            return self.cite("prohibited")
        return None if category in self.allowed else self.cite("allowed")

    def premiums_on(self, day: date) -> list[Premium]:
        """Return the premiums that are collected on `day`, in the order of the rule file."""
        return [premium for premium in self.premiums if premium.is_collected_on(day)]

    def is_minor(self, birth: date, today: date) -> bool:
        """Whether someone born on `birth` is still below the area's age of deciding for oneself."""
        had_birthday = (today.month, today.day) >= (birth.month, birth.day)
        return today.year - birth.year - (not had_birthday) < self.minor_age

    def latest_change(self) -> date:
        """The day the youngest of the rules took effect."""
        return max(rule.effective for rule in self.rules.values())

    def canonical(self) -> str:
        """Return one exact text of all rules, sources included; `from_canonical` reads it back."""
        rules = {
            key: {
                "value": rule.raw,
                "area": rule.area,
                "effective": rule.effective.isoformat(),
                "source": [rule.source.key, rule.source.title, rule.source.grade, rule.source.number],
            }
            for key, rule in self.rules.items()
        }
        whole = {"area": self.area, "name": self.name, "parent": self.parent, "rules": rules}
        return json.dumps(whole, ensure_ascii=False, sort_keys=True, separators=(",", ":"))

    def digest(self) -> str:
        """Return the SHA-256 of the canonical text, in hexadecimal."""
        return hashlib.sha256(self.canonical().encode()).hexdigest()


def build(
    *, area: str, name: str, parent: str, rules: Mapping[str, Rule], coming: tuple[Rule, ...] = ()
) -> Policy:
    """Return the Policy of complete `rules` (every key of `convert.FIELDS`)."""
    values = cast("dict[str, object]", {key: rule.value for key, rule in rules.items()})
    return Policy(area=area, name=name, parent=parent, rules=rules, coming=coming, **values)  # type: ignore[arg-type]
