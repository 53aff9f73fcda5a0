"""Saying yes: jointly, by a deputy, and by somebody who stays behind. X03, X04."""

from functools import partial

import pytest

from domain.policy import Source
from domain.pupil.commands import ReportAbsence
from domain.refusal import NotPermitted, Refused
from domain.roles import Role
from domain.shared.commands import ConfirmSpokenWord, DisownSpokenWord
from domain.visit.commands import ApproveVisit
from domain.visit.events import CancelReason, VisitApproved
from tests.scenarios.cast import WELFARE_PURPOSE_OF
from tests.scenarios.harness import World
from tests.ticks import yes_to


@pytest.mark.clauses("LJ-12")
def test_a_safeguarding_visit_at_leyland_needs_the_head_and_the_dsl(world: World) -> None:
    """AC-19. LJ-12."""
    school = world.school("LJ")
    trip = school.ready_trip(school.ask(purpose="safe_and_well"), but="approval")
    trip.visit.approve(school.head)
    refused = school.refused(trip.clear)
    assert refused.codes == {"approval.DSL"}
    assert refused["approval.DSL"].clauses == ("LJ-12",)
    assert refused["approval.DSL"].who == ("the DSL",)
    trip.visit.approve(school.dsl)
    trip.clear()
    assert [a.role for a in trip.visit.state.approvals] == ["headteacher", "DSL"]


@pytest.mark.clauses("LJ-12")
def test_in_the_other_order_the_head_is_what_is_missing(world: World) -> None:
    """AC-19, neighbour. LJ-12."""
    school = world.school("LJ")
    trip = school.ready_trip(school.ask(purpose="school_refusal"), but="approval")
    trip.visit.approve(school.dsl)
    assert school.refused(trip.clear).codes == {"approval.headteacher"}


@pytest.mark.clauses("LJ-12")
def test_any_purpose_marked_as_safeguarding_needs_both(world: World) -> None:
    """AC-19, neighbour: the focus may be marked by whoever asks. LJ-12."""
    school = world.school("LJ")
    trip = school.ready_trip(school.ask(purpose="relationship", safeguarding=True), but="approval")
    assert school.refused(trip.clear).codes == {"approval.headteacher", "approval.DSL"}


@pytest.mark.clauses("LJ-11")
def test_an_everyday_visit_needs_the_head_only(world: World) -> None:
    """AC-19, the twin. LJ-11."""
    school = world.school("LJ")
    trip = school.ready_trip(school.ask(purpose="relationship"), but="approval")
    trip.visit.approve(school.head)
    trip.clear()


def test_a_head_who_is_also_the_dsl_fills_one_place_and_a_deputy_the_other(world: World) -> None:
    """AC-19, neighbour. LJ-12, DV-04."""
    school = world.school("LJ")
    both = school.joins("Bo Both", Role.HEADTEACHER, Role.DSL)
    trip = school.ready_trip(school.ask(purpose="safe_and_well"), but="approval")
    trip.visit.approve(both)
    refused = school.refused(lambda: trip.visit.approve(both))
    assert "must come from somebody else" in next(iter(refused.unmet)).says
    trip.visit.approve(school.dsl)
    trip.clear()


@pytest.mark.clauses("LJ-12")
def test_a_named_deputy_stands_in_for_the_absent_dsl_until_five_and_nobody_after(world: World) -> None:
    """AC-20. LJ-12, DV-05."""
    school = world.school("LJ")
    school.deputise(school.slt, Role.DSL, "08:00", "17:00", instead_of=school.dsl)
    first, second = school.ask(purpose="safe_and_well"), school.ask(purpose="safe_and_well", child=school.admit())
    school.at("09:00")
    stored = first.approve(school.slt)
    envelope, event = stored.recorded[0]
    assert isinstance(event, VisitApproved)
    assert (event.role, envelope.role, envelope.person) == ("DSL", Role.DSL, school.slt.id)
    assert envelope.deputising_for == school.dsl.id
    school.at("17:01")
    with pytest.raises(NotPermitted, match="the DSL"):
        second.approve(school.slt)
    assert second.state.approvals == ()
    assert [a.role for a in first.state.approvals] == ["DSL"], "what was approved in time stays approved"


