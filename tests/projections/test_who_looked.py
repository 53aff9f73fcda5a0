"""Who looked at a child, a visit, a concern: readings, lists, searches, exports and refusals, old and new."""

from uuid import uuid4

import pytest

from commands.ids import new_command_id, new_event_id
from domain.access import commands as c
from domain.access.events import RecordKind, WhyRefused
from domain.concern.commands import RaiseConcern
from domain.envelope import Acting
from domain.event import Event
from domain.ids import ConcernId, Stream, pupil_stream, visit_stream
from domain.roles import Role
from domain.shared.events import RecordViewed
from domain.visit.commands import MoveVisitToPupil
from eventlog.seam import NewEvent, Write
from projections import who_looked
from projections.projection import Projection
from projections.registry import PROJECTIONS
from projections.who_looked import WhoLooked
from tests.projections.desk import Desk
from tests.scenarios.cast import Someone
from tests.scenarios.harness import World
from tests.scenarios.school import School


@pytest.fixture
def desk(world: World) -> Desk:
    return Desk(world.school("SP"))


def told(found: WhoLooked) -> list[tuple[str, str, str]]:
    """Who did what, the newest first."""
    return [(one.by.name, one.how, one.page) for one in found.looks]


def of_before(school: School, stream: Stream, what: str, by: Someone) -> None:
    """An event as logs hold it from before there were streams of access."""
    acting = Acting(actor=by.id, role=Role.DSL, command_id=new_command_id(), occurred_at=school.now)
    event: Event = RecordViewed(what=what)
    writes = [Write(stream, None, (NewEvent(new_event_id(), event, acting, 1),))]
    school.world.store.log(school.slug).append_now(acting.command_id, b"", writes)


def test_a_reading_says_who_in_which_role_when_on_which_page_and_from_which_device(desk: Desk) -> None:
    school, visit = desk.school, desk.school.ask()
    school.at("13:05")
    school.send(c.KeepReading(visit=visit.id, page="history", device="Firefox on Windows"), by=school.dsl)
    (look,) = desk.looked_at(visit).looks
    assert (look.by.name, look.by.role, look.at) == ("Dora Dessel", Role.DSL, school.now)
    assert (look.how, look.kind, look.record) == ("read", "visit", str(visit.id))
    assert (look.page, look.device, look.why) == ("history", "Firefox on Windows", "")


def test_a_childs_looks_are_those_at_the_chronology_the_visits_the_concerns_and_the_lists(desk: Desk) -> None:
    school, child = desk.school, desk.school.child
    visit, other = school.ask(), school.admit()
    raised = school.send(RaiseConcern(pupils=(child.id,), text="a worry"), by=school.teacher)
    concern = ConcernId(raised.recorded[0].envelope.stream.id)
    desk.reads(school.dsl, child=child, page="chronology")
    desk.reads(school.head, visit=visit)
    school.send(c.KeepReading(concern=concern, page="concern"), by=school.dsl)
    school.send(c.KeepList(page="children not seen", shown=(child.id, other.id)), by=school.head)
    school.send(c.KeepSearch(page="ask for a visit", shown=(child.id,), found=9), by=school.teacher)
    school.send(c.KeepExport(page="export file", keys=("visit.x.y",), shown=(child.id,)), by=school.office)
    school.send(c.KeepPrint(page="history", kind=RecordKind.VISIT, record=visit.id, shown=(child.id,)), by=school.dsl)
    assert told(desk.looked_at(child)) == [
        ("Dora Dessel", "printed", "history"),
        (school.office.name, "taken out", "export file"),
        ("Tess Teacher", "searched", "ask for a visit"),
        ("Hilda Head", "listed", "children not seen"),
        ("Dora Dessel", "read", "concern"),
        ("Hilda Head", "read", "history"),
        ("Dora Dessel", "read", "chronology"),
    ]
    assert told(desk.looked_at(other)) == [("Hilda Head", "listed", "children not seen")]
    assert told(desk.looked_at(concern)) == [("Dora Dessel", "read", "concern")]
    assert told(desk.looked_at(visit)) == [("Dora Dessel", "printed", "history"), ("Hilda Head", "read", "history")]


