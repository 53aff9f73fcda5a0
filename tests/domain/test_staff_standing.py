"""Who may go: training, vetting, designated visitors and who chooses. Each refusal has its twin that is let through."""

from datetime import date, timedelta

import pytest
from msgspec.structs import replace

from domain.policy import Force, Source
from domain.roles import Role
from domain.staff.may_go import lapses, person_needs
from domain.staff.on_record import Check, Designated, OnRecord, Training
from domain.staff.state import Person
from domain.trip.commands import ClearTrip, NameTeam, PlanTrip
from tests.domain.story import MONDAY, WHOLE, Story, a_person, a_policy, staff_id
from tests.ticks import yes_to

TODAY = MONDAY.date()
LEAVE = MONDAY + timedelta(hours=1)


def person(name: str = "teacher", role: Role = Role.TEACHER, *, without: str = "", **changes: object) -> Person:
    kept = tuple(t for t in WHOLE.training if t.course != without)
    checks = tuple(c for c in WHOLE.checks if c.check != without)
    return a_person(name, role, record=replace(replace(WHOLE, training=kept, checks=checks), **changes))


def plans(story: Story, *team: str) -> PlanTrip:
    people = tuple(staff_id(one) for one in team or ("teacher", "colleague"))
    return PlanTrip(visits=(story.ask(),), leave_at=LEAVE, back_by=LEAVE + timedelta(hours=2), people=people)


def code(kind: str, name: str) -> str:
    return f"{kind}.{staff_id(name)}"


# Training


@pytest.mark.clauses("SP-32", "SP-33", "LJ-15", "SC-09", "SC-23", "SC-24")
@pytest.mark.parametrize(
    ("policy", "course", "clauses", "organiser"),
    [
        ("st_patricks", "safe_working", {"SP-32", "SP-33"}, "the office manager"),
        ("leyland", "home_visit_procedure", {"LJ-15"}, "a member of senior staff"),
        ("scargill", "safe_working", {"SC-09", "SC-23", "SC-24"}, "the Head of School"),
        ("scargill", "disengagement", {"SC-09", "SC-23", "SC-24"}, "the Head of School"),
    ],
)
def test_who_lacks_a_course_that_everybody_needs_is_put_on_no_trip_and_is_told_who_arranges_it(
    policy: str, course: str, clauses: set[str], organiser: str
) -> None:
    story = Story(policy)
    story.knows(person(without=course))
    refused = story.refused(plans(story))
    assert set(refused) == {code("training.all", "teacher")}
    one = refused[code("training.all", "teacher")]
    assert set(one.clauses) == clauses
    assert one.who == (organiser,)
    assert course.replace("_", " ") in one.says
    story.knows(person())
    assert story.does(plans(story))


@pytest.mark.clauses("SP-34", "SP-35")
def test_st_patricks_asks_six_courses_of_the_attendance_officer_and_of_nobody_else() -> None:
    story = Story("st_patricks")
    bare = OnRecord(training=(Training("safe_working", TODAY),), checks=WHOLE.checks)
    story.knows(a_person("teacher", Role.TEACHER, record=bare))
    story.knows(a_person("officer", Role.ATTENDANCE_OFFICER, record=bare))
    refused = story.refused(plans(story, "teacher", "officer"))
    assert set(refused) == {code("training.attendance_officer", "officer")}
    one = refused[code("training.attendance_officer", "officer")]
    assert one.clauses == ("SP-34", "SP-35")
    assert one.who == ("the local authority",)
    for course in ("cultural awareness", "diversity and racial equality", "equipment", "manual handling", "first aid"):
        assert course in one.says
    assert "disengagement" in one.says


@pytest.mark.clauses("SC-24")
def test_scargill_asks_the_course_list_of_everybody_who_goes() -> None:
    story = Story("scargill")
    story.knows(a_person("colleague", Role.TEACHER, record=OnRecord(training=(Training("safe_working", TODAY),))))
    (one,) = story.refused(plans(story)).values()
    assert one.says.count(",") == 4
    assert "safe working" not in one.says


