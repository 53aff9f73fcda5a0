"""The one list of what is still needed, shown by the gate, the pages and the board alike."""

from collections.abc import Mapping, Sequence

from domain.ids import PupilId, StaffId
from domain.need import advice, always
from domain.policy import Force, Policy
from domain.pupil.state import Pupil
from domain.refusal import Requirement
from domain.staff.may_go import team_needs
from domain.staff.rules.designated import designated_goes
from domain.staff.state import Person
from domain.times import day_of
from domain.trip.rules.checks import list_gone_through
from domain.trip.rules.free import free_to_go
from domain.trip.rules.phone import numbers_held
from domain.trip.rules.team import chosen_by_senior, two_go
from domain.trip.rules.travel import car_fit, public_transport_agreed
from domain.trip.rules.watcher import watched
from domain.trip.rules.whereabouts import agreed_call, left_with_somebody
from domain.trip.state import TripState
from domain.visit.rules.appointment import appointment_needs, family_has_not_declined
from domain.visit.rules.approval import approved
from domain.visit.rules.background import background_known
from domain.visit.rules.childcare import childcare_needs
from domain.visit.rules.explained import absence_explained
from domain.visit.rules.family import family_can_be_rung, interpreter_asked
from domain.visit.rules.place import place_allowed
from domain.visit.rules.risk import risk_assessed
from domain.visit.rules.signed_list import list_signed
from domain.visit.state import VisitState


def open_doors(visits: Sequence[VisitState]) -> tuple[VisitState, ...]:
    """The doors that a trip still goes to: neither refused nor called off."""
    return tuple(v for v in visits if v.refused_at is None and v.cancelled is None)


def left_out(visits: Sequence[VisitState]) -> tuple[Requirement, ...]:
    """That they go to the others only, where some of the trip's visits were called off or refused."""
    if not 0 < len(open_doors(visits)) < len(visits):
        return ()
    return (advice("visit.left_out", "One of the visits was called off or refused: they go to the others only"),)


def door_needs(
    policy: Policy,
    visit: VisitState,
    trip: TripState,
    on_trip: Sequence[VisitState],
    pupils: Mapping[PupilId, Pupil],
) -> tuple[Requirement, ...]:
    """What one door of a trip still needs: nothing where it was refused or called off and they go to the others only."""
    left_out = not open_doors((visit,)) and bool(open_doors(on_trip))
    return () if left_out else visit_needs(policy, visit, trip, pupils)


def visit_needs(
    policy: Policy, visit: VisitState, trip: TripState, pupils: Mapping[PupilId, Pupil]
) -> tuple[Requirement, ...]:
    """What one door still needs. `pupils`: those of the school, with what is held about their families."""
    if visit.refused_at is not None:
        return (always("visit.refused", "The visit was refused: ask again with what has changed", who=("SLT",)),)
    if visit.cancelled is not None:
        return (always("visit.cancelled", "The visit was called off"),)
    return (
        *approved(policy, visit, trip.team),
        *list_signed(policy, visit, pupils),
        *place_allowed(policy, visit.place),
        *family_has_not_declined(policy, visit),
        *appointment_needs(policy, visit, trip),
        *childcare_needs(policy, visit, trip),
        *absence_explained(visit, pupils),
        *risk_assessed(policy, visit, trip),
        *background_known(policy, visit),
        *interpreter_asked(policy, visit, trip, pupils),
        *family_can_be_rung(policy, visit, pupils),
    )


def trip_needs(
    policy: Policy,
    trip: TripState,
    visits: Sequence[VisitState],
    people: Mapping[StaffId, Person],
    others: Mapping[StaffId, TripState],
) -> tuple[Requirement, ...]:
    """What the sign-out still needs, the doors apart. `others`: the open trip that holds each person now."""
    return (
        *two_go(policy, trip, visits, people),
        *_they_may_go(policy, trip, people),
        *chosen_by_senior(policy, trip, visits, people),
        *car_fit(policy, trip, people),
        *public_transport_agreed(policy, trip),
        *free_to_go(trip, others, {p: people[p].name for p in trip.team if p in people}),
        *numbers_held(policy, trip, people),
        *left_with_somebody(policy, trip),
        *agreed_call(policy, trip),
        *list_gone_through(policy, trip, visits),
        *watched(trip, people),
    )


def _they_may_go(policy: Policy, trip: TripState, people: Mapping[StaffId, Person]) -> tuple[Requirement, ...]:
    """What must be on record of those who go, by the day on which they do."""
    if trip.leave_at is None:
        return ()
    day = day_of(trip.leave_at)
    team = [people[one] for one in trip.team if one in people]
    return (*designated_goes(policy, team, day), *team_needs(policy, people, trip.team, day))


def readiness(
    policy: Policy,
    trip: TripState,
    visits: Sequence[VisitState],
    people: Mapping[StaffId, Person],
    others: Mapping[StaffId, TripState],
    pupils: Mapping[PupilId, Pupil],
) -> tuple[Requirement, ...]:
    """Everything still needed before this trip is OK to go: what refuses first, advice last.

    `others`: the open trip that holds each person now, which may be this one.
    """
    if not trip.planned:
        return (always("trip.planned", "No time to leave and to be back is planned"),)
    if trip.called_off_at is not None:
        return (always("trip.called_off", "The trip was called off"),)
    doors = open_doors(visits)
    found = [r for visit in doors or visits for r in visit_needs(policy, visit, trip, pupils)]
    found.extend(left_out(visits))
    found.extend(trip_needs(policy, trip, doors, people, others))
    unique = {(r.code, r.says): r for r in found}
    return tuple(sorted(unique.values(), key=lambda r: r.force is Force.ADVISE))
