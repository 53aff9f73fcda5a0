"""The board's rows: records that cannot be read, instants in the night of the clock change, rebuilding."""

import json
from datetime import timedelta

import msgspec
import pytest

from commands.ids import new_command_id
from domain.trip.events import ContactResult
from projections import overdue_board
from projections.board_lines import Scene, trip_line
from projections.board_shapes import BoardLine
from projections.rebuild import rebuild
from projections.runner import Runner
from projections.views import reading
from tests.projections.boards import board_of, due, line_of, out, watched
from tests.projections.poison import poison
from tests.scenarios.harness import World
from tests.scenarios.ready import meet

SAFE = ContactResult.SPOKE_SAFE


# -- records that cannot be read --


def test_a_trip_that_cannot_be_read_is_a_red_row_with_the_names_and_the_others_go_on(world: World) -> None:
    broken = out(world)
    school = broken.school
    other = school.ready_trip(school.ask(child=school.admit()), team=(school.slt, school.officer), back_by="16:00")
    other.depart()
    poison(school, broken.id)
    other.move_back_by("16:30", by=school.slt)
    lines = {line.trip: line for line in board_of(school).lines}
    red = lines[str(broken.id)]
    assert (red.state, red.headline) == ("unreadable", "This trip's record cannot be read: ring them")
    assert due(red) == ["Ring Tess Teacher", "Ring Cal Colleague"]
    assert lines[str(other.id)].back_by_words == "16:30"
    school.at("15:00:01")
    assert {line.trip: line.state for line in board_of(school).lines}[str(broken.id)] == "overdue"


def test_a_trip_of_which_nothing_could_ever_be_read_still_has_its_red_row(world: World) -> None:
    school = world.school("william_lilley")
    lost = new_command_id()
    poison(school, lost)
    assert (line_of(school).state, line_of(school).trip) == ("unreadable", str(lost))


# -- instants, JSON, rebuilding --


def test_in_the_night_the_clocks_go_back_the_board_says_which_half_past_one(world: World) -> None:
    """AC-94: left 00:30 BST, due at the second 01:30, which is 120 minutes later."""
    school = world.school("william_lilley")
    world.clock.now = school.time("2026-10-24T09:00:00+01:00")
    visit = school.ask()
    trip = school.plan_trip(visit, leave="2026-10-25T00:30:00+01:00", back_by="2026-10-25T01:30:00+00:00")
    meet(trip)
    trip.clear()
    left = school.at("2026-10-25T00:30:00+01:00")
    trip.depart()
    school.at("2026-10-25T01:30:01+01:00")
    line = line_of(school)
    assert (line.state, line.back_by_words) == ("out", "01:30 GMT")
    assert line.due_at == left + timedelta(minutes=120)
    school.at("2026-10-25T01:30:00+00:00")
    assert line_of(school).state == "soon"
    school.at("2026-10-25T01:30:01+00:00")
    assert line_of(school).headline == "Due back at 01:30 GMT, not back"


def test_the_board_is_json_as_it_is(world: World) -> None:
    trip = out(world)
    trip.school.at("15:00:01")
    told = json.loads(msgspec.json.encode(board_of(trip.school)))
    assert told["lines"][0]["due_at"] == "2026-09-14T14:00:00Z"


def test_dropped_and_rebuilt_it_answers_the_same(world: World) -> None:
    trip = out(world)
    school = trip.school
    trip.visit.arrive()
    trip.visit.child_alone()
    school.at("15:00:01")
    watched(school)
    before = board_of(school)
    rebuild(world.store, school.slug, overdue_board.PROJECTION)
    assert board_of(school) == before


def test_the_most_urgent_comes_first(world: World) -> None:
    school = world.school("william_lilley")
    calm = school.ready_trip(back_by="18:00")
    worse = school.ready_trip(school.ask(child=school.admit()), team=(school.slt, school.officer), back_by="14:00")
    school.at("13:00")
    calm.depart()
    worse.depart()
    school.at("14:00:01")
    assert [line.trip for line in board_of(school).lines] == [str(worse.id), str(calm.id)]
    calm.danger()
    assert [line.state for line in board_of(school).lines] == ["danger", "overdue"]


def test_the_runner_that_follows_live_and_the_one_that_catches_up_agree(world: World) -> None:
    trip = out(world)
    school = trip.school
    runner = Runner(world.store, school.slug, [overdue_board.PROJECTION])
    runner.start()
    try:
        trip.move_back_by("15:30", by=school.teacher)
        assert runner.wait_for(school.log.head(), timeout=5)
    finally:
        runner.stop()
    with reading(world.store, school.slug, overdue_board.NAME) as view:
        assert overdue_board.board(view, school.known, school.now) == board_of(school)


def test_a_trip_that_no_line_can_be_made_of_is_a_red_row_and_the_others_stand(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = out(world)
    school = broken.school
    other = school.ready_trip(school.ask(child=school.admit()), team=(school.slt, school.officer), back_by="16:00")
    other.depart()
    whole = trip_line

    def fails(scene: Scene) -> BoardLine:
        if scene.trip.id == broken.id:
            message = "a rule of ours failed"
            raise ZeroDivisionError(message)
        return whole(scene)

    monkeypatch.setattr(overdue_board, "trip_line", fails)
    assert {line.trip: line.state for line in board_of(school).lines} == {
        str(broken.id): "unreadable",
        str(other.id): "out",
    }
