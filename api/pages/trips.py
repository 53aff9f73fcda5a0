"""One trip with its doors in order, and planning a trip to several doors."""

from collections.abc import Sequence
from typing import Annotated
from uuid import UUID

import msgspec
from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from api.identity import Acquainted, person_of, runtime_of
from api.pages.asking import TRAVEL, times_to_start_with
from api.pages.choices import going, names_of, role_of, staff_options
from api.pages.doing import form_of
from api.pages.flash import Done, at_least, keep
from api.pages.forms import Form, first
from api.pages.frame import page
from api.pages.menu import Area, may_see, refuse_unless_opens, refuse_unless_seen
from api.pages.needs import Desk, NeedCard, at_door, need_cards
from api.pages.parts import Action, FieldError, PersonLine
from api.pages.plan_actions import name_team, name_watcher
from api.pages.reading_visits import wrote
from api.pages.templating import hm
from api.pages.timeline import timeline_items
from api.pages.visit_actions import add_visit, call_off_trip
from api.pages.words import in_words, role_in_words, sentence
from api.problems import problem_of
from api.sending import send, stored
from commands.ids import new_command_id
from commands.reading import Malformed, read_command_id, read_payload
from domain.ids import StaffId, TripId, trip_stream
from domain.policy import Force
from domain.refusal import Incomplete, NotPermitted, Refused, Requirement, Unknown
from domain.trip.commands import PlanTrip
from domain.trip.state import TripState
from eventlog.seam import CommandReused
from projections import dsl_history, visits
from projections.event_rows import events_of
from projections.history_compose import compose
from projections.history_lines import Line
from projections.trips import DoorNeeds, PlannedTrip, one_trip, without_trip
from projections.views import View
from projections.visits import Stage, VisitLine

router = APIRouter(include_in_schema=False)

_TEXTS = ("day", "leave", "back", "travel", "lone_reason", "watcher", "deputy")
_DIGITS = 3
"""Of a place in the order: nobody orders a thousand doors."""


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
    left_with: tuple[str, ...]
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


class Candidate(msgspec.Struct, frozen=True, kw_only=True):
    """A visit that can go on a new trip."""

    line: VisitLine
    purpose: str
    ticked: bool
    place: str
    """Its place in the order, as typed."""


@router.get("/schools/{school}/trips/plan")
def plan(request: Request, me: Annotated[Acquainted, Depends(person_of)]) -> Response:
    """Pick visits that are on no trip, in order; `visit` ticks one."""
    refuse_unless_seen(me, Area.ASK)
    leave, back = times_to_start_with(me.now)
    form = {
        "day": [f"{leave:%Y-%m-%d}"],
        "leave": [f"{leave:%H:%M}"],
        "back": [f"{back:%H:%M}"],
        "visits": request.query_params.getlist("visit"),
    }
    return _plan_page(request, me, form)


@router.post("/schools/{school}/trips/plan")
async def planned(request: Request, me: Annotated[Acquainted, Depends(person_of)]) -> Response:
    """Plan the trip; what is refused comes back on the same page with nothing lost."""
    refuse_unless_seen(me, Area.ASK)
    form = await form_of(request)
    errors = [
        FieldError(field=field, says=says)
        for field, name, says in (
            ("visits", "visits", "Choose at least one visit"),
            ("leave", "leave", "Give the time to leave"),
            ("back", "back", "Give the time to be back"),
        )
        if not first(form, name).strip()
    ]
    if errors:
        return _plan_page(request, me, form, errors, 422)
    runtime = runtime_of(request)
    try:
        key, _ = read_command_id(PlanTrip, first(form, "command_id") or None, new_command_id())
        read = read_payload(PlanTrip, _payload(form))
        lines = await runtime.ask(me.slug, lambda view: without_trip(view, me.directory, me.now), visits.NAME)
        answer = stored(await send(runtime, me, read, key), key, runtime.now())
    except Refused as refused:
        return _plan_page(request, me, form, [FieldError(field="visits", says=n.says) for n in refused.unmet], 409)
    except (Malformed, Incomplete) as error:
        faults = [_fault(e["field"], e["expected"]) for e in problem_of(error).errors]
        return _plan_page(request, me, form, faults, 422)
    except (NotPermitted, Unknown, CommandReused) as error:
        found = problem_of(error)
        return _plan_page(request, me, form, [FieldError(field="visits", says=found.detail)], found.status)
    trip = answer.stream.id if answer.stream is not None else ""
    response = RedirectResponse(f"/schools/{me.slug}/trips/{trip}", status_code=303)
    streets = {line.visit: line.street for line in lines}
    doors = read.command.visits if isinstance(read.command, PlanTrip) else ()
    says = f"Trip planned: {', then '.join(streets[v] for v in doors if v in streets)}"
    keep(response, me.slug, Done(says=says, command_id=answer.command_id, index=answer.index))
    return response


@router.get("/schools/{school}/trips/{trip}")
def one(request: Request, trip: UUID, me: Annotated[Acquainted, Depends(person_of)]) -> HTMLResponse:
    """One trip: doors in order, who's going, and what is still needed for all of it."""
    with runtime_of(request).view(me.slug, visits.NAME, dsl_history.NAME, at_least=at_least(request)) as view:
        found = one_trip(view, me.directory, me.now, TripId(trip))
        if found is None:
            raise Unknown("trip")
        refuse_unless_opens(me, found.trip)
        lines = _lines(view, me, TripId(trip))
        waiting = without_trip(view, me.directory, me.now)
    streets = {door.visit.id: door.visit.street for door in found.doors}
    return page(
        request,
        me,
        "trip.html",
        trip=found.trip,
        view=_trip_view(me, found, waiting),
        items=timeline_items(lines, me.directory, streets, lambda line: _reads(me, found.trip, line)),
    )


