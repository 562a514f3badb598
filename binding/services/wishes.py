"""“开通后告诉我” (M3 b): who asked is told when money can be shared between the two areas."""

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.services import current_enrollment, find_person, notify
from binding.models import Application, Kind, OpeningWish
from binding.rules import Party
from binding.services import rows
from binding.services.drafts import require_draft
from binding.services.ways import reaches, too_far
from gongji import outbox, policy
from gongji.errors import Refused

TELL = "tell_opened"
CHUNK = 500


@transaction.atomic
def wish_to_be_told(*, application: Application, actor: User) -> OpeningWish:
    """Remember that somebody wants to hear when the two areas of their draft are connected; twice is once.

    Raises Refused (`nothing_to_wait_for`) when that is not what stands in the way.
    """
    draft = rows.locked(application)
    rows.require_initiator(draft, actor)
    require_draft(draft)
    areas = _not_connected(draft)
    if areas is None or actor.person is None:
        raise Refused("nothing_to_wait_for", _("这件不用等开通。"), _("请回到“我的共济”,接着填。"))
    area, relative_area = areas
    wish, _created = OpeningWish.objects.get_or_create(
        person=actor.person, area=area, relative_area=relative_area, told_at=None
    )
    return wish


def _not_connected(draft: Application) -> tuple[str, str] | None:
    """Return the giver's and the relative's area if just these two are not connected yet."""
    own = current_enrollment(draft.initiator_person) if draft.initiator_person else None
    if own is None or not draft.entered_name:
        return None
    number = draft.entered_id_number or ""
    other = find_person(id_type=draft.entered_id_type, id_number=number, name=draft.entered_name)
    theirs = current_enrollment(other) if other else None
    if theirs is None:
        return None
    pair = (own.area, theirs.area) if draft.initiator == Party.AUTHORIZER else (theirs.area, own.area)
    rules = policy.for_area(pair[0])
    refused = too_far(draft.kind, rules, pair[1], own_area=pair[0]) if rules else None
    return pair if refused is not None and refused.code == "not_connected" else None


@transaction.atomic
def tell_opened() -> int:
    """Tell everybody whose wish has come true by the rules of today, CHUNK at once; return how many.

    More than that are told by further jobs. Who is insured elsewhere by now waits for nothing any more.
    """
    waiting = OpeningWish.objects.filter(told_at=None)
    pairs = waiting.order_by().values_list("area", "relative_area").distinct()
    told = 0
    for area, relative_area in [pair for pair in pairs if _is_open(*pair)]:
        these = waiting.filter(area=area, relative_area=relative_area).order_by("pk")
        held = these.select_for_update(of=("self",), skip_locked=True).select_related("person")
        for wish in held[: CHUNK - told]:
            _tell(wish)
            told += 1
    if told == CHUNK:
        outbox.post(TELL, "more")
    return told


def _is_open(area: str, relative_area: str) -> bool:
    rules = policy.for_area(area)
    return rules is not None and rules.open and reaches(Kind.MUTUAL_AID, rules, relative_area, own_area=area)


def _tell(wish: OpeningWish) -> None:
    wish.told_at = timezone.now()
    wish.save(update_fields=["told_at"])
    enrollment = current_enrollment(wish.person)
    if enrollment is None or enrollment.area not in (wish.area, wish.relative_area):
        return
    names = {"here": _name(wish.area), "there": _name(wish.relative_area)}
    notify(person=wish.person, template="binding.way_opened", params=names, dedup=f"way_opened:{wish.pk}")


def _name(area: str) -> str:
    rules = policy.for_area(area)
    return rules.name if rules else area
