"""What can have happened in a restricted case. Whoever is outside of one reads none of it, by no way (DV-08)."""

from typing import ClassVar

from domain.event import Event, Subject
from domain.ids import StaffId, TripId, VisitId

Levels = tuple[tuple[str, ...], ...]
"""Role words that a case goes to: those of the first level of which somebody is there whom it is not about."""


class Routed(Event, frozen=True, kw_only=True):
    """What the beginning of every case says, and where it went."""

    SUBJECT: ClassVar = Subject.CASE
    about: tuple[StaffId, ...] = ()
    """Whom it is about: they are never inside."""
    about_described: str = ""
    """Whom it is about, in words, where nobody was picked."""
    visit: VisitId | None = None
    trip: TripId | None = None
    child_described: str = ""
    text: str = ""
    to: Levels = ()
    told: tuple[StaffId, ...] = ()
    """Who was inside when it was raised: whoever raised it is told these names, and no later ones."""


class AllegationRouted(Routed, frozen=True, kw_only=True):
    """Somebody said that a member of staff did wrong; it went by the school's own route (SP-68, LJ-70, SC-41)."""

    TOPIC: ClassVar = "case.allegation_routed.v1"
    PERSONAL: ClassVar = ("about_described", "child_described", "text")
    route: str = ""
    """The setting's code: `allegations_policy`."""


class ComplaintRouted(Routed, frozen=True, kw_only=True):
    """Somebody complained of how a visit went; it went by the school's own route (SP-69, LJ-13, SC-42)."""

    TOPIC: ClassVar = "case.complaint_routed.v1"
    PERSONAL: ClassVar = ("about_described", "child_described", "text", "from_whom")
    route: str = ""
    from_whom: str = ""
    """Who complains, in words: a parent, say."""


class PhysicalInterventionRecorded(Routed, frozen=True, kw_only=True):
    """Somebody used force to keep a child or an adult from harm (SP-64 to SP-66, SC-37 to SC-39)."""

    TOPIC: ClassVar = "case.physical_intervention_recorded.v1"
    PERSONAL: ClassVar = (
        *("about_described", "child_described", "text"),
        *("why_last_resort", "force_used", "injury_prevented"),
    )
    why_last_resort: str = ""
    force_used: str = ""
    injury_prevented: str = ""
    harm: bool | None = None
    """Whether the child was hurt or distressed; None where it was not said."""


class CaseNoted(Event, frozen=True, kw_only=True):
    """Somebody inside wrote something down, or what whoever complained was answered."""

    TOPIC: ClassVar = "case.noted.v1"
    SUBJECT: ClassVar = Subject.CASE
    PERSONAL: ClassVar = ("text",)
    text: str
    answer: bool = False
    """It is the answer that whoever complained was given."""


class PersonLetIn(Event, frozen=True, kw_only=True):
    """Whoever handles the case let somebody in by name."""

    TOPIC: ClassVar = "case.person_let_in.v1"
    SUBJECT: ClassVar = Subject.CASE
    PERSONAL: ClassVar = ("why",)
    person: StaffId
    why: str = ""


class PersonLeftOut(Event, frozen=True, kw_only=True):
    """Whoever handles the case closed it to somebody, let in by name or by role."""

    TOPIC: ClassVar = "case.person_left_out.v1"
    SUBJECT: ClassVar = Subject.CASE
    PERSONAL: ClassVar = ("why",)
    person: StaffId
    why: str = ""


class PersonNamed(Event, frozen=True, kw_only=True):
    """Whoever handles the case found whom it is about; from here on they are outside."""

    TOPIC: ClassVar = "case.person_named.v1"
    SUBJECT: ClassVar = Subject.CASE
    person: StaffId


class CaseClosed(Event, frozen=True, kw_only=True):
    """Whoever handles the case said what came of it."""

    TOPIC: ClassVar = "case.closed.v1"
    SUBJECT: ClassVar = Subject.CASE
    PERSONAL: ClassVar = ("outcome", "why_last_resort")
    outcome: str
    why_last_resort: str = ""
    """Why force was the last resort, where the record had left it open."""


Beginning = AllegationRouted | ComplaintRouted | PhysicalInterventionRecorded
CaseEvent = Beginning | CaseNoted | PersonLetIn | PersonLeftOut | PersonNamed | CaseClosed

EVENTS: tuple[type[Event], ...] = (
    AllegationRouted,
    ComplaintRouted,
    PhysicalInterventionRecorded,
    CaseNoted,
    PersonLetIn,
    PersonLeftOut,
    PersonNamed,
    CaseClosed,
)
