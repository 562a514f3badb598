"""Everything that may be done with applications and bindings: keyword-only verbs that own their transaction.

Each raises Refused for "not now" and PermissionDenied for "not you". Rows are read again under lock:
use what a verb returns, not what was handed in.
"""

from binding.services.answers import can_answer, certainly_agreed, confirms_as_giver, consent, decline
from binding.services.at_window import answer_at_window
from binding.services.bindings import (
    end_binding,
    end_can_be_undone_until,
    history_of,
    locked_until,
    pause,
    resume,
    set_authorized,
    set_cap,
    set_privacy,
    undo_end,
)
from binding.services.callback import numbers_of, record_call, require_hearer
from binding.services.calling_off import call_off, call_off_until, used_words
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
from binding.services.denials import look_into
from binding.services.desk import claim, in_conflict, next_case, put_back, renew_claim, require_decidable
from binding.services.documents import Known, handed_in, is_for_a_minor, known_about, supersede
from binding.services.drafts import (
    amount_missing,
    change_kind,
    choice_with,
    days_missing,
    discard_draft,
    missing_documents,
    proof_choices,
    require_draft,
    save_authorized,
    save_cap,
    save_days,
    save_relation,
    save_relative,
    start_draft,
)
from binding.services.eligible import person_of, starting_rules, ways_in
from binding.services.ending_words import last_day, why_it_ended
from binding.services.handover import (
    agree_on_handed_phone,
    decline_on_handed_phone,
    knows_own_number,
    may_hand_over,
    require_hand_over,
)
from binding.services.letters import agreed_to, notice_to_read, rule_changes, signature_of
from binding.services.renewal import renew, renewable_from
from binding.services.rows import policy_of, undo_until
from binding.services.several import go_on_with, signed_together, submit_several, tasks_of
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
    "agree_on_handed_phone",
    "agreed_to",
    "amount_missing",
    "answer_at_window",
    "appeal",
    "appeal_until",
    "approve",
    "call_off",
    "call_off_until",
    "can_answer",
    "certainly_agreed",
    "change_kind",
    "choice_with",
    "claim",
    "confirms_as_giver",
    "consent",
    "days_missing",
    "decline",
    "decline_on_handed_phone",
    "discard_draft",
    "end_binding",
    "end_can_be_undone_until",
    "escalate",
    "go_on_with",
    "handed_in",
    "history_of",
    "in_conflict",
    "is_for_a_minor",
    "known_about",
    "knows_own_number",
    "last_day",
    "locked_until",
    "look_into",
    "may_appeal",
    "may_hand_over",
    "missing_documents",
    "next_case",
    "notice_to_read",
    "numbers_of",
    "pause",
    "person_of",
    "policy_of",
    "preview",
    "proof_choices",
    "put_back",
    "reasons_of",
    "record_call",
    "refuse",
    "rejected_proofs",
    "renew",
    "renew_claim",
    "renewable_from",
    "require_decidable",
    "require_draft",
    "require_hand_over",
    "require_hearer",
    "resubmit",
    "resume",
    "retract",
    "retractable_until",
    "return_",
    "rule_changes",
    "save_authorized",
    "save_cap",
    "save_days",
    "save_relation",
    "save_relative",
    "set_authorized",
    "set_cap",
    "set_privacy",
    "shown_state",
    "signature_of",
    "signed_together",
    "start_draft",
    "starting_rules",
    "submit",
    "submit_several",
    "supersede",
    "tasks_of",
    "timeline",
    "undo_end",
    "undo_submit",
    "undo_until",
    "used_words",
    "ways_in",
    "why_it_ended",
    "withdraw",
]  # fmt: skip
