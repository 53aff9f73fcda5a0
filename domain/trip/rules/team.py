"""Who's going: two people, and who counts as the second.

Clauses: SP-17, SP-18, SP-20, SP-21, LJ-17, LJ-35, LJ-79, WL-16, NH-13, NH-28, SC-18.
"""

from collections.abc import Mapping, Sequence

from domain.ids import StaffId
from domain.need import always, need
from domain.policy import Force, Policy, Source
from domain.refusal import Requirement
from domain.roles import Role, who_counts_as
from domain.staff.rules.designated import SETTING as CHOOSER
from domain.staff.rules.designated import choosers
from domain.staff.state import Person
from domain.trip.state import TripState
from domain.visit.assessment import LONE_WORKER
from domain.visit.rules.approval import slots
from domain.visit.rules.risk import what_changed_since
from domain.visit.state import VisitState

ENOUGH = 2


def two_go(
    policy: Policy,
    trip: TripState,
    visits: Sequence[VisitState],
    people: Mapping[StaffId, Person],
    going: Sequence[StaffId] | None = None,
) -> tuple[Requirement, ...]:
    """Nobody visits alone, unless the policy lets one go with a lone-worker assessment."""
    team = tuple(going if going is not None else trip.team)
    if not team:
        return (always("team.named", "Nobody is named as going", who=("senior_staff",), setting="lone_visit"),)
    kinds = [people[p].kind if p in people else "staff" for p in team]
    if "staff" not in kinds:
        return (always("team.staff", "Nobody from the school's own staff is going", setting="companion_kinds"),)
    companions = policy.value("companion_kinds")
    counted = 1 + sum(1 for kind in _others(kinds) if kind in companions)
    if counted >= ENOUGH:
        return ()
    if policy.value("lone_visit") != "never":
        # With somebody who does not count as the second, one goes alone as far as the policy is concerned.
        return _alone_with_assessment(policy, trip, visits)
    if len(team) >= ENOUGH:
        says = "The second person must be a member of staff: somebody from an agency does not count here"
        return (need(policy, "companion_kinds", "team.companion", says, who=("senior_staff",), force=_force(policy)),)
    says = "Nobody visits alone: name a second person"
    return (need(policy, "lone_visit", "team.two", says, who=("senior_staff",)),)


def chosen_by_senior(
    policy: Policy, trip: TripState, visits: Sequence[VisitState], people: Mapping[StaffId, Person]
) -> tuple[Requirement, ...]:
    """LJ-17: somebody senior picks who goes: they name them, or say yes to every door with them as going.

    A yes falls when the team changes (DV-20), so one that stands was given to these people. Where somebody senior has to
    say yes anyway, that is asked for and nothing besides; where no document says who chooses, whoever approves knows.
    """
    words, rule = choosers(policy), policy.setting(CHOOSER)
    silent = rule.source is Source.DEFAULT or "roles" not in rule.value or "roles" in rule.silent
    if silent or not trip.team or not visits:
        return ()
    by = people.get(trip.chosen_by) if trip.chosen_by is not None else None
    if by is not None and trip.chosen_at is not None and any(by.fills(word, trip.chosen_at) for word in words):
        return ()
    roles = {role for word in words for role in who_counts_as(word)}
    if all(_senior_approves(policy, visit, roles) for visit in visits):
        return ()
    says = "Nobody senior has chosen who goes: they name them, or approve the visit with them as going"
    return (need(policy, CHOOSER, "team.chosen", says, who=words, clauses=("LJ-17",), key="roles"),)


def _senior_approves(policy: Policy, visit: VisitState, roles: set[Role]) -> bool:
    """Whether one of them said yes, or has to before anybody goes."""
    if any(approval.held in roles for approval in visit.approvals):
        return True
    return any(all(who_counts_as(word) <= roles for word in slot) for slot in slots(policy, visit))


def _others(kinds: Sequence[str]) -> list[str]:
    rest = list(kinds)
    rest.remove("staff")
    return rest


def _force(policy: Policy) -> Force:
    return policy.setting("lone_visit").force


def _alone_with_assessment(policy: Policy, trip: TripState, visits: Sequence[VisitState]) -> tuple[Requirement, ...]:
    """SP-18, SP-20, SP-21: a reason why two cannot go, and an assessment that nothing has overtaken."""
    out = []
    if not trip.lone_reason.strip():
        says = "One person is going: say why two cannot"
        out.append(need(policy, "lone_visit", "team.lone_reason", says, who=("SLT",), clauses=("SP-17", "SP-18")))
    for visit in visits:
        if visit.cancelled is not None or visit.refused_at is not None:
            continue
        made = [a for a in visit.assessments if a.kind == LONE_WORKER]
        if not made:
            says = "One person is going: a lone-worker assessment comes first"
            out.append(need(policy, "lone_visit", "risk.lone_worker", says, who=("SLT",), clauses=("SP-20",)))
            continue
        overtaken = what_changed_since(trip, visit, (made[-1].at, made[-1].index))
        if overtaken:
            says = f"The lone-worker assessment was made before {overtaken}: do it again"
            out.append(need(policy, "lone_visit", "risk.lone_worker_stale", says, who=("SLT",), clauses=("SP-21",)))
    return tuple({r.code: r for r in out}.values())
