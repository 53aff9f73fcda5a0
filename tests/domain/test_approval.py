"""Who must say yes, jointly where the policy says so. SP-14, LJ-11, LJ-12, SC-29, DV-04, DV-05."""

from datetime import timedelta
from uuid import uuid4

import pytest

from domain.ids import CommandId, TripId, VisitId
from domain.refusal import NotPermitted, Refused
from domain.roles import Role
from domain.shared.commands import ConfirmSpokenWord, DisownSpokenWord, Undo
from domain.staff.state import RoleHeld
from domain.trip.commands import ClearTrip, Depart, LodgeWhereabouts, NameTeam
from domain.trip.events import ClearanceVoided
from domain.visit.commands import RefuseVisit, TakeBackApproval
from domain.visit.events import ApprovalTakenBack, VisitApproved, VisitRefused
from domain.visit.rules.approval import approved, slots, unfilled
from tests.domain.story import MONDAY, Story, a_person, staff_id
from tests.ticks import yes_to


def codes(story: Story, visit: VisitId, team: tuple[str, ...] = ()) -> set[str]:
    state = story.visit(visit)
    return {r.code for r in approved(story.policy, state, [staff_id(p) for p in team])}


def cleared(story: Story, visit: VisitId) -> TripId:
    trip = story.plan(visit)
    story.does(yes_to(visit), by="head")
    story.assesses(visit)
    story.does(LodgeWhereabouts(trip=trip, holder="school_office", told=staff_id("office")), by="office")
    story.prepared(trip)
    story.does(ClearTrip(trip=trip), by="office")
    assert story.trip(trip).cleared_at is not None
    return trip


WHO_ASKED = {
    "at St Patrick's any member of SLT": ("st_patricks", False, (("SLT",),)),
    "at Leyland the headteacher": ("leyland", False, (("headteacher",),)),
    "at Leyland the headteacher and the DSL for a safeguarding visit": ("leyland", True, (("headteacher",), ("DSL",))),
    "at William Lilley, by default, a member of SLT": ("william_lilley", False, (("SLT",),)),
    "at Norbury, by default, one of four for a safeguarding visit": (
        "norbury",
        True,
        (("headteacher", "SLT", "DSL", "DDSL"),),
    ),
    "at Scargill any one of officer, head and DSL": (
        "scargill",
        True,
        (("attendance_officer", "head_of_school", "DSL"),),
    ),
}


@pytest.mark.clauses("SP-14", "LJ-11", "LJ-12", "SC-29")
@pytest.mark.parametrize("case", WHO_ASKED)
def test_who_is_asked_for_a_yes(case: str) -> None:
    key, safeguarding, expected = WHO_ASKED[case]
    story = Story(key)
    visit = story.visit(story.ask(safeguarding=safeguarding))
    assert slots(story.policy, visit) == expected


def test_a_visit_nobody_approved_is_not_approved() -> None:
    story = Story("leyland")
    assert codes(story, story.ask()) == {"approval.headteacher"}


def test_a_yes_in_the_role_asked_for_approves() -> None:
    story = Story("leyland")
    visit = story.ask()
    (event,) = story.does(yes_to(visit), by="head")
    assert isinstance(event, VisitApproved)
    assert event.role == "headteacher"
    assert codes(story, visit) == set()


@pytest.mark.clauses("LJ-11")
@pytest.mark.parametrize("who", ["slt", "dsl", "teacher", "office", "ddsl"])
def test_at_leyland_nobody_but_the_head_approves_an_everyday_visit(who: str) -> None:
    story = Story("leyland")
    visit = story.ask()
    with pytest.raises(NotPermitted, match="the headteacher"):
        story.decides(yes_to(visit), by=who)


def test_the_head_counts_as_a_member_of_slt() -> None:
    story = Story("st_patricks")
    visit = story.ask()
    story.does(yes_to(visit), by="head")
    assert codes(story, visit) == set()


@pytest.mark.clauses("LJ-12")
def test_a_joint_approval_needs_both() -> None:
    story = Story("leyland")
    visit = story.ask(purpose="safe_and_well")
    story.does(yes_to(visit), by="dsl")
    assert codes(story, visit) == {"approval.headteacher"}
    story.does(yes_to(visit), by="head")
    assert codes(story, visit) == set()


def test_one_person_with_both_roles_fills_one_place_only() -> None:
    story = Story("leyland")
    story.knows(a_person("head", Role.HEADTEACHER, Role.DSL))
    visit = story.ask(purpose="safe_and_well")
    story.does(yes_to(visit), by="head")
    assert len(unfilled(story.policy, story.visit(visit))) == 1
    assert set(story.refused(yes_to(visit), by="head")) == {"approval.DSL"}


