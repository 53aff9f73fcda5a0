"""Who has a part in a visit or a trip: whose plan about it counts, whose word may calm it, who answers for the record.

A plan by somebody with no part in it is turned down. A fact is kept whoever says it (law 1); said by somebody with no
part in it, it calms nothing and moves no timer (law 4, see `domain.trip.calming`).
"""

from datetime import datetime
from typing import Final

from domain.command import Command
from domain.ids import DOORSTEP, StaffId, StreamKind
from domain.permissions import ANSWER_FOR_THE_RECORD, COMMANDS, PLAN_FOR_THE_SCHOOL, Scope
from domain.refusal import NotPermitted
from domain.shared.commands import CorrectEvent
from domain.situation import Situation
from domain.staff.state import Person
from domain.trip.state import TripState
from domain.visit.rules.approval import role_to_approve_in
from domain.visit.state import VisitState

_THEIR_OWN: Final = frozenset(
    kind for kind, permission in COMMANDS.items() if {grant.scope for grant in permission} == {Scope.OWN, Scope.SCHOOL}
) - {CorrectEvent}
"""Plans and closings about one visit or trip: of their own by anybody on the staff, of any by those who plan for the school.

A correction is judged by whose word it corrects (`domain.shared.decide`).
"""


def answers_for_the_record(person: Person | None, when: datetime) -> bool:
    """Whether somebody puts right what others recorded."""
    return person is not None and any(person.fills(word, when) for word in ANSWER_FOR_THE_RECORD)


def plans_for_the_school(person: Person | None, when: datetime) -> bool:
    """Whether somebody plans, and speaks for, any visit of the school."""
    return person is not None and any(person.fills(word, when) for word in PLAN_FOR_THE_SCHOOL)


def on_the_trip(trip: TripState, person: StaffId) -> bool:
    """Whether somebody goes, went, watches over it, or gave the word that it came about by."""
    return person in {*trip.team, *trip.departed, trip.watcher, trip.deputy, trip.loose_by}


def speaks_for(s: Situation, trip: TripState | None) -> bool:
    """Whether the word of whoever speaks may calm this trip, or move its times: on it, watching it, or for the school."""
    person = s.acting.person
    return (
        person == DOORSTEP or plans_for_the_school(s.speaker, s.now) or (trip is not None and on_the_trip(trip, person))
    )


def refuse_outsiders(command: Command, s: Situation) -> None:
    """Raises NotPermitted for a plan about a visit or trip by somebody who has no part in it."""
    person = s.acting.person
    if type(command) not in _THEIR_OWN or person == DOORSTEP or plans_for_the_school(s.speaker, s.now):
        return
    said = s.targets[0].envelope if s.targets else None
    if said is not None and person in (said.actor, said.said_by):
        return  # Why they did otherwise: theirs to say.
    trip = getattr(command, "trip", None) is not None or (said is not None and said.stream.kind is StreamKind.TRIP)
    if trip and not _in_the_trip(s):
        _refuse("trip")
    named = {*getattr(command, "visits", ()), getattr(command, "visit", None), said.stream.id if said else None}
    if not all(_in_the_visit(s, visit) for visit in s.visits.values() if visit.exists and visit.id in named):
        _refuse("visit")


def _in_the_trip(s: Situation) -> bool:
    trip = s.trip
    if trip is None or not trip.exists:
        return True  # The decision says that there is no such trip.
    return on_the_trip(trip, s.acting.person) or any(_theirs(s, door) for door in s.trip_visits(trip))


def _in_the_visit(s: Situation, visit: VisitState) -> bool:
    trip = s.trip
    goes = trip is not None and visit.id in trip.visits and on_the_trip(trip, s.acting.person)
    # A door that nobody asked for is written up by whoever came to it.
    return goes or s.acting.person in s.went.get(visit.id, ()) or visit.requested_by is None or _theirs(s, visit)


def _theirs(s: Situation, visit: VisitState) -> bool:
    """Asked for by them, or waiting for a yes that they may give."""
    person = s.acting.person
    may_approve = role_to_approve_in(s.policy, visit, s.speaker, s.now) is not None
    return person == visit.requested_by or may_approve


def _refuse(what: str) -> None:
    who = "by whoever asked for it or is going, whoever watches over it, and those who plan visits for the school"
    message = f"This {what} is planned {who}: the school office, the attendance officer and assistant, SLT and the safeguarding team"
    raise NotPermitted(message)
