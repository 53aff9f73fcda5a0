"""What can have happened to a pupil's entry in the register, and what is held about the family."""

from collections.abc import Iterable
from datetime import date
from typing import Annotated, ClassVar

import msgspec
from msgspec import Meta

from domain.event import Event, Subject


class Telephone(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One number of somebody."""

    number: Annotated[str, Meta(min_length=1, max_length=40)]
    kind: Annotated[str, Meta(max_length=40)] = ""
    """`mobile`, `home`, `work`, or as the school says; "" where nobody said."""
    confirmed_on: date | None = None
    """When the school last knew it to be right."""
    do_not_ring: bool = False
    """True where ringing it is not safe, or not wanted: it is shown with these words, and never offered."""


class Carer(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One adult of the family, named as they give it; no surname is presumed (NH-07)."""

    name: str
    title: str = ""
    """As they give it."""
    relation: str = ""
    phone: str = ""
    """How a record with one number holds it; `telephones` has all of them."""
    parental_responsibility: bool | None = None
    """Whom the law asks, which LJ-46 wants at the door; None where nobody said."""
    day_to_day_care: bool | None = None
    """Who looks after the child from day to day, which is another question (LJ-47); None where nobody said."""
    phones: Annotated[tuple[Telephone, ...], Meta(max_length=20)] = ()

    @property
    def called(self) -> str:
        """Title and name, as they give them (NH-07)."""
        return f"{self.title} {self.name}".strip()

    @property
    def telephones(self) -> tuple[Telephone, ...]:
        """Every number of theirs, the one to try first in front."""
        return (Telephone(number=self.phone), *self.phones) if self.phone else self.phones


def telephones_of(phone: str, carers: Iterable[Carer]) -> tuple[Telephone, ...]:
    """Every number of a family: its own, and those of each adult."""
    own = (Telephone(number=phone),) if phone else ()
    return (*own, *(one for carer in carers for one in carer.telephones))


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
    literacy_support: bool = False
    """Somebody reads things out to the family, or helps to write (NH-08)."""


class PupilRenamed(Event, frozen=True, kw_only=True):
    """A pupil goes by another name from now on, or it was put right."""

    TOPIC: ClassVar = "pupil.renamed.v1"
    SUBJECT: ClassVar = Subject.PUPIL
    PERSONAL: ClassVar = ("given_name", "family_name")
    given_name: str
    family_name: str


class BirthDateStated(Event, frozen=True, kw_only=True):
    """When a pupil was born became known, or was put right."""

    TOPIC: ClassVar = "pupil.birth_date.v1"
    SUBJECT: ClassVar = Subject.PUPIL
    PERSONAL: ClassVar = ("born",)
    born: date


class UpnGiven(Event, frozen=True, kw_only=True):
    """A pupil's UPN became known: a temporary one, the permanent one in its place, or one put right."""

    TOPIC: ClassVar = "pupil.upn_given.v1"
    SUBJECT: ClassVar = Subject.PUPIL
    PERSONAL: ClassVar = ("upn",)
    upn: str


class PupilMovedClass(Event, frozen=True, kw_only=True):
    """A pupil went on to another year or class."""

    TOPIC: ClassVar = "pupil.moved_class.v1"
    SUBJECT: ClassVar = Subject.PUPIL
    year_group: str = ""
    class_name: str = ""


class PupilBackOnRoll(Event, frozen=True, kw_only=True):
    """A pupil who was not on roll, or not any more, is on roll."""

    TOPIC: ClassVar = "pupil.back_on_roll.v1"
    SUBJECT: ClassVar = Subject.PUPIL


class PupilLeftRoll(Event, frozen=True, kw_only=True):
    """A pupil was taken off roll; the record stays until the school's rule lets it go (DV-11)."""

    TOPIC: ClassVar = "pupil.left_roll.v1"
    SUBJECT: ClassVar = Subject.PUPIL
    PERSONAL: ClassVar = ("moved_to",)
    on: date
    """The last day on roll."""
    moved_to: str = ""
    """The school or the place that the child went to."""


class AbsenceReported(Event, frozen=True, kw_only=True):
    """A pupil was not in school on a school day: what is known of it. A later word about the same day takes its place."""

    TOPIC: ClassVar = "pupil.absence_reported.v1"
    SUBJECT: ClassVar = Subject.PUPIL
    PERSONAL: ClassVar = ("explanation",)
    day: date
    explanation: str = ""
    tries: int = 0
    """How often the family was rung or written to in vain."""
    reached: bool = False
    """Whether the family was spoken to."""
    seen: bool = False
    """Whether somebody of the staff saw the child that day."""


class AbsenceExplained(Event, frozen=True, kw_only=True):
    """Why a pupil was, or is, not in school became known: flags over these days are closed."""

    TOPIC: ClassVar = "pupil.absence_explained.v1"
    SUBJECT: ClassVar = Subject.PUPIL
    PERSONAL: ClassVar = ("explanation", "who")
    days: tuple[date, ...]
    explanation: str
    who: str = ""
    """Who said so: "the mother, by telephone"."""


class AbsenceFlagged(Event, frozen=True, kw_only=True):
    """An absence that the policy wants looked into. It proposes a visit of this purpose, and approves nothing."""

    TOPIC: ClassVar = "pupil.absence_flagged.v1"
    SUBJECT: ClassVar = Subject.PUPIL
    purpose: str
    days: tuple[date, ...]
    """The school days in a row that raised it, the first one in front."""
    clauses: tuple[str, ...] = ()


PupilEvent = (
    PupilAdmitted
    | PupilRenamed
    | BirthDateStated
    | UpnGiven
    | PupilMovedClass
    | PupilBackOnRoll
    | FamilyProfileRecorded
    | PupilLeftRoll
    | AbsenceReported
    | AbsenceExplained
    | AbsenceFlagged
)

EVENTS: tuple[type[Event], ...] = (
    PupilAdmitted,
    PupilRenamed,
    BirthDateStated,
    UpnGiven,
    PupilMovedClass,
    PupilBackOnRoll,
    FamilyProfileRecorded,
    PupilLeftRoll,
    AbsenceReported,
    AbsenceExplained,
    AbsenceFlagged,
)
