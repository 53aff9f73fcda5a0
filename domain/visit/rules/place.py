"""Which kinds of place a visit may go to. Clauses: LJ-06, WL-13, NH-27."""

from domain.need import need
from domain.policy import Policy
from domain.refusal import Requirement


def place_allowed(policy: Policy, place: str) -> tuple[Requirement, ...]:
    """A place that the policy does not name is turned down."""
    places = policy.value("places")
    if place in places:
        return ()
    listed = " or ".join(p.replace("_", " ") for p in places)
    says = f"Visits at this school go to: {listed}. “{place.replace('_', ' ')}” is not one of them"
    return (need(policy, "places", "place.not_listed", says, who=("SLT",)),)
