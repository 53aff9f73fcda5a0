"""Risk assessments: by whom, overseen, amended when something is new, and what a high risk leads to. X17, X18, X38."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest

from domain.ids import TripId, VisitId
from domain.policy import Force
from domain.readiness import readiness
from domain.refusal import Incomplete, NotPermitted, Refused, Requirement
from domain.trip.commands import CallOffTrip, ClearTrip, Depart, LodgeWhereabouts, NameTeam
from domain.trip.events import ClearanceVoided
from domain.trip.plans import still_refusing
from domain.visit.commands import AssessRisk, MoveVisitToPupil, OverseeRisk, RefuseVisit, SignVisitList
from domain.visit.events import RiskAssessed, VisitRefused
from domain.visit.rules.risk_form import columns, standing_sheet
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


# The form


@pytest.mark.clauses("LJ-74", "LJ-75", "LJ-76", "LJ-77", "LJ-78")
def test_leylands_form_has_seven_columns_and_its_hazards_are_on_the_sheet_beforehand() -> None:
    story, visit, _ = planned("leyland")
    assert columns(story.policy) == (
        "hazard", "who_harmed", "existing_controls", "further_controls", "action_who", "action_when", "done"
    )  # fmt: skip
    (event,) = story.does(AssessRisk(visit=visit), by="teacher")
    assert isinstance(event, RiskAssessed)
    assert event.as_sheet
    held = {row["hazard"]: row for row in event.sheet}
    assert set(held) == {"aggression", "car_accident", "illegal_substances", "animal_attack", "false_allegation"}
    assert held["aggression"]["further_controls"] == "A call online instead of a visit"
    assert held["aggression"]["action_who"] == "Class teacher or EYFS lead"
    assert "two visitors" in held["car_accident"]["existing_controls"]
    assert "safeguarding policy" in held["illegal_substances"]["existing_controls"]
    assert "999" in held["animal_attack"]["existing_controls"]


@pytest.mark.clauses("WL-47", "WL-48", "WL-50", "WL-53", "WL-55", "WL-57")
def test_william_lilleys_sheet_holds_severity_likelihood_and_level_of_each_hazard() -> None:
    story, visit, trip = planned("william_lilley")
    (event,) = story.does(AssessRisk(visit=visit), by="teacher")
    assert isinstance(event, RiskAssessed)
    held = {row["hazard"]: row for row in event.sheet}
    assert list(held) == ["aggression", "driving", "public_areas", "illness_injury", "animal_attack"]
    assert (held["aggression"]["severity"], held["aggression"]["likelihood"]) == ("major", "low")
    assert {row["risk_level"] for row in held.values()} == {"low"}
    assert "maintained" in held["driving"]["controls"]
    assert "valuables" in held["public_areas"]["controls"]
    assert "999" in held["illness_injury"]["controls"]
    assert "calm" in held["animal_attack"]["controls"]
    assert event.level == "acceptable"
    assert risk(story, trip) == {}


@pytest.mark.clauses("NH-22")
def test_norburys_form_asks_for_the_risk_of_violence_and_the_measures() -> None:
    story, visit, trip = planned("norbury")
    assert columns(story.policy) == ("violence_risk", "measures")
    with pytest.raises(Incomplete, match="violence"):
        story.decides(AssessRisk(visit=visit))
    story.does(AssessRisk(visit=visit, sheet=NONE_KNOWN))
    assert risk(story, trip) == {}


def test_where_the_document_has_no_form_no_row_is_asked_for() -> None:
    for key in ("st_patricks", "scargill"):
        story, visit, _ = planned(key)
        assert (columns(story.policy), standing_sheet(story.policy)) == ((), ())
        (event,) = story.does(AssessRisk(visit=visit, different_today="roadworks"), by="slt")
        assert isinstance(event, RiskAssessed)
        assert (event.sheet, event.as_sheet, event.version) == ((), False, 1)


def test_an_exception_replaces_the_row_of_its_hazard_and_a_new_hazard_is_added() -> None:
    story, visit, _ = planned("leyland")
    rows = ({"hazard": "animal_attack", "existing_controls": "the dog is shut away"}, {"hazard": "ice"})
    (event,) = story.does(AssessRisk(visit=visit, sheet=rows), by="teacher")
    assert isinstance(event, RiskAssessed)
    held = {row["hazard"]: row for row in event.sheet}
    assert held["animal_attack"] == rows[0]
    assert list(held)[-1] == "ice"
    assert len(held) == 6
    assert not event.as_sheet


def test_an_amendment_begins_from_the_version_before() -> None:
    story, visit, _ = planned("leyland")
    rows = ({"hazard": "animal_attack", "existing_controls": "the dog is shut away"}, {"hazard": "ice"})
    story.does(AssessRisk(visit=visit, sheet=rows), by="teacher")
    (event,) = story.does(AssessRisk(visit=visit, sheet=({"hazard": "ice", "done": "salted"},)), by="teacher")
    assert isinstance(event, RiskAssessed)
    held = {row["hazard"]: row for row in event.sheet}
    assert held["animal_attack"] == rows[0]
    assert (len(held), held["ice"]) == (6, {"hazard": "ice", "done": "salted"})


def test_one_hazard_twice_is_turned_down() -> None:
    story, visit, _ = planned("leyland")
    with pytest.raises(Incomplete, match="once"):
        story.decides(AssessRisk(visit=visit, sheet=({"hazard": "ice"}, {"hazard": "ice", "done": "salted"})))


def test_who_only_reports_something_new_is_asked_for_no_form_and_has_gone_through_none() -> None:
    rule = {"need": "required", "by": ["SLT"], "overseen_by": []}
    form = {"columns": ["violence_risk", "measures"]}
    story, visit, trip = planned(a_policy("leyland", risk_rule=rule, risk_form=form))
    (event,) = story.does(AssessRisk(visit=visit, different_today="a new dog"), by="teacher")
    assert isinstance(event, RiskAssessed)
    assert (event.sheet, event.as_sheet) == ((), False)
    assert "risk.assessed" in risk(story, trip)


BAD_ROWS = {
    "a column of another school's form": ("leyland", {"hazard": "ice", "severity": "major"}),
    "a row without its hazard": ("leyland", {"existing_controls": "salt"}),
    "a level that is none": ("william_lilley", {"hazard": "driving", "risk_level": "tiny"}),
    "a hazard where the form has none": ("norbury", {"hazard": "dog", "violence_risk": "found"}),
}


@pytest.mark.parametrize(("key", "row"), BAD_ROWS.values(), ids=BAD_ROWS)
def test_a_row_that_does_not_fit_the_schools_form_is_turned_down(key: str, row: dict[str, str]) -> None:
    story, visit, _ = planned(key)
    with pytest.raises(Incomplete, match="sheet"):
        story.decides(AssessRisk(visit=visit, sheet=(row,)))


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
    assert "the address or the day changed" in risk(story, trip)["risk.stale"].says
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