def _reads(me: Acquainted, trip: TripState, line: Line) -> bool:
    """Whether what was typed is shown here. Others read it on the visit's page, where each reading is kept."""
    return wrote(me, line) or me.id in {*trip.team, *trip.departed}


def _lines(view: View, me: Acquainted, trip: TripId) -> tuple[Line, ...]:
    events = events_of(view, dsl_history.NAME, (trip_stream(trip),), None)
    return compose(events, me.directory.people, me.now).lines


def _trip_view(me: Acquainted, found: PlannedTrip, waiting: Sequence[VisitLine]) -> TripView:
    trip, policy = found.trip, me.directory.policy_at(me.now)
    desk = Desk(me=me, policy=policy, trip=trip)
    planning = trip.planned and not trip.departed and trip.called_off_at is None and trip.cleared_at is None
    refusing = [n for n in (*found.needs, *(n for d in found.doors for n in d.needs)) if n.refuses]
    add = (add_visit(trip, waiting),) if waiting and may_see(me, Area.VISITS) else ()
    actions = (name_team(me, policy, trip, "this trip"), name_watcher(me, trip, "this trip"), *add, call_off_trip(trip))
    ahead = not trip.departed and trip.called_off_at is None and trip.exists
    return TripView(
        title=_title(me, trip),
        state=_state(trip),
        going=_people(me, tuple(dict.fromkeys((*trip.team, *trip.departed)))),
        watcher=next(iter(_people(me, (trip.watcher,) if trip.watcher else ())), None),
        deputy=next(iter(_people(me, (trip.deputy,) if trip.deputy else ())), None),
        left_with=tuple(f"{sentence(role_in_words(h.holder)).rstrip('.')} at {hm(h.at)}" for h in trip.lodged),
        doors=tuple(_door(me, desk, door, shows_needs=planning) for door in found.doors),
        needed=need_cards(desk, [n for n in found.needs if n.refuses and planning]),
        advice=need_cards(desk, [n for n in found.needs if not n.refuses and ahead]),
        waits=bool(refusing),
        planning=planning,
        can_clear=planning and not any(n.force is Force.MUST for n in refusing),
        reasons=tuple({n.code: n for n in refusing if n.force is Force.SHOULD}.values()),
        actions=actions if ahead else (),
    )


def _title(me: Acquainted, trip: TripState) -> str:
    names = [p.name for p in _people(me, trip.team or tuple(trip.departed))]
    who = " and ".join(part for part in (", ".join(names[:-1]), *names[-1:]) if part) or "nobody named yet"
    return f"Trip at {hm(trip.leave_at)}: {who}" if trip.leave_at is not None else f"Trip: {who}"


def _state(trip: TripState) -> str:
    if trip.out:
        return "overdue" if trip.open_alarms else "out"
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
    states = {Stage.OUT: "out", Stage.TO_WRITE_UP: "to write up", Stage.CLOSED: "recorded", Stage.CLEARED: "cleared"}
    return DoorView(
        visit=str(door.visit.id),
        street=door.visit.street or "no address",
        pupils=names_of(me.directory, door.visit.pupils),
        purpose=in_words(door.visit.purpose),
        state=states.get(door.stage, "needed" if refusing else "ready"),
        cards=need_cards(at_door(desk, door.visit), refusing) if shows_needs else (),
    )


def _payload(form: Form) -> dict[str, object]:
    """The form as the command's fields; the visits in the order typed beside them."""
    payload: dict[str, object] = {n: first(form, n) for n in _TEXTS[3:] if first(form, n).strip()}
    chosen = [visit for visit in form.get("visits", ()) if visit]
    typed = {visit: first(form, f"order.{visit}").strip() for visit in chosen}
    payload["visits"] = sorted(
        chosen, key=lambda v: int(typed[v]) if typed[v].isdecimal() and len(typed[v]) <= _DIGITS else 99
    )
    payload["people"] = [person for person in form.get("people", ()) if person]
    for name, field in (("leave_at", "leave"), ("back_by", "back")):
        payload[name] = f"{first(form, 'day').strip()}T{first(form, field).strip()}"
    return payload


def _fault(field: str, expected: str) -> FieldError:
    name = field.partition("[")[0]
    says = {"back_by": "Give a time to be back that is later than the time to leave"}.get(name)
    return FieldError(
        field={"leave_at": "leave", "back_by": "back"}.get(name, "visits"),
        says=says or f"{name.replace('_', ' ').capitalize()}: expected {expected}",
    )


def _plan_page(
    request: Request, me: Acquainted, form: Form, errors: Sequence[FieldError] = (), status: int = 200
) -> Response:
    policy = me.directory.policy_at(me.now)
    with runtime_of(request).view(me.slug, visits.NAME, at_least=at_least(request)) as view:
        lines = without_trip(view, me.directory, me.now)
    chosen = form.get("visits", ())
    seen = may_see(me, Area.VISITS)
    candidates = tuple(
        Candidate(
            line=line,
            purpose=in_words(line.purpose),
            ticked=str(line.visit) in chosen,
            place=first(form, f"order.{line.visit}"),
        )
        for line in lines
        if seen or line.requester == me.id or str(line.visit) in chosen
    )
    return page(
        request,
        me,
        "trip_plan.html",
        status=status,
        errors=tuple(errors),
        candidates=candidates,
        values={name: first(form, name) for name in _TEXTS},
        people=going(me, policy, frozenset(form.get("people", ()))),
        lone=policy.setting("lone_visit"),
        watchers=staff_options(me, nobody="Nobody yet"),
        travel=TRAVEL,
    )
