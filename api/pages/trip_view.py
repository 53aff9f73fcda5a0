"""What one trip's page shows: its state as the board says it, what is still needed, and what happened at its doors."""

from collections.abc import Mapping, Sequence
from typing import Final
from uuid import UUID

import msgspec

from api.identity import Acquainted
from api.pages.check_actions import but_for, gone_through
from api.pages.choices import names_of, role_of
from api.pages.menu import Area, may_see
from api.pages.needs import NeedCard, need_cards
from api.pages.parts import Action, PersonLine, TimelineItem
from api.pages.plan_actions import name_team, name_watcher
from api.pages.plan_desk import Desk, at_door
from api.pages.reading_visits import wrote
from api.pages.templating import hm
from api.pages.timeline import timeline_items
from api.pages.travel_actions import plan_travel
from api.pages.visit_actions import add_visit, call_off_trip, shut_out_phone
from api.pages.words import in_words, role_in_words, sentence
from domain.event import Event
from domain.ids import StaffId, StreamKind, VisitId, trip_stream, visit_stream
from domain.policy import Force
from domain.refusal import Requirement
from domain.trip.state import TripState
from domain.visit import events as v
from projections import dsl_history
from projections.board_shapes import BoardLine
from projections.earlier_visits import EarlierVisit
from projections.event_rows import events_of
from projections.history_compose import compose
from projections.history_lines import Line
from projections.trips import DoorNeeds, PlannedTrip
from projections.views import View
from projections.visit_stages import Stage
from projections.visits import VisitLine, ending_of

AT_THE_DOOR: Final[tuple[type[Event], ...]] = (
    v.FamilyDelayReported,
    v.RunningLateReported,
    v.StaffArrived,
    v.NoAnswerAtDoor,
    v.ChildAloneFound,
    v.ChildNoLongerAlone,
    v.AnimalRequestMade,
    v.HomeEntered,
    v.PupilOutcomeRecorded,
    v.PropertyLeft,
    v.VisitCancelledForSafety,
    v.VisitCancelled,
)
"""The events of a visit that its trip's page shows as well; the rest is on the visit's own."""


class DoorView(msgspec.Struct, frozen=True, kw_only=True):
    """One door of the trip."""

    visit: str
    street: str
    pupils: str
    purpose: str
    state: str
    cards: tuple[NeedCard, ...]


class TripView(msgspec.Struct, frozen=True, kw_only=True):
    """All that `trip.html` shows beside the timeline."""

    title: str
    state: str
    going: tuple[PersonLine, ...]
    watcher: PersonLine | None
    deputy: PersonLine | None
    travel: str
    """How they travel, and in whose car; "" where nobody said."""
    left_with: tuple[str, ...]
    checked: tuple[str, ...]
    """How the list before leaving stands; empty where nobody has gone through it."""
    doors: tuple[DoorView, ...]
    needed: tuple[NeedCard, ...]
    """What the sign-out still needs."""
    advice: tuple[NeedCard, ...]
    waits: bool
    """Something still refuses: the sign-out's or a door's."""
    planning: bool
    can_clear: bool
    reasons: tuple[Requirement, ...]
    actions: tuple[Action, ...]
    phones: tuple[Action, ...]
    """Shutting out a phone that is lost, while it may report without signing in."""


def what_happened(lines: Sequence[Line], me: Acquainted, found: PlannedTrip) -> tuple[TimelineItem, ...]:
    """The timeline of the trip and of its doors."""
    streets = {door.visit.id: door.visit.street for door in found.doors}
    return tuple(_item(me, found.trip, line, streets) for line in lines)


def _item(me: Acquainted, trip: TripState, line: Line, streets: Mapping[VisitId, str]) -> TimelineItem:
    (item,) = timeline_items((line,), me.directory, streets, lambda line: _reads(me, trip, line))
    if line.stream_kind is not StreamKind.VISIT:
        return item
    street = streets.get(VisitId(UUID(line.stream_id)), "")
    link = f"/schools/{me.slug}/visits/{line.stream_id}"
    return msgspec.structs.replace(
        item, title=f"{item.title}: {street}" if street else item.title, link=link, link_text="The visit"
    )


def _reads(me: Acquainted, trip: TripState, line: Line) -> bool:
    """Whether what was typed is shown here. What was typed about a child is read on the visit's page, where it is kept."""
    own = line.stream_kind is StreamKind.TRIP and me.id in {*trip.team, *trip.departed}
    return own or wrote(me, line)


def lines_of(view: View, me: Acquainted, trip: TripState) -> tuple[Line, ...]:
    """What happened on the trip, and at its doors once somebody had left."""
    doors = trip.visits if trip.departed else ()
    streams = (trip_stream(trip.id), *(visit_stream(visit) for visit in doors))
    events = events_of(view, dsl_history.NAME, streams, None)
    lines = compose(events, me.directory.people, me.now).lines
    return tuple(one for one in lines if one.stream_kind is StreamKind.TRIP or isinstance(one.event, AT_THE_DOOR))


