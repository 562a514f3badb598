"""What both ends read when a binding ends by itself: the reason first, then the money, then what to do."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Enrollment, EnrollmentStatus, Person
from binding.models import Application, Binding, Kind
from binding.rules import Party
from binding.rules.ground import Lost
from binding.services.ground import enrollments_of, granted
from binding.services.wording import clock, day, tell
from gongji import policy
from gongji.policy import AutoEnd, Model, Policy
from gongji.templatetags.gongji import mask_name, yuan
from ledger.services import wallet

GIVER, RELATIVE = "giver", "relative"
EXPIRED = "expired"
_CAUSES = {cause.value for cause in AutoEnd}


@dataclass(frozen=True, slots=True)
class Ends:
    """A binding with what the registry says of its two ends, asked once for all the sentences."""

    row: Binding
    ours: Enrollment | None
    theirs: Enrollment | None

    @classmethod
    def of(cls, row: Binding) -> "Ends":
        """Ask the registry."""
        return cls(row, *enrollments_of(row))

    def living(self) -> list[tuple[Person, str]]:
        """Return the ends that can be told something, each with its side."""
        both = ((self.row.authorizer, GIVER, self.ours), (self.row.beneficiary, RELATIVE, self.theirs))
        dead = EnrollmentStatus.DECEASED
        return [(who, side) for who, side, found in both if found is None or found.status != dead]

    @property
    def apart(self) -> bool:
        """Whether the two are insured in different provinces."""
        known = self.ours is not None and self.theirs is not None
        return known and self.ours.area[:2] != self.theirs.area[:2]  # type: ignore[union-attr]


# ------------------------------------------------------------- messages
def tell_stopped(row: Binding, lost: Lost) -> None:
    """Tell both ends why it stopped (M14). Of a death nobody is told more than where to come (J07)."""
    ends = Ends.of(row)
    for person, side in ends.living():
        if lost.cause is AutoEnd.DECEASED:
            _tell(row, person, "stopped_check", window=_window(granted(row.area)))
        else:
            words = {"reason": _reason(ends, lost, side), "rest": _rest(row, side, lost)}
            _tell(row, person, f"stopped_{side}", next_step=_next_step(ends, lost, side), **words)


def tell_expired(row: Binding) -> None:
    """Tell both ends that the time is over."""
    for person, side in Ends.of(row).living():
        _tell(row, person, f"expired_{side}", rest=_rest(row, side))


def tell_expiring(row: Binding) -> None:
    """Tell both ends that the time is over soon; one end is spoken of once."""
    renew = _("想接着用,到期前后都可以重新开通。")
    if row.kind == Kind.MUTUAL_AID:
        renew = _("想接着用,请到“我的共济”里点“续办”,以前传的材料可以再用。")
    for person, side in Ends.of(row).living():
        _tell(row, person, f"expiring_{side}", expires=last_day(row), renew=renew)


def tell_renewed(row: Binding, renewal: Application, *, visible_from: datetime) -> None:
    """Tell both ends that it goes on, and until when; taken back with the decision on the renewal."""
    words = {"service": service(row), "expires": last_day(row)}
    for person, side in Ends.of(row).living():
        tell(renewal, person, f"renewed_{side}", visible_from=visible_from, **words)


def _tell(row: Binding, person: Person, template: str, **words: str) -> None:
    once = f":{row.expires_at or row.until:%Y%m%d%H%M}"
    words |= {"service": service(row), "ended_at": clock(row.until)}
    tell(row.application, person, template, once=once, visible_from=None, **words)


# ------------------------------------------------------------- on the page
def why_it_ended(row: Binding, side: str) -> str:
    """Say in a sentence why the system ended a binding, as one side may read it; "" for any other end."""
    if row.ended_by != Party.SYSTEM:
        return ""
    if row.ended_why == EXPIRED:
        return _("约定的时间到了。")
    cause, _colon, whose = row.ended_why.partition(":")
    if cause not in _CAUSES or whose not in Party:
        return ""
    lost = Lost(AutoEnd(cause), Party(whose))
    if lost.cause is AutoEnd.DECEASED:
        window = {"window": _window(granted(row.area)), "hotline": settings.HOTLINE}
        return _("有一项信息需要当面核实。请带证件到%(window)s,或打 %(hotline)s。") % window
    ends = Ends.of(row)
    return _reason(ends, lost, side) + _next_step(ends, lost, side)


def next_way(row: Binding, side: str) -> str:
    """Return where the button below that sentence leads: window, wallet, or "" for the way it came."""
    cause = row.ended_why.partition(":")[0] if row.ended_by == Party.SYSTEM else ""
    if cause == AutoEnd.DECEASED:
        return "window"
    if cause == AutoEnd.INSURANCE_MOVED and side == GIVER and row.kind == Kind.MUTUAL_AID:
        return "wallet" if Ends.of(row).apart else ""
    return ""


# ------------------------------------------------------------- words
def service(row: Binding) -> str:
    """Name what ends, in the word that people know it by."""
    return {Kind.WALLET: _("医保钱包"), Kind.VIEW: _("亲情账户")}.get(Kind(row.kind), _("共济"))


def last_day(row: Binding) -> str:
    """Return the last day on which it can be used: what ends at midnight ends with the day before."""
    if row.expires_at is None:
        return ""
    last = timezone.localtime(row.expires_at - timedelta(microseconds=1))
    return _("%(year)d年%(month)d月%(day)d日") % {"year": last.year, "month": last.month, "day": last.day}


def _window(rules: Policy) -> str:
    return rules.windows[0].name if rules.windows else _("当地医保窗口")


def _reason(ends: Ends, lost: Lost, side: str) -> str:
    """The first sentence. A giver's own affairs are not told to the relative."""
    row = ends.row
    words = {
        "who": _who(row, lost.whose, side),
        "day": _day_of_move(ends, lost.whose),
        "service": service(row),
        "area": granted(row.area).name,
    }
    if lost.cause is AutoEnd.AREA_CLOSED:
        return _("%(area)s现在停办%(service)s,已经开通的自动停止。") % words
    if lost.whose == Party.AUTHORIZER and side == RELATIVE:
        return _("%(who)s的医保关系有变化,按规定%(service)s自动停止。") % words
    if lost.cause is AutoEnd.INSURANCE_MOVED and row.kind == Kind.WALLET:
        return _("%(who)s的医保关系 %(day)s转到本省,按规定医保钱包自动停止。") % words
    if lost.cause is AutoEnd.INSURANCE_MOVED:
        return _("%(who)s的医保关系 %(day)s转到外地,按规定%(service)s自动停止。") % words
    if lost.whose == Party.AUTHORIZER:
        return _("您现在没有可以共用的职工医保个人账户,按规定%(service)s自动停止。") % words
    return _("%(who)s现在没有参加基本医保,按规定%(service)s自动停止。") % words


