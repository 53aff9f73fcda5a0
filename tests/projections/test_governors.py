"""The governors' report: plain answers, counts by purpose, outcome and month, and nothing that points at a child."""

from datetime import date

import msgspec
import pytest

from domain.concern.commands import ActionConcern, RaiseConcern
from domain.ids import ConcernId
from domain.shared.commands import CorrectEvent
from domain.trip.commands import RaiseOverdue
from domain.trip.events import AlarmAbout, StaffDeparted
from domain.visit.commands import DecideForChild
from domain.visit.events import CancelReason, NotSeenDecision, Outcome, SafetyKind
from projections.governors import outcome_of, terms
from projections.masking import Counts
from projections.school_terms import term_named, term_of
from tests.projections.leaving import Leaving
from tests.projections.reckoning import possible
from tests.scenarios.harness import World
from tests.scenarios.school import School
from tests.ticks import yes_to


def asked(school: School, number: int, **fields: object) -> None:
    """So many visits, asked for."""
    for _ in range(number):
        school.ask(**fields)  # type: ignore[arg-type]  # a test's fields


def test_four_visits_for_one_reason_and_twelve_for_another_show_as_fewer_than_five_and_twelve(world: World) -> None:
    """AC-108, DV-07."""
    school = world.school("SP")
    asked(school, 4, purpose="cannot_attend_school")
    asked(school, 12, purpose="attendance")
    leaving = Leaving(school)
    figures = leaving.figures("purpose")
    assert (figures["cannot_attend_school"], figures["attendance"]) == ("<5", "12")
    report = leaving.report()
    shown = Counts(tables={t.code: {row.code: row.count for row in t.rows} for t in report.tables}, total=report.total)
    assert possible(shown, most=60)["purpose", "cannot_attend_school"] == {0, 1, 2, 3, 4}


def test_each_purpose_of_the_policy_has_its_row_whether_or_not_anybody_asked(world: World) -> None:
    """AC-15: counted by type; a missing row would tell."""
    school = world.school("LJ")
    asked(school, 5, purpose="late_for_exam")
    figures = Leaving(school).figures("purpose")
    assert set(school.policy.value("purposes")["allow"]) | {"other"} == set(figures)
    assert figures["late_for_exam"] == "5"
    assert {shown for code, shown in figures.items() if code != "late_for_exam"} == {"<5"}


def test_the_report_has_no_names_no_streets_and_no_text(world: World) -> None:
    """DV-07."""
    school = world.school("WL")
    visit = school.ask(purpose_text="secret words")
    trip = school.plan_trip(visit)
    trip.depart()
    visit.arrive()
    visit.cancel_for_safety(SafetyKind.PEOPLE, "secret words")
    school.send(RaiseConcern(visit=visit.id, text="secret words"), by=school.teacher)
    told = msgspec.json.encode(Leaving(school).report()).decode()
    people = [p.name for p in school.known.people.values()]
    children = [p.name for p in school.known.pupils.values()]
    for word in (*people, *children, "secret", visit.state.street, str(visit.id), str(school.child.id)):
        assert word not in told


def test_a_term_before_anything_happened_answers_that_nobody_left(world: World) -> None:
    """Nothing is no reason for a tick."""
    school = world.school("SC")
    answer, says = Leaving(school).answer("by_two")
    assert answer == "none"
    assert says == "Nobody left on a visit this term."


def test_two_by_two_approved_and_back_in_time_is_yes_four_times(world: World) -> None:
    """The plain answers when all is well."""
    school = world.school("LJ")
    trip = school.ready_trip()
    school.at("13:00")
    trip.depart()
    school.at("14:30")
    trip.back()
    leaving = Leaving(school)
    assert {code: leaving.answer(code)[0] for code in ("by_two", "approved", "back", "on_time")} == dict.fromkeys(
        ("by_two", "approved", "back", "on_time"), "yes"
    )


