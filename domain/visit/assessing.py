"""Decisions about risk assessments: one is made, or made again; somebody senior oversees it.

An assessment is kept whoever makes it, and tells of what is new; whether it is the one that the school's policy asks for
is judged when they go (`domain.visit.rules.risk`).
"""

from domain.envelope import Decision, Entry
from domain.ids import visit_stream
from domain.need import always
from domain.refusal import NotPermitted, Refused
from domain.roles import Role, any_of
from domain.situation import Situation
from domain.trip.no_longer_ok import is_ok_to_go, no_longer_ok
from domain.visit import commands as c
from domain.visit import events as e
from domain.visit.assessment import HOME_VISIT, assessed, next_version
from domain.visit.plans import stale
from domain.visit.rules.risk import (
    assessors,
    counts,
    held_of,
    overseers,
    risk_assessed,
    that_counts,
)
from domain.visit.rules.risk_form import as_the_sheet, filled_in, high
from domain.visit.state import VisitState, with_assessment


def assess_risk(command: c.AssessRisk, s: Situation) -> Decision:
    """The school's form, and anything different today: a new version each time.

    A high risk is a new warning: a yes from before falls (DV-20). An "OK to go" falls where the policy now asks for more (SP-25).
    """
    visit = s.visit(command.visit)
    home = command.kind == HOME_VISIT
    held = held_of(s.speaker, assessors(s.policy), s.at) if home else None
    role = held.role if held else s.acting.role
    sheet = _sheet(command, s, visit, role) if home else command.sheet
    event = e.RiskAssessed(
        kind=command.kind,
        different_today=command.different_today,
        sheet=sheet,
        level="high" if high(sheet) else command.level,
        version=next_version(visit.assessments, command.kind),
        as_sheet=home and as_the_sheet(s.policy, sheet),
        for_day=s.planned_day,
    )
    entry = Entry(
        visit_stream(visit.id),
        event,
        role=held.role if held else None,
        deputising_for=held.deputising_for if held else None,
    )
    if event.level == "high":
        return (entry, *stale(s, visit, "a new warning came up"))
    return (entry, *_overtaken_by(s, visit, event, role))


def _sheet(command: c.AssessRisk, s: Situation, visit: VisitState, role: Role) -> tuple[dict[str, str], ...]:
    """The rows as they are now. Whoever only reports something new goes through no form: theirs has the rows they said."""
    trip = s.trip_or_new()
    if not command.sheet and not counts(s.policy, trip, s.acting.person, role):
        return ()
    made = that_counts(s.policy, visit, trip)
    return filled_in(s.policy, command.sheet, made.sheet if made is not None else ())


def _overtaken_by(s: Situation, visit: VisitState, event: e.RiskAssessed, role: Role) -> Decision:
    """The "OK to go" that this assessment overtakes: something new has to be amended, or overseen, before setting off."""
    trip = s.trip
    if trip is None or not is_ok_to_go(trip):
        return ()
    made = assessed(visit.assessments, event, by=s.acting.person, role=role, at=s.at, index=s.head + 1)
    before = {r.code for r in risk_assessed(s.policy, visit, trip) if r.refuses}
    after = {r.code for r in risk_assessed(s.policy, with_assessment(visit, made), trip) if r.refuses}
    return no_longer_ok(trip, "the risk assessment changed") if after - before else ()


def oversee_risk(command: c.OverseeRisk, s: Situation) -> Decision:
    """The assessment that counts now is overseen, by another than who made it (LJ-16). Overseeing it twice changes nothing."""
    visit = s.visit(command.visit)
    words = overseers(s.policy)
    held = held_of(s.speaker, words, s.at)
    if held is None:
        message = f"A risk assessment is overseen by {any_of(words) or 'nobody: the policy does not ask for it'}"
        raise NotPermitted(message)
    made = that_counts(s.policy, visit, s.trip_or_new())
    if made is None:
        says = "There is no risk assessment to oversee yet"
        raise Refused((always("risk.assessed", says, who=assessors(s.policy), setting="risk_rule"),))
    if command.version not in (0, made.version):
        says = "The risk assessment was amended since you read it: read it as it is now"
        raise Refused((always("risk.overseen", says, who=words, setting="risk_rule"),))
    if made.by == s.acting.person:
        says = "You made this assessment yourself: somebody else oversees it"
        raise Refused((always("risk.overseen", says, who=words, setting="risk_rule"),))
    if made.overseen_by is not None:
        return ()
    event = e.RiskOverseen(version=made.version, note=command.note)
    return (Entry(visit_stream(visit.id), event, role=held.role, deputising_for=held.deputising_for),)
