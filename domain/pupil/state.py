"""Who a pupil is, and what is held about the family."""

from collections.abc import Iterable
from datetime import date
from typing import Final, assert_never

import msgspec
from msgspec.structs import replace

from domain.envelope import Envelope, Recorded
from domain.ids import PupilId
from domain.pupil import events as e
from domain.pupil.absence import KEPT, Absence, Flag, explained, with_absence
from domain.pupil.events import Carer, Telephone, telephones_of
from domain.shared import corrections
from domain.shared import events as shared

ERASED: Final = "Name erased"
"""Stands where a name was (DV-11)."""


class Pupil(msgspec.Struct, frozen=True, kw_only=True):
    """A pupil and the family."""

    id: PupilId
    version: int = 0
    given_name: str = ""
    family_name: str = ""
    born: date | None = None
    year_group: str = ""
    class_name: str = ""
    upn: str = ""
    on_roll: bool = True
    left_on: date | None = None
    """The last day on roll, of a pupil who has left."""
    carers: tuple[Carer, ...] = ()
    address: str = ""
    phone: str = ""
    phone_none_reason: str = ""
    language: str = ""
    interpreter_needed: bool = False
    literacy_support: bool = False
    notes: str = ""
    told: int = 0
    """The place in the log of the last change to the name, the address, the adults or a telephone number."""
    absences: tuple[Absence, ...] = ()
    """The newest, by day."""
    flags: tuple[Flag, ...] = ()
    """The absences that the policy wanted looked into, the newest last."""

    @property
    def name(self) -> str:
        """Given name and family name."""
        return f"{self.given_name} {self.family_name}".strip()

    @property
    def telephones(self) -> tuple[Telephone, ...]:
        """Every number that is held for the family: its own, and those of each adult."""
        return telephones_of(self.phone, self.carers)

    @property
    def street(self) -> str:
        """The first line of the address."""
        return self.address.split(",", 1)[0].strip()


def evolve(  # noqa: C901, PLR0911, PLR0912 - one arm an event, so that none can be forgotten
    state: Pupil, event: e.PupilEvent | shared.SharedEvent, envelope: Envelope
) -> Pupil:
    """The pupil after one more event."""
    state = replace(state, version=envelope.version)
    match event:
        case e.PupilAdmitted():
            return replace(
                state,
                given_name=event.given_name,
                family_name=event.family_name,
                born=event.born,
                year_group=event.year_group,
                class_name=event.class_name,
                upn=event.upn,
                on_roll=event.on_roll,
            )
        case e.PupilRenamed():
            return replace(state, given_name=event.given_name, family_name=event.family_name, told=envelope.index)
        case e.BirthDateStated():
            return replace(state, born=event.born)
        case e.UpnGiven():
            return replace(state, upn=event.upn)
        case e.PupilMovedClass():
            return replace(state, year_group=event.year_group, class_name=event.class_name)
        case e.PupilBackOnRoll():
            return replace(state, on_roll=True, left_on=None)
        case e.PupilLeftRoll():
            return replace(state, on_roll=False, left_on=event.on)
        case e.FamilyProfileRecorded():
            return replace(
                state,
                carers=event.carers,
                address=event.address,
                phone=event.phone,
                phone_none_reason=event.phone_none_reason,
                language=event.language,
                interpreter_needed=event.interpreter_needed,
                literacy_support=event.literacy_support,
                notes=event.notes,
                told=envelope.index if _told_anew(state, event) else state.told,
            )
        case e.AbsenceReported():
            reported = Absence(
                day=event.day,
                explanation=event.explanation,
                tries=event.tries,
                reached=event.reached,
                seen=event.seen,
            )
            return _explained(replace(state, absences=with_absence(state.absences, reported)), event.explanation)
        case e.AbsenceExplained():
            told = explained(state.absences, event.days, event.explanation)
            return _explained(replace(state, absences=told), event.explanation)
        case e.AbsenceFlagged():
            flag = Flag(
                purpose=event.purpose,
                days=event.days,
                at=envelope.occurred_at,
                index=envelope.index,
                clauses=event.clauses,
            )
            return replace(state, flags=(*state.flags, flag)[-KEPT:])
        case _ if isinstance(event, shared.SharedEvent):
            return state
        case _:
            assert_never(event)


def _told_anew(state: Pupil, event: e.FamilyProfileRecorded) -> bool:
    return (state.address, state.carers, state.phone) != (event.address, event.carers, event.phone)


def _explained(state: Pupil, why: str) -> Pupil:
    """Flags whose every day is explained by now are closed."""
    known = {one.day for one in state.absences if one.explanation}
    flags = tuple(
        replace(flag, closed=why) if not flag.closed and why and known.issuperset(flag.days) else flag
        for flag in state.flags
    )
    return replace(state, flags=flags)


def fold(pupil: PupilId, recorded: Iterable[Recorded]) -> Pupil:
    """The pupil that a stream's events add up to."""
    return corrections.fold(Pupil(id=pupil), evolve, recorded, Pupil(id=pupil, given_name=ERASED, on_roll=False))