def test_lone_unapproved_and_overdue_trips_are_counted_and_never_masked(world: World) -> None:
    """Counts about staff process are shown as they are."""
    school = world.school("WL")
    trip = school.plan_trip(team=(school.teacher,))
    school.at("13:00")
    trip.depart(school.teacher)
    school.at("15:00:01")
    overdue = RaiseOverdue(trip=trip.id, about=AlarmAbout.RETURN, due_at=school.time("15:00"))
    school.send(overdue, by=None)
    leaving = Leaving(school)
    assert leaving.answer("by_two")[1] == "No. 1 trip was made by one person alone."
    assert leaving.answer("approved")[1].startswith("No. 1 trip was begun without the OK to go; 1 of all trips")
    assert leaving.answer("back") == ("no", "Not yet. 1 person has left and is not confirmed back.")
    assert leaving.answer("on_time")[1] == "No. 1 trip was overdue. 1 not settled yet."
    school.at("15:20")
    trip.back(school.teacher)
    assert leaving.answer("on_time")[1] == "No. 1 trip was overdue. All were settled, the longest after 20 minutes."
    assert leaving.answer("back")[0] == "yes"


def test_children_not_seen_are_masked_and_whether_anything_is_open_is_not(world: World) -> None:
    """The plain answer that matters most."""
    school = world.school("LJ")
    visit = school.ask()
    visit.arrive()
    visit.outcome(Outcome.ADULT_ONLY)
    leaving = Leaving(school)
    assert leaving.answer("not_seen") == ("count", "Fewer than 5; this may be none.")
    answer, says = leaving.answer("followed_up")
    assert answer == "no"
    assert says.startswith("Not yet: a decision for a child who was not seen, or a concern, is still open.")
    command = DecideForChild(visit=visit.id, pupil=school.child.id, decision=NotSeenDecision.TRY_AGAIN, why="tomorrow")
    school.send(command, by=school.dsl)
    assert leaving.answer("followed_up")[0] == "yes"


def test_concerns_are_counted_masked_and_an_open_one_is_said_in_the_same_words_as_an_open_decision(
    world: World,
) -> None:
    """Else the sentence would tell that one masked count is not nought."""
    school = world.school("LJ")
    leaving = Leaving(school)
    nothing = leaving.answer("concerns")
    raised = school.send(RaiseConcern(text="bruises"), by=school.teacher)
    assert leaving.answer("concerns") == nothing == ("count", "Fewer than 5; this may be none.")
    open_one = leaving.answer("followed_up")
    concern = ConcernId(raised.recorded[0].envelope.stream.id)
    school.send(ActionConcern(concern=concern, action="rang", why="injury"), by=school.dsl)
    assert leaving.answer("followed_up")[0] == "yes"
    visit = school.ask()
    visit.arrive()
    visit.outcome(Outcome.ADULT_ONLY)
    assert leaving.answer("followed_up") == open_one


def test_each_visit_is_counted_under_one_outcome(world: World) -> None:
    """The outcomes add up."""
    school = world.school("LJ")
    seen, unseen, unsafe, declined, off, refused, waiting = (school.ask() for _ in range(7))
    for visit in (seen, unseen, unsafe):
        visit.arrive()
    seen.outcome(Outcome.SEEN)
    unseen.outcome(Outcome.NO_ANSWER)
    unsafe.cancel_for_safety()
    declined.family_declines()
    off.cancel(CancelReason.NO_LONGER_NEEDED)
    refused.refuse(school.head)
    leaving = Leaving(school)
    assert [outcome_of(v.state) for v in (seen, unseen, unsafe, declined, off, refused, waiting)] == [
        "seen",
        "not_seen",
        "safety",
        "declined",
        "called_off",
        "not_approved",
        "open",
    ]
    assert set(leaving.figures("outcome").values()) == {"not shown"}
    assert leaving.report().total.at_least == 7


@pytest.mark.clauses("SP-71", "LJ-02")
def test_a_policy_that_is_overdue_for_review_is_said_and_blocks_nothing(world: World) -> None:
    """SP-71, DV-16."""
    school = world.school("SP")
    answer, says = Leaving(school).answer("in_date")
    assert (answer, says) == ("no", "No. The review was due by 31 July 2025. Visits go on meanwhile.")
    leyland = Leaving(world.school("LJ"))
    assert leyland.answer("in_date") == ("yes", "Yes. The next review is due by 31 January 2028.")


@pytest.mark.clauses("SP-02")
def test_only_where_the_document_says_that_school_is_the_normal_place_governors_are_asked_if_visits_stay_rare(
    world: World,
) -> None:
    """SP-02, SP-12, WL-15."""
    school = world.school("SP")
    asked(school, 6)
    says = Leaving(school).answer("visits")[1]
    assert says.startswith("Between 6 and ")
    assert ". The policy says that school is the normal place to meet" in says
    assert Leaving(world.school("NH")).answer("visits")[1] == "Fewer than 5; this may be none."


