"""What the values of one policy may not say together."""

from collections.abc import Iterator

from gongji.policy.policy import Policy
from gongji.policy.types import Category, Consent, ConsentWay, Credential, DocumentsAsked, Model, Side

Contradiction = tuple[str, str]
"""The key to mend and why."""


def contradictions(policy: Policy) -> Iterator[Contradiction]:
    """Yield what contradicts itself in `policy`, at any of its entrances too; nothing when all is well."""
    found = list(_everywhere(policy))
    yield from found
    for entrance in policy.entrances:
        for key, message in _everywhere(policy.through(entrance)):
            if (key, message) not in found:
                yield "entrances", f"{entrance}: {key}: {message}"


def _everywhere(policy: Policy) -> Iterator[Contradiction]:
    yield from _documents(policy)
    yield from _people(policy)
    yield from _agreeing(policy)
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


def _agreeing(policy: Policy) -> Iterator[Contradiction]:
    asked = policy.beneficiary_consent is Consent.REQUIRED or Side.BENEFICIARY in policy.who_may_initiate
    # A handed-over phone is never certain, and never handed to whoever gives the money.
    if asked and not policy.consent_ways - {ConsentWay.HANDED}:
        yield "consent_ways", "the other side must agree and has no way to do so"
    if policy.same_household_fast_path and policy.documents_asked is DocumentsAsked.ALWAYS:
        yield "same_household_fast_path", "spares documents that documents_asked = always asks for"


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
    if not policy.wallet.open:
        return
    if not policy.wallet.daily_transfers or not policy.wallet.max_transfer:
        yield "wallet", "an open wallet allows at least one transfer a day, of more than nothing"
    if policy.wallet.closed_from == policy.wallet.closed_until:
        yield "wallet", "an open wallet is not closed round the clock"


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
    if policy.validity_months is not None and policy.unbind_lock_days > 28 * policy.validity_months:
        yield "unbind_lock_days", "locked for longer than a binding lasts"
    yield from _keeping(policy)


def _keeping(policy: Policy) -> Iterator[Contradiction]:
    kept = policy.retention
    if kept.proof_days < policy.appeal_days:
        yield "retention", "proof_days: pictures would be gone while an appeal is still open"
    if kept.application_days < kept.proof_days:
        yield "retention", "application_days: a case would be gone before its pictures"