def trip_view(
    me: Acquainted,
    found: PlannedTrip,
    waiting: Sequence[VisitLine],
    line: BoardLine | None,
    earlier: Mapping[VisitId, Sequence[EarlierVisit]],
) -> TripView:
    """All that the page shows beside the timeline; `line` is the board's, where the trip has one.

    `earlier`: by door the visits before, where they are shown to whoever looks.
    """
    trip, policy = found.trip, me.directory.policy_of(found.trip, me.now)
    doors = tuple(door.visit for door in found.doors)
    desk = Desk(me=me, policy=policy, trip=trip, doors=doors, earlier=earlier)
    planning = trip.planned and not trip.departed and trip.called_off_at is None and trip.cleared_at is None
    refusing = [n for n in (*found.needs, *(n for d in found.doors for n in d.needs)) if n.refuses]
    add = (add_visit(trip, waiting),) if waiting and may_see(me, Area.VISITS) else ()
    actions = (
        name_team(me, policy, trip, "this trip"),
        plan_travel(me, trip, "this trip"),
        name_watcher(me, trip, "this trip"),
        *((but_for(policy, trip, doors, "this trip"),) if trip.checked is not None else ()),
        *add,
        call_off_trip(trip),
    )
    ahead = not trip.departed and trip.called_off_at is None and trip.exists
    return TripView(
        title=_title(me, trip),
        state=state_of_trip(trip, line),
        going=_people(me, tuple(dict.fromkeys((*trip.team, *trip.departed)))),
        watcher=next(iter(_people(me, (trip.watcher,) if trip.watcher else ())), None),
        deputy=next(iter(_people(me, (trip.deputy,) if trip.deputy else ())), None),
        travel=_travel(me, trip),
        left_with=tuple(f"{sentence(role_in_words(h.holder)).rstrip('.')} at {hm(h.at)}" for h in trip.lodged),
        checked=tuple(gone_through(me, policy, trip, doors)),
        doors=tuple(_door(me, desk, door, shows_needs=planning) for door in found.doors),
        needed=need_cards(desk, [n for n in found.needs if n.refuses and planning]),
        advice=need_cards(desk, [n for n in found.needs if not n.refuses and ahead]),
        waits=bool(refusing),
        planning=planning,
        can_clear=planning and not any(n.force is Force.MUST for n in refusing),
        reasons=tuple({n.code: n for n in refusing if n.force is Force.SHOULD}.values()),
        actions=actions if ahead else (),
        phones=_phones(me, trip),
    )


def _travel(me: Acquainted, trip: TripState) -> str:
    driver = me.directory.people.get(trip.driver) if trip.driver is not None else None
    return f"{trip.travel}, in {driver.name}'s car" if trip.travel and driver is not None else trip.travel


def _phones(me: Acquainted, trip: TripState) -> tuple[Action, ...]:
    if trip.over or trip.cleared_at is None or me.changes_nothing:
        return ()
    return tuple(
        shut_out_phone(trip, person, me.directory.people[person].name)
        for person in dict.fromkeys((*trip.team, *trip.departed))
        if person in me.directory.people
    )


def _title(me: Acquainted, trip: TripState) -> str:
    names = [p.name for p in _people(me, trip.team or tuple(trip.departed))]
    who = " and ".join(part for part in (", ".join(names[:-1]), *names[-1:]) if part) or "nobody named yet"
    return f"Trip at {hm(trip.leave_at)}: {who}" if trip.leave_at is not None else f"Trip: {who}"


def state_of_trip(trip: TripState, line: BoardLine | None) -> str:
    """The state as the board says it; of a trip that has no line there, nobody is out on it."""
    if line is not None:
        return line.state
    if trip.everyone_back:
        return "back"
    if trip.called_off_at is not None:
        return "cancelled"
    return "cleared" if trip.cleared_at is not None else "planned"


def _people(me: Acquainted, people: Sequence[StaffId]) -> tuple[PersonLine, ...]:
    found = (me.directory.people.get(p) for p in people)
    return tuple(PersonLine(name=p.name, role=role_of(me, p), mobile=p.mobile) for p in found if p is not None)


def _door(me: Acquainted, desk: Desk, door: DoorNeeds, *, shows_needs: bool) -> DoorView:
    refusing = [n for n in door.needs if n.refuses]
    ended = ending_of(door.visit) or "recorded"
    states = {Stage.OUT: "out", Stage.TO_WRITE_UP: "to write up", Stage.CLOSED: ended, Stage.CLEARED: "cleared"}
    return DoorView(
        visit=str(door.visit.id),
        street=door.visit.street or "no address",
        pupils=names_of(me.directory, door.visit.pupils),
        purpose=in_words(door.visit.purpose),
        state=states.get(door.stage, "needed" if refusing else "ready"),
        cards=need_cards(at_door(desk, door.visit), refusing) if shows_needs else (),
    )
