"""Household pools (福建): which applications ask for a place in one, and that nobody is in two."""

from django.utils.translation import gettext as _

from accounts.models import Person
from binding.models import Application, Kind
from binding.services.rows import policy_of
from gongji.errors import Refused
from gongji.policy import Model, Policy
from ledger import services as ledger


def shares_a_pool(application: Application) -> bool:
    """Whether what is asked for is a place in the giver's household pool."""
    return application.kind == Kind.MUTUAL_AID and policy_of(application).model is Model.POOL


def require_no_other_pool(giver: Person, rules: Policy) -> None:
    """Raise Refused (`in_a_pool`) when a giver, where families share by pools, is in somebody else's."""
    theirs = ledger.other_pool_of(giver) if rules.model is Model.POOL else None
    if theirs is not None:
        raise Refused(
            "in_a_pool",
            _("您已经在%(name)s的家庭共济账户里。一个人只能在一个里。") % {"name": theirs.authorizer_mask},
            _("您可以照常使用和划拨。想自己建一个,请先退出那一个。"),
        )


def in_another_pool(application: Application, rules: Policy) -> bool:
    """Whether the relative, where families share by pools, is in one that is not the giver's."""
    if rules.model is not Model.POOL or application.kind != Kind.MUTUAL_AID:
        return False
    assert application.authorizer is not None and application.beneficiary is not None
    return ledger.other_pool_of(application.beneficiary, than_of=application.authorizer) is not None
