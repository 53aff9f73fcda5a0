"""A number held for everybody who goes, and whereabouts left with the people the policy names."""

import pytest

from domain.policy import Force, Source
from domain.refusal import Requirement
from domain.trip.commands import ClearTrip, LodgeWhereabouts
from domain.trip.rules.phone import numbers_held
from domain.trip.rules.whereabouts import agreed_call, left_with_somebody
from tests.domain.story import Story, a_person, staff_id

SCHOOLS = ["st_patricks", "leyland", "william_lilley", "norbury", "scargill"]


# Mobile numbers: SP-22, SP-23, LJ-52, WL-17, NH-31, NH-32, SC-12


def without_a_number(key: str) -> tuple[Story, Requirement]:
    story = Story(key)
    story.knows(a_person("colleague", mobile=""))
    trip = story.trip(story.plan())
    (needed,) = numbers_held(story.policy, trip, story.people)
    return story, needed


@pytest.mark.parametrize("key", SCHOOLS)
def test_without_a_mobile_number_nobody_is_cleared_anywhere(key: str) -> None:
    _, needed = without_a_number(key)
    assert needed.refuses
    assert needed.code == f"phone.{staff_id('colleague')}"
    assert "Colleague" in needed.says


@pytest.mark.clauses("SP-23", "NH-32")
@pytest.mark.parametrize(
    ("key", "source", "force", "clauses"),
    [
        ("st_patricks", Source.CLAUSE, Force.MUST, {"SP-22", "SP-23"}),
        ("norbury", Source.CLAUSE, Force.SHOULD, {"NH-31", "NH-32"}),
        ("william_lilley", Source.DEFAULT, Force.MUST, set()),
        ("scargill", Source.DEFAULT, Force.MUST, set()),
    ],
)
def test_it_says_whether_the_school_or_doorstep_asks_that_the_number_is_held(
    key: str, source: Source, force: Force, clauses: set[str]
) -> None:
    _, needed = without_a_number(key)
    assert (needed.source, needed.force, set(needed.clauses)) == (source, force, clauses)


def test_whoever_can_keep_the_number_is_named_as_a_person_or_place() -> None:
    for key in SCHOOLS:
        assert without_a_number(key)[1].who == ("the school office",), key


def test_with_every_number_held_nothing_is_asked() -> None:
    story = Story("st_patricks")
    assert numbers_held(story.policy, story.trip(story.plan()), story.people) == ()


def test_somebody_unknown_has_no_number_either() -> None:
    story = Story("st_patricks")
    trip = story.trip(story.plan())
    assert len(numbers_held(story.policy, trip, {})) == 2


# Whereabouts: LJ-39, WL-20, WL-49, WL-51, NH-14, NH-29


def needs_after(key: str, *holders: str, told: str | None = None) -> dict[str, Requirement]:
    story = Story(key)
    trip = story.plan()
    for holder in holders:
        story.does(LodgeWhereabouts(trip=trip, holder=holder, told=staff_id(told) if told else None))
    return {r.code: r for r in left_with_somebody(story.policy, story.trip(trip))}


ENOUGH: dict[str, list[tuple[str, ...]]] = {
    "st_patricks": [("school_office",), ("reception",), ("front_office",)],
    "leyland": [("school_office",)],
    "william_lilley": [
        ("reception", "safeguarding_team"),
        ("team", "safeguarding_team"),
        ("school_office", "safeguarding_team"),
    ],
    "norbury": [("line_manager", "front_office"), ("line_manager", "school_office")],
    "scargill": [("school_office", "line_manager")],
}
TOO_LITTLE: dict[str, list[tuple[str, ...]]] = {
    "st_patricks": [(), ("line_manager",), ("a friend",)],
    "leyland": [(), ("team",)],
    "william_lilley": [("safeguarding_team",), ()],
    "norbury": [(), ("front_office",), ("line_manager",), ("front_office", "reception"), ("front_office", "team")],
    "scargill": [(), ("school_office",), ("school_office", "reception")],
}


@pytest.mark.clauses("LJ-39", "WL-51", "NH-14")
@pytest.mark.parametrize("key", SCHOOLS)
def test_left_with_enough_of_the_holders_is_enough(key: str) -> None:
    for holders in ENOUGH[key]:
        assert needs_after(key, *holders) == {}, holders


@pytest.mark.clauses("LJ-39", "NH-14")
@pytest.mark.parametrize("key", SCHOOLS)
def test_left_with_too_few_is_refused(key: str) -> None:
    for holders in TOO_LITTLE[key]:
        assert needs_after(key, *holders)["whereabouts.left"].refuses, holders


@pytest.mark.clauses("WL-49")
def test_at_william_lilley_the_safeguarding_team_is_told_as_well() -> None:
    needed = needs_after("william_lilley", "reception")
    assert set(needed) == {"whereabouts.safeguarding_team"}
    assert needed["whereabouts.safeguarding_team"].clauses == ("WL-49",)


@pytest.mark.clauses("NH-14", "NH-29")
def test_norbury_counts_who_knows_and_takes_a_reason_instead() -> None:
    needed = needs_after("norbury", "front_office")["whereabouts.left"]
    assert "1 of 2" in needed.says
    assert (needed.force, "NH-29" in needed.clauses) == (Force.SHOULD, True)
    story = Story("norbury")
    trip = story.plan()
    code = "whereabouts.left"
    assert code in story.refused(ClearTrip(trip=trip))
    assert story.refused(ClearTrip(trip=trip, reasons={code: "  "})).keys() >= {code}


def test_at_scargill_it_is_doorsteps_default_that_refuses() -> None:
    needed = needs_after("scargill")["whereabouts.left"]
    assert (needed.source, needed.force, needed.clauses) == (Source.DEFAULT, Force.MUST, ())


def test_one_person_told_in_two_places_is_one_person_who_knows() -> None:
    assert "whereabouts.left" in needs_after("norbury", "line_manager", "front_office", told="head")


def test_what_is_left_with_somebody_who_is_going_is_left_with_nobody() -> None:
    assert "whereabouts.left" in needs_after("leyland", "school_office", told="teacher")
    assert needs_after("leyland", "school_office", told="office") == {}


# The agreed call: NH-16


@pytest.mark.clauses("NH-16")
def test_norbury_asks_for_a_time_for_the_call_that_the_visit_is_over() -> None:
    story = Story("norbury")
    trip = story.plan()
    (needed,) = agreed_call(story.policy, story.trip(trip))
    assert (needed.code, needed.force, needed.clauses) == ("check_in.agreed_time", Force.SHOULD, ("NH-16",))
    story.does(LodgeWhereabouts(trip=trip, holder="front_office", agreed_call_at=story.now))
    assert agreed_call(story.policy, story.trip(trip)) == ()


@pytest.mark.parametrize("key", ["st_patricks", "leyland", "william_lilley", "scargill"])
def test_nobody_else_asks_for_such_a_time(key: str) -> None:
    story = Story(key)
    assert agreed_call(story.policy, story.trip(story.plan())) == ()


def test_a_call_time_agreed_once_stands_when_another_holder_is_told_without_one() -> None:
    story = Story("norbury")
    trip = story.plan()
    at = story.now
    story.does(LodgeWhereabouts(trip=trip, holder="front_office", agreed_call_at=at))
    story.does(LodgeWhereabouts(trip=trip, holder="line_manager"))
    assert story.trip(trip).agreed_call_at == at
