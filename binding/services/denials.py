"""Relatives who say that they do not know the applicant: supervisors look, further applications wait."""

from datetime import timedelta

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Duty, Person, User
from binding.models import Denial
from gongji import audit
from gongji.errors import Refused
from gongji.policy import Policy

COUNTED_FOR = timedelta(days=30)


def require_known(person: Person, rules: Policy) -> None:
    """Raise Refused (`under_review`) while several relatives say that they do not know this applicant.

    The text does not tell why: those who said so are not to be asked about it.
    """
    lately = Denial.objects.open().filter(applicant=person, at__gt=timezone.now() - COUNTED_FOR)
    if lately.count() >= rules.denials_stop:
        raise Refused(
            "under_review",
            _("您的申请要先由工作人员核实,现在不能再提交新的。"),
            _("请带身份证到当地医保窗口,或打 12393。已经开通的不受影响。"),
        )


@transaction.atomic
def look_into(*, denial: Denial, actor: User) -> Denial:
    """Note that a supervisor has looked into a denial: it no longer counts. Twice is once."""
    row = Denial.objects.select_for_update(of=("self",)).select_related("application").get(pk=denial.pk)
    if not actor.has_duty(Duty.SUPERVISOR) or not actor.covers(row.application.area):
        raise PermissionDenied("not a supervisor of this area")
    if row.reviewed_at is None:
        row.reviewed_at, row.reviewed_by = timezone.now(), actor
        row.save(update_fields=["reviewed_at", "reviewed_by"])
        audit.record(action="denial.reviewed", actor=actor, obj=row.application, area=row.application.area)
    return row
