"""Decisions about restricted cases. To somebody outside of one every command about it is about nothing (DV-08)."""

from typing import TypedDict

from domain.case import commands as c
from domain.case import events as e
from domain.case.inside import ABOUT_THE_HEAD, Circle, Inside, inside, may_be_let_in
from domain.case.rules.closing import closing_needs
from domain.case.rules.route import levels_of, levels_of_intervention, route_of
from domain.case.state import CaseState, circle_after
from domain.envelope import Decision, Entry
from domain.event import Event
from domain.ids import CaseId, StaffId, TripId, VisitId, case_stream
from domain.need import always
from domain.refusal import Incomplete, NotPermitted, Refused, Unknown
from domain.roles import in_words
from domain.situation import Situation


def raise_allegation(command: c.RaiseAllegation, s: Situation) -> Decision:
    """Taken always; it goes by the school's own route, and never to whom it is about."""
    route = route_of(s.policy, "allegation")
    event = e.AllegationRouted(
        **_said(command, levels_of(route), s),
        route=route,
    )
    return _begin(event, s)


def raise_complaint(command: c.RaiseComplaint, s: Situation) -> Decision:
    """As an allegation, by the route for complaints."""
    route = route_of(s.policy, "complaint")
    event = e.ComplaintRouted(
        **_said(command, levels_of(route), s),
        route=route,
        from_whom=command.from_whom,
    )
    return _begin(event, s)


def record_intervention(command: c.RecordIntervention, s: Situation) -> Decision:
    """What was done, and to keep whom from what: none of it has to be said now."""
    event = e.PhysicalInterventionRecorded(
        **_said(command, levels_of_intervention(s.policy), s),
        why_last_resort=command.why_last_resort,
        force_used=command.force_used,
        injury_prevented=command.injury_prevented,
        harm=command.harm,
    )
    return _begin(event, s)


def note_case(command: c.NoteCase, s: Situation) -> Decision:
    """By anybody inside, also once it is closed."""
    return _goes_on(opened(s), e.CaseNoted(text=command.text, answer=command.answer))


def let_into_case(command: c.LetIntoCase, s: Situation) -> Decision:
    """By a handler: anybody of the staff whom it is not about."""
    case = handled(s)
    person = s.people.get(command.person)
    if person is None:
        raise Unknown("person")
    if person.id in case.circle.about:
        message = "Whom a case is about is never let in"
        raise NotPermitted(message)
    if not may_be_let_in(person, s.now):
        message = f"Only somebody who works with children here, or {in_words(ABOUT_THE_HEAD)}, is let in"
        raise NotPermitted(message)
    return _goes_on(case, e.PersonLetIn(person=command.person, why=command.why))


def leave_out_of_case(command: c.LeaveOutOfCase, s: Situation) -> Decision:
    """By a handler: anybody inside, as long as anybody is left."""
    case = handled(s)
    if command.person not in _inside(case, s).everybody:
        raise Incomplete("person", "somebody who is inside")
    event = e.PersonLeftOut(person=command.person, why=command.why)
    _refuse_unless_somebody_stays(case, event, s)
    return _goes_on(case, event)


def name_in_case(command: c.NameInCase, s: Situation) -> Decision:
    """By a handler. Whoever is named is outside from then on, whatever their role; so may be whoever named them."""
    case = handled(s)
    if command.person not in s.people:
        raise Unknown("person")
    event = e.PersonNamed(person=command.person)
    _refuse_unless_somebody_stays(case, event, s)
    return _goes_on(case, event)


def close_case(command: c.CloseCase, s: Situation) -> Decision:
    """By a handler, once it is complete."""
    case = handled(s)
    unmet = closing_needs(s.policy, case, command.why_last_resort)
    if any(one.refuses for one in unmet):
        raise Refused(unmet)
    return _goes_on(case, e.CaseClosed(outcome=command.outcome, why_last_resort=command.why_last_resort))


def opened(s: Situation) -> CaseState:
    """The case, to whoever is inside. Raises Unknown, the same for a case that others are in and for none."""
    case, alone = s.case, s.acting.only_in is None  # At a front desk nobody is more than the office.
    if case is None or not case.exists or not alone or s.acting.person not in _inside(case, s).everybody:
        raise Unknown("case")
    return case


def handled(s: Situation) -> CaseState:
    """The case, to whoever handles it. Raises Unknown as `opened`; NotPermitted for somebody let in by name."""
    case = opened(s)
    if s.acting.person not in _inside(case, s).handlers:
        message = "This is done by those who handle the case; you were let in to read it and to write things down"
        raise NotPermitted(message)
    return case


class _Said(TypedDict):
    """What every case begins with."""

    about: tuple[StaffId, ...]
    about_described: str
    visit: VisitId | None
    trip: TripId | None
    child_described: str
    text: str
    to: e.Levels
    told: tuple[StaffId, ...]


def _said(command: c.RaiseCase, to: e.Levels, s: Situation) -> _Said:
    about = _about(command, s)
    return _Said(
        about=about,
        about_described=command.about_described,
        visit=command.visit,
        trip=_trip(command, s),
        child_described=command.child_described,
        text=command.text,
        to=to,
        told=_told(about, to, s),
    )


def _about(command: c.RaiseCase, s: Situation) -> tuple[StaffId, ...]:
    heads = [p.id for p in s.people.values() if p.here and p.fills("headteacher", s.now)]
    return tuple(dict.fromkeys((*command.about, *(sorted(heads) if command.about_headteacher else ()))))


def _trip(command: c.RaiseCase, s: Situation) -> TripId | None:
    return command.trip or (s.trip.id if s.trip is not None else None)


def _told(about: tuple[StaffId, ...], to: e.Levels, s: Situation) -> tuple[StaffId, ...]:
    return tuple(sorted(inside(Circle(raised_at=s.now, about=about, to=to), s.people, s.now).everybody))


def _begin(event: e.Beginning, s: Situation) -> Decision:
    return (Entry(case_stream(CaseId(s.new_id("case"))), event),)


def _goes_on(case: CaseState, event: Event) -> Decision:
    return (Entry(case_stream(case.id), event),)


def _inside(case: CaseState, s: Situation) -> Inside:
    return inside(case.circle, s.people, s.now)


def _refuse_unless_somebody_stays(case: CaseState, event: e.PersonLeftOut | e.PersonNamed, s: Situation) -> None:
    """A case that nobody is inside of waits for nobody (law 4)."""
    after = circle_after(case.circle, event, s.now)
    if not inside(after, s.people, s.now).everybody:
        raise Refused((always("case.nobody_left", "Nobody would be left inside: let somebody else in first"),))
