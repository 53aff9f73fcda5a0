"""The school's own list before anybody leaves: one question, exceptions with a word, and what each school asks."""

import pytest

from domain.policy import Force
from domain.refusal import Incomplete, Refused
from domain.roles import Role
from domain.trip.commands import AddVisitToTrip, ClearTrip, ConfirmChecks, NameTeam
from domain.trip.events import ChecksConfirmed, ClearanceVoided
from domain.trip.rules.checks import points_asked
from tests.domain.story import Story, a_person, a_policy, pupil_id, staff_id
from tests.domain.test_appointment_and_readiness import needed, ready

ASKED = {
    "st_patricks": ("SP-22", "SP-45"),
    "leyland": ("LJ-30", "LJ-40", "LJ-80", "LJ-43"),
    "william_lilley": ("WL-17", "WL-19"),
    "norbury": ("NH-31", "NH-36", "NH-09"),
    "scargill": ("SC-12", "SC-31"),
}


@pytest.mark.clauses("SP-22", "LJ-30", "LJ-40", "LJ-80", "WL-17", "WL-19", "NH-31", "NH-09", "SC-12")
@pytest.mark.parametrize("key", ASKED)
def test_each_school_asks_its_own_list_with_its_own_clauses_in_one_question(key: str) -> None:
    story = Story(key)
    trip = story.plan()
    one = story.refused(ClearTrip(trip=trip))["checks.confirmed"]
    assert one.clauses == ASKED[key]
    assert one.force is (Force.SHOULD if key == "norbury" else Force.MUST)
    story.prepared(trip)
    assert not [code for code in needed(story, trip) if code.startswith("checks")]


def test_the_question_names_every_point_in_words() -> None:
    story = Story("leyland")
    says = story.refused(ClearTrip(trip=story.plan()))["checks.confirmed"].says
    assert says == (
        "The list before leaving is not confirmed: everybody who goes has read the policy; they know the address; "
        "they know how they travel; they know where to park; "
        "they carry the numbers of the DSLs, SLT and the school base; an ID badge is taken, to be shown at the door"
    )


@pytest.mark.clauses("LJ-59")
def test_activities_are_asked_for_an_early_years_visit_and_for_no_other() -> None:
    story = Story("leyland")
    ordinary = story.plan()
    assert "activities" not in needed(story, ordinary)["checks.confirmed"].says
    early = Story("leyland")
    trip = early.plan(early.ask(purpose="pre_start"))
    asked = needed(early, trip)["checks.confirmed"]
    assert "LJ-59" in asked.clauses
    assert "activities for the child are taken along" in asked.says


@pytest.mark.clauses("LJ-59")
def test_an_early_years_door_that_is_added_later_asks_for_its_own_point_only() -> None:
    story = Story("leyland")
    trip = story.plan()
    story.prepared(trip)
    early = story.ask(purpose="pre_start", pupils=(pupil_id("billie"),))
    story.does(AddVisitToTrip(trip=trip, visit=early))
    asked = needed(story, trip)["checks.confirmed"]
    assert asked.says == "The list before leaving is not confirmed: activities for the child are taken along"
    assert asked.clauses == ("LJ-59",)


@pytest.mark.clauses("SP-22", "WL-17", "SC-12")
@pytest.mark.parametrize(
    ("key", "clause"), [("st_patricks", "SP-22"), ("william_lilley", "WL-17"), ("scargill", "SC-12")]
)
def test_nobody_goes_without_a_mobile_and_no_word_about_it_helps(key: str, clause: str) -> None:
    story = Story(key)
    trip = story.plan()
    story.does(ConfirmChecks(trip=trip, exceptions={"mobile": "the battery is flat"}))
    one = story.refused(ClearTrip(trip=trip, reasons={"checks.mobile": "a short way"}))["checks.mobile"]
    assert (one.clauses, one.force) == ((clause,), Force.MUST)
    assert "battery" not in one.says, "what somebody typed stands in the history, not in a refusal"
    story.prepared(trip)
    assert "checks.mobile" not in story.refused(ClearTrip(trip=trip))


