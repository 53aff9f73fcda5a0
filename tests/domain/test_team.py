"""Who's going: two people, who counts as the second, and alone only with an assessment. X01, X02, I10, DV-20."""

import pytest

from domain.ids import TripId, VisitId
from domain.policy import Force
from domain.roles import Role
from domain.trip.commands import ClearTrip, NameTeam
from domain.trip.rules.team import two_go
from domain.visit.commands import AssessRisk, CancelVisit, MoveVisitToPupil
from tests.domain.story import Story, a_person, pupil_id, staff_id

NEVER_ALONE = ["leyland", "william_lilley", "norbury", "scargill"]


def needs(story: Story, *team: str, lone_reason: str = "") -> dict[str, Force]:
    """What is asked for when these people go to one everyday visit."""
    trip = story.plan(team=("teacher", "colleague"))
    story.does(NameTeam(trip=trip, people=tuple(staff_id(p) for p in team), lone_reason=lone_reason), by="office")
    state = story.trip(trip)
    visits = [story.visit(v) for v in state.visits]
    return {r.code: r.force for r in two_go(story.policy, state, visits, story.people)}


@pytest.mark.parametrize("key", [*NEVER_ALONE, "st_patricks"])
def test_two_members_of_staff_may_go_everywhere(key: str) -> None:
    assert needs(Story(key), "teacher", "colleague") == {}


@pytest.mark.clauses("NH-13", "SC-18")
@pytest.mark.parametrize("key", NEVER_ALONE)
def test_nobody_goes_alone_and_no_reason_changes_that(key: str) -> None:
    story = Story(key)
    assert needs(story, "teacher", lone_reason="nobody else is free") == {"team.two": Force.MUST}


@pytest.mark.clauses("LJ-35", "LJ-79", "WL-16", "NH-13", "SC-18")
@pytest.mark.parametrize("key", NEVER_ALONE)
def test_each_school_cites_its_own_clauses_for_it(key: str) -> None:
    story = Story(key)
    trip = story.plan(team=("teacher",))
    needed = story.refused(ClearTrip(trip=trip))["team.two"]
    expected = {
        "leyland": ("LJ-35", "LJ-79"),
        "william_lilley": ("WL-16",),
        "norbury": ("NH-13",),
        "scargill": ("SC-18",),
    }
    assert needed.clauses == expected[key]


@pytest.mark.clauses("WL-16", "NH-28")
@pytest.mark.parametrize("key", ["william_lilley", "norbury"])
def test_a_professional_from_an_agency_counts_as_the_second(key: str) -> None:
    assert needs(Story(key), "teacher", "agency") == {}


@pytest.mark.clauses("LJ-35", "SC-18")
@pytest.mark.parametrize("key", ["leyland", "scargill"])
def test_where_the_second_must_be_staff_an_agency_professional_does_not_count(key: str) -> None:
    assert needs(Story(key), "teacher", "agency") == {"team.companion": Force.MUST}


def test_with_an_agency_professional_st_patricks_asks_what_it_asks_of_one_alone() -> None:
    assert set(needs(Story("st_patricks"), "teacher", "agency")) == {"team.lone_reason", "risk.lone_worker"}


def test_agency_professionals_do_not_go_by_themselves() -> None:
    story = Story("william_lilley")
    story.knows(a_person("second_agency", Role.AGENCY_PROFESSIONAL, kind="agency_professional"))
    assert set(needs(story, "agency", "second_agency")) == {"team.staff"}


def test_a_trip_that_nobody_goes_on_is_not_cleared() -> None:
    story = Story("leyland")
    trip = story.plan(team=())
    assert "team.named" in story.refused(ClearTrip(trip=trip))


@pytest.mark.clauses("SP-17", "SP-18", "SP-20")
def test_alone_at_st_patricks_needs_a_reason_and_an_assessment_from_their_own_clauses() -> None:
    story = Story("st_patricks")
    trip = story.plan(team=("teacher",))
    needed = story.refused(ClearTrip(trip=trip))
    assert needed["team.lone_reason"].clauses == ("SP-17", "SP-18")
    assert needed["risk.lone_worker"].clauses == ("SP-20",)


