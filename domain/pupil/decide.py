"""Decisions about pupils."""

from domain.envelope import Decision, Entry
from domain.ids import PupilId, pupil_stream
from domain.pupil import commands as c
from domain.pupil import events as e
from domain.refusal import Unknown
from domain.situation import Situation


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