@pytest.mark.clauses("SP-22", "SP-23", "WL-17", "NH-31", "NH-32", "SC-12")
@pytest.mark.parametrize("key", ["st_patricks", "william_lilley", "norbury", "scargill"])
def test_neither_without_a_number_held_nor_without_a_mobile_taken_along(key: str) -> None:
    """AC-48. SP-22, SP-23, WL-17, WL-19, NH-31, NH-32, NH-36, NH-44, SC-12."""
    story = Story(key)
    story.knows(a_person("colleague", Role.TEACHER, mobile=""))
    trip = story.plan()
    refused = story.refused(ClearTrip(trip=trip))
    assert refused.keys() >= {f"phone.{staff_id('colleague')}", "checks.confirmed"}
    but_for_mobile = {"mobile": "left at home"} | ({"optional_alarm": "untaken"} if key == "norbury" else {})
    story.does(ConfirmChecks(trip=trip, exceptions=but_for_mobile))
    assert {c for c in story.refused(ClearTrip(trip=trip)) if c.startswith("checks")} == {"checks.mobile"}


@pytest.mark.clauses("NH-31", "NH-09")
def test_at_norbury_a_written_reason_will_do_instead() -> None:
    story = Story("norbury")
    trip = story.plan()
    story.does(ConfirmChecks(trip=trip, exceptions={"social_cultural": "nothing is known of the family yet"}))
    refused = story.refused(ClearTrip(trip=trip))
    assert refused["checks.social_cultural"].clauses == ("NH-09",)
    assert "checks.social_cultural" in story.refused(ClearTrip(trip=trip, reasons={"checks.mobile": "no"}))


@pytest.mark.clauses("NH-44")
def test_a_personal_alarm_is_asked_and_wanted_of_nobody() -> None:
    story = Story("norbury")
    trip = story.plan()
    assert "optional_alarm" in {p.code for p in points_asked(story.policy, ())}
    assert "alarm" not in needed(story, trip)["checks.confirmed"].says
    story.does(ConfirmChecks(trip=trip, exceptions={"optional_alarm": "nobody wants one"}))
    assert not [code for code in needed(story, trip) if code.startswith("checks")]


def test_norburys_document_is_silent_about_a_badge_so_doorstep_advises() -> None:
    story = Story("norbury")
    badge = needed(story, story.plan())["checks.badge"]
    assert (badge.force, badge.clauses) == (Force.ADVISE, ())


def test_somebody_who_joins_later_has_the_list_gone_through_again() -> None:
    story = Story("leyland")
    trip = story.plan()
    story.prepared(trip)
    story.does(NameTeam(trip=trip, people=(staff_id("teacher"), staff_id("third"))), by="office")
    assert needed(story, trip)["checks.confirmed"].says.startswith("Somebody else goes since")
    story.prepared(trip)
    story.does(NameTeam(trip=trip, people=(staff_id("third"), staff_id("teacher"))), by="office")
    assert "checks.confirmed" not in needed(story, trip)


def test_an_exception_after_ok_to_go_takes_it_back() -> None:
    story, trip = ready("leyland")
    events = story.does(ConfirmChecks(trip=trip, exceptions={"contact_card": "left at home"}))
    assert [type(e) for e in events] == [ChecksConfirmed, ClearanceVoided]
    assert story.trip(trip).cleared_at is None


def test_only_what_was_shown_counts_as_confirmed() -> None:
    story = Story("leyland")
    trip = story.plan()
    story.does(ConfirmChecks(trip=trip, points=("policy_read", "address")))
    assert story.refused(ClearTrip(trip=trip))["checks.confirmed"].clauses == ("LJ-40", "LJ-80", "LJ-43")


@pytest.mark.parametrize(
    "asked",
    [
        {"exceptions": {"mobile": "not on Leyland's list"}},
        {"exceptions": {"parking": "  "}},
        {"points": ("mobile",)},
    ],
)
def test_a_point_that_is_not_on_the_list_or_a_word_left_out_is_asked_back(asked: dict[str, object]) -> None:
    story = Story("leyland")
    trip = story.plan()
    with pytest.raises(Incomplete):
        story.decides(ConfirmChecks(trip=trip, **asked))  # type: ignore[arg-type]  # one of two fields


def test_a_schools_own_point_is_asked_in_its_own_words_and_cites_its_own_clauses() -> None:
    story = Story(a_policy("scargill", checklist_before=["mobile", "spare_key"]))
    trip = story.plan()
    with pytest.raises(Refused) as refused:
        story.decides(ClearTrip(trip=trip))
    assert "spare key" in next(r.says for r in refused.value.unmet if r.code == "checks.confirmed")
