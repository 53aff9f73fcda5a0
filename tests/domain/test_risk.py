"""Risk assessments: by whom, overseen, amended when something is new, and what a high risk leads to. X17, X18, X38."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest

from domain.ids import TripId, VisitId
from domain.policy import Force
from domain.readiness import readiness
from domain.refusal import NotPermitted, Refused, Requirement
from domain.trip.commands import CallOffTrip, ClearTrip, Depart, LodgeWhereabouts, NameTeam
from domain.trip.events import ClearanceVoided
from domain.trip.plans import still_refusing
from domain.visit.commands import AssessRisk, MoveVisitToPupil, OverseeRisk, RefuseVisit, SignVisitList
from domain.visit.events import VisitRefused
from tests.domain.story import Story, a_policy, pupil_id, staff_id
from tests.ticks import yes_to

SCHOOLS = ("st_patricks", "leyland", "william_lilley", "norbury", "scargill")
NONE_KNOWN = ({"violence_risk": "none_known", "measures": "two go"},)
FOUND = ({"violence_risk": "found", "measures": "never alone with him"},)


def risk(story: Story, trip: TripId) -> dict[str, Requirement]:
    state = story.trip(trip)
    found = readiness(story.policy, state, [story.visit(v) for v in state.visits], story.people, {}, story.pupils)
    return {r.code: r for r in found if r.code.startswith("risk.")}


def planned(policy: Any, **asked: Any) -> tuple[Story, VisitId, TripId]:
    story = Story(policy)
    visit = story.ask(**asked)
    return story, visit, story.plan(visit)


# Who makes it


@pytest.mark.clauses("SP-24", "LJ-16", "LJ-34", "NH-22", "WL-47", "WL-48")
def test_each_school_asks_for_its_own_assessment_and_cites_its_own_clauses() -> None:
    expected: Mapping[str, dict[str, tuple[Force, tuple[str, ...]]]] = {
        "st_patricks": {"risk.assessed": (Force.MUST, ("SP-24",))},
        "leyland": {"risk.assessed": (Force.MUST, ("LJ-34",)), "risk.overseen": (Force.MUST, ("LJ-16",))},
        "william_lilley": {"risk.assessed": (Force.ADVISE, ("WL-47", "WL-48"))},
        "norbury": {"risk.assessed": (Force.SHOULD, ("NH-22",))},
        "scargill": {"risk.assessed": (Force.ADVISE, ())},
    }
    for key in SCHOOLS:
        story, _, trip = planned(key)
        assert {code: (r.force, r.clauses) for code, r in risk(story, trip).items()} == expected[key], key


@pytest.mark.clauses("SP-24")
def test_at_st_patricks_only_slt_makes_it_and_what_a_teacher_writes_is_kept() -> None:
    story, visit, trip = planned("st_patricks")
    story.does(AssessRisk(visit=visit), by="teacher")
    assert "has to make it" in risk(story, trip)["risk.assessed"].says
    assert risk(story, trip)["risk.assessed"].who == ("a member of SLT",)
    assert len(story.visit(visit).assessments) == 1
    story.does(AssessRisk(visit=visit), by="slt")
    assert risk(story, trip) == {}


@pytest.mark.clauses("LJ-34")
def test_at_leyland_whoever_goes_makes_it() -> None:
    story, visit, trip = planned("leyland")
    story.does(AssessRisk(visit=visit), by="slt")
    assert "risk.assessed" in risk(story, trip)
    story.does(AssessRisk(visit=visit), by="colleague")
    assert set(risk(story, trip)) == {"risk.overseen"}


@pytest.mark.clauses("LJ-16")
def test_at_leyland_somebody_senior_oversees_it_who_did_not_make_it() -> None:
    story, visit, trip = planned("leyland")
    with pytest.raises(Refused, match=r"risk\.assessed"):
        story.decides(OverseeRisk(visit=visit), by="dsl")
    story.does(AssessRisk(visit=visit), by="teacher")
    with pytest.raises(NotPermitted, match="the headteacher or the DSL"):
        story.decides(OverseeRisk(visit=visit), by="colleague")
    story.does(OverseeRisk(visit=visit), by="dsl")
    assert risk(story, trip) == {}
    assert story.visit(visit).assessments[-1].overseen_by == staff_id("dsl")
    assert story.does(OverseeRisk(visit=visit), by="head") == ()


@pytest.mark.clauses("LJ-16")
def test_a_version_that_was_amended_since_it_was_read_is_not_overseen_by_that_reading() -> None:
    story, visit, trip = planned("leyland")
    for different in ("", "a new dog"):
        story.does(AssessRisk(visit=visit, different_today=different), by="teacher")
    with pytest.raises(Refused, match=r"risk\.overseen"):
        story.decides(OverseeRisk(visit=visit, version=1), by="dsl")
    story.does(OverseeRisk(visit=visit, version=2), by="dsl")
    assert risk(story, trip) == {}


def test_nobody_oversees_what_they_assessed_themselves() -> None:
    story = Story("leyland")
    visit = story.ask()
    story.plan(visit, team=("slt", "teacher"))
    story.does(AssessRisk(visit=visit), by="slt")
    with pytest.raises(Refused, match=r"risk\.overseen"):
        story.decides(OverseeRisk(visit=visit), by="slt")


def test_where_no_document_asks_for_it_nobody_oversees() -> None:
    story, visit, _ = planned("norbury")
    with pytest.raises(NotPermitted, match="does not ask for it"):
        story.decides(OverseeRisk(visit=visit), by="head")
    story, visit, trip = planned("scargill")
    with pytest.raises(NotPermitted, match="does not ask for it"):
        story.decides(OverseeRisk(visit=visit), by="head")
    story.does(AssessRisk(visit=visit), by="office")
    assert risk(story, trip) == {}, "the advice is met, whoever met it"


# Amended before anybody sets off


@pytest.mark.clauses("SP-25")
def test_a_new_risk_means_that_slt_amends_it_and_each_amendment_is_a_version() -> None:
    story, visit, trip = planned("st_patricks")
    story.does(AssessRisk(visit=visit), by="slt")
    story.does(AssessRisk(visit=visit, different_today="a new dog"), by="teacher")
    unmet = story.refused(ClearTrip(trip=trip))["risk.stale"]
    assert (unmet.clauses, unmet.who) == (("SP-25",), ("a member of SLT",))
    story.does(AssessRisk(visit=visit, different_today="a new dog: stay at the door"), by="slt")
    assert risk(story, trip) == {}
    assert [a.version for a in story.visit(visit).assessments] == [1, 2, 3]


def test_what_somebody_else_finds_as_usual_overtakes_nothing() -> None:
    story, visit, trip = planned("st_patricks")
    story.does(AssessRisk(visit=visit), by="slt")
    story.does(AssessRisk(visit=visit), by="teacher")
    assert risk(story, trip) == {}


def cleared(key: str) -> tuple[Story, VisitId, TripId]:
    story, visit, trip = planned(key)
    story.does(yes_to(visit), by="head")
    story.assesses(visit)
    for holder in ("school_office", "safeguarding_team"):
        call = story.now + timedelta(hours=2)
        story.does(LodgeWhereabouts(trip=trip, holder=holder, agreed_call_at=call))
    if key == "st_patricks":
        story.does(SignVisitList(visit=visit), by="head")
    story.prepared(trip)
    story.does(ClearTrip(trip=trip))
    return story, visit, trip


@pytest.mark.clauses("SP-25")
def test_something_new_after_ok_to_go_takes_it_back_until_it_is_amended() -> None:
    story, visit, trip = cleared("st_patricks")
    events = story.does(AssessRisk(visit=visit, different_today="threats were made"), by="teacher")
    assert events[1:] == (ClearanceVoided(why="the risk assessment changed"),)
    assert set(story.refused(ClearTrip(trip=trip))) == {"risk.stale"}


def test_a_version_that_nobody_senior_has_seen_takes_the_ok_back_at_leyland() -> None:
    story, visit, trip = cleared("leyland")
    events = story.does(AssessRisk(visit=visit, different_today="a new dog"), by="teacher")
    assert isinstance(events[-1], ClearanceVoided)
    assert set(story.refused(ClearTrip(trip=trip))) == {"risk.overseen"}


def test_on_the_way_an_assessment_undoes_nothing() -> None:
    story, visit, trip = cleared("st_patricks")
    story.does(Depart(trip=trip, people=(staff_id("teacher"), staff_id("colleague"))))
    assert len(story.does(AssessRisk(visit=visit, different_today="a new dog"), by="teacher")) == 1
    assert story.trip(trip).cleared_at is not None


def test_a_material_change_makes_it_stale_and_says_which() -> None:
    story, visit, trip = planned("leyland")
    story.assesses(visit)
    story.does(NameTeam(trip=trip, people=(staff_id("teacher"), staff_id("third"))))
    assert "who's going changed" in risk(story, trip)["risk.stale"].says
    story.assesses(visit)
    move = MoveVisitToPupil(visit=visit, wrong=pupil_id("alex"), right=pupil_id("billie"), why="wrong child")
    story.does(move)
    assert "before the pupil changed" in risk(story, trip)["risk.stale"].says
    story.assesses(visit)
    story.does(CallOffTrip(trip=trip))
    story.later(days=1)
    assert "another day" in risk(story, story.plan(visit))["risk.stale"].says


@pytest.mark.clauses("NH-22")
def test_at_norbury_a_reason_will_do_instead() -> None:
    story, _, trip = planned("norbury")
    reasons = {
        code: "known for years" for code, r in story.refused(ClearTrip(trip=trip)).items() if r.force is Force.SHOULD
    }
    assert "risk.assessed" in reasons
    assert still_refusing(tuple(risk(story, trip).values()), reasons) == ()


# High


@pytest.mark.clauses("SP-25")
def test_at_st_patricks_slt_decides_again_once_a_high_risk_is_known() -> None:
    story, visit, trip = planned("st_patricks")
    story.does(yes_to(visit), by="slt")
    story.does(AssessRisk(visit=visit, level="high", different_today="threats were made"), by="slt")
    assert risk(story, trip)["risk.high"].clauses == ("SP-25",)
    assert story.visit(visit).approvals == ()
    story.does(yes_to(visit), by="head")
    assert risk(story, trip) == {}


@pytest.mark.clauses("LJ-18", "LJ-75")
def test_at_leyland_a_visit_of_high_risk_is_turned_down_and_nobody_approves_it() -> None:
    story, visit, trip = planned("leyland")
    story.does(AssessRisk(visit=visit, level="high"), by="teacher")
    assert risk(story, trip)["risk.high"].clauses == ("LJ-18", "LJ-75")
    assert "online" in story.refused(yes_to(visit), by="head")["risk.high"].says
    (event,) = story.does(RefuseVisit(visit=visit, reason="threats", instead="telephone"), by="slt")
    assert isinstance(event, VisitRefused)


def test_a_lowered_risk_can_be_approved() -> None:
    story, visit, trip = planned("leyland")
    story.does(AssessRisk(visit=visit, level="high"), by="teacher")
    story.assesses(visit, different_today="the brother has moved out")
    story.does(yes_to(visit), by="head")
    assert risk(story, trip) == {}


@pytest.mark.clauses("NH-26", "NH-27")
def test_at_norbury_a_found_risk_names_what_to_do_instead_and_a_public_place_answers_it() -> None:
    story, visit, trip = planned("norbury")
    story.does(AssessRisk(visit=visit, sheet=FOUND))
    unmet = risk(story, trip)["risk.high"]
    assert (unmet.force, unmet.clauses) == (Force.SHOULD, ("NH-26",))
    for choice in ("ring", "write", "into school", "public place"):
        assert choice in unmet.says
    elsewhere, visit, trip = planned("norbury", place="public_place", address="the library")
    elsewhere.does(AssessRisk(visit=visit, sheet=FOUND))
    assert risk(elsewhere, trip) == {}


def test_where_the_document_is_silent_a_high_risk_is_advice() -> None:
    story, visit, trip = planned("william_lilley")
    row = {"hazard": "aggression", "severity": "major", "likelihood": "high", "risk_level": "high"}
    story.does(AssessRisk(visit=visit, sheet=(row,)))
    assert risk(story, trip)["risk.high"].force is Force.ADVISE
    story.does(yes_to(visit), by="slt")


def test_a_school_of_its_own_may_name_its_own_assessor() -> None:
    rule = {"need": "required", "by": ["line_manager"], "overseen_by": ["DSL"]}
    story, visit, trip = planned(a_policy("leyland", risk_rule=rule))
    story.does(AssessRisk(visit=visit), by="teacher")
    assert "the line manager has to make it" in risk(story, trip)["risk.assessed"].says
    story.does(AssessRisk(visit=visit), by="head")
    story.does(OverseeRisk(visit=visit), by="dsl")
    assert risk(story, trip) == {}
