"""亲情账户: whose records are opened decides who must agree and what has to be proven. Pure rules.

家庭共济 opens the relative's use of money to the giver; 亲情账户 opens the authorizer's record to the viewer.
"""

from django.utils.translation import gettext as _

from binding.states import Kind, Party
from gongji.policy import DocumentsAsked, Relation, ReviewMode


def subject_of(kind: str) -> Party:
    """Return the end whose health data the other gets to see: theirs is the say over them (个保法 28)."""
    return Party.AUTHORIZER if kind == Kind.VIEW else Party.BENEFICIARY


def name_of(kind: str, party: str) -> str:
    """Return what an end is called on a page: under 亲情账户 nobody gives or uses money."""
    if kind == Kind.VIEW and party == Party.AUTHORIZER:
        return _("被看的家人")
    if kind == Kind.VIEW and party == Party.BENEFICIARY:
        return _("代看的家人")
    return str(Party(party).label)


def subject_as(kind: str, relation: Relation) -> Relation:
    """Return what the subject is to the other end, of what the beneficiary is to the authorizer."""
    return relation.inverse if kind == Kind.VIEW else relation


def consent_to_view_needed(initiator: str, *, subject_is_minor: bool) -> bool:
    """Whether the other end must agree before anybody looks, whatever the area says of 家庭共济.

    An adult is always asked as themselves; who asks to be looked after has said yes already. For a minor
    the guardian speaks: as viewer who applies, or as viewer who is asked.
    """
    return subject_is_minor if initiator == Party.AUTHORIZER else not subject_is_minor


def review_mode_for(kind: str, mode: ReviewMode, *, subject_is_minor: bool) -> ReviewMode:
    """Return who decides: nobody has to judge whom adults let look at their own record."""
    free = kind == Kind.VIEW and not subject_is_minor
    return ReviewMode.COMMITMENT if free else mode


def documents_asked_for(kind: str, asked: DocumentsAsked, *, subject_is_minor: bool) -> DocumentsAsked:
    """Return when documents are asked for: an adult's own word is enough to let somebody look."""
    free = kind == Kind.VIEW and not subject_is_minor
    return DocumentsAsked.NEVER if free else asked