@pytest.mark.parametrize(
    ("when", "counts"), [("07:59:59", False), ("08:00", True), ("16:59:59", True), ("17:00", False)]
)
def test_a_deputys_time_begins_with_its_first_instant_and_ends_before_its_last(
    world: World, when: str, *, counts: bool
) -> None:
    """AC-20, the boundaries. DV-05."""
    world.clock.now = world.clock.now.replace(hour=6)
    school = world.school("LJ")
    school.deputise(school.slt, Role.DSL, "08:00", "17:00", instead_of=school.dsl)
    visit = school.ask(purpose="safe_and_well")
    school.at(when)
    if counts:
        visit.approve(school.slt)
    else:
        with pytest.raises(NotPermitted):
            visit.approve(school.slt)


def test_what_the_deputy_said_in_time_counts_when_it_is_typed_later(world: World) -> None:
    """AC-20, neighbour: said by telephone at 16:50, typed at 17:10. DV-05, design section 3."""
    school = world.school("LJ")
    school.deputise(school.slt, Role.DSL, "08:00", "17:00", instead_of=school.dsl)
    visit = school.ask(purpose="safe_and_well")
    school.at("17:10")
    visit.approve(school.office, said_by=school.slt, at="16:50")
    (approval,) = visit.state.approvals
    assert (approval.role, approval.person, approval.typed_by) == ("DSL", school.slt.id, school.office.id)


def test_a_deputy_dsl_is_no_dsl_where_the_document_asks_for_the_dsl(world: World) -> None:
    """AC-20, the refused twin: only a recorded deputy for the day fills the place. LJ-12."""
    school = world.school("LJ")
    with pytest.raises(NotPermitted):
        school.ask(purpose="safe_and_well").approve(school.ddsl)


@pytest.mark.clauses("SC-29")
def test_at_scargill_the_one_who_decides_may_visit_if_another_decider_stays_behind(world: World) -> None:
    """AC-23. SC-29, DV-04, I12."""
    school = world.school("SC")
    trip = school.ready_trip(team=(school.officer, school.colleague), but="approval")
    trip.visit.approve(school.officer)
    refused = school.refused(trip.clear)
    assert refused.codes == {"approval.independent"}
    assert refused["approval.independent"].clauses == ("DV-04",)
    trip.visit.approve(school.head)
    trip.clear()
    assert {a.person for a in trip.visit.state.approvals} == {school.officer.id, school.head.id}


@pytest.mark.clauses("SC-29")
def test_one_decider_who_is_not_going_is_enough(world: World) -> None:
    """AC-23, the twin: any one of the three. SC-29."""
    for decider in ("officer", "head", "dsl"):
        school = world.school("SC")
        trip = school.ready_trip(but="approval")
        trip.visit.approve(getattr(school, decider))
        trip.clear()


@pytest.mark.clauses("SC-29")
def test_nobody_else_decides_at_scargill(world: World) -> None:
    """AC-23, the refused twin. SC-29."""
    school = world.school("SC")
    visit = school.ask()
    for nobody in (school.slt, school.ddsl, school.office, school.teacher):
        with pytest.raises(NotPermitted):
            visit.approve(nobody)


def test_a_yes_that_was_never_said_takes_the_clearance_with_it(world: World) -> None:
    """AC-23, neighbour: a spoken yes counts at once until it is disowned. Design section 3."""
    school = world.school("WL")
    trip = school.ready_trip(but="approval")
    stored = trip.visit.approve(school.office, said_by=school.slt)
    trip.clear()
    event = stored.recorded[0].envelope.event_id
    with pytest.raises(NotPermitted):
        school.send(ConfirmSpokenWord(event=event), by=school.office)
    school.send(DisownSpokenWord(event=event), by=school.slt)
    assert trip.state.cleared_at is None
    assert {r.code for r in trip.still_needed if r.refuses} == {"approval.SLT"}
    assert school.to_tell("disowned").keys() == {"Dora Dessel"}


