"""What a projection's rows and its runner keep: nothing is written twice, and readings are no change."""

import msgspec

from domain.access.commands import KeepReading
from domain.concern.commands import RaiseConcern
from projections import who_looked
from projections.changes import last_change
from projections.registry import PROJECTIONS
from projections.rows import Rows
from projections.runner import Runner
from tests.scenarios.harness import World


class Line(msgspec.Struct, frozen=True):
    """A row."""

    says: str


def test_a_row_that_is_put_back_as_it_was_is_not_written_again() -> None:
    rows = Rows(msgspec.json.Encoder(), empty=False)
    rows.read_through(lambda _at: b'{"says":"out"}')
    found = rows.get("line", 1, Line)
    assert found == Line(says="out")
    rows.put("line", 1, found)
    assert list(rows.changes()) == []
    rows.put("line", 1, Line(says="back"))
    assert list(rows.changes()) == [(("line", "1"), b'{"says":"back"}')]


def test_the_runner_knows_the_last_event_that_changed_something_and_so_does_one_that_starts_later(world: World) -> None:
    school = world.school("SP")
    visit = school.ask()
    changed = school.log.head()
    runner = Runner(world.store, school.slug, PROJECTIONS)
    runner.catch_up()
    assert (runner.changed, runner.position) == (changed, changed)
    for _ in range(3):
        school.send(KeepReading(visit=visit.id, page="history"), by=school.dsl)
        runner.catch_up()
    assert (runner.changed, runner.position) == (changed, changed + 3)
    later = Runner(world.store, school.slug, PROJECTIONS)
    later.catch_up()
    assert (later.changed, later.position) == (changed, changed + 3)
    assert last_change(school.log, changed - 1) == changed - 1
    visit.arrive()
    runner.catch_up()
    assert runner.changed == school.log.head()


def test_opening_a_record_writes_a_line_of_who_looked_and_no_other_row(world: World) -> None:
    school = world.school("SP")
    visit = school.ask()
    school.send(RaiseConcern(visit=visit.id, text="a worry"), by=school.teacher)
    before = school.looks.bytes_of_projections()
    for view in (KeepReading(visit=visit.id), KeepReading(pupil=school.child.id)):
        school.send(view, by=school.dsl)
    after = school.looks.bytes_of_projections()
    assert {name for name in after if after[name] != before[name]} == {who_looked.NAME}
    school.looks.rebuild_all()
    assert school.looks.bytes_of_projections() == after


def test_opening_a_childs_record_leaves_the_directory_as_it_was(world: World) -> None:
    school = world.school("SP")
    before = school.known
    school.send(KeepReading(pupil=school.child.id, page="chronology"), by=school.dsl)
    assert school.known is before
    school.admit()
    assert school.known.changed == school.log.head()


def test_only_who_looked_is_asked_about_a_reading(world: World) -> None:
    school = world.school("SP")
    visit = school.ask()
    (viewed,) = school.send(KeepReading(visit=visit.id), by=school.dsl).recorded
    assert [p.name for p in PROJECTIONS if p.looks_at(viewed)] == [who_looked.NAME]
