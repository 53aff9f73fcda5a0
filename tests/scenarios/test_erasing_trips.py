"""What somebody typed on the way is about the families at the doors: a trip goes with the last of its visits. DV-11."""

import pytest

from domain.erasure.commands import About, AskErasure, ConfirmErasure
from domain.event import Erased
from domain.ids import StreamKind, TripId, pupil_stream, trip_stream, visit_stream
from domain.refusal import Unknown
from domain.trip.commands import (
    AttemptContact,
    CallEmergency,
    DangerIsOver,
    Depart,
    InformSenior,
    MakeCheckIn,
    MoveBackBy,
    ReportDanger,
    ReturnToSchool,
    StandDown,
)
from domain.trip.events import CheckIn, ContactResult
from domain.visit.events import Outcome
from projections.registry import PROJECTIONS
from tests.scenarios.cast import Child
from tests.scenarios.doors import Trip, Visit
from tests.scenarios.harness import World
from tests.scenarios.school import School
from tests.scenarios.test_erasure import admitted, ask, confirm, erased, finish, plain_text_of, with_rule, years_later

WORDS = tuple(
    f"Aoife and the {word}" for word in ("left", "met", "rang", "late", "danger", "over", "nine", "head", "back")
)
"""What was typed at one step after another, each about a child."""


@pytest.fixture
def school(world: World) -> School:
    """A school with its own rule."""
    opened = world.school("LJ")
    with_rule(opened)
    return opened


def talked_about(school: School, trip: Trip, visit: Visit, *others: Visit) -> None:
    """A trip on which at every step somebody types a sentence about the child of the first door."""
    left, met, rang, late, danger, over, nine, head, back = WORDS
    people = tuple(person.id for person in trip.team)
    for command in (
        Depart(trip=trip.id, people=people, note=left),
        MakeCheckIn(trip=trip.id, when=CheckIn.BEFORE_ENTRY, visit=visit.id, note=met),
        AttemptContact(trip=trip.id, step="pupil_home", result=ContactResult.SOMEONE_ELSE, visit=visit.id, note=rang),
        MoveBackBy(trip=trip.id, minutes=10, why=late),
        ReportDanger(trip=trip.id, visit=visit.id, text=danger),
        DangerIsOver(trip=trip.id, text=over),
        CallEmergency(trip=trip.id, visit=visit.id, service="police", text=nine),
        InformSenior(trip=trip.id, told=school.slt.id, note=head),
    ):
        school.send(command, by=school.teacher)
    for door in (visit, *others):
        door.arrive()
        door.left()
    school.send(ReturnToSchool(trip=trip.id, people=people, note=back), by=school.teacher)


def written_up(visit: Visit, *children: Child) -> None:
    """The visit is recorded."""
    for child in children:
        visit.outcome(Outcome.SEEN_SPOKEN, child=child)
    visit.write_up()


def gone_out(school: School, *children: Child) -> tuple[Trip, Visit]:
    """A trip to one door, over and written up."""
    visit = school.ask(pupils=tuple(child.id for child in children))
    trip = school.ready_trip(visit, leave="08:30", back_by="09:30")
    talked_about(school, trip, visit)
    written_up(visit, *children)
    return trip, visit


def test_everything_that_was_typed_on_the_way_goes_with_the_child(school: School) -> None:
    child = admitted(school)
    trip, visit = gone_out(school, child)
    for text in WORDS:
        assert text in plain_text_of(school)
    years_later(school)

    done = erased(school, child)

    assert set(done.streams) == {pupil_stream(child.id), visit_stream(visit.id), trip_stream(trip.id)}
    for text in WORDS:
        assert text not in plain_text_of(school)
    assert {type(r.event) for r in school.log.read(trip_stream(trip.id))} == {Erased}
    assert [r.envelope.version for r in school.log.read(trip_stream(trip.id))] == list(
        range(1, len(school.log.read(trip_stream(trip.id))) + 1)
    ), "its skeleton stays"


def test_no_field_that_holds_free_text_of_a_trip_is_outside_what_is_erased(school: School) -> None:
    child = admitted(school)
    trip, visit = gone_out(school, child)
    keys = {r.envelope.key_id for r in school.events() if r.envelope.stream == trip_stream(trip.id)}
    years_later(school)
    done = erased(school, child)
    assert keys <= set(done.keys), "every event of the stream, whatever it holds, was under these keys"
    assert visit.id in {stream.id for stream in done.streams}