def test_a_deputy_fills_the_other_place_whichever_that_is() -> None:
    for deputy_role in (Role.DSL, Role.HEADTEACHER):
        story = Story("leyland")
        story.knows(a_person("head", Role.HEADTEACHER, Role.DSL))
        story.knows(a_person("third", RoleHeld(role=deputy_role, deputising_for=staff_id("head"))))
        visit = story.ask(purpose="safe_and_well")
        story.does(yes_to(visit), by="head")
        story.does(yes_to(visit), by="third")
        if deputy_role is Role.HEADTEACHER:  # the head's own yes counted for the headteacher: now it is the DSL's
            story.does(yes_to(visit), by="head")
        assert codes(story, visit) == set(), deputy_role


def test_two_yeses_by_one_person_change_nothing() -> None:
    story = Story("st_patricks")
    visit = story.ask()
    story.does(yes_to(visit), by="slt")
    assert story.does(yes_to(visit), by="slt") == ()
    assert len(story.visit(visit).approvals) == 1


def test_a_deputy_approves_between_the_two_times_and_not_at_the_end() -> None:
    story = Story("leyland")
    starts, ends = MONDAY, MONDAY + timedelta(hours=9)
    deputy = RoleHeld(role=Role.HEADTEACHER, starts=starts, ends=ends, deputising_for=staff_id("head"))
    story.knows(a_person("slt", Role.SLT, deputy))
    visit = story.ask()
    with pytest.raises(NotPermitted):
        story.decides(yes_to(visit), by="slt", at=starts - timedelta(seconds=1))
    with pytest.raises(NotPermitted):
        story.decides(yes_to(visit), by="slt", at=ends)
    (entry,) = story.decides(yes_to(visit), by="slt", at=ends - timedelta(seconds=1))
    assert (entry.role, entry.deputising_for) == (Role.HEADTEACHER, staff_id("head"))


def test_somebody_who_approved_stays_behind() -> None:
    story = Story("scargill")
    visit = story.ask()
    story.does(yes_to(visit), by="officer")
    assert codes(story, visit, ("officer", "colleague")) == {"approval.independent"}
    assert codes(story, visit, ("teacher", "colleague")) == set()
    story.does(yes_to(visit), by="head")
    assert codes(story, visit, ("officer", "colleague")) == set()
    assert [a.person for a in story.visit(visit).approvals] == [staff_id("officer"), staff_id("head")]


def test_that_somebody_stays_behind_refuses_although_it_is_doorsteps_own_rule() -> None:
    story = Story("scargill")
    visit = story.ask()
    trip = story.plan(visit, team=("officer", "colleague"))
    story.does(yes_to(visit), by="officer")
    needed = story.refused(ClearTrip(trip=trip))["approval.independent"]
    assert needed.clauses == ("DV-04",)


def test_a_refused_visit_is_approved_by_nobody() -> None:
    story = Story("leyland")
    visit = story.ask()
    (event,) = story.does(RefuseVisit(visit=visit, reason="too great a risk"), by="head")
    assert isinstance(event, VisitRefused)
    assert set(story.refused(yes_to(visit), by="head")) == {"visit.closed"}


def test_a_visit_is_refused_by_those_who_may_approve_and_by_senior_staff_only() -> None:
    story = Story("leyland")
    visit = story.ask()
    for who in ("teacher", "office", "officer"):
        with pytest.raises(NotPermitted):
            story.decides(RefuseVisit(visit=visit, reason="no"), by=who)
    for who in ("head", "slt", "dsl"):
        assert story.decides(RefuseVisit(visit=visit, reason="no"), by=who)


def test_somebody_takes_back_their_own_yes_and_the_others_stand() -> None:
    story = Story("leyland")
    visit = story.ask(safeguarding=True)
    story.does(yes_to(visit), by="head")
    story.does(yes_to(visit), by="dsl")
    (event,) = story.does(TakeBackApproval(visit=visit, why="the father is back"), by="head")
    assert event == ApprovalTakenBack(why="the father is back")
    (again,) = approved(story.policy, story.visit(visit), ())
    assert again.code == "approval.headteacher"
    assert "again, because a yes was taken back" in again.says
    assert story.does(yes_to(visit), by="head"), "and can be given again"
    assert codes(story, visit) == set()


