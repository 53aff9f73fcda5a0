"""The overdue board of a scenario's school, asked as the pages ask it."""

from datetime import datetime

from projections import overdue_board
from projections.board_shapes import Board, BoardLine, BoardStep
from projections.runner import Runner
from projections.views import reading
from reactors.overdue_watch import OverdueWatch
from tests.scenarios.doors import Trip
from tests.scenarios.harness import World
from tests.scenarios.school import School


def out(world: World, policy: str = "william_lilley") -> Trip:
    """A trip that left at 13:00 and is due back at 15:00."""
    trip = world.school(policy).ready_trip()
    trip.school.at("13:00")
    trip.depart()
    return trip


def watched(school: School) -> None:
    """The watch looks once."""
    world = school.world
    world.run(OverdueWatch(world.bus, world.store, lambda: [school.slug], world.clock).look())


def board_of(school: School, now: datetime | None = None) -> Board:
    """The board at the school's head, now or at another instant."""
    head = Runner(school.world.store, school.slug, [overdue_board.PROJECTION]).catch_up()
    with reading(school.world.store, school.slug, overdue_board.NAME, at_least=head) as view:
        return overdue_board.board(view, school.known, now or school.now)


def line_of(school: School) -> BoardLine:
    """The only line."""
    (line,) = board_of(school).lines
    return line


def due(line: BoardLine) -> list[str]:
    """What is to be done now."""
    return [step.says for step in line.steps if step.state == "due"]


def step(line: BoardLine, says: str) -> BoardStep:
    """The step with these words."""
    return next(s for s in line.steps if says in s.says)