def test_after_it_every_view_is_rebuilt_to_the_same_bytes_and_no_board_shows_the_trip(school: School) -> None:
    child = admitted(school)
    trip, _ = gone_out(school, child)
    years_later(school)
    erased(school, child)
    running = school.looks.bytes_of_projections()
    school.looks.rebuild_all()
    assert school.looks.bytes_of_projections() == running
    assert len(running) == len(PROJECTIONS)
    school.watch()
    with pytest.raises(StopIteration):
        school.board(trip)


def test_a_trip_to_two_families_stays_until_the_second_one_is_erased(school: School) -> None:
    one, other = admitted(school), admitted(school, "Brede Invented")
    doors = school.ask(pupils=(one.id,)), school.ask(pupils=(other.id,))
    trip = school.ready_trip(*doors, leave="08:30", back_by="10:00")
    talked_about(school, trip, *doors)
    for door, child in zip(doors, (one, other), strict=True):
        written_up(door, child)
    years_later(school)
    assert set(erased(school, one).streams) == {pupil_stream(one.id), visit_stream(doors[0].id)}
    assert WORDS[0] in plain_text_of(school), "it is about the other family as well, for all anybody knows"
    assert set(erased(school, other).streams) == {
        pupil_stream(other.id), visit_stream(doors[1].id), trip_stream(trip.id)
    }  # fmt: skip
    assert WORDS[0] not in plain_text_of(school)


def test_the_dsl_may_have_such_a_trip_erased_by_itself_under_the_rule_for_visits(school: School) -> None:
    one, other = admitted(school), admitted(school, "Brede Invented", None)
    trip, visit = gone_out(school, one, other)
    assert school.refused(lambda: ask_for(school, trip)).codes == {"erasure.retention"}
    years_later(school, 7)
    confirm_and_finish(school, trip)
    assert WORDS[0] not in plain_text_of(school)
    assert not any(isinstance(r.event, Erased) for r in school.log.read(visit_stream(visit.id))), "the visit stays"


def test_what_was_said_of_danger_on_no_trip_can_be_erased_and_is_listed_when_it_may_go(school: School) -> None:
    stored = school.send(ReportDanger(text=WORDS[4]), by=school.teacher)
    stream = stored.recorded[0].envelope.stream
    assert stream.kind is StreamKind.TRIP
    years_later(school, 7)
    trip = Trip(school, TripId(stream.id))
    confirm_and_finish(school, trip)
    assert WORDS[4] not in plain_text_of(school)
    assert school.refused(lambda: ask_for(school, trip)).codes == {"erasure.done"}


def test_nothing_is_erased_while_somebody_is_still_out_on_a_trip_that_would_go(school: School) -> None:
    child = admitted(school)
    visit = school.ask(pupils=(child.id,))
    trip = school.ready_trip(visit, leave="08:30", back_by="09:30")
    trip.depart()
    visit.arrive()
    visit.left()
    trip.back(school.teacher)
    written_up(visit, child)
    years_later(school)
    refused = school.refused(lambda: ask(school, child))
    assert refused.codes == {"erasure.unfinished"}
    assert "somebody not back" in refused["erasure.unfinished"].says
    trip.safe_by_voice(school.colleague)
    years_later(school, 7)
    confirm(school, ask(school, child))
    (done,) = finish(school)
    assert trip_stream(trip.id) in done.streams


def test_a_late_return_to_an_erased_trip_is_kept_under_a_fresh_key(school: School) -> None:
    child = admitted(school)
    trip, _ = gone_out(school, child)
    years_later(school)
    done = erased(school, child)
    stored = school.send(StandDown(trip=trip.id, why="found on a phone"), by=school.teacher)
    kept = [r for r in stored.recorded if r.envelope.stream == trip_stream(trip.id)]
    assert kept
    assert {r.envelope.key_id for r in kept}.isdisjoint(done.keys)
    with pytest.raises(Unknown):
        school.send(AskErasure(about=About.TRIP, subject=child.id), by=school.dsl)


def ask_for(school: School, trip: Trip) -> object:
    return school.send(AskErasure(about=About.TRIP, subject=trip.id), by=school.dsl)


def confirm_and_finish(school: School, trip: Trip) -> None:
    """Two people have a trip erased by itself."""
    asked = school.send(AskErasure(about=About.TRIP, subject=trip.id), by=school.dsl)
    school.send(ConfirmErasure(event=asked.recorded[0].envelope.event_id), by=school.head)
    (done,) = finish(school)
    assert done.streams == (trip_stream(trip.id),)
