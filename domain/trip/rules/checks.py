"""The school's own list, gone through before anybody leaves: one question, "all as our policy?", or what is not so.

Clauses: SP-22, SP-45, LJ-30, LJ-40, LJ-43, LJ-59, LJ-80, WL-17, WL-19, NH-09, NH-31, NH-36, NH-44, SC-12, SC-31.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

import msgspec
from msgspec.structs import replace

from domain.need import need
from domain.policy import Policy
from domain.refusal import Requirement
from domain.trip.state import TripState
from domain.visit.rules.purpose import is_early_years
from domain.visit.state import VisitState

BADGE: Final = "id_badge"
OPTIONAL: Final = frozenset({"optional_alarm"})
"""Points that are asked and wanted of nobody (NH-44)."""
_EARLY_YEARS: Final = frozenset({"eyfs_activities"})
"""Points that are asked for an early-years visit only (LJ-59)."""
_SAYS: Final[Mapping[str, str]] = {
    "mobile": "everybody who goes has a mobile with them",
    "policy_read": "everybody who goes has read the policy",
    "address": "they know the address",
    "transport": "they know how they travel",
    "parking": "they know where to park",
    "location": "they know where it is",
    "route": "they know the way without asking",
    "contact_card": "they carry the numbers of the DSLs, SLT and the school base",
    "eyfs_activities": "activities for the child are taken along",
    "badge": "a clearly recognisable school badge is taken",
    "social_cultural": "social, cultural and religious differences were thought of",
    "optional_alarm": "a personal alarm is taken, where somebody wants one",
}
_PLACING: Final[Mapping[str, str]] = {
    "carried": "an ID badge is carried",
    "shown": "an ID badge is taken, to be shown at the door",
    "worn_front_outside": "an ID badge is worn on the front, outermost",
}
_CLAUSES: Final[Mapping[str, tuple[str, ...]]] = {
    "mobile": ("SP-22", "WL-17", "NH-31", "SC-12"),
    "policy_read": ("LJ-30",),
    "address": ("LJ-40",),
    "transport": ("LJ-40",),
    "parking": ("LJ-40",),
    "location": ("NH-36",),
    "route": ("NH-36",),
    "contact_card": ("LJ-80",),
    "eyfs_activities": ("LJ-59",),
    "badge": ("WL-19",),
    "social_cultural": ("NH-09",),
    "optional_alarm": ("NH-44",),
}


class Point(msgspec.Struct, frozen=True, kw_only=True):
    """One point of the school's list."""

    code: str
    says: str
    """In words, without a capital: "they know where to park"."""
    setting: str
    """`checklist_before`, or `id_badge`."""
    clauses: tuple[str, ...] | None = None
    """Those that say just this; None for all that the setting names."""


def points_asked(policy: Policy, visits: Sequence[VisitState]) -> tuple[Point, ...]:
    """The school's list for a trip to these doors, in its order; what is for early years only where such a door is."""
    early = any(is_early_years(visit) for visit in visits)
    listed = [code for code in policy.value("checklist_before") if early or code not in _EARLY_YEARS]
    points = [
        Point(
            code=code,
            says=_SAYS.get(code, code.replace("_", " ")),
            setting="checklist_before",
            clauses=_CLAUSES.get(code),
        )
        for code in listed
    ]
    if "badge" not in listed:
        points.append(Point(code=BADGE, says=_PLACING[policy.value(BADGE)], setting=BADGE))
    return tuple(points)


def list_gone_through(policy: Policy, trip: TripState, visits: Sequence[VisitState]) -> tuple[Requirement, ...]:
    """Every point of the list was confirmed for those who go, and none of them is said not to be so.

    What is not asked yet is one requirement, for it is one question; where the badge is asked for with another force,
    it is one of its own. A point that was said not to be so is named by itself.
    """
    last = trip.checked
    again = last is not None and bool(last.people and set(trip.team) - set(last.people))
    counts = None if again else last
    wanted = [p for p in points_asked(policy, visits) if p.code not in OPTIONAL]
    missing = [p for p in wanted if counts is None or p.code not in counts.points]
    not_so = [p for p in wanted if counts is not None and p.code in counts.exceptions]
    return (
        *_not_confirmed(policy, missing, again=again),
        *(_of(policy, (p,), f"checks.{p.code}", f"It was said not to be so that {p.says}") for p in not_so),
    )


def _not_confirmed(policy: Policy, missing: Sequence[Point], *, again: bool) -> Iterable[Requirement]:
    listed = [p for p in missing if p.setting == "checklist_before"]
    badge = [p for p in missing if p.setting == BADGE]
    says = "Somebody else goes since the list was gone through" if again else "The list before leaving is not confirmed"
    if listed and badge and policy.setting(BADGE).force is policy.setting("checklist_before").force:
        both = _of(policy, listed, "checks.confirmed", _with(says, missing))
        yield replace(both, clauses=(*both.clauses, *policy.setting(BADGE).clauses))
        return
    if listed:
        yield _of(policy, listed, "checks.confirmed", _with(says, listed))
    if badge:
        yield _of(policy, badge, "checks.badge", _with(says, badge))


def _with(says: str, points: Iterable[Point]) -> str:
    return f"{says}: {'; '.join(p.says for p in points)}"


def _of(policy: Policy, points: Sequence[Point], code: str, says: str) -> Requirement:
    """A requirement of points of one setting, with the clauses that say just them."""
    said = tuple(dict.fromkeys(clause for p in points for clause in p.clauses or ()))
    clauses = None if any(p.clauses is None for p in points) else said
    return need(policy, points[0].setting, code, says, who=("visiting_staff", "school_office"), clauses=clauses)
