"""Destination and return time are left with the people the policy names.

Clauses: LJ-22, LJ-39, WL-20, WL-49, WL-51, NH-14, NH-15, NH-16, NH-29, NH-30.
"""

from domain.need import need
from domain.policy import Policy
from domain.refusal import Requirement
from domain.roles import in_words
from domain.trip.state import TripState

_SAME = {"reception": "school_office", "front_office": "school_office", "school": "school_office"}


def same_holder(word: str) -> str:
    """Reception, front office and school office are one place."""
    return _SAME.get(word, word)


def left_with_somebody(policy: Policy, trip: TripState) -> tuple[Requirement, ...]:
    """Enough of the holders know, and the safeguarding team where the policy says so (WL-49)."""
    rule = policy.value("whereabouts")
    holders = {same_holder(h): h for h in rule["holders"]}
    told = {same_holder(held.holder) for held in trip.lodged if held.told not in trip.team}
    out = []
    known = _how_many_know(trip, set(holders))
    if known < rule["min"]:
        missing = [word for key, word in holders.items() if key not in told]
        who = (
            " and ".join(in_words(w) for w in missing) if rule["min"] > 1 else " or ".join(in_words(w) for w in missing)
        )
        says = f"Destination and back-by time are not left with {who}: {known} of {rule['min']} told"
        if not missing:
            says = f"One person was told in two places: tell a second one, for {rule['min']} must know"
            missing = list(holders.values())
        out.append(need(policy, "whereabouts", "whereabouts.left", says, who=tuple(missing)))
    if rule.get("tell_safeguarding_team") and "safeguarding_team" not in told:
        says = "The safeguarding team has not been told about the visit"
        out.append(
            need(
                policy,
                "whereabouts",
                "whereabouts.safeguarding_team",
                says,
                who=("safeguarding_team",),
                clauses=("WL-49",),
            )
        )
    return tuple(out)


def _how_many_know(trip: TripState, holders: set[str]) -> int:
    """Holders who were told, those who are going left out; one person told in two places is one who knows."""
    stay = [h for h in trip.lodged if same_holder(h.holder) in holders and h.told not in trip.team]
    return min(len({same_holder(h.holder) for h in stay}), len({h.told or h.holder for h in stay}))


def agreed_call(policy: Policy, trip: TripState) -> tuple[Requirement, ...]:
    """NH-16: a time is fixed for the call that says the visit is over."""
    if "agreed_time" not in policy.value("check_ins") or trip.agreed_call_at is not None:
        return ()
    says = "No time is fixed for the call that says the visit is over"
    return (
        need(
            policy, "check_ins", "check_in.agreed_time", says, who=("line_manager", "front_office"), clauses=("NH-16",)
        ),
    )
