"""One trip with its doors in order, and planning a trip to several doors."""

from collections.abc import Mapping, Sequence
from typing import Annotated
from uuid import UUID

import msgspec
from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from api.identity import Acquainted, runtime_of
from api.pages.asking import CLOCKS_CHANGE, TRAVEL, prefilled
from api.pages.board import with_actions
from api.pages.choices import going, staff_options
from api.pages.doing import form_of
from api.pages.flash import Done, at_least, keep
from api.pages.forms import Form, first
from api.pages.frame import page
from api.pages.menu import Area, may_see, refuse_unless_opens
from api.pages.parts import FieldError
from api.pages.standing_actions import is_of_the_record, may_not_go
from api.pages.trip_view import lines_of, trip_view, what_happened
from api.pages.words import in_words
from api.permitted import by_page
from api.problems import problem_of
from api.sending import send, stored
from commands.ids import new_command_id
from commands.reading import Malformed, read_command_id, read_payload
from domain.ids import TripId, VisitId
from domain.permissions import Question
from domain.refusal import Incomplete, NotPermitted, Refused, Unknown
from domain.trip.commands import PlanTrip
from eventlog.seam import CommandReused
from projections import dsl_history, overdue_board, visits
from projections.earlier_visits import EarlierVisit, earlier_visits_here
from projections.trips import PlannedTrip, one_trip, without_trip
from projections.views import View
from projections.visits import VisitLine

router = APIRouter(include_in_schema=False)

_TEXTS = ("day", "leave", "back", "travel", "lone_reason", "watcher", "deputy")
_DIGITS = 3
"""Of a place in the order: nobody orders a thousand doors."""


class Candidate(msgspec.Struct, frozen=True, kw_only=True):
    """A visit that can go on a new trip."""

    line: VisitLine
    purpose: str
    ticked: bool
    place: str
    """Its place in the order, as typed."""


@router.get("/schools/{school}/trips/plan")
def plan(request: Request, me: Annotated[Acquainted, by_page(Question.PLAN_A_TRIP)]) -> Response:
    """Pick visits that are on no trip, in order; `visit` ticks one."""
    form = {**prefilled(me), "visits": request.query_params.getlist("visit")}
    return _plan_page(request, me, form)


@router.post("/schools/{school}/trips/plan")
async def planned(request: Request, me: Annotated[Acquainted, by_page(Question.PLAN_A_TRIP)]) -> Response:
    """Plan the trip; what is refused comes back on the same page with nothing lost."""
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
        unmet = [
            may_not_go(n) if is_of_the_record(n) else FieldError(field="visits", says=n.says) for n in refused.unmet
        ]
        return _plan_page(request, me, form, unmet, 409)
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
def one(request: Request, trip: UUID, me: Annotated[Acquainted, by_page(Question.TRIP)]) -> HTMLResponse:
    """One trip: doors in order, who's going, and what is still needed for all of it."""
    names = (visits.NAME, dsl_history.NAME, overdue_board.NAME)
    with runtime_of(request).view(me.slug, *names, at_least=at_least(request)) as view:
        found = one_trip(view, me.directory, me.now, TripId(trip))
        if found is None:
            raise Unknown("trip")
        refuse_unless_opens(me, found.trip, (door.visit for door in found.doors))
        view_lines = lines_of(view, me, found.trip)
        line = overdue_board.line_of(view, me.directory, me.now, TripId(trip))
        waiting = without_trip(view, me.directory, me.now)
        earlier = _earlier(view, me, found)
    return page(
        request,
        me,
        "trip.html",
        trip=found.trip,
        view=trip_view(me, found, waiting, line, earlier),
        now=with_actions(line, me.now, me.slug, links=False) if line is not None and line.state != "planned" else None,
        as_at=me.now,
        items=what_happened(view_lines, me, found),
    )


def _earlier(view: View, me: Acquainted, found: PlannedTrip) -> Mapping[VisitId, Sequence[EarlierVisit]]:
    """The visits before at each door, while the trip is being planned: to those who see all visits, or go."""
    trip = found.trip
    if trip.departed or trip.cleared_at is not None or not (may_see(me, Area.VISITS) or me.id in trip.team):
        return {}
    return {door.visit.id: earlier_visits_here(view, door.visit) for door in found.doors}


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
    if "the clocks go" in expected:
        says = CLOCKS_CHANGE
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
