"""What the values of one policy may not say together."""

from collections.abc import Iterator

from gongji.policy.policy import Policy
from gongji.policy.types import Category, Credential, Model

Contradiction = tuple[str, str]
"""The key to mend and why."""


def contradictions(policy: Policy) -> Iterator[Contradiction]:
    """Yield what contradicts itself in `policy`; nothing when all is well."""
    yield from _documents(policy)
    yield from _people(policy)
    yield from _money(policy)
    yield from _time(policy)


def _people(policy: Policy) -> Iterator[Contradiction]:
    if policy.model is Model.POOL and policy.max_authorizers != 1:
        yield "max_authorizers", "nobody is in two household pools at once: expected 1"
    for relation in policy.relations:
        if relation not in policy.proofs:
            yield "proofs", f"no document proves the relation {relation}"
    if policy.credential is Credential.AUTHORIZER and policy.view_max_delegates is None:
        yield "credential", "showing the authorizer's code needs a limit of view_max_delegates"


def _documents(policy: Policy) -> Iterator[Contradiction]:
    for relation, choices in policy.proofs.items():
        for choice in choices:
            for kind in choice.documents:
                if kind not in policy.documents:
                    yield "proofs", f"{relation}: the document {kind} is not described in documents"
    for document in policy.documents.values():
        if len({page.code for page in document.pages}) < len(document.pages):
            yield "documents", f"{document.kind}: two pages have the same code"


def _money(policy: Policy) -> Iterator[Contradiction]:
    both = policy.allowed & policy.prohibited
    if both:
        yield "allowed", f"allowed and prohibited at once: {', '.join(sorted(both))}"
    if Category.OUTPATIENT not in policy.allowed and policy.open:
        yield "allowed", "an open area pays at least for outpatient care"
    yield from _premiums(policy)
    if policy.wallet.open and not policy.wallet.daily_transfers:
        yield "wallet", "an open wallet allows at least one transfer a day"


def _premiums(policy: Policy) -> Iterator[Contradiction]:
    seen = set()
    for premium in policy.premiums:
        if not premium.category.startswith("premium_"):
            yield "premiums", f"{premium.category} is no premium"
        if not premium.amount or premium.opens > premium.closes:
            yield (
                "premiums",
                f"{premium.category} {premium.year}: expected an amount, and days in rising order",
            )
        if (premium.category, premium.year) in seen:
            yield "premiums", f"{premium.category} {premium.year} stands twice"
        seen.add((premium.category, premium.year))


def _time(policy: Policy) -> Iterator[Contradiction]:
    if policy.recheck_workdays > policy.review_workdays:
        yield "recheck_workdays", "looking again may not take longer than the first review"
    if list(policy.remind_percent) != sorted(policy.remind_percent):
        yield "remind_percent", "expected percentages in rising order"
    if policy.sampling.daily_min > policy.sampling.daily_max:
        yield "sampling", "daily_min is above daily_max"
