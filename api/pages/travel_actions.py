"""The forms about how a trip travels, each one command."""

from api.identity import Acquainted
from api.pages.parts import Action, Input
from api.pages.plan_actions import TRAVEL
from domain.trip.state import TripState


def plan_travel(me: Acquainted, trip: TripState, label: str) -> Action:
    """How they travel, and in whose car."""
    people = [(str(one), me.directory.people[one].name) for one in trip.team if one in me.directory.people]
    ways = dict.fromkeys((*(way for way in TRAVEL if way), *((trip.travel,) if trip.travel else ())))
    return Action(
        label="Change how they travel",
        command="plan-travel",
        fields={"trip": str(trip.id), "says": f"Travel planned: {label}"},
        confirm=f"How do they travel: {label}?",
        inputs=(
            Input(
                name="travel",
                label="How do they travel?",
                options=tuple((way, way.capitalize()) for way in ways),
                value=trip.travel,
            ),
            Input(
                name="driver",
                label="In whose car?",
                options=(("", "Not said"), *people),
                value=str(trip.driver or ""),
            ),
        ),
        button="Keep this",
    )


def agree_travel(trip: TripState, label: str) -> Action:
    """A member of SLT agrees to bus or train."""
    return Action(
        label="Agree to it",
        command="agree-travel",
        fields={"trip": str(trip.id), "says": f"Travel agreed: {label}"},
        confirm=f"{label}: they go {trip.travel}. Do you agree?",
        button="Agree",
    )
