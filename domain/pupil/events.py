"""What can have happened to a pupil's entry in the register, and what is held about the family."""

from datetime import date
from typing import ClassVar

import msgspec

from domain.event import Event, Subject


class Carer(msgspec.Struct, frozen=True, kw_only=True):
    """One adult of the family, named as they give it; no surname is presumed (NH-07)."""

    name: str
    title: str = ""
    relation: str = ""
    phone: str = ""
    parental_responsibility: bool | None = None


class PupilAdmitted(Event, frozen=True, kw_only=True):
    """A pupil was put on the register, or is about to be."""

    TOPIC: ClassVar = "pupil.admitted.v1"
    SUBJECT: ClassVar = Subject.PUPIL
    PERSONAL: ClassVar = ("given_name", "family_name", "born", "upn")
    given_name: str
    family_name: str
    born: date | None = None
    year_group: str = ""
    class_name: str = ""
    upn: str = ""
    on_roll: bool = True


class FamilyProfileRecorded(Event, frozen=True, kw_only=True):
    """What the school holds about the family: carers, address, telephone, language."""

    TOPIC: ClassVar = "pupil.family_profile.v1"
    SUBJECT: ClassVar = Subject.PUPIL
    PERSONAL: ClassVar = ("carers", "address", "phone", "phone_none_reason", "language", "notes")
    carers: tuple[Carer, ...] = ()
    address: str = ""
    """The full address, street first."""
    phone: str = ""
    phone_none_reason: str = ""
    language: str = ""
    interpreter_needed: bool = False
    notes: str = ""


class PupilLeftRoll(Event, frozen=True, kw_only=True):
    """A pupil was taken off roll; the record stays until the school's rule lets it go (DV-11)."""

    TOPIC: ClassVar = "pupil.left_roll.v1"
    SUBJECT: ClassVar = Subject.PUPIL
    PERSONAL: ClassVar = ("moved_to",)
    on: date
    """The last day on roll."""
    moved_to: str = ""
    """The school or the place that the child went to."""


PupilEvent = PupilAdmitted | FamilyProfileRecorded | PupilLeftRoll

EVENTS: tuple[type[Event], ...] = (PupilAdmitted, FamilyProfileRecorded, PupilLeftRoll)