def test_a_home_visit_assessment_is_no_lone_worker_assessment() -> None:
    story, trip, visit = _alone()
    story.does(AssessRisk(visit=visit, kind="home_visit"), by="slt")
    assert "risk.lone_worker" in story.refused(ClearTrip(trip=trip))
    story.does(AssessRisk(visit=visit, kind="lone_worker"), by="slt")
    assert "risk.lone_worker" not in story.refused(ClearTrip(trip=trip))


def test_every_door_of_a_lone_trip_has_its_own_assessment() -> None:
    story = Story("st_patricks")
    first, second = story.ask(), story.ask(pupils=(pupil_id("billie"),))
    trip = story.plan(first, second, team=("teacher",))
    story.does(AssessRisk(visit=first, kind="lone_worker"), by="slt")
    assert "risk.lone_worker" in story.refused(ClearTrip(trip=trip))
    story.does(AssessRisk(visit=second, kind="lone_worker"), by="slt")
    assert "risk.lone_worker" not in story.refused(ClearTrip(trip=trip))


def test_a_door_that_was_called_off_needs_none() -> None:
    story = Story("st_patricks")
    first, second = story.ask(), story.ask(pupils=(pupil_id("billie"),))
    trip = story.plan(first, second, team=("teacher",))
    story.does(AssessRisk(visit=first, kind="lone_worker"), by="slt")
    story.does(CancelVisit(visit=second))
    assert "risk.lone_worker" not in story.refused(ClearTrip(trip=trip))


@pytest.mark.clauses("SP-21")
@pytest.mark.parametrize("minutes", [0, 5])
def test_an_assessment_from_before_the_team_changed_is_stale_even_within_the_same_minute(minutes: int) -> None:
    story, trip, visit = _alone()
    story.does(AssessRisk(visit=visit, kind="lone_worker"), by="slt")
    story.later(minutes=minutes)
    story.does(NameTeam(trip=trip, people=(staff_id("third"),), lone_reason="two are ill"), by="office")
    assert story.refused(ClearTrip(trip=trip))["risk.lone_worker_stale"].clauses == ("SP-21",)
    story.does(AssessRisk(visit=visit, kind="lone_worker"), by="slt")
    assert "risk.lone_worker_stale" not in story.refused(ClearTrip(trip=trip))


def test_so_is_one_for_another_address() -> None:
    story, trip, visit = _alone()
    story.does(AssessRisk(visit=visit, kind="lone_worker"), by="slt")
    move = MoveVisitToPupil(visit=visit, wrong=pupil_id("alex"), right=pupil_id("billie"), why="wrong child picked")
    story.does(move, by="office")
    assert "risk.lone_worker_stale" in story.refused(ClearTrip(trip=trip))


def test_so_is_one_from_before_a_new_warning() -> None:
    story, trip, visit = _alone()
    story.does(AssessRisk(visit=visit, kind="lone_worker"), by="slt")
    story.does(AssessRisk(visit=visit, kind="home_visit", level="high", different_today="a new partner"), by="slt")
    assert "risk.lone_worker_stale" in story.refused(ClearTrip(trip=trip))


def test_naming_the_one_who_goes_again_makes_nothing_stale() -> None:
    story, trip, visit = _alone()
    story.does(AssessRisk(visit=visit, kind="lone_worker"), by="slt")
    story.later(minutes=5)
    story.does(NameTeam(trip=trip, people=(staff_id("teacher"),), lone_reason="still nobody"), by="office")
    assert "risk.lone_worker_stale" not in story.refused(ClearTrip(trip=trip))


def _alone() -> tuple[Story, TripId, VisitId]:
    story = Story("st_patricks")
    visit = story.ask()
    return story, story.plan(visit, team=("teacher",)), visit
