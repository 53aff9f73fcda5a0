"""Decisions about pupils."""

from domain.envelope import Decision, Entry
from domain.ids import PupilId, pupil_stream
from domain.need import always
from domain.pupil import commands as c
from domain.pupil import events as e
from domain.pupil.bringing_in import BY_WHAT_KNOWN, SEVERAL_FIT, SeveralFit, the_same, told
from domain.pupil.events import telephones_of
from domain.pupil.family import UNREACHABLE, unreachable
from domain.pupil.upn import fault_of, tidied
from domain.refusal import Incomplete, Refused, Unknown
from domain.situation import Situation, last_day


def admit_pupil(command: c.AdmitPupil, s: Situation) -> Decision:
    """A pupil is put on the register, with what is held about the family."""
    upn = _upn(command.upn)
    stream = pupil_stream(PupilId(s.new_id("pupil")))
    admitted = e.PupilAdmitted(
        given_name=command.given_name,
        family_name=command.family_name,
        born=command.born,
        year_group=command.year_group,
        class_name=command.class_name,
        upn=upn,
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
    if unreachable(telephones_of(command.phone, command.carers), command.phone_none_reason):
        raise Incomplete("phone_none_reason", UNREACHABLE)
    event = e.FamilyProfileRecorded(
        carers=command.carers,
        address=command.address,
        phone=command.phone,
        phone_none_reason=command.phone_none_reason,
        language=command.language,
        interpreter_needed=command.interpreter_needed,
        notes=command.notes,
        literacy_support=command.literacy_support,
    )
    return (Entry(pupil_stream(command.pupil), event),)


def bring_in_pupil(command: c.BringInPupil, s: Situation) -> Decision:
    """A pupil as the school's own system tells of them: what is new about them, and nothing where nothing is."""
    _upn(command.upn)
    if command.born is None and not command.upn:
        raise Incomplete("born", BY_WHAT_KNOWN)
    if command.on_roll is False:
        last_day(command.left_on, s)
    try:
        held = the_same(s.pupils.values(), command)
    except SeveralFit:
        raise Refused((always("pupil.several_fit", SEVERAL_FIT, who=("school_office",)),)) from None
    stream = pupil_stream(PupilId(s.new_id("pupil")) if held is None else held.id)
    return tuple(Entry(stream, event) for event in told(held, command))


def _upn(upn: str) -> str:
    """The UPN as it is kept. Raises Incomplete for one that cannot be."""
    kept = tidied(upn)
    if kept and (expected := fault_of(kept)):
        raise Incomplete("upn", expected)
    return kept
