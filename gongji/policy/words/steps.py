"""How one applies, how long it takes, how it ends."""

from gongji.policy.phrase import Phrase, gettext_noop, phrase
from gongji.policy.policy import Policy
from gongji.policy.types import AutoEnd, Consent, ConsentWay
from gongji.policy.words.topic import Topic, either, limited, listed

_ = gettext_noop


def _initiators(policy: Policy) -> Phrase:
    if len(policy.who_may_initiate) > 1:
        return phrase(_("出钱的人和用钱的家人都可以发起"))
    return phrase(_("由{side}发起"), side=policy.who_may_initiate[0].words)


def _consent(policy: Policy) -> Phrase:
    sentence = {
        Consent.REQUIRED: _("满 {age} 岁的家人要自己同意;不满 {age} 岁的由监护人同意"),
        Consent.NOTICE: _("开通后通知家人,家人可以随时退出"),
        Consent.NONE: _("不用家人同意"),
    }
    return phrase(sentence[policy.beneficiary_consent], age=policy.minor_age)


def _levels(policy: Policy) -> Phrase:
    levels = policy.levels
    if levels.apply is levels.consent is levels.view:
        return phrase("{level}", level=levels.apply.words)
    return phrase(
        _("申请:{apply};同意:{consent};看家人的记录:{view}"),
        apply=levels.apply.words,
        consent=levels.consent.words,
        view=levels.view.words,
    )


def _office_hours(policy: Policy) -> Phrase:
    spans = tuple(f"{opens:%H:%M}-{closes:%H:%M}" for opens, closes in policy.office_hours)
    return phrase(_("工作日 {spans}(北京时间)"), spans=spans)


def _unbind(policy: Policy) -> Phrase:
    if policy.unbind_lock_days:
        return phrase(_("开通满 {n} 天以后才能解除"), n=policy.unbind_lock_days)
    return phrase(_("随时可以解除,解除后马上停用"))


HOW = Topic(
    _("怎么办"),
    {
        "open": (
            _("网上办理"),
            lambda p: either(p.open, _("可以在网上办理"), _("本地区网上办理还没有开通,请到窗口办")),
        ),
        "model": (_("共济方式"), lambda p: p.model.words),
        "who_may_initiate": (_("谁来发起"), _initiators),
        "levels": (_("身份核到哪一步"), _levels),
        "notice_first": (
            _("办理前"),
            lambda p: either(p.notice_first, _("先读告知书,同意了再办"), _("告知书随时可以看")),
        ),
        "beneficiary_consent": (_("家人要不要同意"), _consent),
        "consent_ways": (_("家人怎么表示同意"), lambda p: listed(ConsentWay, p.consent_ways)),
        "documents_asked": (_("要不要传材料"), lambda p: p.documents_asked.words),
        "same_household_fast_path": (
            _("同一本户口簿"),
            lambda p: either(p.same_household_fast_path, _("不用传材料"), _("也要证明是什么关系")),
        ),
        "signature": (_("承诺书怎么签"), lambda p: p.signature.words),
        "phone_required": (
            _("家人的手机号"),
            lambda p: either(p.phone_required, _("必须填"), _("可以不填")),
        ),
        "zero_balance_may_bind": (
            _("余额是 0"),
            lambda p: either(p.zero_balance_may_bind, _("也可以先开通,有钱了就能用"), _("有余额时才能开通")),
        ),
    },
)

TIME = Topic(
    _("要多久"),
    {
        "review_mode": (_("怎么审核"), lambda p: p.review_mode.words),
        "review_workdays": (_("多久出结果"), lambda p: phrase(_("{n} 个工作日内"), n=p.review_workdays)),
        "recheck_workdays": (
            _("补材料以后"),
            lambda p: phrase(_("{n} 个工作日内再看"), n=p.recheck_workdays),
        ),
        "return_workdays": (_("补材料的期限"), lambda p: phrase(_("{n} 个工作日"), n=p.return_workdays)),
        "consent_days": (_("家人同意的期限"), lambda p: phrase(_("{n} 天"), n=p.consent_days)),
        "appeal_days": (_("申请复核的期限"), lambda p: phrase(_("{n} 天,一次"), n=p.appeal_days)),
        "draft_days": (_("没填完的"), lambda p: phrase(_("保存 {n} 天"), n=p.draft_days)),
        "office_hours": (_("审核员上班时间"), _office_hours),
    },
)

END = Topic(
    _("怎么停"),
    {
        "unbind_lock_days": (_("解除"), _unbind),
        "auto_end": (
            _("什么时候自动停"),
            lambda p: (
                phrase(_("{all},共济自动停止"), all=listed(AutoEnd, p.auto_end))
                if p.auto_end
                else phrase(_("不会自动停"))
            ),
        ),
        "validity_months": (
            _("有效期"),
            lambda p: limited(p.validity_months, _("{n} 个月"), _("长期有效,直到解除")),
        ),
    },
)
