"""Decisions about pupils."""

from domain.envelope import Decision, Entry
from domain.ids import PupilId, pupil_stream
from domain.need import always
from domain.pupil import commands as c
from domain.pupil import events as e
from domain.refusal import Refused, Unknown
from domain.situation import Situation, last_day


def admit_pupil(command: c.AdmitPupil, s: Situation) -> Decision:
    """A pupil is put on the register, with what is held about the family."""
    stream = pupil_stream(PupilId(s.new_id("pupil")))
    admitted = e.PupilAdmitted(
        given_name=command.given_name,
        family_name=command.family_name,
        born=command.born,
        year_group=command.year_group,
        class_name=command.class_name,
        upn=command.upn,
        on_roll=command.on_roll,
    )
    if not (command.carers or command.address or command.phone):
        return (Entry(stream, admitted),)
    family = e.FamilyProfileRecorded(carers=command.carers, address=command.address, phone=command.phone)
    return (Entry(stream, admitted), Entry(stream, family))


def take_off_roll(command: c.TakeOffRoll, s: Situation) -> Decision:
    """A pupil leaves. One who is not on roll is not taken off it; nor is anybody before the day has come."""
    pupil = s.pupils.get(command.pupil)
    if pupil is None:
        raise Unknown("pupil")
    if not pupil.on_roll:
        raise Refused((always("pupil.not_on_roll", "This pupil is not on roll", who=("school_office",)),))
    event = e.PupilLeftRoll(on=last_day(command.on, s), moved_to=command.moved_to)
    return (Entry(pupil_stream(command.pupil), event),)


def record_family(command: c.RecordFamily, s: Situation) -> Decision:
    """What is held about the family."""
    if command.pupil not in s.pupils:
        raise Unknown("pupil")
    event = e.FamilyProfileRecorded(
        carers=command.carers,
        address=command.address,
        phone=command.phone,
        phone_none_reason=command.phone_none_reason,
        language=command.language,
        interpreter_needed=command.interpreter_needed,
        notes=command.notes,
    )
    return (Entry(pupil_stream(command.pupil), event),)
