"""What a front desk typed without a name waits until somebody puts theirs to it."""

from datetime import timedelta

import pytest

from commands.ids import new_command_id
from domain.ids import StaffId
from domain.shared.commands import SignForDesk, Undo
from domain.staff.commands import MakeDesk
from domain.trip.commands import Depart, ReportDanger
from projections.desk_words import Unsigned, without_a_name
from tests.projections.desk import Desk
from tests.scenarios.cast import Someone
from tests.scenarios.harness import World
from tests.scenarios.school import School


@pytest.fixture
def school(world: World) -> School:
    return world.school("norbury")


@pytest.fixture
def device(school: School) -> Someone:
    stored = school.send(MakeDesk(name="Main office"), by=school.office_manager)
    return Someone(StaffId(stored.recorded[0].envelope.stream.id), "Front desk, Main office")


def waiting(school: School, device: Someone) -> tuple[Unsigned, ...]:
    return school.looks.ask(lambda view: without_a_name(view, device.id, school.now - timedelta(days=1)))


def test_each_command_of_the_desk_is_one_line_until_it_is_signed(school: School, device: Someone) -> None:
    visit = school.ask(by=school.slt)
    trip = school.plan_trip(visit, team=(school.slt, school.officer), by=school.slt)
    left, danger = new_command_id(), new_command_id()
    everybody = (school.slt.id, school.officer.id)
    school.send(Depart(trip=trip.id, people=everybody), by=device, said_by=school.slt, command_id=left)
    school.send(ReportDanger(trip=trip.id), by=device, command_id=danger)
    school.send(ReportDanger(trip=trip.id), by=school.office)
    assert {one.command for one in waiting(school, device)} == {left, danger}
    assert Desk(school).rebuilt_the_same()
    school.send(SignForDesk(command=left), by=school.office)
    assert [one.command for one in waiting(school, device)] == [danger]
    school.send(SignForDesk(command=danger, name="Supply Sue"), by=device)
    assert [one.claimed for one in waiting(school, device)] == [True]
    school.send(SignForDesk(command=danger), by=school.dsl)
    assert waiting(school, device) == ()


def test_what_was_taken_back_wants_no_name_and_another_desk_has_its_own(school: School, device: Someone) -> None:
    stored = school.send(MakeDesk(name="Reception"), by=school.head)
    other = Someone(StaffId(stored.recorded[0].envelope.stream.id), "Front desk, Reception")
    sent = new_command_id()
    school.send(ReportDanger(), by=device, command_id=sent)
    assert waiting(school, other) == ()
    assert len(waiting(school, device)) == 1
    school.send(Undo(command=sent), by=device)
    assert waiting(school, device) == ()
