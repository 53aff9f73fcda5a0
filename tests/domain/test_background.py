"""What is looked up about the family before a visit, and the agencies that work with them already."""

from datetime import timedelta

import pytest

from domain.policy import Force
from domain.refusal import Incomplete
from domain.trip.commands import ClearTrip
from domain.visit.commands import CheckBackground, MoveVisitToPupil, RecordAgencyLiaison
from domain.visit.rules.background import all_of_it
from tests.domain.story import Story, pupil_id

ASKED = {
    "st_patricks": ("background.agency_considered", ("SP-08",), Force.SHOULD),
    "leyland": ("background.checked", ("LJ-33",), Force.MUST),
    "william_lilley": ("background.checked", ("WL-18", "WL-23"), Force.MUST),
    "norbury": ("background.checked", ("NH-23", "NH-34", "NH-25"), Force.SHOULD),
}
NORBURYS = ("records", "previous_visits_hoy", "previous_visits_system")


@pytest.mark.clauses("SP-08", "LJ-33", "WL-18", "WL-23", "NH-23", "NH-25", "NH-34")
@pytest.mark.parametrize("key", ASKED)
def test_each_school_names_its_own_look_ups_with_its_own_clauses(key: str) -> None:
    """AC-40. LJ-33, WL-18, WL-23."""
    code, clauses, force = ASKED[key]
    story = Story(key)
    visit = story.ask()
    trip = story.plan(visit)
    one = story.refused(ClearTrip(trip=trip))[code]
    assert (one.clauses, one.force) == (clauses, force)
    looked_up, spared = all_of_it(story.policy)
    story.does(CheckBackground(visit=visit, looked_up=looked_up, not_needed=spared))
    assert not [c for c in story.refused(ClearTrip(trip=trip)) if c.startswith("background")]


def test_scargills_document_is_silent_so_nobody_is_kept() -> None:
    story = Story("scargill")
    assert not [c for c in story.refused(ClearTrip(trip=story.plan())) if c.startswith("background")]


@pytest.mark.clauses("WL-23")
def test_what_two_people_looked_up_adds_up() -> None:
    story = Story("william_lilley")
    visit = story.ask()
    trip = story.plan(visit)
    story.does(CheckBackground(visit=visit, looked_up=("pupil_details", "history")), by="office")
    assert story.refused(ClearTrip(trip=trip))["background.checked"].clauses == ("WL-23",)
    story.does(CheckBackground(visit=visit, looked_up=("current_circumstances", "home_situation")))
    assert "background.checked" not in story.refused(ClearTrip(trip=trip))


@pytest.mark.clauses("NH-10", "NH-11", "NH-24", "NH-35")
def test_at_norbury_an_agency_that_there_is_must_be_spoken_to_and_no_reason_helps() -> None:
    """AC-39, in part: the agency, the worker, when, the role and the shared aim are kept."""
    story = Story("norbury")
    visit = story.ask()
    trip = story.plan(visit)
    story.does(CheckBackground(visit=visit, looked_up=(*NORBURYS, "agencies"), not_needed=("line_manager_strategy",)))
    reasons = {"background.agency": "nobody answers there"}
    one = story.refused(ClearTrip(trip=trip, reasons=reasons))["background.agency"]
    assert (one.clauses, one.force) == (("NH-10", "NH-11", "NH-24", "NH-35"), Force.MUST)
    spoken = RecordAgencyLiaison(
        visit=visit,
        agency="Social services",
        worker="Pat Lark",
        agency_role="a support plan",
        shared_aim="back in school",
    )
    story.does(spoken)
    assert "background.agency" not in story.refused(ClearTrip(trip=trip))
    (agency,) = story.visit(visit).agencies
    assert (agency.agency, agency.worker, agency.does) == ("Social services", "Pat Lark", "a support plan")
    assert agency.contacted_at == story.now


@pytest.mark.clauses("NH-10")
def test_at_norbury_not_to_have_asked_about_agencies_is_not_to_know_of_none() -> None:
    story = Story("norbury")
    visit = story.ask()
    trip = story.plan(visit)
    story.does(CheckBackground(visit=visit, looked_up=NORBURYS))
    refused = story.refused(ClearTrip(trip=trip))
    assert refused["background.checked"].clauses == ("NH-25",)
    assert refused["background.agency"].force is Force.MUST
    story.does(CheckBackground(visit=visit, not_needed=("agencies",)))
    assert "background.agency" not in story.refused(ClearTrip(trip=trip))


def test_another_child_has_another_background_and_no_agency_of_the_first() -> None:
    story = Story("leyland")
    visit = story.ask()
    trip = story.plan(visit)
    story.prepared(trip)
    story.does(RecordAgencyLiaison(visit=visit, agency="Social services", worker="Pat Lark", agency_role="a plan"))
    move = MoveVisitToPupil(visit=visit, wrong=pupil_id("alex"), right=pupil_id("billie"), why="wrong child picked")
    story.does(move, by="office")
    assert "background.checked" in story.refused(ClearTrip(trip=trip))
    assert story.visit(visit).agencies == ()


ASKED_BACK = {
    "nothing at all": ("leyland", (), (), "looked_up: what was looked up"),
    "what the school does not look up": ("leyland", ("agencies",), (), "looked_up: what this school looks up"),
    "what every family has": ("leyland", (), ("safeguarding_info_dsl",), "not_needed: what may not apply"),
    "both answers to one": ("norbury", ("agencies",), ("agencies",), "not_needed: looked up or not needed"),
}


@pytest.mark.parametrize(("key", "looked_up", "spared", "says"), ASKED_BACK.values(), ids=ASKED_BACK)
def test_what_the_school_does_not_look_up_or_cannot_spare_is_asked_back(
    key: str, looked_up: tuple[str, ...], spared: tuple[str, ...], says: str
) -> None:
    story = Story(key)
    visit = story.ask()
    with pytest.raises(Incomplete, match=says):
        story.decides(CheckBackground(visit=visit, looked_up=looked_up, not_needed=spared))


def test_nobody_was_spoken_to_in_time_to_come() -> None:
    story = Story("norbury")
    later = story.now + timedelta(hours=1)
    with pytest.raises(Incomplete):
        story.decides(
            RecordAgencyLiaison(
                visit=story.ask(), agency="Social services", worker="Pat Lark", agency_role="a plan", contacted_at=later
            )
        )
