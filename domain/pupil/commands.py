"""What can be asked for about pupils."""

from datetime import date
from typing import Annotated, ClassVar

from msgspec import Meta

from domain.command import Plan
from domain.ids import PupilId
from domain.pupil.events import Carer
from domain.trip.commands import Text

Name = Annotated[str, Meta(min_length=1, max_length=200)]


class AdmitPupil(Plan, frozen=True, kw_only=True):
    """Put a pupil on the register, with what is held about the family."""

    NAME: ClassVar = "admit-pupil"
    given_name: Name
    family_name: Name
    born: date | None = None
    year_group: Annotated[str, Meta(max_length=40)] = ""
    class_name: Annotated[str, Meta(max_length=40)] = ""
    upn: Annotated[str, Meta(max_length=20)] = ""
    on_roll: bool = True
    carers: tuple[Carer, ...] = ()
    address: Text = ""
    phone: Annotated[str, Meta(max_length=40)] = ""


class RecordFamily(Plan, frozen=True, kw_only=True):
    """Keep what is held about the family."""

    NAME: ClassVar = "record-family"
    pupil: PupilId
    carers: tuple[Carer, ...] = ()
    address: Text = ""
    phone: Annotated[str, Meta(max_length=40)] = ""
    phone_none_reason: Text = ""
    language: Annotated[str, Meta(max_length=80)] = ""
    interpreter_needed: bool = False
    notes: Text = ""
    literacy_support: bool = False
    seen: Annotated[str, Meta(max_length=64)] = ""
    """What was held when the form was opened (`domain.pupil.held.mark_of`): where it is another by now nothing is kept. "" asks nothing."""


class TakeOffRoll(Plan, frozen=True, kw_only=True):
    """Take a pupil off roll. The record stays; a rule that counts from leaving counts from this day (DV-11)."""

    NAME: ClassVar = "take-off-roll"
    pupil: PupilId
    on: date | None = None
    """The last day on roll; None means today."""
    moved_to: Text = ""


class BringInPupil(Plan, frozen=True, kw_only=True):
    """Bring a pupil in as the school's own system tells of them: only what has changed is kept. A blank says nothing."""

    NAME: ClassVar = "bring-in-pupil"
    given_name: Name
    family_name: Name
    born: date | None = None
    """This or a UPN there must be: by one of them the child is known again."""
    upn: Annotated[str, Meta(max_length=20)] = ""
    former_upn: Annotated[str, Meta(max_length=20)] = ""
    year_group: Annotated[str, Meta(max_length=40)] = ""
    class_name: Annotated[str, Meta(max_length=40)] = ""
    carers: Annotated[tuple[Carer, ...], Meta(max_length=20)] = ()
    address: Text = ""
    phone: Annotated[str, Meta(max_length=40)] = ""
    phone_none_reason: Text = ""
    language: Annotated[str, Meta(max_length=80)] = ""
    interpreter_needed: bool | None = None
    on_roll: bool | None = None
    """True puts back on roll who is not; False, with `left_on`, takes off it; None leaves the roll as it is."""
    left_on: date | None = None


class ReportAbsence(Plan, frozen=True, kw_only=True):
    """Say that a pupil is not in school: by hand, or from the day's register."""

    NAME: ClassVar = "report-absence"
    pupil: PupilId
    day: date | None = None
    """A school day that has come; None means today."""
    explanation: Text = ""
    tries: Annotated[int, Meta(ge=0, le=50)] = 0
    """How often the family was rung or written to in vain."""
    reached: bool = False
    seen: bool = False
    """Whether somebody of the staff saw the child that day."""


class ExplainAbsence(Plan, frozen=True, kw_only=True):
    """Say why a pupil was not in school, or that the child is back."""

    NAME: ClassVar = "explain-absence"
    pupil: PupilId
    explanation: Annotated[str, Meta(min_length=1, max_length=4000)]
    who: Text = ""
    """Who said so."""
    days: tuple[date, ...] = ()
    """The days that it explains; none means all that wait for an explanation."""


COMMANDS = (AdmitPupil, RecordFamily, TakeOffRoll, BringInPupil, ReportAbsence, ExplainAbsence)
