"""Decisions about what is on record of somebody: courses, checks, an employer's word, cars, designation."""

from collections.abc import Iterable
from datetime import date, timedelta

from domain.envelope import Decision, Entry
from domain.ids import DOORSTEP, StaffId, staff_stream
from domain.need import always
from domain.permissions import KEEP_STANDING
from domain.refusal import Incomplete, NotPermitted, Refused, Unknown
from domain.situation import Situation
from domain.staff import commands as c
from domain.staff import events as e
from domain.staff.on_record import Vehicle, plate
from domain.staff.rules.vehicle import described
from domain.staff.rules.vetting import AGENCY
from domain.staff.state import Person
from domain.times import day_of


def known_person(s: Situation, staff: StaffId) -> Person:
    """Somebody of the school's own, or who comes along. Raises Unknown, also for somebody of another school."""
    if staff not in s.people or s.people[staff].outside:
        raise Unknown("person")
    return s.people[staff]


def _here(s: Situation, staff: Iterable[StaffId]) -> tuple[Person, ...]:
    """Each of these people once. Raises Unknown; Refused for somebody who has left."""
    people = tuple(known_person(s, one) for one in dict.fromkeys(staff))
    gone = [person.name for person in people if not person.here]
    if gone:
        says = f"{', '.join(gone)} left the school's staff: nothing more is put on record"
        raise Refused((always("staff.not_here", says),))
    return people


def _days(field: str, done: date, until: date | None, s: Situation) -> None:
    """Raises Incomplete for what is said to have happened on a day that has not come, or to end before it began."""
    if done > day_of(s.now):
        raise Incomplete(field, "a day that has come: it is put on record when it is done, not before")
    if until is not None and until < done:
        raise Incomplete("valid_until", f"a day on or after {field}, or nothing where it does not lapse")


def record_training(command: c.RecordTraining, s: Situation) -> Decision:
    """Courses that were finished; one day's training of many people is one command."""
    _days("done_on", command.done_on, command.valid_until, s)
    return tuple(
        Entry(
            staff_stream(person.id),
            e.TrainingRecorded(
                course=course,
                done_on=command.done_on,
                valid_until=command.valid_until,
                organiser=command.organiser,
            ),
        )
        for person in _here(s, command.staff)
        for course in dict.fromkeys(command.courses)
    )


def record_checks(command: c.RecordChecks, s: Situation) -> Decision:
    """Vetting checks that the school saw. For somebody from an agency the employer gives its word instead."""
    _days("made_on", command.made_on, command.valid_until, s)
    people = _here(s, command.staff)
    if any(person.kind == AGENCY for person in people):
        raise Incomplete("staff", "the school's own staff: for somebody from an agency, keep their employer's word")
    return tuple(
        Entry(
            staff_stream(person.id),
            e.CheckRecorded(check=check, made_on=command.made_on, valid_until=command.valid_until),
        )
        for person in people
        for check in dict.fromkeys(command.checks)
    )


def admit_agency_professional(command: c.AdmitAgencyProfessional, s: Situation) -> Decision:
    """Somebody from an agency, with the employer's word at once."""
    _days("attested_on", command.attested_on, command.valid_until, s)
    stream = staff_stream(StaffId(s.new_id("staff")))
    out = [Entry(stream, e.StaffJoined(name=command.name, job=command.job, kind=AGENCY, employer=command.employer))]
    if command.mobile is not None:
        out.append(Entry(stream, e.ContactNumberRegistered(mobile=command.mobile)))
    attested = e.EmployerAttested(
        employer=command.employer,
        attested_by=command.attested_by,
        on=command.attested_on,
        checks=tuple(dict.fromkeys(command.checks)),
        valid_until=command.valid_until,
    )
    return (*out, Entry(stream, attested))


def record_attestation(command: c.RecordAttestation, s: Situation) -> Decision:
    """The employer's word about somebody who comes along already."""
    _days("attested_on", command.attested_on, command.valid_until, s)
    (person,) = _here(s, (command.staff,))
    if person.kind != AGENCY:
        raise Incomplete("staff", "somebody from an agency: of the school's own staff, keep the checks themselves")
    employer = command.employer.strip() or person.employer
    if not employer:
        raise Incomplete("employer", "who employs them")
    attested = e.EmployerAttested(
        employer=employer,
        attested_by=command.attested_by,
        on=command.attested_on,
        checks=tuple(dict.fromkeys(command.checks)),
        valid_until=command.valid_until,
    )
    return (Entry(staff_stream(person.id), attested),)


def _own_or_kept(s: Situation, person: Person) -> None:
    """Raises NotPermitted unless it is one's own car, or one keeps such records for the school."""
    actor = s.speaker
    if s.acting.person not in (DOORSTEP, person.id) and not any(
        actor is not None and actor.fills(word, s.at) for word in KEEP_STANDING
    ):
        raise NotPermitted("A car is put on record by whose car it is, or by those who keep the staff's records")


def record_vehicle(command: c.RecordVehicle, s: Situation) -> Decision:
    """A car, with all that this school wants written down about it; refused without, all at once (SP-30, SC-21)."""
    (person,) = _here(s, (command.staff,))
    _own_or_kept(s, person)
    if not plate(command.registration):
        raise Incomplete("registration", "the car's registration")
    if command.insured_until is not None and command.insurance is None:
        raise Incomplete("insurance", "what the insurance covers: social, commuting or business")
    vehicle = Vehicle(registration=command.registration, make=command.make, model=command.model, colour=command.colour)
    unmet = described(s.policy, vehicle)
    if unmet:
        raise Refused(unmet)
    event = e.VehicleRegistered(
        registration=command.registration.strip().upper(),
        make=command.make,
        model=command.model,
        colour=command.colour,
        insurance=command.insurance,
        insured_until=command.insured_until,
        maintained=command.maintained,
    )
    return (Entry(staff_stream(person.id), event),)


def give_up_vehicle(command: c.GiveUpVehicle, s: Situation) -> Decision:
    """A car that is not used any more."""
    person = known_person(s, command.staff)
    _own_or_kept(s, person)
    held = next((v for v in person.record.vehicles if plate(v.registration) == plate(command.registration)), None)
    if held is None:
        raise Incomplete("registration", "the registration of a car that is on record for them")
    return (Entry(staff_stream(person.id), e.VehicleGivenUp(registration=held.registration)),)


def name_designated_visitor(command: c.NameDesignatedVisitor, s: Situation) -> Decision:
    """One of the school's own staff becomes a designated visitor (WL-04)."""
    (person,) = _here(s, (command.staff,))
    if person.kind == AGENCY:
        raise Incomplete("staff", "one of the school's own staff")
    since = command.since or day_of(s.now)
    if command.until is not None and command.until < since:
        raise Incomplete("until", "a day on or after the first one, or nothing for until it is ended")
    return (Entry(staff_stream(person.id), e.DesignatedVisitorNamed(since=since, until=command.until)),)


def end_designation(command: c.EndDesignation, s: Situation) -> Decision:
    """From now on they are not a designated visitor. Ending what has ended changes nothing."""
    person, today = known_person(s, command.staff), day_of(s.now)
    if not any(spell.until is None or today <= spell.until for spell in person.record.designated):
        return ()
    return (Entry(staff_stream(person.id), e.DesignationEnded(on=today - timedelta(days=1))),)
