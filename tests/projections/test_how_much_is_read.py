"""How much a page reads: as much as what it shows, and not as much as the school has ever stored. Counted in rows."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any
from unittest.mock import patch

import pytest

from domain.access.commands import KeepReading
from domain.concern.commands import RaiseConcern
from projections import dsl_history, exports, notices, visits
from projections.views import View
from projections.visit_stages import Stage
from tests.scenarios.doors import Visit
from tests.scenarios.harness import World
from tests.scenarios.school import School

Question = Callable[[View, School, Visit], object]

QUESTIONS: dict[str, Question] = {
    "a visit": lambda view, school, visit: visits.one_visit(view, school.known, school.now, visit.id),
    "a visit's history": lambda view, school, visit: dsl_history.visit_history(
        view, school.known, visit.id, school.now
    ),
    "the open visits": lambda view, school, _: visits.visit_list(
        view, school.known, school.now, visits.Filter.OPEN, school.teacher.id
    ),
    "how many records wait to be exported": lambda view, school, _: exports.how_many_pending(view, school.known),
    "the oldest two that wait, and the newest two that went": lambda view, school, _: exports.exports(
        view, school.known, school.now, most=2, waiting=2
    ),
}


@contextmanager
def counting() -> Iterator[dict[str, int]]:
    """How many questions go to the database, and how many rows come back."""
    seen = {"questions": 0, "rows": 0}
    where, several, count = View.where, View.several, View.count

    def counted_where(self: View, *args: Any, **values: Any) -> tuple[Any, ...]:
        found = where(self, *args, **values)
        seen["questions"] += 1
        seen["rows"] += len(found)
        return found

    def counted_several(self: View, *args: Any, **values: Any) -> dict[str, list[str]]:
        found = several(self, *args, **values)
        seen["questions"] += 1
        seen["rows"] += sum(map(len, found.values()))
        return found

    def counted_count(self: View, *args: Any, **values: Any) -> int:
        seen["questions"] += 1
        return count(self, *args, **values)

    with (
        patch.object(View, "where", counted_where),
        patch.object(View, "several", counted_several),
        patch.object(View, "count", counted_count),
    ):
        yield seen


def made(school: School) -> Visit:
    """A visit from the request to the write-up, with a worry, opened by the DSL."""
    visit = school.ask(child=school.admit())
    visit.arrive()
    visit.outcome()
    visit.left()
    visit.write_up()
    school.send(RaiseConcern(visit=visit.id, category="other", text="a worry"), by=school.teacher)
    return visit


@pytest.mark.parametrize("name", QUESTIONS)
def test_a_page_reads_no_more_when_the_school_has_stored_many_times_as_much(world: World, name: str) -> None:
    school = world.school("SC")
    ask = QUESTIONS[name]
    for _ in range(2):
        made(school)
    school.looks.export(school.looks.exports().pending[:2])
    here = school.ask(child=school.admit())
    few = reads(school, ask, here)
    for _ in range(6):
        made(school)
    school.looks.export(school.looks.exports().pending[:8])
    assert reads(school, ask, here) == few
    assert few["rows"] > 0 or "how many" in name


def test_who_must_be_told_of_what_happened_lately_is_read_without_what_happened_before(world: World) -> None:
    school = world.school("SC")
    found = [lately(school, hour, before) for hour, before in (("09:00", 4), ("13:00", 1))]
    assert found[0] == found[1]
    assert found[0]["rows"] > 0


def lately(school: School, hour: str, before: int) -> dict[str, int]:
    """What the notices of a quarter of an hour take, in which one worry was said, after some visits before it."""
    school.at(hour)
    for _ in range(before):
        made(school)
    school.at(hour.replace(":00", ":45"))
    since = school.now - timedelta(minutes=15)
    school.send(RaiseConcern(category="other", text="a worry"), by=school.teacher)
    return reads(school, lambda view, s, _: notices.notices(view, s.known, since=since), school.ask())


def reads(school: School, ask: Question, visit: Visit) -> dict[str, int]:
    """What one answer takes."""
    with counting() as seen:
        school.looks.ask(lambda view: ask(view, school, visit))
    return seen


def test_reading_a_visit_makes_no_history_longer(world: World) -> None:
    school = world.school("SC")
    one, other = made(school), made(school)
    history = QUESTIONS["a visit's history"]
    before = {visit.id: reads(school, history, visit) for visit in (one, other)}
    for _ in range(3):
        school.send(KeepReading(visit=one.id), by=school.dsl)
    assert reads(school, history, one) == before[one.id]
    assert reads(school, history, other) == before[other.id]


def test_every_stage_but_closed_is_an_open_one(world: World) -> None:
    school = world.school("SC")
    made(school)
    shown = []
    for stage in ("planning", "out", "to_write_up"):
        visit = school.ask(child=school.admit())
        if stage != "planning":
            visit.arrive()
        if stage == "to_write_up":
            visit.left()
        shown.append(visit.id)
    page = school.looks.ask(
        lambda view: visits.visit_list(view, school.known, school.now, visits.Filter.OPEN, school.teacher.id)
    )
    assert {line.visit for line in page.lines} == set(shown)
    assert {line.stage for line in page.lines} <= set(Stage) - {Stage.CLOSED}
    assert page.total == len(shown)