def test_a_visit_belongs_to_the_london_day_it_was_asked_for(world: World) -> None:
    """Before and after midnight of the new year."""
    school = world.school("SC")
    school.at("2026-12-31T23:59+00:00")
    asked(school, 5)
    school.at("2027-01-01T00:01+00:00")
    asked(school, 6)
    leaving = Leaving(school)
    assert leaving.report(term_named("2026-27-autumn")).total.at_least == 5
    assert leaving.report(term_named("2026-27-spring")).total.at_least == 6


def test_a_quiet_term_is_offered_like_any_other(world: World) -> None:
    """A list of the terms in which somebody visited would tell that a masked total is not nought."""
    school = world.school("SC")
    school.at("2027-05-04T10:00+01:00")
    offered = [term.code for term in terms(school.known, school.now)]
    assert offered == ["2026-27-summer", "2026-27-spring", "2026-27-autumn"]
    asked(school, 1)
    assert [term.code for term in terms(school.known, school.now)] == offered


def test_a_yes_dated_back_after_they_left_is_counted_as_not_given_by_then(world: World) -> None:
    """A yes counts from when it was put in, and the report says that there is one with an earlier date."""
    school = world.school("LJ")
    visit = school.ask()
    trip = school.plan_trip(visit, team=(school.teacher, school.colleague))
    school.at("13:00")
    trip.depart()
    before = Leaving(school).answer("approved")[1]
    school.at("13:30")
    school.send(yes_to(visit.id), by=school.head, at="12:30")
    answer, says = Leaving(school).answer("approved")
    assert answer == "no"
    assert says == f"{before} For 1 of them a yes dated before they left was put in afterwards."


@pytest.mark.parametrize(("left_at", "expected"), [("12:50", "yes"), ("12:20", "no")])
def test_a_departure_typed_late_is_placed_by_when_they_say_that_they_left(
    world: World, left_at: str, expected: str
) -> None:
    """The twin: the yes was put in before the departure was, and before they left, or after."""
    school = world.school("LJ")
    school.at("12:30")
    trip = school.ready_trip()
    school.at("13:10")
    trip.depart(at=left_at)
    assert Leaving(school).answer("approved")[0] == expected


def test_a_departure_put_off_by_a_correction_is_no_later_than_it_was_put_in(world: World) -> None:
    """Nor does a second tap after the yes hide the first."""
    school = world.school("LJ")
    visit = school.ask()
    trip = school.plan_trip(visit, team=(school.teacher, school.colleague))
    school.at("13:00")
    left = trip.depart()
    school.at("13:10")
    visit.approve(school.head)
    trip.depart()
    for one in left.recorded:
        if isinstance(one.event, StaffDeparted):
            later = CorrectEvent(event=one.envelope.event_id, reason="it was later", true_time=school.time("13:10"))
            school.send(later, by=school.teacher)
    assert Leaving(school).answer("approved")[0] == "no"


def test_a_month_that_has_not_begun_and_a_reason_that_a_closed_list_rules_out_have_no_row(world: World) -> None:
    """Everybody knows that they are empty: a mask over them would hide nothing, and give the others away."""
    school = world.school("SC")
    asked(school, 6)
    leaving = Leaving(school)
    assert list(leaving.figures("month")) == ["2026-09"]
    assert list(leaving.figures("purpose")) == ["safe_and_well", "three_day_absence"]


def test_every_day_lies_in_one_term() -> None:
    """Autumn from September, spring from January, summer from April."""
    assert term_of(date(2026, 9, 1)).code == "2026-27-autumn"
    assert term_of(date(2027, 3, 31)).name == "Spring term 2027"
    assert term_of(date(2027, 4, 1)).months(date(2027, 12, 1)) == ("2027-04", "2027-05", "2027-06", "2027-07")
    for code in ("2026-28-autumn", "2026-27-winter", "26-27-autumn", "", "٢٠٢٦-27-autumn"):
        try:
            term_named(code)
        except ValueError:
            continue
        raise AssertionError(code)


def test_rebuilt_from_the_first_event_the_figures_are_the_same_bytes(world: World) -> None:
    """AC-117, DV-17."""
    school = world.school("SP")
    trip = school.plan_trip(team=(school.teacher,))
    trip.depart(school.teacher)
    trip.visit.enter("none", invited=False)
    Leaving(school).assert_rebuilt_the_same()
