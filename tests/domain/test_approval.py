"""Who must say yes: one person fills one approval only, and a second yes that helps nobody is told so."""

from datetime import UTC, datetime
from uuid import UUID, uuid5

import pytest

from commands.policy_files import load_policy
from domain.envelope import Acting
from domain.ids import NAMESPACE, CommandId, EventId, SchoolSlug, StaffId, VisitId
from domain.refusal import Refused
from domain.roles import Role
from domain.situation import Situation
from domain.staff.state import Person, RoleHeld
from domain.visit.commands import ApproveVisit
from domain.visit.events import VisitApproved
from domain.visit.plans import approve_visit
from domain.visit.rules.approval import awaited_from, unfilled
from domain.visit.state import Approval, VisitState

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
LEYLAND = load_policy("leyland")
"""A safeguarding visit needs the headteacher and the DSL (LJ-12)."""


def person(name: str, *roles: Role) -> Person:
    return Person(
        id=StaffId(uuid5(NAMESPACE, name)), name=name, here=True, roles=tuple(RoleHeld(role=role) for role in roles)
    )


HEAD_AND_DSL = person("both", Role.HEADTEACHER, Role.DSL)
HEAD = person("head", Role.HEADTEACHER)
DSL = person("dsl", Role.DSL)


def visit(*yes: tuple[Person, str]) -> VisitState:
    approvals = tuple(
        Approval(event=EventId(UUID(int=0)), person=p.id, role=word, held=Role.DSL, at=NOON, typed_by=p.id)
        for p, word in yes
    )
    return VisitState(id=VisitId(UUID(int=1)), version=1, safeguarding=True, approvals=approvals)


def says_yes(who: Person, asked: VisitState) -> tuple[str, ...]:
    acting = Acting(actor=who.id, role=who.main_role(NOON), command_id=CommandId(UUID(int=2)), occurred_at=NOON)
    situation = Situation(
        school=SchoolSlug("beckside"),
        acting=acting,
        now=NOON,
        policy=LEYLAND,
        people={p.id: p for p in (HEAD_AND_DSL, HEAD, DSL)},
        visits={asked.id: asked},
    )
    decided = approve_visit(ApproveVisit(visit=asked.id), situation)
    return tuple(entry.event.role for entry in decided if isinstance(entry.event, VisitApproved))


def test_one_person_with_both_roles_fills_one_approval_only() -> None:
    twice = visit((HEAD_AND_DSL, "headteacher"), (HEAD_AND_DSL, "DSL"))
    assert unfilled(LEYLAND, twice) == (("DSL",),)


def test_the_people_are_matched_to_the_approvals_so_that_most_are_filled() -> None:
    asked = visit((HEAD_AND_DSL, "headteacher"), (HEAD, "headteacher"), (HEAD_AND_DSL, "DSL"))
    assert unfilled(LEYLAND, asked) == ()


def test_a_second_yes_that_could_fill_nothing_is_refused_and_says_whose_is_needed() -> None:
    with pytest.raises(Refused) as refused:
        says_yes(HEAD_AND_DSL, visit((HEAD_AND_DSL, "headteacher")))
    assert refused.value.unmet[0].says == "You have said yes already: the yes from the DSL must come from somebody else"
    assert refused.value.unmet[0].who == ("the DSL",)


def test_a_second_yes_that_fills_what_another_left_open_counts() -> None:
    asked = visit((HEAD_AND_DSL, "headteacher"), (HEAD, "headteacher"))
    assert says_yes(HEAD_AND_DSL, asked) == ("DSL",)


def test_the_same_yes_again_changes_nothing() -> None:
    assert says_yes(HEAD, visit((HEAD, "headteacher"))) == ()


def test_it_waits_only_for_those_whose_yes_brings_it_on() -> None:
    asked = visit((HEAD, "headteacher"))
    assert awaited_from(LEYLAND, asked, (), HEAD_AND_DSL, NOON) == ("DSL", RoleHeld(role=Role.DSL))
    assert awaited_from(LEYLAND, asked, (), HEAD, NOON) is None
    done = visit((HEAD, "headteacher"), (DSL, "DSL"))
    assert awaited_from(LEYLAND, done, (), HEAD_AND_DSL, NOON) is None
    both_go = (HEAD.id, DSL.id)
    assert awaited_from(LEYLAND, done, both_go, HEAD_AND_DSL, NOON) is not None
