"""What is read before it is signed, what changed since somebody began, and what they agreed to in the end."""

from dataclasses import dataclass
from datetime import datetime

from accounts.models import Consent, Person
from binding.models import Application, Signature
from binding.services.rows import policy_of
from gongji import policy
from gongji.policy import Letter, Policy
from gongji.policy.words import Difference, compare


@dataclass(frozen=True)
class Agreement:
    """One text that one person agreed to: its words as they were, when, and the signature if there is one."""

    letter: Letter
    at: datetime
    how: str
    signature: Signature | None


# ------------------------------------------------------------- before the signature
def notice_to_read(draft: Application, rules: Policy) -> Letter | None:
    """Return the 告知书 that the author of a draft must still agree to: none read yet, or it has changed."""
    notice = rules.notice_for(draft.kind)
    return notice if rules.notice_first and draft.notice_version != notice.version else None


def rule_changes(draft: Application, rules: Policy) -> list[Difference]:
    """Return which rules that concern people read differently from those the draft was begun under."""
    seen = draft.rules_seen
    if seen is None or seen.area != rules.area or seen.digest == _whole(draft, rules).digest():
        return []
    before = policy.from_canonical(seen.canonical)
    if before is None:
        return []
    sides = compare(before.through(draft.entrance), rules)
    return [rule for rule in sides if rule.differs and rule.left.key not in _OF_ENTRANCES]


_OF_ENTRANCES = {"entrances"}
"""How the other ways in differ is nothing to somebody who is inside already."""


def _whole(draft: Application, rules: Policy) -> Policy:
    """The area's own rules, whatever the entrance: published versions are of these."""
    return policy.for_area(draft.area) or rules


# ------------------------------------------------------------- afterwards
def agreed_to(application: Application, person: Person) -> list[Agreement]:
    """Return what a person agreed to for this submission, with the texts of the rules it froze.

    What was said of a submission that was taken back is left out.
    """
    letters = _letters(application)
    said = Consent.objects.filter(about=application.number, person=person, agreed=True)
    if application.submitted_at is not None:
        said = said.filter(at__gte=application.submitted_at)
    signatures = _signatures(application, person)
    return [
        Agreement(letters[row.text], row.at, row.get_how_display(), signatures.get(_SIGNED_AS.get(row.text)))
        for row in said.order_by("at", "pk")
        if row.text in letters and letters[row.text].version == row.version
    ]


_SIGNED_AS = {
    "commitment": Signature.What.COMMITMENT,
    "mutual_aid": Signature.What.CONSENT,
    "view": Signature.What.CONSENT,
    "wallet": Signature.What.CONSENT,
}
"""Under which texts, by the code of their Consent, a signature may stand."""


def _letters(application: Application) -> dict[str, Letter]:
    rules, kind = policy_of(application), application.kind
    return {
        "notice": rules.notice_for(kind),
        kind: rules.notice_for(kind),
        "commitment": rules.commitment_for(kind),
        "guardian": rules.commitment_for(kind),
        "health_data": rules.health_consent,
    }


def _signatures(application: Application, person: Person) -> dict[str | None, Signature]:
    """The latest signature under each text."""
    rows = application.signatures.filter(person=person).select_related("picture")
    return {row.what: row for row in rows.order_by("at", "id")}


def signature_of(application: Application, person: Person | None) -> Signature | None:
    """Return the signature under the commitment of the latest submission."""
    rows = application.signatures.filter(person=person, what=Signature.What.COMMITMENT)
    return rows.select_related("picture").order_by("at", "id").last()
