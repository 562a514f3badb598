"""How many bindings each end may have, by kind: 亲情账户 has limits of its own (domain.md §2)."""

from dataclasses import dataclass

from binding.states import Kind
from gongji.policy import Policy, Rule


@dataclass(frozen=True)
class Bound:
    """The most an area allows, None = no limit, and the rule that says so."""

    most: int | None
    rule: Rule

    def is_full(self, taken: int) -> bool:
        """Whether no further one fits beside `taken`."""
        return self.most is not None and taken >= self.most


def of_authorizer(kind: str, rules: Policy) -> Bound:
    """Relatives one authorizer may give to; for 亲情账户 people who may look at one person."""
    key = "view_max_viewers" if kind == Kind.VIEW else "max_beneficiaries"
    return Bound(getattr(rules, key), rules.cite(key))


def of_beneficiary(kind: str, rules: Policy) -> Bound:
    """Authorizers one relative may have; for 亲情账户 people one may look after."""
    key = "view_max_delegates" if kind == Kind.VIEW else "max_authorizers"
    return Bound(getattr(rules, key), rules.cite(key))
