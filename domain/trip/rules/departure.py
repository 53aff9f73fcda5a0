"""What is noted when somebody leaves. Leaving is a fact: nothing here refuses.

Clauses: DV-13, DV-20, DV-21, LJ-22, NH-30, WL-20, and those of whatever was still needed. The team is looked at again
at the door of the school (I10), person by person.
"""

from collections.abc import Iterator, Sequence

from domain.ids import StaffId
from domain.need import always_on, deviation
from domain.policy import Policy, Source
from domain.readiness import readiness
from domain.refusal import Requirement
from domain.shared.events import DeviationNoted
from domain.situation import Situation
from domain.trip.events import StaffDeparted
from domain.trip.rules.team import two_go
from domain.trip.state import TripState

_ABOUT = StaffDeparted.TOPIC


def departure_deviations(trip: TripState, s: Situation, going: Sequence[StaffId]) -> Iterator[DeviationNoted]:
    """Everything about these people's leaving that differs from the policy, or from what was cleared."""
    leaving = tuple(dict.fromkeys((*trip.out, *going)))
    unmet = [r for r in readiness(s.policy, trip, s.trip_visits(trip), s.people, s.others, s.pupils) if r.refuses]
    if trip.cleared_at is None:
        yield _not_cleared(trip, unmet)
    else:
        fallen = [r for r in unmet if r.code not in trip.reasoned]
        if fallen:
            yield _noted("departure.changed", "what was cleared no longer holds", fallen)
    alone = two_go(s.policy, trip, s.trip_visits(trip), s.people, going=leaving)
    if alone and (trip.cleared_at is not None or len(leaving) < len(trip.team)):
        r = alone[0]
        says = f"left as {len(leaving)}: {r.says}"
        setting = r.setting or "lone_visit"
        yield deviation(s.policy, setting, "departure.team", says, about=_ABOUT, clauses=r.clauses)
    elif trip.cleared_at is not None and set(going) - set(trip.cleared_people):
        names = " and ".join(s.name_of(p) for p in going if p not in trip.cleared_people)
        says = f"{names} left, and was not among those who were cleared to go"
        yield DeviationNoted(rule="departure.team", says=says, source=Source.DEFAULT, about_topic=_ABOUT)


def _not_cleared(trip: TripState, unmet: Sequence[Requirement]) -> DeviationNoted:
    why = f"; clearance was void because {trip.voided}" if trip.voided else ""
    return _noted("departure.not_cleared", f"left without clearance{why}", unmet)


def _noted(rule: str, says: str, unmet: Sequence[Requirement]) -> DeviationNoted:
    cited = tuple(dict.fromkeys(c for r in unmet if r.source is not Source.DEFAULT for c in r.clauses))
    needed = "; ".join(dict.fromkeys(r.says for r in unmet))
    return DeviationNoted(
        rule=rule,
        says=f"{says}. Still needed: {needed}" if needed else says,
        source=Source.CLAUSE if cited else Source.DEFAULT,
        clauses=cited,
        about_topic=_ABOUT,
    )


def not_said(policy: Policy) -> DeviationNoted:
    """They were at a door, and nobody had said that they left (LJ-22, NH-30, WL-20)."""
    clauses = always_on(policy, "LJ-22", "NH-30", "WL-20")
    return DeviationNoted(
        rule="sign_out.not_said",
        says="were at the door before anybody had said that they left",
        source=Source.CLAUSE if clauses else Source.DEFAULT,
        clauses=clauses,
        about_topic=_ABOUT,
    )
