"""Why the ledger did nothing, in words for the counter. The codes are part of the provider contract."""

from typing import NamedTuple
from uuid import UUID

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.models import Enrollment, Person
from gongji import policy
from gongji.errors import Refused


class _Words(NamedTuple):
    status: int
    message: str | Promise
    next_step: str | Promise = ""


WORDS = {
    "request_in_progress": _Words(
        409, _("同一笔请求还在处理中。"), _("请稍等几秒,用同一个 Idempotency-Key 再发一次。")
    ),
    "idempotency_key_reused": _Words(
        422, _("这个 Idempotency-Key 已经用于另一个请求。"), _("请换一个新的 Idempotency-Key。")
    ),
    "duplicate_provider_serial": _Words(
        409, _("这个机构流水号已经用过。"), _("请按返回的 id 查询原来那一笔,不要重复扣款。")
    ),
    "not_found": _Words(404, _("没有找到这一笔结算。"), _("请核对结算 id。")),
    "not_a_settlement": _Words(422, _("退费不能再退。"), _("请用原结算的 id。")),
    "already_reversed": _Words(409, _("这一笔已经全部退回。"), _("请查询原结算,不用再退。")),
    "reversal_exceeds_original": _Words(
        422, _("退费金额超过了这一笔还没有退的金额。"), _("请查询原结算后,改小退费金额。")
    ),
    "outside_area": _Words(
        422,
        _("参保地不在本省,这一笔没有标明异地就医。"),
        _("请核对参保地;确是异地就医的,把 away 设为 true 再发。"),
    ),
    "insufficient_balance": _Words(409, _("账户余额不够。"), _("请改小金额再试。")),
    "category_not_allowed": _Words(422, _("个人账户不能支付这类费用。"), _("请改用现金结算。")),
}


class LedgerRefused(Refused):
    """A posting that was not made. `status` is the API's, `first_id` the earlier transaction, if any."""

    def __init__(self, code: str, *, message: str | Promise = "", first_id: UUID | None = None) -> None:
        words = WORDS[code]
        super().__init__(code, message or words.message, words.next_step)
        self.status = words.status
        self.first_id = first_id


def refusal(code: str, *, first_id: UUID | None, beneficiary: Person, category: str) -> LedgerRefused:
    """Return the refusal of a settlement; for a category it names the rule and its source."""
    message = _why_not(beneficiary, category) if code == "category_not_allowed" else ""
    return LedgerRefused(code, message=message, first_id=first_id)


def _why_not(person: Person, category: str) -> str:
    area = Enrollment.objects.current().filter(person=person).values_list("area", flat=True).first() or ""
    rules = policy.for_area(area) or policy.load()[policy.NATIONAL]
    kind = policy.Category(category)
    rule = rules.pays_for(kind)
    if rule is None:
        return ""
    return _("「{category}」不能用个人账户支付。依据:{source},{since} 起执行。").format(
        category=_(kind.label), source=rule.source, since=rule.effective.isoformat()
    )