@pytest.mark.clauses("WL-49")
def test_a_silent_school_still_gets_an_approval_and_says_whose_rule_it_is(world: World) -> None:
    """AC-24. One is Doorstep's default, the other the document's. WL-49, WL-04."""
    school = world.school("WL")
    trip = school.plan_trip()
    trip.lodge("reception")
    trip.all_as_policy()
    refused = school.refused(trip.clear)
    assert refused.codes == {"approval.SLT", "whereabouts.safeguarding_team"}
    assert refused["approval.SLT"].source is Source.DEFAULT
    assert refused["whereabouts.safeguarding_team"].source is Source.CLAUSE
    assert refused.clauses == {"WL-49"}


def test_where_both_who_approve_are_going_those_are_named_whose_yes_counts_and_a_deputy_of_theirs_meets_it(
    world: World,
) -> None:
    """DV-04, DV-05, LJ-12: nobody is sent to SLT, whose yes counts for nothing here."""
    school = world.school("LJ")
    trip = school.ready_trip(school.ask(purpose="safe_and_well"), team=(school.dsl, school.head), but="approval")
    trip.visit.approve(school.head)
    trip.visit.approve(school.dsl)
    refused = school.refused(trip.clear)
    assert refused.codes == {"approval.independent"}
    assert refused["approval.independent"].who == ("the headteacher", "the DSL")
    with pytest.raises(NotPermitted):
        trip.visit.approve(school.slt)
    school.deputise(school.slt, Role.HEADTEACHER, "08:00", "17:00", instead_of=school.head)
    school.at("09:00")
    trip.visit.approve(school.slt)
    trip.clear()


def test_two_approvers_at_the_same_moment_each_leave_one_event(world: World) -> None:
    """Bad input: no lost update. LJ-12."""
    school = world.school("LJ")
    visit = school.ask(purpose="safe_and_well")
    yes = yes_to(visit.id)
    answers = world.together(school.sending(yes, by=school.head), school.sending(yes, by=school.dsl))
    assert not [a for a in answers if isinstance(a, BaseException)]
    assert sorted(a.role for a in visit.state.approvals) == ["DSL", "headteacher"]
    assert visit.state.version == 3


def test_the_same_approver_twice_at_the_same_moment_leaves_one_event(world: World) -> None:
    """Bad input: two taps under two ids are one yes. SP-14."""
    school = world.school("SP")
    visit = school.ask()
    yes = yes_to(visit.id)
    world.together(*(school.sending(yes, by=school.slt) for _ in range(6)))
    assert len(visit.state.approvals) == 1


@pytest.mark.clauses("LJ-18")
def test_a_refused_visit_is_approved_by_nobody(world: World) -> None:
    """AC-23, neighbour: it is asked for again. LJ-18."""
    school = world.school("LJ")
    trip = school.ready_trip()
    trip.visit.refuse(school.head, "threats were made")
    assert trip.state.cleared_at is None
    with pytest.raises(Refused):
        trip.visit.approve(school.head)
    assert school.refused(trip.clear).codes == {"visit.refused"}
    school.ask().approve(school.head)


TICKS = {
    "SP": ("attendance", {"necessary": "SP-14", "staff_safety": "SP-15", "child_safety": "SP-15"}),
    "LJ": ("attendance", {"no_undue_staff_risk": "LJ-18"}),
}


@pytest.mark.clauses("SP-14", "SP-15", "LJ-18")
@pytest.mark.parametrize("letters", TICKS)
def test_a_yes_is_none_before_the_approver_confirms_what_the_document_says(world: World, letters: str) -> None:
    """AC-17, AC-25: necessity and safety by tick, each named where it is missing."""
    school, (purpose, ticks) = world.school(letters), TICKS[letters]
    visit = school.ask(purpose=purpose)
    refused = school.refused(lambda: school.send(ApproveVisit(visit=visit.id), by=school.head))
    assert {r.code: r.clauses for r in refused.unmet} == {f"attest.{p}": (clause,) for p, clause in ticks.items()}
    for left_out in ticks:
        some = ApproveVisit(visit=visit.id, attested=tuple(p for p in ticks if p != left_out))
        assert school.refused(partial(school.send, some, by=school.head)).codes == {f"attest.{left_out}"}
    sent = school.send(ApproveVisit(visit=visit.id, attested=(*ticks, "not_asked")), by=school.head)
    (approved,) = (r.event for r in sent.recorded)
    assert isinstance(approved, VisitApproved)
    assert approved.attested == tuple(ticks), "kept as the policy asks for it"