def _who(row: Binding, whose: Party, side: str) -> str:
    """Name the end whose change it was: 您 to themselves, masked to the other."""
    if (whose == Party.AUTHORIZER) == (side == GIVER):
        return _("您")
    person = row.authorizer if whose == Party.AUTHORIZER else row.beneficiary
    return mask_name(person.name)


def _day_of_move(ends: Ends, whose: Party) -> str:
    enrollment = ends.ours if whose == Party.AUTHORIZER else ends.theirs
    began = enrollment.valid_from if enrollment else None
    if began is None:
        return day(ends.row.until)
    return _("%(month)d月%(day)d日") % {"month": began.month, "day": began.day}


def _rest(row: Binding, side: str, lost: Lost | None = None) -> str:
    """What becomes of money that was not used; and that a relative's own insurance stays as it is."""
    uninsured = lost is not None and lost == Lost(AutoEnd.INSURANCE_ENDED, Party.BENEFICIARY)
    own = _("您自己的医保不受影响。") if side == RELATIVE and not uninsured else ""
    if row.kind == Kind.WALLET:
        purse = wallet.purse_under(row.pk, now=timezone.now())
        words = {"yuan": yuan(purse.left if purse else 0), "giver": mask_name(row.authorizer.name)}
        if side == RELATIVE:
            return _("没用完的 %(yuan)s 元退回给%(giver)s。") % words + own
        return _("没用完的 %(yuan)s 元回到您的账户。") % words
    if row.kind == Kind.MUTUAL_AID and granted(row.area).model is Model.POOL:
        return _("划进去没用完的钱,按规定退回各人的账户。") + own
    return own


def _next_step(ends: Ends, lost: Lost, side: str) -> str:
    row = ends.row
    rules = policy.for_area(ends.ours.area) if ends.ours else None
    if lost.cause is AutoEnd.INSURANCE_MOVED and row.kind == Kind.WALLET:
        return _("要继续,请用“家庭共济”,不用转钱。")
    if lost.cause is AutoEnd.INSURANCE_MOVED and rules and rules.wallet.open and ends.apart:
        return _("要继续,请用“医保钱包”。")
    if lost.cause is AutoEnd.INSURANCE_MOVED and rules and rules.open and lost.whose == Party.AUTHORIZER:
        return _("要继续,请按新地方的办法重新开通。")
    if lost.cause is AutoEnd.INSURANCE_ENDED and (lost.whose == Party.AUTHORIZER) == (side == GIVER):
        return _("恢复参保以后,可以重新开通。")
    return _("有疑问请打 %(hotline)s。") % {"hotline": granted(row.area).hotline or settings.HOTLINE}