@pytest.mark.parametrize("policy", ["william_lilley", "norbury"])
def test_where_the_document_is_silent_on_training_doorstep_advises_and_refuses_nothing(policy: str) -> None:
    story = Story(policy)
    nobody = a_person("teacher", Role.TEACHER, record=OnRecord(designated=WHOLE.designated))
    story.knows(nobody)
    assert story.does(plans(story))
    needs = person_needs(a_policy(policy), nobody, TODAY)
    assert {(r.force, r.source) for r in needs} == {(Force.ADVISE, Source.DEFAULT)}
    assert [r.says for r in needs] == [
        "Vetting of Teacher is not on record: enhanced DBS check and barred-list check",
        "This training of Teacher is not on record: home visit procedure",
    ]


@pytest.mark.clauses("SP-32")
@pytest.mark.parametrize(("left", "goes"), [(0, True), (-1, False), (1, True)])
def test_a_course_counts_on_its_last_day_and_not_on_the_next(left: int, *, goes: bool) -> None:
    story = Story("st_patricks")
    until = TODAY + timedelta(days=left)
    short = (Training("safe_working", date(2025, 9, 1), until),)
    story.knows(a_person("teacher", Role.TEACHER, record=replace(WHOLE, training=short)))
    if goes:
        assert story.does(plans(story))
    else:
        (one,) = story.refused(plans(story)).values()
        assert "lapsed after 13 September 2026" in one.says


@pytest.mark.clauses("SP-32")
def test_what_lapses_between_planning_and_the_day_refuses_clearance_too_and_is_looked_at_on_the_trips_day() -> None:
    story = Story("st_patricks")
    until = replace(WHOLE, training=(Training("safe_working", date(2025, 9, 1), TODAY),))
    story.knows(a_person("teacher", Role.TEACHER, record=until))
    tomorrow = LEAVE + timedelta(days=1)
    plan = PlanTrip(
        visits=(story.ask(),), leave_at=tomorrow, back_by=tomorrow + timedelta(hours=1), people=(staff_id("teacher"),)
    )
    assert set(story.refused(plan)) == {code("training.all", "teacher")}
    trip = story.plan()
    story.knows(person(without="safe_working"))
    assert code("training.all", "teacher") in story.refused(ClearTrip(trip=trip))


def test_done_again_in_time_the_longer_record_counts() -> None:
    twice = (Training("first_aid", date(2023, 9, 1), date(2026, 9, 1)), Training("first_aid", date(2026, 8, 30)))
    assert OnRecord(training=twice).course("first_aid") == twice[1]


# Vetting


@pytest.mark.clauses("SP-61")
@pytest.mark.parametrize("check", ["enhanced_dbs", "barred_list"])
def test_st_patricks_sends_nobody_without_enhanced_dbs_and_barred_list(check: str) -> None:
    story = Story("st_patricks")
    story.knows(person(without=check))
    (one,) = story.refused(plans(story)).values()
    assert one.clauses == ("SP-61",)
    assert ("DBS" in one.says) is (check == "enhanced_dbs")
    story.knows(person())
    assert story.does(plans(story))


@pytest.mark.clauses("SP-32", "SP-61")
def test_everything_that_is_missing_of_everybody_is_told_at_once() -> None:
    story = Story("st_patricks")
    story.knows(a_person("teacher", Role.TEACHER, record=OnRecord()))
    story.knows(person("colleague", without="safe_working"))
    codes = {code("vetting", "teacher"), code("training.all", "teacher"), code("training.all", "colleague")}
    assert set(story.refused(plans(story))) == codes
    trip = story.plan(team=("officer", "third"))
    team = NameTeam(trip=trip, people=(staff_id("teacher"), staff_id("colleague")))
    assert set(story.refused(team)) == codes


