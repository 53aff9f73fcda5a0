"""Which events put "amend?" beside the keeper of the policy: danger, 999, a visit called off for safety, and a worry (SP-70, SC-44)."""

from enum import StrEnum

from domain.concern.events import ConcernRaised
from domain.event import Event
from domain.need import always_on
from domain.policy import Policy
from domain.trip.events import DangerReported, EmergencyServicesCalled
from domain.visit.events import VisitCancelledForSafety


class Incident(StrEnum):
    """What kind of incident it was."""

    DANGER = "danger"
    EMERGENCY = "emergency"
    SAFETY = "safety"
    WORRY = "worry"
    """A concern about a child: asked about only where the document names worries."""


def incident(event: Event) -> Incident | None:
    """The kind of incident that an event tells of; None for any other event."""
    match event:
        case DangerReported():
            return Incident.DANGER
        case EmergencyServicesCalled():
            return Incident.EMERGENCY
        case VisitCancelledForSafety():
            return Incident.SAFETY
        case ConcernRaised():
            return Incident.WORRY
        case _:
            return None


def is_incident(event: Event) -> bool:
    """Whether an event tells of an incident."""
    return incident(event) is not None


def names_worries(policy: Policy) -> bool:
    """Whether the school's document has its policy looked at after worries, as after incidents (SP-70, SC-44)."""
    return bool(always_on(policy, "SP-70", "SC-44"))
