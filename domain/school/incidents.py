"""Which events put "amend?" beside the keeper of the policy: danger, 999, and a visit called off for safety (SP-70, SC-44)."""

from enum import StrEnum

from domain.event import Event
from domain.trip.events import DangerReported, EmergencyServicesCalled
from domain.visit.events import VisitCancelledForSafety


class Incident(StrEnum):
    """What kind of incident it was."""

    DANGER = "danger"
    EMERGENCY = "emergency"
    SAFETY = "safety"


def incident(event: Event) -> Incident | None:
    """The kind of incident that an event tells of; None for any other event."""
    match event:
        case DangerReported():
            return Incident.DANGER
        case EmergencyServicesCalled():
            return Incident.EMERGENCY
        case VisitCancelledForSafety():
            return Incident.SAFETY
        case _:
            return None


def is_incident(event: Event) -> bool:
    """Whether an event tells of an incident."""
    return incident(event) is not None
