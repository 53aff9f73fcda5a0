"""Decisions about appointments: times offered, one agreed, signed, altered; and the days that are none for one.

Clauses: SP-44, LJ-36 to LJ-38, NH-04, NH-05, SC-15 to SC-17, DV-20.
"""

from collections.abc import Iterable
from datetime import datetime

from domain.envelope import Decision, Entry
from domain.ids import visit_stream
from domain.need import always
from domain.policy import Force
from domain.refusal import Incomplete, Refused
from domain.situation import Situation
from domain.trip.no_longer_ok import no_longer_ok
from domain.visit import commands as c
from domain.visit import events as e
from domain.visit.appointment import Appointment, on_another_day
from domain.visit.plans import stale
from domain.visit.rules.appointment import OFFICER, a_choice
from domain.visit.rules.childcare import off_childcare_days
from domain.visit.state import VisitState


def offer_appointments(command: c.OfferAppointments, s: Situation) -> Decision:
    """Times were offered to the family (NH-05)."""
    visit = s.visit(command.visit)
    times = tuple(dict.fromkeys(command.times))
    _ahead("times", times, s)
    _at_home(visit.childcare_days, times, s, visit)
    offered = e.AppointmentOffered(times=times, how=command.how, with_whom=command.with_whom)
    return (Entry(visit_stream(visit.id), offered),)


def confirm_appointment(command: c.ConfirmAppointment, s: Situation) -> Decision:
    """The family agreed a time, of those offered or one that they named themselves."""
    visit = s.visit(command.visit)
    _ahead("appointment_at", (command.appointment_at,), s)
    told = _childcare_days("childcare_days", command.childcare_days)
    _at_home(told or visit.childcare_days, (command.appointment_at,), s, visit)
    event = e.AppointmentConfirmed(
        at=command.appointment_at,
        how=command.how,
        signed=command.signed,
        with_whom=command.with_whom,
        offers=max(command.offers, len(visit.offered)),
        family_named_it=command.family_named_it,
        planned_minutes=command.planned_minutes,
        address_settled=command.address_settled,
        questions_invited=command.questions_invited,
        kept_at=_kept_at(command),
    )
    unmet = a_choice(s.policy, event.offers, family_named_it=event.family_named_it)
    if any(need.force is Force.MUST for need in unmet):
        raise Refused(unmet)
    stream = visit_stream(visit.id)
    days = (Entry(stream, e.ChildcareDaysKept(days=told)),) if told and told != visit.childcare_days else ()
    return (*days, Entry(stream, event), *_another_day(s, visit, command.appointment_at))


def keep_childcare_days(command: c.KeepChildcareDays, s: Situation) -> Decision:
    """The days on which the child is at childcare (LJ-37). One that is planned on such a day is not OK to go from now on."""
    visit = s.visit(command.visit)
    days = _childcare_days("days", command.days)
    return (Entry(visit_stream(visit.id), e.ChildcareDaysKept(days=days)), *_not_on_that_day(s, visit, days))


def _not_on_that_day(s: Situation, visit: VisitState, days: tuple[e.ChildcareDay, ...]) -> Decision:
    """The "OK to go" that falls, as long as nobody has left, where the trip turns out to be on such a day (LJ-37)."""
    trip = s.trip
    if trip is None or trip.leave_at is None:
        return ()
    unmet = off_childcare_days(s.policy, visit, days, (trip.leave_at,))
    if not any(one.force is Force.MUST for one in unmet):
        return ()
    return no_longer_ok(trip, "the child is at childcare on that day")


def _childcare_days(field: str, days: Iterable[e.ChildcareDay]) -> tuple[e.ChildcareDay, ...]:
    """Each day once, in the week's order. Raises Incomplete where "none" stands among days."""
    said = set(days)
    if e.ChildcareDay.NONE in said and len(said) > 1:
        raise Incomplete(field, "the days on which the child is at childcare, or none of them")
    return tuple(day for day in e.ChildcareDay if day in said)


def _at_home(days: tuple[e.ChildcareDay, ...], times: Iterable[datetime], s: Situation, visit: VisitState) -> None:
    """Raises Refused where the policy keeps the visit off a day on which the child is at childcare (LJ-37)."""
    unmet = off_childcare_days(s.policy, visit, days, times)
    if any(need.force is Force.MUST for need in unmet):
        raise Refused(unmet)


def _kept_at(command: c.ConfirmAppointment) -> e.KeptAt | None:
    if command.how is not e.AppointmentHow.WRITTEN:
        return None
    return command.kept_at or e.KeptAt.SCHOOL_OFFICE


def sign_appointment(command: c.SignAppointment, s: Situation) -> Decision:
    """Signatures of parents and attendance officer are kept with the appointment (SC-17)."""
    visit = s.visit(command.visit)
    _agreed(visit)
    parents = command.parents.strip()
    if not parents and command.officer is None:
        raise Incomplete("parents", "who signed: parents by name, the attendance officer, or both")
    if command.officer is not None:
        officer = s.people.get(command.officer)
        if officer is None or officer.fills(OFFICER, s.at) is None:
            raise Incomplete("officer", "the attendance officer, whose signature it is")
    return (Entry(visit_stream(visit.id), e.AppointmentSigned(parents=parents, officer=command.officer)),)


def change_appointment(command: c.ChangeAppointment, s: Situation) -> Decision:
    """The agreed time was altered (SP-44). To another day is a material change (DV-20)."""
    visit = s.visit(command.visit)
    agreed = _agreed(visit)
    _ahead("appointment_at", (command.appointment_at,), s)
    _at_home(visit.childcare_days, (command.appointment_at,), s, visit)
    event = e.AppointmentChanged(was=agreed.at, at=command.appointment_at, why=command.why, how=command.how)
    return (Entry(visit_stream(visit.id), event), *_another_day(s, visit, command.appointment_at))


def _agreed(visit: VisitState) -> Appointment:
    if visit.appointment is None:
        says = "No appointment is agreed yet: keep the one that the family agreed to"
        raise Refused((always("appointment.none", says, setting="appointment_rule"),))
    return visit.appointment


def _ahead(field: str, times: Iterable[datetime], s: Situation) -> None:
    """No appointment is made for a time that is over; the minute in which it was agreed is not. Raises Incomplete."""
    if any(at < s.at.replace(second=0, microsecond=0) for at in times):
        raise Incomplete(field, "a time to come")


def _another_day(s: Situation, visit: VisitState, new: datetime) -> Decision:
    """What falls where the agreed time moves to another London day (DV-20)."""
    moved = on_another_day(visit.appointment, new)
    return stale(s, visit, "the appointment moved to another day") if moved else ()
