"""The school's own form of a risk assessment: its columns, its standing sheet, and what differs. X18."""

import pytest

from domain.refusal import Incomplete
from domain.visit.commands import AssessRisk
from domain.visit.events import RiskAssessed
from domain.visit.rules.risk_form import columns, standing_sheet
from tests.domain.story import a_policy
from tests.domain.test_risk import NONE_KNOWN, planned, risk


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
    "a column of another school's form": ("leyland", {"hazard": "ice", "severity": "major"}, "only the columns"),
    "a row without its hazard": ("leyland", {"existing_controls": "salt"}, "what the hazard is"),
    "a level that is none": ("william_lilley", {"hazard": "driving", "risk_level": "tiny"}, "risk_level: one of"),
    "a hazard where the form has none": ("norbury", {"hazard": "dog", "violence_risk": "found"}, "only the columns"),
}


@pytest.mark.parametrize(("key", "row", "says"), BAD_ROWS.values(), ids=BAD_ROWS)
def test_a_row_that_does_not_fit_the_schools_form_is_turned_down(key: str, row: dict[str, str], says: str) -> None:
    story, visit, _ = planned(key)
    with pytest.raises(Incomplete, match=says):
        story.decides(AssessRisk(visit=visit, sheet=(row,)))
