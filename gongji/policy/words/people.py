"""Who may take part: relatives, numbers, places, and the same for 亲情账户."""

from gongji.policy.phrase import Phrase, gettext_noop, phrase
from gongji.policy.policy import Policy
from gongji.policy.types import AreaScope, Relation
from gongji.policy.words.topic import Topic, limited, listed

_ = gettext_noop


def _scope(policy: Policy) -> Phrase:
    sentence = {
        AreaScope.POOL: _("两人的医保要归同一个统筹区管"),
        AreaScope.CITY: _("两人要在同一个市参保"),
        AreaScope.PROVINCE: _("两人在同一个省参保就可以,跨市也行"),
    }
    return phrase(sentence[policy.area_scope])


WHO = Topic(
    _("谁能用"),
    {
        "relations": (_("可以给谁用"), lambda p: listed(Relation, p.relations)),
        "max_beneficiaries": (
            _("最多几位家人"),
            lambda p: limited(p.max_beneficiaries, _("一个人最多给 {n} 位家人开通"), _("不限人数")),
        ),
        "max_authorizers": (
            _("一位家人能用几个人的钱"),
            lambda p: limited(p.max_authorizers, _("最多用 {n} 个人的"), _("不限人数")),
        ),
        "area_scope": (_("在哪儿参保"), _scope),
        "minor_age": (_("未成年家人"), lambda p: phrase(_("不满 {n} 岁由监护人同意"), n=p.minor_age)),
    },
)

VIEW = Topic(
    _("只看不花钱的亲情账户"),
    {
        "view_max_delegates": (
            _("亲情账户:能看几位家人的"),
            lambda p: limited(p.view_max_delegates, _("最多 {n} 位"), _("不限人数")),
        ),
        "view_max_viewers": (
            _("亲情账户:能给几个人看"),
            lambda p: limited(p.view_max_viewers, _("最多 {n} 位"), _("不限人数")),
        ),
        "view_days": (
            _("亲情账户:一次能看多久"),
            lambda p: phrase(_("{all} 天"), all=tuple(str(days) for days in p.view_days)),
        ),
    },
)
