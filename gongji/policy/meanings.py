"""What every key of a rule file means and may say, in English; the Chinese stands in gongji.policy.words."""

from collections.abc import Mapping
from types import MappingProxyType

from gongji.policy.convert import DIFFERS_BY_ENTRANCE
from gongji.policy.types import (
    AreaScope,
    AutoEnd,
    Category,
    Consent,
    ConsentWay,
    Credential,
    DocumentsAsked,
    Labelled,
    Level,
    Model,
    PoolLeave,
    Relation,
    ReviewMode,
    ShareOrder,
    Side,
    Signing,
)

Values = str | type[Labelled]

_FLAG = "true or false"
_LIMIT = 'a whole number from 1 to 99, or "unlimited"'
_DAYS = "a whole number of days from 1 to 366"
_WORKDAYS = "a whole number of working days from 1 to 60"
_YUAN = 'yuan in quotes, like "2000.00"'
_LETTER = "version, title, clauses, closing; a changed text needs a new version"

MEANINGS: Mapping[str, tuple[str, Values]] = MappingProxyType(
    {
        "open": ("Whether applications are taken online; if not, a page names windows and telephone.", _FLAG),
        "model": ("How families share: one to one, by a household pool, or by authorized amounts.", Model),
        "relations": ("Which relatives may use the account.", Relation),
        "max_beneficiaries": ("Relatives one authorizer may give to.", _LIMIT),
        "max_authorizers": ("Authorizers one relative may have; 1 where there are pools.", _LIMIT),
        "view_max_delegates": ("Delegated viewing: people one may look after.", _LIMIT),
        "view_max_viewers": ("Delegated viewing: people who may look at one.", _LIMIT),
        "view_days": ("Delegated viewing: for how long, to choose from.", "a list of numbers of days"),
        "area_scope": ("How far apart the two may be insured.", AreaScope),
        "minor_age": ("Below it the guardian decides.", "a whole number of years from 0 to 30"),
        "who_may_initiate": ("Who may begin an application.", Side),
        "beneficiary_consent": ("Whether the relative must agree before anything opens.", Consent),
        "review_mode": ("Who decides an application, a person or the machine.", ReviewMode),
        "same_household_fast_path": ("Whether one household booklet spares the documents.", _FLAG),
        "phone_required": ("Whether the relative's telephone must be given.", _FLAG),
        "documents_asked": ("When documents must be handed in.", DocumentsAsked),
        "signature": ("How the commitment letter is signed.", Signing),
        "notice_first": ("Whether the notice is read and agreed to before the first question.", _FLAG),
        "consent_ways": ("How the other side may say yes or no.", ConsentWay),
        "levels": ("Which act needs which level of identity: apply, consent, view.", Level),
        "entrances": (
            "Ways into the service, each with the rules that are others there.",
            "code, name, channel (web or window), rules; these may differ: "
            + ", ".join(sorted(DIFFERS_BY_ENTRANCE)),
        ),
        "proofs": (
            "Per relation the choices of documents; those of one choice are handed in together.",
            "lists of lists of kinds that `documents` describes",
        ),
        "documents": ("The kinds of documents, their pages and how to photograph them.", "as shown"),
        "zero_balance_may_bind": ("Whether somebody with an empty account may bind.", _FLAG),
        "validity_months": (
            "How long a binding lasts.",
            'a whole number of months from 1 to 600, or "unlimited"',
        ),
        "share_order": ("In which order several authorizers pay.", ShareOrder),
        "min_balance": ("What stays with the authorizer; only what is above is shared.", _YUAN),
        "allowed": ("What the account may pay for.", Category),
        "prohibited": ("What it expressly may not pay for.", Category),
        "credential": ("Whose code is shown at the counter.", Credential),
        "wallet": (
            "The wallet for relatives in other provinces.",
            'open, transfers a day, yuan a transfer, hours without transfers like "22:00"',
        ),
        "pool_transfers_per_month": (
            "How often one person may move money into the pool.",
            'a whole number from 1 to 31, or "unlimited"',
        ),
        "pool_leave": ("What becomes of the money of somebody who leaves the pool.", PoolLeave),
        "credit_day": ("The monthly credit is there before this day.", "a whole number from 1 to 28"),
        "premiums": ("What a year of insurance costs and when it is collected.", "a list; may be empty: []"),
        "premium_refund_days": ("How long whoever paid may take a premium back alone.", "from 0 to 366"),
        "unbind_lock_days": ("For how long the authorizer cannot end it; 0 = at any time.", "from 0 to 366"),
        "auto_end": ("What ends a binding by itself.", AutoEnd),
        "review_workdays": ("Within how many working days staff answer.", _WORKDAYS),
        "recheck_workdays": ("The same after a missing document came in.", _WORKDAYS),
        "draft_days": ("How long a draft is kept.", _DAYS),
        "return_workdays": ("How long one may take to bring what is missing.", _WORKDAYS),
        "consent_days": ("How long the other side may take to answer.", _DAYS),
        "appeal_days": ("Within how many days a refusal may be looked at again.", _DAYS),
        "office_hours": ("The spans of a working day, Beijing time.", "a list of pairs in rising order"),
        "windows": ("Places with people behind the glass.", "name, address, phone, hours"),
        "hotline": ("The telephone of the bureau.", "a text"),
        "notice": ("The notice people read.", _LETTER),
        "commitment": ("The letter people sign.", _LETTER),
        "view_notice": ("The notice of delegated viewing.", _LETTER),
        "view_commitment": ("The letter of delegated viewing.", _LETTER),
        "wallet_notice": ("The notice of the wallet.", _LETTER),
        "wallet_commitment": ("The letter of the wallet.", _LETTER),
        "health_consent": ("The separate consent to health data.", _LETTER),
        "remind_percent": ("At which share of the promised time the bureau is reminded.", "from 1 to 100"),
        "four_eyes": ("From which counts and cap on a second reviewer looks, too.", "counts, and yuan"),
        "denials_stop": ("How many «I do not know this person» stop an applicant.", "a whole number"),
        "sampling": ("How many decisions are checked again at random.", "percent, days, bounds a day"),
        "retention": ("After how many days pictures, drafts and cases go.", "days"),
    }
)
