"""The menu: which pages there are, shown to whom `domain.permissions` lets ask what they answer."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from enum import StrEnum

from api.identity import Acquainted
from api.pages.shell import MenuItem
from api.pages.wording_glass import of_school
from domain.permissions import QUESTIONS, Question
from domain.refusal import NotPermitted
from domain.roles import Role, in_words
from domain.trip.state import TripState
from domain.visit.commands import ApproveVisit, OverseeRisk
from domain.visit.state import VisitState


class Area(StrEnum):
    """A group of pages, and the questions whose answers they show."""

    BOARD = "board"
    MY_TRIPS = "my-trips"
    ASK = "ask"
    ABSENCES = "absences"
    CONCERN = "concern"
    """Raising one: by anybody of the staff, with no visit needed (DV-14)."""
    CASES = "cases"
    """Allegations and complaints: raised by anybody, read by those inside."""
    APPROVALS = "approvals"
    VISITS = "visits"
    DSL = "dsl"
    """Children not seen, concerns, deviations, histories of pupils."""
    EXPORTS = "exports"
    NOTICES = "notices"
    GOVERNORS = "governors"
    STANDING = "standing"
    """Who of the staff may go today, and what lapses soon."""
    POLICY = "policy"
    ACCOUNTS = "accounts"
    """The school's people, and how they sign in."""


ASKS: Mapping[Area, Question] = {
    Area.BOARD: Question.BOARD,
    Area.MY_TRIPS: Question.MY_TRIPS,
    Area.ASK: Question.ASK,
    Area.ABSENCES: Question.ABSENCES,
    Area.CONCERN: Question.RAISE_CONCERN,
    Area.CASES: Question.CASES,
    Area.APPROVALS: Question.APPROVALS,
    Area.VISITS: Question.VISITS,
    Area.DSL: Question.DSL,
    Area.EXPORTS: Question.EXPORTS,
    Area.NOTICES: Question.NOTICES,
    Area.GOVERNORS: Question.GOVERNORS,
    Area.STANDING: Question.STANDING,
    Area.POLICY: Question.POLICY,
    Area.ACCOUNTS: Question.ACCOUNTS,
}
"""What the first page of each area asks: who may is in `domain.permissions`."""


def approver_words(me: Acquainted) -> tuple[str, ...]:
    """The role words that the school's policy in force lets approve; none before settings are adopted."""
    return me.words_of(ApproveVisit)


def may_see(me: Acquainted, area: Area) -> bool:
    """Whether the person's roles show this area now."""
    return me.may(ASKS[area])


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
    if me.nobody_yet:
        first = Area.BOARD
    elif me.only_reads:
        first = next(area for area in (Area.GOVERNORS, Area.ACCOUNTS, Area.POLICY) if may_see(me, area))
    elif me.person.main_role(me.now) in (Role.DSL, Role.DDSL, Role.OUTSIDER):
        first = Area.DSL
    else:
        # Who plans and watches begins with everybody who is out; who only goes, with their own trips.
        first = Area.BOARD if may_see(me, Area.VISITS) else Area.MY_TRIPS
    return f"/schools/{me.slug}/{first}"


def main_role(me: Acquainted, at: datetime | None = None) -> str:
    """The person's main role in plain words: "attendance officer"; of another school, with its name."""
    if me.glass is not None:
        return of_school(me.glass)
    word = in_words(me.person.role_word(at or me.now))
    for article in ("the ", "a member of ", "an ", "a "):
        word = word.removeprefix(article)
    return word


def _title(me: Acquainted, area: Area) -> str:
    if area is Area.APPROVALS:
        if me.fills(*approver_words(me)):
            return "Waiting for my approval"
        return "Waiting for my oversight" if me.may(OverseeRisk) else "Approvals by phone"
    return QUESTIONS[ASKS[area]].title
