"""Children of whom nobody has said whether they were seen: whom the visitors are asked about, and what the DSL sees."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from domain.shared.commands import Undo
from domain.trip.commands import Depart, ReturnToSchool
from domain.visit.commands import CancelVisit, LeaveProperty, NoAnswer, RecordOutcome, RecordVisit
from domain.visit.events import CancelReason, Outcome
from eventlog.settings import DatabaseUrls
from projections.not_said import NotSaid, for_the_dsl, not_said
from projections.views import reading
from tests.planning_example import School, opened


@pytest.fixture
def leyland(database_urls: DatabaseUrls) -> Iterator[School]:
    with opened(database_urls, "leyland") as school:
        yield school


def waiting(school: School, who: str = "") -> tuple[NotSaid, ...]:
    school.caught_up()
    with reading(school.store, school.slug) as view:
        return not_said(view, school.directory(), school.staff[who] if who else None)


def at_the_desk(school: School) -> tuple[str, ...]:
    school.caught_up()
    with reading(school.store, school.slug) as view:
        return tuple(one.pupil_name for one in for_the_dsl(view, school.directory()))


def test_once_everybody_is_back_those_who_went_are_asked_about_each_child(leyland: School) -> None:
    visit, trip = leyland.ask("office", "ava", "noah")
    team = (leyland.staff["attendance"], leyland.staff["teacher"])
    leyland.send("teacher", Depart(trip=trip, people=team))
    leyland.send("teacher", ReturnToSchool(trip=trip, people=team[:1]))
    assert waiting(leyland) == ()
    leyland.now += timedelta(minutes=40)
    leyland.send("teacher", ReturnToSchool(trip=trip, people=team[1:]))
    found = waiting(leyland)
    assert sorted((one.pupil_name, one.street, one.since, one.back) for one in found) == [
        ("Ava Brook", "12 Mill Lane", leyland.now, True),
        ("Noah Brook", "12 Mill Lane", leyland.now, True),
    ]
    assert found[0].people == ("Amira Khan", "Tom Ashworth")
    assert waiting(leyland, "teacher") == waiting(leyland, "attendance") == found
    assert waiting(leyland, "office") == (), "who asked for it was not there"
    assert sorted(at_the_desk(leyland)) == ["Ava Brook", "Noah Brook"]
    leyland.send("teacher", RecordOutcome(visit=visit, pupil=leyland.pupils["ava"], outcome=Outcome.SEEN))
    assert at_the_desk(leyland) == ("Noah Brook",)


def test_an_answer_that_is_taken_back_is_asked_for_again(leyland: School) -> None:
    visit, _ = leyland.ask("office", "leo")
    leyland.send("teacher", LeaveProperty(visit=visit))
    said = leyland.send("teacher", RecordOutcome(visit=visit, outcome=Outcome.SEEN))
    assert waiting(leyland) == ()
    leyland.send("teacher", Undo(command=said.recorded[0].envelope.command_id))
    assert [one.back for one in waiting(leyland)] == [False]


def test_no_answer_and_a_visit_called_off_ask_nothing(leyland: School) -> None:
    first, _ = leyland.ask("office", "leo")
    leyland.send("teacher", NoAnswer(visit=first))
    leyland.send("teacher", LeaveProperty(visit=first))
    second, _ = leyland.ask("office", "ava")
    leyland.send("teacher", CancelVisit(visit=second, reason=CancelReason.DECLINED))
    leyland.send("teacher", LeaveProperty(visit=second))
    assert waiting(leyland) == ()


def test_a_child_who_counts_as_not_seen_waits_for_the_decision_and_not_twice(leyland: School) -> None:
    visit, _ = leyland.ask("office", "leo", safeguarding=True)
    leyland.send("teacher", LeaveProperty(visit=visit))
    assert [one.pupil_name for one in waiting(leyland, "teacher")] == ["Leo Marsden"]
    assert at_the_desk(leyland) == ()


def test_a_visit_that_is_written_up_asks_nothing(leyland: School) -> None:
    visit, _ = leyland.ask("office", "leo")
    leyland.send("teacher", LeaveProperty(visit=visit))
    leyland.send("teacher", RecordOutcome(visit=visit, outcome=Outcome.SEEN))
    fields = dict.fromkeys(leyland.directory().policy_at(leyland.now).value("visit_record_fields"), "none")
    leyland.send("teacher", RecordVisit(visit=visit, fields=fields))
    assert waiting(leyland) == ()
