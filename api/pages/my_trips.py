"""My trips: what is next for me today, and one trip on a phone."""

from typing import Annotated
from uuid import UUID

import msgspec
from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from api.identity import Acquainted, runtime_of
from api.pages.flash import at_least
from api.pages.frame import page
from api.pages.needs import NeedCard, need_cards
from api.pages.phone import phone_trip, street_of, who_may_clear
from api.pages.plain_steps import next_in_words, plain_trip
from api.pages.plan_desk import Desk, at_door
from api.pages.saying_seen import asked
from api.pages.trip_view import state_of_trip
from api.permitted import by_page
from api.runtime import Runtime
from api.trip_tokens import token_for
from domain.ids import TripId
from domain.permissions import Question
from domain.refusal import NotPermitted, Unknown
from domain.trip.state import TripState
from projections import overdue_board, phone_trips, visits
from projections.board_words import clock, joined, name_of, pupils
from projections.not_said import not_said
from projections.phone_trips import MyTrip
from projections.trips import one_trip as planned_trip
from projections.views import View

router = APIRouter(prefix="/schools/{school}/my-trips", include_in_schema=False)
NAMES = (overdue_board.NAME, phone_trips.NAME, visits.NAME)


_WORRYING = ("amber", "overdue", "danger", "child_alone")


class TripCard(msgspec.Struct, frozen=True, kw_only=True):
    """One trip of mine."""

    trip: str
    href: str
    where: str
    state: str
    """A state of the `tag` macro."""
    people: str
    pupils: str
    leave_at: str
    back_by: str
    next: str
    """The next thing to say, in words; "" where nothing is."""
    why: str = ""
    """Why the trip is not in order, as the board says it; "" where it is."""
    needed: tuple[NeedCard, ...] = ()
    """What refuses OK to go still, each with whom to ask."""
    who_may: str = ""
    """Who may press OK to go, in one sentence."""
    planned: str = ""
    """The trip's own page, while it is not OK to go; "" afterwards."""
    to_write_up: tuple["ToWriteUp", ...] = ()
    """Once everybody is back."""


class ToWriteUp(msgspec.Struct, frozen=True, kw_only=True):
    """A door that is done with and not written up."""

    href: str
    street: str


@router.get("")
def my_trips(request: Request, me: Annotated[Acquainted, by_page(Question.MY_TRIPS)]) -> HTMLResponse:
    """My trips of today, and any that I am still out on. Raises StillSaving."""
    with runtime_of(request).view(me.slug, *NAMES, at_least=at_least(request)) as view:
        found = phone_trips.my_trips(view, me.id, me.now)
        unsaid = not_said(view, me.directory, me.id)
        cards = tuple(_card(one, me, view) for one in found)
    questions = asked(unsaid, me.now, f"/schools/{me.slug}/visits/{{visit}}", may_say=True)
    return page(request, me, "my_trips.html", cards=cards, questions=questions)


@router.get("/{trip}")
def my_trip(request: Request, trip: UUID, me: Annotated[Acquainted, by_page(Question.PHONE_TRIP)]) -> HTMLResponse:
    """One trip on the phone of somebody who goes. Raises Unknown, StillSaving; NotPermitted for anybody else."""
    runtime = runtime_of(request)
    with runtime.view(me.slug, *NAMES, at_least=at_least(request)) as view:
        found = trip_of(view, me, TripId(trip))
    shown = phone_trip(found, me, phone_token(runtime, me, found), demonstration=runtime.kind == "demonstration")
    return page(request, me, "my_trip.html", trip=shown, plain=plain_trip(found, me))


def phone_token(runtime: Runtime, me: Acquainted, found: MyTrip) -> str:
    """What this person's phone reports by without signing in."""
    return token_for(runtime.store.log(me.slug), found.trip, me.id)


def trip_of(view: View, me: Acquainted, trip: TripId) -> MyTrip:
    """The trip, for one of its people. Raises Unknown; NotPermitted for somebody who is not on it."""
    found = phone_trips.one_trip(view, trip)
    if found is None:
        raise Unknown("trip")
    if not phone_trips.is_on(found.trip, me.id):
        raise NotPermitted("You are not going on this trip. Everybody who is out is on the board")
    return found


def _card(found: MyTrip, me: Acquainted, view: View) -> TripCard:
    trip, known = found.trip, me.directory
    line = overdue_board.line_of(view, known, me.now, trip.id)
    ahead = trip.cleared_at is None and not trip.departed and trip.called_off_at is None
    others = [name_of(known, p) for p in dict.fromkeys((*trip.team, *trip.departed)) if p != me.id]
    # Of a trip with a refused door, the others; of one that was refused whole, all: it says so itself.
    doors = [visit for visit in found.visits if not visit.not_to_be_visited] or found.visits
    children = [known.pupils[p] for visit in doors for p in visit.pupils if p in known.pupils]
    return TripCard(
        trip=str(trip.id),
        href=f"/schools/{me.slug}/my-trips/{trip.id}",
        where=joined([street_of(visit) for visit in doors]) or "A place that is not known",
        state=state_of_trip(trip, line),
        people=joined(["You", *others]),
        pupils=pupils(children),
        leave_at=clock(trip.leave_at, me.now),
        back_by=clock(trip.back_by, me.now),
        next=next_in_words(found, me),
        why=line.headline if line is not None and line.state in _WORRYING else "",
        needed=_needed(me, view, trip) if ahead else (),
        who_may=who_may_clear(me),
        planned=f"/schools/{me.slug}/trips/{trip.id}" if ahead else "",
        to_write_up=tuple(
            ToWriteUp(href=f"/schools/{me.slug}/visits/{visit.id}", street=street_of(visit))
            for visit in found.visits
            if trip.everyone_back and visit.exists and not visit.closed
        ),
    )


def _needed(me: Acquainted, view: View, trip: TripState) -> tuple[NeedCard, ...]:
    """What is still needed before OK to go, and whom to ask; what to do about it is on the trip's own page."""
    planned = planned_trip(view, me.directory, me.now, trip.id)
    if planned is None:
        return ()
    desk = Desk(me=me, policy=me.directory.policy_of(trip, me.now), trip=trip)
    doors = (need_cards(at_door(desk, d.visit), [n for n in d.needs if n.refuses]) for d in planned.doors)
    whole = need_cards(desk, [n for n in planned.needs if n.refuses])
    return tuple(msgspec.structs.replace(card, actions=()) for cards in (*doors, whole) for card in cards)