@pytest.mark.parametrize("letters", ["WL", "NH", "SC"])
def test_where_the_document_is_silent_a_tick_is_advice(world: World, letters: str) -> None:
    """AC-17, the other schools: a default warns and refuses nothing."""
    school = world.school(letters)
    visit = school.ask()
    school.send(ApproveVisit(visit=visit.id), by=school.who(school.policy.value("approval_roles")[0][0]))
    assert visit.state.approvals


@pytest.mark.clauses("SP-11")
def test_for_a_child_not_seen_whoever_approves_weighs_a_police_welfare_check(world: World) -> None:
    """AC-03: any answer will do, and it is kept with the approval; for other visits it is not asked."""
    school = world.school("SP")
    visit = school.ask(by=school.ddsl, purpose="safeguarding_unseen", contacts_tried="three calls, no answer")
    ticked = ("necessary", "staff_safety", "child_safety")
    unweighed = ApproveVisit(visit=visit.id, attested=ticked)
    refused = school.refused(lambda: school.send(unweighed, by=school.slt))
    assert {r.code: r.clauses for r in refused.unmet} == {"attest.police_check_considered": ("SP-11",)}
    sent = school.send(ApproveVisit(visit=visit.id, attested=ticked, police_check="not_relevant"), by=school.slt)
    (approved,) = (r.event for r in sent.recorded)
    assert isinstance(approved, VisitApproved)
    assert approved.police_check == "not_relevant"
    other = school.ask(purpose="attendance", child=school.admit())
    school.send(ApproveVisit(visit=other.id, attested=ticked), by=school.slt)


@pytest.mark.clauses("SP-15")
def test_a_yes_by_telephone_confirms_the_same(world: World) -> None:
    """AC-17, neighbour: the office types the ticks as they were said. SP-14."""
    school = world.school("SP")
    visit = school.ask()
    said = partial(school.send, by=school.office, said_by=school.slt)
    bare = ApproveVisit(visit=visit.id)
    assert school.refused(lambda: said(bare)).codes >= {"attest.staff_safety", "attest.child_safety"}
    said(yes_to(visit.id))
    assert [a.person for a in visit.state.approvals] == [school.slt.id]


@pytest.mark.clauses("SC-01")
def test_the_attendance_assistant_asks_and_plans_at_scargill_and_decides_about_nothing(world: World) -> None:
    """AC-05, neighbour: officer and assistant are the two whom the document names. SC-01."""
    school = world.school("SC")
    assistant = school.joins("Ari Assistant", Role.ATTENDANCE_ASSISTANT)
    assert school.known.people[assistant.id].fills("attendance_assistant", school.now)
    school.send(ReportAbsence(pupil=school.child.id, tries=2), by=assistant)
    trip = school.plan_trip(school.ask(by=school.teacher), by=assistant)
    with pytest.raises(NotPermitted):
        trip.visit.approve(assistant)
    trip.visit.approve(school.officer)


@pytest.mark.parametrize("letters", ["SP", "LJ", "WL", "NH", "SC"])
def test_a_welfare_visit_that_is_withdrawn_leaves_the_decision_for_the_child_to_the_dsl(
    world: World, letters: str
) -> None:
    """Withdrawn as refused: silence is never "all clear". One that is no longer needed asks nothing."""
    school = world.school(letters)
    purpose = WELFARE_PURPOSE_OF[school.policy_key]
    asked = [school.ask(by=school.ddsl, purpose=purpose, contacts_tried="three calls") for _ in range(2)]
    asked[0].cancel(CancelReason.OTHER)
    asked[1].cancel(CancelReason.NO_LONGER_NEEDED)
    assert [one.state.undecided for one in asked] == [(school.child.id,), ()]
    everyday = world.school("LJ").ask(purpose="relationship")
    everyday.cancel(CancelReason.OTHER)
    assert everyday.state.undecided == ()