def test_an_ok_to_go_falls_with_a_yes_that_is_taken_back() -> None:
    story = Story("leyland")
    visit = story.ask()
    trip = cleared(story, visit)
    kinds = [type(e) for e in story.does(TakeBackApproval(visit=visit, why="not today"), by="head")]
    assert kinds == [ApprovalTakenBack, ClearanceVoided]
    assert story.trip(trip).cleared_at is None


def test_once_they_have_left_no_yes_is_taken_back_but_they_are_called_back() -> None:
    story = Story("leyland")
    visit = story.ask()
    trip = cleared(story, visit)
    story.does(Depart(trip=trip), by="teacher")
    unmet = story.refused(TakeBackApproval(visit=visit, why="not today"), by="head")
    assert "call them back" in unmet["approval.departed"].says


def test_nobody_takes_back_the_yes_of_somebody_else() -> None:
    story = Story("leyland")
    visit = story.ask()
    story.does(yes_to(visit), by="head")
    assert set(story.refused(TakeBackApproval(visit=visit, why="no"), by="dsl")) == {"approval.none"}
    assert codes(story, visit) == set()


def test_a_yes_that_was_given_by_telephone_is_taken_back_by_telephone() -> None:
    story = Story("leyland")
    visit = story.ask()
    story.does(yes_to(visit), by="office", said_by="head")
    story.does(TakeBackApproval(visit=visit, why="not today"), by="office", said_by="head")
    assert codes(story, visit) == {"approval.headteacher"}


def test_an_approval_falls_with_a_change_of_who_is_going_and_can_be_given_again() -> None:
    story = Story("leyland")
    visit = story.ask()
    trip = story.plan(visit)
    story.does(yes_to(visit), by="head")
    team = (staff_id("teacher"), staff_id("third"))
    story.does(NameTeam(trip=trip, people=team), by="office")
    (again,) = approved(story.policy, story.visit(visit), team)
    assert "because who's going changed" in again.says
    story.does(yes_to(visit), by="head")
    assert codes(story, visit) == set()


def test_the_same_team_in_another_order_changes_nothing() -> None:
    story = Story("leyland")
    visit = story.ask()
    trip = story.plan(visit)
    story.does(yes_to(visit), by="head")
    story.does(NameTeam(trip=trip, people=(staff_id("colleague"), staff_id("teacher"))), by="office")
    assert codes(story, visit) == set()


def test_a_yes_by_telephone_counts_at_once_and_is_the_speakers() -> None:
    story = Story("leyland")
    visit = story.ask()
    story.does(yes_to(visit), by="office", said_by="head")
    (approval,) = story.visit(visit).approvals
    assert (approval.person, approval.typed_by, approval.confirmed) == (staff_id("head"), staff_id("office"), False)
    assert codes(story, visit) == set()
    event = story.log.all[-1].envelope.event_id
    story.does(ConfirmSpokenWord(event=event), by="head")
    assert story.visit(visit).approvals[0].confirmed


def test_a_yes_that_was_never_said_no_longer_counts() -> None:
    story = Story("leyland")
    visit = story.ask()
    story.does(yes_to(visit), by="office", said_by="head")
    event = story.log.all[-1].envelope.event_id
    with pytest.raises(NotPermitted):
        story.decides(DisownSpokenWord(event=event), by="office")
    story.does(DisownSpokenWord(event=event), by="head")
    assert codes(story, visit) == {"approval.headteacher"}


def test_a_disowned_yes_takes_the_clearance_with_it() -> None:
    story = Story("leyland")
    visit = story.ask()
    trip = story.plan(visit)
    story.does(yes_to(visit), by="office", said_by="head")
    event = story.log.all[-1].envelope.event_id
    _clear(story, trip)
    story.does(DisownSpokenWord(event=event), by="head")
    assert story.trip(trip).cleared_at is None
    with pytest.raises(Refused):
        story.decides(ClearTrip(trip=trip))


def test_so_does_a_yes_taken_back_within_ten_seconds() -> None:
    story = Story("leyland")
    visit = story.ask()
    trip = story.plan(visit)
    yes = uuid4()
    story.does(yes_to(visit), by="head", command_id=yes)
    _clear(story, trip)
    story.does(Undo(command=CommandId(yes)), by="head")
    assert story.trip(trip).cleared_at is None
    assert codes(story, visit) == {"approval.headteacher"}


def _clear(story: Story, trip: TripId) -> None:
    for visit in story.trip(trip).visits:
        story.assesses(visit)
    story.does(LodgeWhereabouts(trip=trip, holder="school_office"))
    story.prepared(trip)
    story.does(ClearTrip(trip=trip))
