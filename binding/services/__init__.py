"""Everything that may be done with applications and bindings: keyword-only verbs that own their transaction.

Each raises Refused for "not now" and PermissionDenied for "not you". Rows are read again under lock:
use what a verb returns, not what was handed in.
"""

from binding.services.answers import can_answer, consent, decline
from binding.services.bindings import (
    end_binding,
    end_can_be_undone_until,
    history_of,
    pause,
    resume,
    set_authorized,
    set_cap,
    set_privacy,
    undo_end,
)
from binding.services.decisions import (
    approve,
    escalate,
    preview,
    refuse,
    retract,
    retractable_until,
    return_,
    shown_state,
    timeline,
)
from binding.services.desk import claim, in_conflict, next_case, put_back, renew_claim, require_decidable
from binding.services.documents import Known, handed_in, is_for_a_minor, known_about, supersede
from binding.services.drafts import (
    amount_missing,
    change_kind,
    choice_with,
    discard_draft,
    missing_documents,
    proof_choices,
    require_draft,
    save_authorized,
    save_cap,
    save_relation,
    save_relative,
    start_draft,
)
from binding.services.eligible import person_of, starting_rules
from binding.services.rows import policy_of, undo_until
from binding.services.submission import (
    appeal,
    appeal_until,
    may_appeal,
    rejected_proofs,
    resubmit,
    submit,
    undo_submit,
    withdraw,
)
from binding.services.wording import reasons_of

__all__ = [
    "Known",
    "amount_missing",
    "appeal",
    "appeal_until",
    "approve",
    "can_answer",
    "change_kind",
    "choice_with",
    "claim",
    "consent",
    "decline",
    "discard_draft",
    "end_binding",
    "end_can_be_undone_until",
    "escalate",
    "handed_in",
    "history_of",
    "in_conflict",
    "is_for_a_minor",
    "known_about",
    "may_appeal",
    "missing_documents",
    "next_case",
    "pause",
    "person_of",
    "policy_of",
    "preview",
    "proof_choices",
    "put_back",
    "reasons_of",
    "refuse",
    "rejected_proofs",
    "renew_claim",
    "require_decidable",
    "require_draft",
    "resubmit",
    "resume",
    "retract",
    "retractable_until",
    "return_",
    "save_authorized",
    "save_cap",
    "save_relation",
    "save_relative",
    "set_authorized",
    "set_cap",
    "set_privacy",
    "shown_state",
    "start_draft",
    "starting_rules",
    "submit",
    "supersede",
    "timeline",
    "undo_end",
    "undo_submit",
    "undo_until",
    "withdraw",
]  # fmt: skip
