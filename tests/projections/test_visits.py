"""The list of visits, one visit with what is still needed, and whom it waits for."""

from collections.abc import Iterator
from datetime import timedelta

import msgspec
import pytest

from domain.ids import StaffId
from domain.shared.commands import ConfirmSpokenWord, CorrectEvent, DisownSpokenWord, Undo
from domain.staff.commands import AssignRole
from domain.trip.commands import (
    CallOffTrip,
    ClearTrip,
    ConfirmChecks,
    Depart,
    LodgeWhereabouts,
    NameTeam,
    PlanTrip,
    ReturnToSchool,
)
from domain.visit.commands import (
    Arrive,
    AssessRisk,
    CheckBackground,
    ConfirmAppointment,
    LeaveProperty,
    MoveVisitToPupil,
    RecordOutcome,
    RecordVisit,
    RefuseVisit,
)
from domain.visit.events import Outcome
from domain.visit.rules.background import all_of_it
from eventlog.settings import DatabaseUrls
from projections import spoken_words, visits
from projections.approvals import who_may_approve
from projections.rebuild import rebuild
from projections.spoken_words import awaiting_my_word, disowned, unanswered_past_their_day
from projections.tables import dump, live
from projections.trips import one_trip, without_trip
from projections.views import reading
from projections.visit_stages import Stage
from projections.visits import Filter, Planned, VisitPage, to_write_up, visit_list
from tests.domain.story import SETTLED
from tests.planning_example import MONDAY, School, first_event, opened
from tests.projections.reading_visits import codes, listed, planned, waits_for
from tests.ticks import yes_to


@pytest.fixture
def leyland(database_urls: DatabaseUrls) -> Iterator[School]:
    with opened(database_urls, "leyland") as school:
        yield school


@pytest.fixture
def norbury(database_urls: DatabaseUrls) -> Iterator[School]:
    with opened(database_urls, "norbury") as school:
        yield school


def test_a_visit_that_was_asked_for_shows_everything_it_still_needs_with_clauses(norbury: School) -> None:
    visit, _ = norbury.ask()
    found = planned(norbury, visit)
    needs = {need.code: need for need in found.needs}
    assert {"approval.SLT", "appointment.agreed", "whereabouts.left", "check_in.agreed_time"} <= set(needs)
    assert needs["appointment.agreed"].clauses == ("NH-04",)
    assert [need.refuses for need in found.needs] == sorted((need.refuses for need in found.needs), reverse=True)
    line = found.line
    assert (line.pupils, line.street, line.stage, line.waits_for_approval) == (
        ("Ava Brook",),
        "12 Mill Lane",
        Stage.PLANNING,
        True,
    )
    assert line.people == ("Amira Khan", "Tom Ashworth")


def test_a_visit_without_a_trip_shows_its_needs_too(norbury: School) -> None:
    visit, _ = norbury.ask(trip=False)
    door = {"approval.SLT", "appointment.agreed", "risk.assessed", "background.checked", "background.agency"}
    assert codes(planned(norbury, visit)) == {*door, "trip.planned"}
    with reading(norbury.store, norbury.slug) as view:
        assert [line.visit for line in without_trip(view, norbury.directory(), norbury.now)] == [visit]


def test_lists_are_newest_first_and_each_filter_shows_its_own(leyland: School) -> None:
    first, first_trip = leyland.ask("teacher")
    leyland.now += timedelta(minutes=1)
    second, _ = leyland.ask("office", "leo", people=())
    leyland.now += timedelta(minutes=1)
    third, _ = leyland.ask("office", "leo", trip=False)
    leyland.send("head", RefuseVisit(visit=third, reason="Telephone first"))
    leyland.send("head", yes_to(first))
    leyland.send("teacher", Depart(trip=first_trip, people=(leyland.staff["teacher"], leyland.staff["attendance"])))
    leyland.send("teacher", LeaveProperty(visit=first))

    assert listed(leyland, Filter.ALL) == (third, second, first)
    assert listed(leyland, Filter.OPEN) == (second, first)
    assert listed(leyland, Filter.MINE, "attendance") == (first,)
    assert listed(leyland, Filter.MINE, "office") == (third, second)
    assert listed(leyland, Filter.APPROVAL) == (second,)
    assert listed(leyland, Filter.WRITE_UP) == (first,)


