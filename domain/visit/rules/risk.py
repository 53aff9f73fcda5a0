"""The risk assessment of one door: by whom, overseen, made again when something changed, and where the risk is high.

Clauses: SP-21, SP-24, SP-25, LJ-16, LJ-18, LJ-34, LJ-75, WL-47, WL-48, NH-22, NH-26, NH-27, DV-20 (a material change
overtakes an assessment).
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from domain.ids import StaffId
from domain.need import need
from domain.policy import Force, Policy, Source
from domain.refusal import Requirement
from domain.roles import Role, any_of, in_words, who_counts_as
from domain.staff.state import Person, RoleHeld
from domain.times import is_another_day
from domain.trip.state import TripState
from domain.visit.approval import Approval
from domain.visit.assessment import HOME_VISIT, LONE_WORKER, Assessment
from domain.visit.state import VisitState

SETTING: Final = "risk_rule"
WHAT_IF_HIGH: Final = "high_risk_action"
VISITING_STAFF: Final = "visiting_staff"
_MADE: Final = ("SP-24", "LJ-34", "NH-22", "WL-47", "WL-48")


def risk_assessed(policy: Policy, visit: VisitState, trip: TripState) -> tuple[Requirement, ...]:
    """The assessment that this school asks for, as it must be before anybody leaves."""
    return (*_made(policy, visit, trip), *_overseen(policy, visit, trip), *high_risk(policy, visit, trip))


def assessors(policy: Policy) -> tuple[str, ...]:
    """The role words of those whose assessment counts; none where the document leaves it open."""
    rule = policy.setting(SETTING)
    silent = rule.source is Source.DEFAULT or "by" in rule.silent
    return () if silent else tuple(rule.value.get("by") or ())


def overseers(policy: Policy) -> tuple[str, ...]:
    """The role words of those who oversee it (LJ-16); none where no document says that somebody does."""
    rule = policy.setting(SETTING)
    silent = rule.source is Source.DEFAULT or "overseen_by" in rule.silent
    return () if silent else tuple(rule.value.get("overseen_by") or ())


def that_counts(policy: Policy, visit: VisitState, trip: TripState) -> Assessment | None:
    """The newest assessment of this home visit by somebody whose assessment counts here."""
    made = (a for a in reversed(visit.assessments) if a.kind == HOME_VISIT)
    return next((a for a in made if counts(policy, trip, a.by, a.role)), None)


def counts(policy: Policy, trip: TripState, by: StaffId, role: Role | None) -> bool:
    """Whether an assessment by this person, in this role, is one that the policy asks for.

    "Visiting staff" are those who go; anybody, while nobody is named as going.
    """
    words = assessors(policy)
    goes = VISITING_STAFF in words and (by in trip.team or not trip.team)
    return not words or goes or any(role in who_counts_as(word) for word in words)


def _made(policy: Policy, visit: VisitState, trip: TripState) -> tuple[Requirement, ...]:
    """SP-24, LJ-34, NH-22: it is there; SP-25, DV-20: nothing has overtaken it. A standing sheet is there anyway (WL-47)."""
    words = assessors(policy)
    who = words or (VISITING_STAFF,)
    standing = policy.value(SETTING)["need"] == "standing_sheet"
    force = Force.ADVISE if standing else None
    made = that_counts(policy, visit, trip)
    if made is not None:
        overtaken = what_changed_since(trip, visit, (made.at, made.index)) or _since_then(visit, trip, made)
        if not overtaken:
            return ()
        says = f"The risk assessment was made before {overtaken}: amend it before anybody sets off"
        clauses = ("SP-25", *_MADE[1:])
        return (need(policy, SETTING, "risk.stale", says, who=who, clauses=clauses, force=force),)
    if standing:
        says = "The standing sheet holds for every visit: say so, or what is different today"
    elif any(a.kind == HOME_VISIT for a in visit.assessments):
        says = f"A risk assessment is kept, but {_whose(words)} has to make it"
    else:
        says = f"No risk assessment has been made by {_whose(words)}" if words else "No risk assessment has been made"
    return (need(policy, SETTING, "risk.assessed", says, who=who, clauses=_MADE, force=force),)


def _whose(words: Sequence[str]) -> str:
    return any_of(words, lambda word: "somebody who is going" if word == VISITING_STAFF else in_words(word))


def what_changed_since(trip: TripState, visit: VisitState, made: tuple[datetime, int]) -> str:
    """What has changed since an assessment was made at this time and place in the log; "" where nothing has (SP-21)."""
    if trip.team_changed_at is not None and made < (trip.team_changed_at, trip.team_changed_index):
        return "who's going changed"
    return visit.what_changed if visit.changed is not None and made < visit.changed else ""


def _since_then(visit: VisitState, trip: TripState, made: Assessment) -> str:
    """Another day, or something new that was reported by somebody whose assessment does not count (SP-25)."""
    if is_another_day(trip.leave_at, made.for_day):
        return "the visit moved to another day"
    later = visit.assessments[visit.assessments.index(made) + 1 :]
    return "something new was reported" if any(a.kind == HOME_VISIT and a.differs for a in later) else ""


def awaits_oversight(
    policy: Policy, visit: VisitState, trip: TripState, person: Person, at: datetime
) -> RoleHeld | None:
    """The role in which this person would oversee the assessment that counts now; None where nothing waits for them.

    Whoever made it does not oversee it (LJ-16).
    """
    made = that_counts(policy, visit, trip)
    if made is None or made.overseen_by is not None or made.by == person.id:
        return None
    return held_of(person, overseers(policy), at)


def held_of(person: Person | None, words: Sequence[str], at: datetime) -> RoleHeld | None:
    """The first role that this person holds of those that the words mean; None where they hold none."""
    found = (person.fills(word, at) for word in words) if person is not None else ()
    return next((held for held in found if held is not None), None)


def _overseen(policy: Policy, visit: VisitState, trip: TripState) -> tuple[Requirement, ...]:
    """LJ-16: somebody senior oversees the assessment. Advice asks for it only once there is one."""
    words = overseers(policy)
    made = that_counts(policy, visit, trip)
    if not words or (made is not None and made.overseen_by is not None):
        return ()
    says = f"Nobody has overseen the risk assessment: {any_of(words)} does"
    found = need(policy, SETTING, "risk.overseen", says, who=words, clauses=("LJ-16",), key="overseen_by")
    return (found,) if made is not None or found.refuses else ()


def high_risk(policy: Policy, visit: VisitState, trip: TripState) -> tuple[Requirement, ...]:
    """What the school does where the risk is high: decides again (SP-25), turns down (LJ-18), or meets elsewhere (NH-26)."""
    if not _is_high(policy, visit, trip):
        return ()
    action, who = policy.value(WHAT_IF_HIGH), who_decides_if_high(policy)
    if action == "amend_then_decide":
        words = assessors(policy)
        if any(not words or any(_decides(word, a) for word in words) for a in visit.approvals):
            return ()  # A high risk takes every earlier yes away: this one was given with the assessment known.
        says = f"The assessment found a high risk: {_whose(words) or 'whoever approves'} reads it and decides again"
        return (need(policy, WHAT_IF_HIGH, "risk.high", says, who=who, clauses=("SP-25",)),)
    if action == "redirect_to_school":
        if visit.place not in ("", "home"):
            return ()
        says = "Risk was found: ring or write, invite the family into school, or meet in a public place instead"
        return (need(policy, WHAT_IF_HIGH, "risk.high", says, who=who, clauses=("NH-26",)),)
    says = "The risk that remains is high: turn the visit down and ring or call online instead, or lower it and assess again"
    return (need(policy, WHAT_IF_HIGH, "risk.high", says, who=who, clauses=("LJ-18", "LJ-75")),)


def who_decides_if_high(policy: Policy) -> tuple[str, ...]:
    """The role words of those who decide what becomes of a visit of high risk."""
    match policy.value(WHAT_IF_HIGH):
        case "amend_then_decide":
            return assessors(policy) or ("senior_staff",)
        case "redirect_to_school":
            return ("SLT",)
        case _:
            return ("senior_staff",)


def _decides(word: str, yes: Approval) -> bool:
    return word == VISITING_STAFF or yes.held in who_counts_as(word)


def turned_down(policy: Policy, visit: VisitState, trip: TripState) -> tuple[Requirement, ...]:
    """What stands against saying yes at all: a high risk where the document has such visits turned down (LJ-18)."""
    if policy.value(WHAT_IF_HIGH) != "refuse":
        return ()
    return tuple(one for one in high_risk(policy, visit, trip) if one.force is Force.MUST)


def _is_high(policy: Policy, visit: VisitState, trip: TripState) -> bool:
    alone = [a for a in visit.assessments if a.kind == LONE_WORKER] if len(trip.team) == 1 else []
    last = (that_counts(policy, visit, trip), *alone[-1:])
    return any(a is not None and a.level == "high" for a in last)
