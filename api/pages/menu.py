"""The menu: which pages there are for whom. What a person may see is decided here, once, for pages and JSON alike."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from enum import StrEnum

from api.identity import Acquainted
from api.pages.shell import MenuItem
from api.pages.words import roles_in_words
from domain.refusal import NotPermitted
from domain.roles import Role, in_words
from domain.standing import PLAN_FOR_THE_SCHOOL
from domain.trip.state import TripState
from domain.visit.state import VisitState


class Area(StrEnum):
    """A group of pages, and the questions whose answers they show."""

    BOARD = "board"
    MY_TRIPS = "my-trips"
    ASK = "ask"
    CONCERN = "concern"
    """Raising one: by anybody of the staff, with no visit needed (DV-14)."""
    APPROVALS = "approvals"
    VISITS = "visits"
    DSL = "dsl"
    """Children not seen, concerns, deviations, histories of pupils."""
    EXPORTS = "exports"
    NOTICES = "notices"
    GOVERNORS = "governors"
    POLICY = "policy"


TITLES: Mapping[Area, str] = {
    Area.BOARD: "Board",
    Area.MY_TRIPS: "My trips",
    Area.ASK: "Ask for a visit",
    Area.CONCERN: "Raise a concern",
    Area.APPROVALS: "Waiting for approval",
    Area.VISITS: "Visits",
    Area.DSL: "DSL",
    Area.EXPORTS: "Exports",
    Area.NOTICES: "Notices",
    Area.GOVERNORS: "Governors' report",
    Area.POLICY: "Policy",
}

_OFFICE = ("school_office", "school_business_manager")
_SAFEGUARDING = ("DSL|DDSL", "headteacher")

SEEN_BY: Mapping[Area, tuple[str, ...]] = {
    Area.VISITS: PLAN_FOR_THE_SCHOOL,
    Area.DSL: _SAFEGUARDING,
    Area.EXPORTS: (*_SAFEGUARDING, *_OFFICE),
    Area.NOTICES: (*_OFFICE, "SLT", *_SAFEGUARDING),
    Area.GOVERNORS: ("headteacher", "SLT", "DSL|DDSL", "governor"),
}
"""The role words that see an area; areas not named here are seen by every member of staff."""

FOR_GOVERNORS = frozenset({Area.GOVERNORS, Area.POLICY})
"""All that a governor who holds no other role sees: no name, no child."""


def approver_words(me: Acquainted) -> frozenset[str]:
    """The role words that the school's policy in force lets approve; empty before settings are adopted."""
    try:
        policy = me.directory.policy_at(me.now)
    except LookupError:
        return frozenset()
    settings = ("approval_roles", "approval_roles_safeguarding")
    return frozenset(word for name in settings for slot in policy.value(name) for word in slot)


def may_see(me: Acquainted, area: Area) -> bool:
    """Whether the person's roles show this area now."""
    if me.only_reads:
        return area in FOR_GOVERNORS
    match area:
        case Area.APPROVALS:
            return me.fills(*approver_words(me), *_OFFICE)
        case _:
            return area not in SEEN_BY or me.fills(*SEEN_BY[area])


def refuse_unless_seen(me: Acquainted, area: Area) -> None:
    """Raises NotPermitted, naming who may look, unless the person's roles show this area now."""
    if may_see(me, area):
        return
    words = SEEN_BY.get(area) or (tuple(sorted(approver_words(me))) if area is Area.APPROVALS else ())
    who = roles_in_words(words) or "the school's staff"
    message = f"“{TITLES[area]}” is for {who}"
    raise NotPermitted(message)


def refuse_unless_opens(me: Acquainted, trip: TripState, doors: Iterable[VisitState]) -> None:
    """Raises NotPermitted unless the person plans visits or has a part in this trip: the same for page and JSON.

    Whoever asked for one of its `doors` has: they may plan the trip before anybody is named as going.
    """
    part = {trip.watcher, trip.deputy, *trip.team, *trip.departed, *(door.requested_by for door in doors)}
    if me.only_reads or not (may_see(me, Area.VISITS) or me.id in part):
        message = "This trip is open to those who plan visits, and to everybody who has a part in it"
        raise NotPermitted(message)


def menu(me: Acquainted, here: str = "", counts: Mapping[Area, int] | None = None) -> tuple[MenuItem, ...]:
    """The person's menu; `here` is the path of the page that shows it, `counts` says how many things wait where."""
    waiting = counts or {}
    items = []
    for area in Area:
        if not may_see(me, area):
            continue
        href = f"/schools/{me.slug}/{area}"
        current = here == href or here.startswith(f"{href}/")
        items.append(MenuItem(text=_title(me, area), href=href, current=current, count=waiting.get(area)))
    return tuple(items)


def landing(me: Acquainted) -> str:
    """The page that a person begins with: what the role is there for."""
    if me.only_reads:
        first = Area.GOVERNORS
    elif me.person.main_role(me.now) in (Role.DSL, Role.DDSL):
        first = Area.DSL
    else:
        # Who plans and watches begins with everybody who is out; who only goes, with their own trips.
        first = Area.BOARD if may_see(me, Area.VISITS) else Area.MY_TRIPS
    return f"/schools/{me.slug}/{first}"


def main_role(me: Acquainted, at: datetime | None = None) -> str:
    """The person's main role in plain words: "attendance officer"."""
    word = in_words(me.person.main_role(at or me.now))
    for article in ("the ", "a member of ", "a "):
        word = word.removeprefix(article)
    return word


def _title(me: Acquainted, area: Area) -> str:
    if area is Area.APPROVALS:
        return "Waiting for my approval" if me.fills(*approver_words(me)) else "Approvals by phone"
    return TITLES[area]