def test_a_long_list_comes_in_pages(leyland: School, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(visits, "PAGE", 2)
    asked = []
    for _ in range(5):
        asked.append(leyland.ask(trip=False)[0])
        leyland.now += timedelta(minutes=1)
    newest = tuple(reversed(asked))
    assert listed(leyland, Filter.ALL, page=1) == newest[:2]
    assert listed(leyland, Filter.APPROVAL, page=3) == newest[4:]
    leyland.caught_up()
    with reading(leyland.store, leyland.slug) as view:
        page = visit_list(view, leyland.directory(), leyland.now, Filter.ALL, leyland.staff["head"], 3)
    assert (page.total, page.page, page.pages) == (5, 3, 3)


def test_how_far_a_visit_has_come(norbury: School) -> None:
    visit, trip = norbury.ask()
    assert planned(norbury, visit).line.stage is Stage.PLANNING
    _clear_at_norbury(norbury, visit, trip)
    assert planned(norbury, visit).line.stage is Stage.CLEARED
    team = (norbury.staff["attendance"], norbury.staff["teacher"])
    norbury.send("teacher", Depart(trip=trip, people=team))
    assert planned(norbury, visit).line.stage is Stage.OUT
    assert planned(norbury, visit).needs == ()
    norbury.send("teacher", Arrive(visit=visit))
    norbury.send("teacher", RecordOutcome(visit=visit, outcome=Outcome.SEEN_SPOKEN))
    norbury.send("teacher", ReturnToSchool(trip=trip, people=team))
    assert planned(norbury, visit).line.stage is Stage.TO_WRITE_UP
    with reading(norbury.store, norbury.slug) as view:
        mine = to_write_up(view, norbury.directory(), norbury.now, norbury.staff["teacher"])
        assert [line.visit for line in mine] == [visit]
        assert to_write_up(view, norbury.directory(), norbury.now, norbury.staff["head"]) == ()
    fields = dict.fromkeys(norbury.directory().policy_at(norbury.now).value("visit_record_fields"), "none")
    norbury.send("teacher", RecordVisit(visit=visit, fields=fields))
    assert (planned(norbury, visit).line.stage, planned(norbury, visit).line.ending) == (Stage.CLOSED, "recorded")


def test_a_called_off_trip_lets_its_visits_be_planned_again_and_keeps_both_in_the_history(norbury: School) -> None:
    visit, trip = norbury.ask()
    norbury.send("office", CallOffTrip(trip=trip, why="No car"))
    assert planned(norbury, visit).line.trip is None
    plan = PlanTrip(visits=(visit,), leave_at=norbury.now, back_by=norbury.now + timedelta(hours=1))
    again = norbury.send("office", plan).recorded[0].envelope.stream.id
    found = planned(norbury, visit)
    assert (found.line.trip, found.trips) == (again, (trip, again))


def test_a_correction_of_the_plan_takes_the_visit_off_the_trip(norbury: School) -> None:
    visit, trip = norbury.ask(trip=False)
    plan = PlanTrip(visits=(visit,), leave_at=norbury.now, back_by=norbury.now + timedelta(hours=1))
    sent = norbury.send("office", plan)
    trip = sent.recorded[0].envelope.stream.id  # type: ignore[assignment]  # the trip's stream
    assert planned(norbury, visit).line.trip == trip
    norbury.send("office", CorrectEvent(event=first_event(sent), reason="Wrong day", retracts=True))
    assert (planned(norbury, visit).line.trip, planned(norbury, visit).trips) == (None, ())


def test_a_visit_moved_to_the_right_pupil_is_listed_under_that_pupil(norbury: School) -> None:
    visit, _ = norbury.ask()
    ava, leo = norbury.pupils["ava"], norbury.pupils["leo"]
    norbury.send("office", MoveVisitToPupil(visit=visit, wrong=ava, right=leo, why="Two pupils called Ava"))
    assert planned(norbury, visit).line.pupils == ("Leo Marsden",)


def test_one_trip_shows_each_door_with_its_own_needs(norbury: School) -> None:
    first, _ = norbury.ask(trip=False)
    second, _ = norbury.ask("attendance", "leo", trip=False)
    team = (norbury.staff["attendance"], norbury.staff["teacher"])
    plan = PlanTrip(visits=(first, second), leave_at=norbury.now, back_by=norbury.now + timedelta(hours=2), people=team)
    trip = norbury.send("office", plan).recorded[0].envelope.stream.id
    norbury.send("head", yes_to(first))
    norbury.caught_up()
    with reading(norbury.store, norbury.slug) as view:
        found = one_trip(view, norbury.directory(), norbury.now, trip)  # type: ignore[arg-type]  # a trip's stream
    assert found is not None
    assert [door.visit.id for door in found.doors] == [first, second]
    assert "approval.SLT" not in {need.code for need in found.doors[0].needs}
    assert "approval.SLT" in {need.code for need in found.doors[1].needs}
    assert "whereabouts.left" in {need.code for need in found.needs}
    mine = planned(norbury, first)
    assert "approval.SLT" not in codes(mine)
    others = {"approval.SLT", "appointment.agreed", "risk.assessed", "background.checked", "background.agency"}
    assert {need.code for need in mine.others_need} == others


def test_a_safeguarding_visit_at_leyland_waits_for_the_head_and_the_dsl_and_not_for_anybody_else(
    leyland: School,
) -> None:
    visit, _ = leyland.ask(purpose="safe_and_well")
    assert [len(waits_for(leyland, who)) for who in ("head", "dsl", "slt", "teacher")] == [1, 1, 0, 0]
    leyland.send("head", yes_to(visit))
    assert waits_for(leyland, "head") == ()
    (waiting,) = waits_for(leyland, "dsl")
    assert (waiting.role, waiting.earlier_visits) == ("DSL", 0)
    assert [p.name for p in who_may_approve(leyland.directory(), leyland.now, waiting.planned.visit, ())] == [
        "Sunita Rao"
    ]
    leyland.send("dsl", yes_to(visit))
    assert waits_for(leyland, "dsl") == ()


def test_a_deputy_is_asked_while_the_absence_lasts(leyland: School) -> None:
    leyland.ask()
    assert waits_for(leyland, "slt") == ()
    stands_in = AssignRole(
        staff=leyland.staff["slt"],
        role=leyland.directory().people[leyland.staff["head"]].roles[0].role,
        starts=leyland.now,
        ends=leyland.now + timedelta(hours=4),
        deputising_for=leyland.staff["head"],
    )
    leyland.send("head", stands_in)
    (waiting,) = waits_for(leyland, "slt")
    assert waiting.deputising_for == leyland.staff["head"]
    leyland.now += timedelta(hours=4)
    assert waits_for(leyland, "slt") == ()


def test_when_every_approver_is_going_somebody_who_stays_behind_is_waited_for(norbury: School) -> None:
    visit, trip = norbury.ask()
    norbury.send("attendance", NameTeam(trip=trip, people=(norbury.staff["slt"], norbury.staff["teacher"])))
    norbury.send("slt", yes_to(visit))
    assert "approval.independent" in codes(planned(norbury, visit))
    assert waits_for(norbury, "slt") == ()
    assert [w.planned.visit.id for w in waits_for(norbury, "head")] == [visit]


def test_earlier_visits_to_the_same_children_are_counted(norbury: School) -> None:
    norbury.ask(trip=False)
    norbury.now += timedelta(minutes=1)
    norbury.ask("attendance", "leo", trip=False)
    norbury.now += timedelta(minutes=1)
    siblings, _ = norbury.ask("attendance", "noah", "ava", trip=False)
    found = {w.planned.visit.id: w.earlier_visits for w in waits_for(norbury, "head")}
    assert found[siblings] == 1


def test_spoken_words_wait_for_a_yes_and_go_to_the_dsl_when_the_day_is_over(norbury: School) -> None:
    visit, trip = norbury.ask()
    approved = norbury.send("office", yes_to(visit), said_by="head")
    norbury.send("office", Depart(trip=trip, people=(norbury.staff["teacher"],)), said_by="teacher")
    norbury.caught_up()
    with reading(norbury.store, norbury.slug) as view:
        (mine,) = awaiting_my_word(view, norbury.staff["head"])
        assert (mine.event, mine.typed_by, mine.topic) == (
            first_event(approved),
            norbury.staff["office"],
            "visit.approved.v1",
        )
        # The deviation beside the departure is Doorstep's own conclusion, not the teacher's word.
        assert [s.topic for s in awaiting_my_word(view, norbury.staff["teacher"])] == ["trip.departed.v1"]
        assert unanswered_past_their_day(view, MONDAY) == ()
        assert len(unanswered_past_their_day(view, MONDAY + timedelta(days=1))) == 2
    norbury.send("head", ConfirmSpokenWord(event=mine.event))
    norbury.caught_up()
    with reading(norbury.store, norbury.slug) as view:
        assert awaiting_my_word(view, norbury.staff["head"]) == ()
    assert planned(norbury, visit).visit.approvals[0].confirmed


def test_a_disowned_approval_counts_no_more_and_stays_known(norbury: School) -> None:
    visit, _ = norbury.ask()
    approved = norbury.send("office", yes_to(visit), said_by="head")
    assert "approval.SLT" not in codes(planned(norbury, visit))
    norbury.send("head", DisownSpokenWord(event=first_event(approved), reason="I was in a meeting"))
    assert "approval.SLT" in codes(planned(norbury, visit))
    with reading(norbury.store, norbury.slug) as view:
        assert awaiting_my_word(view, norbury.staff["head"]) == ()
        assert [s.said_by for s in disowned(view)] == [norbury.staff["head"]]


def test_an_undone_word_needs_no_yes(norbury: School) -> None:
    visit, _ = norbury.ask()
    approved = norbury.send("office", yes_to(visit), said_by="head")
    norbury.send("office", Undo(command=approved.recorded[0].envelope.command_id))
    norbury.caught_up()
    with reading(norbury.store, norbury.slug) as view:
        assert awaiting_my_word(view, norbury.staff["head"]) == ()


def test_rebuilding_gives_the_same_bytes(norbury: School) -> None:
    visit, trip = norbury.ask()
    approved = norbury.send("office", yes_to(visit), said_by="head")
    _clear_at_norbury(norbury, visit, trip)
    norbury.send("office", Undo(command=approved.recorded[0].envelope.command_id))
    norbury.send("office", Depart(trip=trip, people=(norbury.staff["teacher"],)), said_by="teacher")
    norbury.caught_up()
    for projection in (visits.PROJECTION, spoken_words.PROJECTION):
        before = _bytes(norbury, projection.name)
        rebuild(norbury.store, norbury.slug, projection)
        assert _bytes(norbury, projection.name) == before
        assert before


def test_what_a_query_answers_is_json_as_it_is(norbury: School) -> None:
    visit, _ = norbury.ask()
    found = planned(norbury, visit)
    assert msgspec.json.decode(msgspec.json.encode(found), type=Planned).line == found.line
    with reading(norbury.store, norbury.slug) as view:
        page = visit_list(view, norbury.directory(), norbury.now, Filter.ALL, StaffId(visit))
    assert msgspec.json.decode(msgspec.json.encode(page), type=VisitPage) == page


def _clear_at_norbury(school: School, visit: object, trip: object) -> None:
    school.send("head", yes_to(visit))  # type: ignore[arg-type]  # ids as the caller has them
    school.send("teacher", AssessRisk(visit=visit, sheet=({"violence_risk": "none_known"},)))  # type: ignore[arg-type]
    when = MONDAY + timedelta(hours=1)
    school.send("office", ConfirmAppointment(visit=visit, appointment_at=when, **SETTLED))  # type: ignore[arg-type]
    for holder in ("line_manager", "front_office"):
        call_at = MONDAY + timedelta(hours=2)
        school.send("office", LodgeWhereabouts(trip=trip, holder=holder, agreed_call_at=call_at))  # type: ignore[arg-type]
    looked_up, spared = all_of_it(school.directory().policy_at(school.now))
    school.send("office", CheckBackground(visit=visit, looked_up=looked_up, not_needed=spared))  # type: ignore[arg-type]
    school.send("office", ConfirmChecks(trip=trip))  # type: ignore[arg-type]
    school.send("office", ClearTrip(trip=trip))  # type: ignore[arg-type]


def _bytes(school: School, name: str) -> bytes:
    with school.store.views(school.slug) as connection:
        found = live(connection)[name]
        return dump(connection, found.table)
