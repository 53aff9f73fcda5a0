"""Who must say yes before a visit, jointly where the policy says so.

Clauses: SP-14, LJ-11, LJ-12, SC-29, DV-04 (one approver stays behind; one person fills one slot).
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from msgspec.structs import replace

from domain.ids import EventId, StaffId
from domain.need import need
from domain.policy import Force, Policy
from domain.refusal import Requirement
from domain.roles import any_of
from domain.staff.state import Person, RoleHeld
from domain.visit.approval import Approval
from domain.visit.state import VisitState

_NOT_YET = EventId(UUID(int=0))


def _setting(visit: VisitState) -> str:
    return "approval_roles_safeguarding" if visit.safeguarding else "approval_roles"


def slots(policy: Policy, visit: VisitState) -> tuple[tuple[str, ...], ...]:
    """The approvals asked for: each inner tuple needs one approver, in any of its roles."""
    return tuple(tuple(any_of) for any_of in policy.value(_setting(visit)))


def unfilled(policy: Policy, visit: VisitState) -> tuple[tuple[str, ...], ...]:
    """The slots that no approval fills yet. One person fills one slot only (DV-04), whichever helps most."""
    wanted = slots(policy, visit)
    fills: dict[StaffId, int] = {}

    def place(slot: int, tried: set[StaffId]) -> bool:
        for approval in visit.approvals:
            person = approval.person
            if approval.role not in wanted[slot] or person in tried:
                continue
            tried.add(person)
            if person not in fills or place(fills[person], tried):
                fills[person] = slot
                return True
        return False

    return tuple(slot for number, slot in enumerate(wanted) if not place(number, set()))


def awaited_from(
    policy: Policy, visit: VisitState, team: Sequence[StaffId], person: Person, at: datetime
) -> tuple[str, RoleHeld] | None:
    """The role word in which this person's yes would bring the visit on now; None where it would not."""
    missing = len(unfilled(policy, visit))
    for slot in slots(policy, visit):
        for word in slot:
            held = person.fills(word, at)
            if held is None:
                continue
            if missing and len(unfilled(policy, _with_yes(visit, person, word, held, at))) < missing:
                return word, held
            stays_behind = person.id not in team and all(a.person != person.id for a in visit.approvals)
            if not missing and stays_behind and _somebody_stays_behind(policy, visit, team):
                return word, held
    return None


def _with_yes(visit: VisitState, person: Person, word: str, held: RoleHeld, at: datetime) -> VisitState:
    yes = Approval(event=_NOT_YET, person=person.id, role=word, held=held.role, at=at, typed_by=person.id)
    return replace(visit, approvals=(*visit.approvals, yes))


def role_to_approve_in(
    policy: Policy, visit: VisitState, person: Person | None, at: datetime
) -> tuple[str, RoleHeld] | None:
    """The policy's role word that this person's yes would fill, slots still open first; None if none."""
    if person is None:
        return None
    for slot in (*unfilled(policy, visit), *slots(policy, visit)):
        for word in slot:
            held = person.fills(word, at)
            if held is not None:
                return word, held
    return None


def approved(policy: Policy, visit: VisitState, team: Sequence[StaffId]) -> tuple[Requirement, ...]:
    """Every slot is filled, and enough of the approvers stay behind."""
    return (*_every_slot(policy, visit), *_somebody_stays_behind(policy, visit, team))


def _every_slot(policy: Policy, visit: VisitState) -> tuple[Requirement, ...]:
    out = []
    for slot in unfilled(policy, visit):
        who = any_of(slot)
        again = f" again, because {visit.withdrawn}" if visit.withdrawn else ""
        says = f"The visit is not approved{again}: it needs a yes from {who}"
        out.append(need(policy, _setting(visit), f"approval.{'|'.join(slot)}", says, who=slot))
    return tuple(out)


def _somebody_stays_behind(policy: Policy, visit: VisitState, team: Sequence[StaffId]) -> tuple[Requirement, ...]:
    """DV-04. Part of the approval, so it refuses wherever an approval is asked for; by those whose yes counts here, or a deputy."""
    least = policy.value("independent_approvers_min")
    if not visit.approvals or len({a.person for a in visit.approvals} - set(team)) >= least:
        return ()
    says = "Everybody who approved is going on the visit: somebody who stays behind, or a named deputy, must approve it as well"
    who = tuple(dict.fromkeys(word for slot in slots(policy, visit) for word in slot))
    rule = "independent_approvers_min"
    return (need(policy, rule, "approval.independent", says, who=who, force=Force.MUST),)