def test_who_was_turned_away_is_in_it_with_the_reason(desk: Desk) -> None:
    school, child = desk.school, desk.school.child
    refused = c.KeepRefusal(page="chronology", why=WhyRefused.ROLE, kind=RecordKind.PUPIL, record=child.id)
    school.send(refused, by=school.teacher)
    (look,) = desk.looked_at(child).looks
    assert (look.by.name, look.how, look.why) == ("Tess Teacher", "refused", "role")


def test_a_look_at_the_trip_counts_for_the_visits_on_it(desk: Desk) -> None:
    trip = desk.school.ready_trip()
    desk.school.send(c.KeepReading(trip=trip.id, page="trip"), by=desk.school.office)
    assert told(desk.looked_at(trip.visit))[0] == (desk.school.office.name, "read", "trip")
    assert told(desk.looked_at(desk.school.child))[0] == (desk.school.office.name, "read", "trip")


def test_readings_of_before_there_were_streams_of_access_count_as_well(desk: Desk) -> None:
    school, visit = desk.school, desk.school.ask()
    of_before(school, visit_stream(visit.id), "history", school.dsl)
    of_before(school, visit_stream(visit.id), "refused history", school.teacher)
    of_before(school, pupil_stream(school.child.id), "chronology", school.head)
    looks = desk.looked_at(school.child).looks
    assert [(one.by.name, one.how, one.page, one.why) for one in looks] == [
        ("Hilda Head", "read", "chronology", ""),
        ("Tess Teacher", "refused", "history", "role"),
        ("Dora Dessel", "read", "history", ""),
    ]
    assert not [line for line in desk.history(visit).lines if isinstance(line.event, RecordViewed)]


def test_a_visit_that_was_moved_takes_its_readings_to_the_right_child(desk: Desk) -> None:
    school, right = desk.school, desk.school.admit()
    visit = school.ask()
    desk.reads(school.dsl, visit=visit)
    move = MoveVisitToPupil(visit=visit.id, wrong=school.child.id, right=right.id, why="the wrong one was picked")
    school.send(move, by=school.office)
    assert told(desk.looked_at(right)) == [("Dora Dessel", "read", "history")]
    assert told(desk.looked_at(school.child)) == []


def test_the_newest_come_first_and_how_many_are_left_out_is_said(desk: Desk) -> None:
    school, child = desk.school, desk.school.child
    for page in ("one", "two", "three"):
        desk.reads(school.dsl, child=child, page=page)
    found = desk.looked_at(child, most=2)
    assert ([one.page for one in found.looks], found.more) == (["three", "two"], 1)


def test_rebuilding_gives_the_same_bytes(desk: Desk) -> None:
    school, visit = desk.school, desk.school.ask()
    of_before(school, visit_stream(visit.id), "history", school.dsl)
    desk.reads(school.dsl, visit=visit)
    school.send(c.KeepList(page="register", shown=(school.child.id,)), by=school.office)
    assert desk.rebuilt_the_same()


def test_no_other_question_is_asked_about_a_look_and_signing_in_is_no_look(desk: Desk) -> None:
    school = desk.school

    def asked(command: c.AccessCommand) -> list[Projection]:
        (kept,) = school.send(command, by=school.dsl).recorded
        return [p for p in PROJECTIONS if p.looks_at(kept)]

    assert asked(c.KeepReading(pupil=school.child.id, page="chronology")) == [who_looked.PROJECTION]
    assert asked(c.KeepRefusal(page="history", kind=RecordKind.VISIT, record=uuid4())) == [who_looked.PROJECTION]
    assert asked(c.KeepSignIn(how="passkey")) == []