@pytest.mark.clauses("WL-16")
def test_somebody_from_an_agency_goes_by_the_employers_word_which_is_advised_at_william_lilley() -> None:
    story = Story("william_lilley")
    stranger = a_person("agency", Role.AGENCY_PROFESSIONAL, kind="agency_professional", record=OnRecord())
    (vetting, _) = person_needs(story.policy, stranger, TODAY)
    assert (
        vetting.says == "The word of the employer of Agency is not on record: enhanced DBS check and barred-list check"
    )
    assert vetting.force is Force.ADVISE
    word = tuple(Check(c, TODAY, attested_by="P. Lark, Alderwater") for c in ("enhanced_dbs", "barred_list"))
    vouched = replace(stranger, record=OnRecord(checks=word, training=WHOLE.training))
    assert person_needs(story.policy, vouched, TODAY) == ()


# Who goes, and who chooses


@pytest.mark.clauses("WL-04")
def test_a_designated_visitor_is_among_those_who_go_at_william_lilley() -> None:
    story = Story("william_lilley")
    for name in ("teacher", "colleague"):
        story.knows(person(name, designated=()))
    trip = story.plan()
    refused = story.refused(ClearTrip(trip=trip))
    assert refused["team.designated"].clauses == ("WL-04",)
    story.knows(person("colleague"))
    assert "team.designated" not in story.refused(ClearTrip(trip=trip))


@pytest.mark.clauses("WL-04")
def test_a_designation_that_has_ended_or_of_somebody_from_an_agency_does_not_count() -> None:
    story = Story("william_lilley")
    ended = (Designated(date(2026, 1, 1), TODAY - timedelta(days=1)),)
    story.knows(person(designated=ended))
    trip = story.plan(team=("teacher", "agency"))
    assert "team.designated" in story.refused(ClearTrip(trip=trip))


@pytest.mark.parametrize("policy", ["st_patricks", "leyland", "norbury", "scargill"])
def test_the_other_four_know_no_designated_visitors(policy: str) -> None:
    story = Story(policy)
    for name in ("teacher", "colleague"):
        story.knows(person(name, designated=()))
    assert "team.designated" not in story.refused(ClearTrip(trip=story.plan()))


@pytest.mark.clauses("LJ-17")
def test_at_leyland_nobody_goes_whom_nobody_senior_has_chosen() -> None:
    story = Story(a_policy("leyland", approval_roles=[["attendance_officer"]]))
    trip = story.plan()
    assert story.refused(ClearTrip(trip=trip))["team.chosen"].clauses == ("LJ-17",)
    story.does(NameTeam(trip=trip, people=story.trip(trip).team), by="slt")
    assert "team.chosen" not in story.refused(ClearTrip(trip=trip))


@pytest.mark.clauses("LJ-17")
def test_where_the_headteacher_says_yes_to_the_visit_with_these_people_going_that_is_the_choice() -> None:
    """A yes falls when others are named (DV-20), so the one that stands was given to those who go."""
    story = Story("leyland")
    trip = story.plan()
    (visit,) = story.trip(trip).visits
    story.does(yes_to(visit), by="head")
    assert not {"approval.headteacher", "team.chosen"} & set(story.refused(ClearTrip(trip=trip)))
    story.does(NameTeam(trip=trip, people=(staff_id("teacher"), staff_id("third"))))
    assert "approval.headteacher" in story.refused(ClearTrip(trip=trip))


# What lapses soon


@pytest.mark.clauses("SP-33", "SP-35", "SC-09")
@pytest.mark.parametrize(("days", "told"), [(0, True), (29, True), (30, False), (-1, False)])
def test_what_lapses_within_thirty_days_is_told_with_who_arranges_it(days: int, *, told: bool) -> None:
    until = TODAY + timedelta(days=days)
    first_aid = tuple(replace(t, valid_until=until) if t.course == "first_aid" else t for t in WHOLE.training)
    officer = a_person("officer", Role.ATTENDANCE_OFFICER, record=replace(WHOLE, training=first_aid))
    for policy, organiser in (("st_patricks", "the local authority"), ("scargill", "the Head of School")):
        found = lapses(a_policy(policy), officer, TODAY)
        assert [(one.what, one.until, one.need.who) for one in found] == [("first aid", until, (organiser,))] * told
