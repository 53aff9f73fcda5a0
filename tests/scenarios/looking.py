"""What people at a school see: the board, who must be told, what must be exported, the governors' report.

Every question is asked of projections that have caught up with the log, as the pages ask it.
"""

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, TypeVar

from domain.ids import PupilId
from domain.school.commands import ExportRecords
from eventlog.seam import Appended
from projections import deviations, dsl_history, exports, governors, notices, overdue_board
from projections.board_shapes import Board, BoardLine
from projections.dsl_history import VisitHistory
from projections.export_shapes import ExportRecord
from projections.exports import Exports
from projections.governors import Report
from projections.notices import Told
from projections.rebuild import rebuild
from projections.registry import PROJECTIONS
from projections.runner import Runner
from projections.school_terms import term_of
from projections.tables import dump, live
from projections.views import View, reading
from reactors.overdue_watch import OverdueWatch
from tests.scenarios.doors import Trip, Visit

if TYPE_CHECKING:
    from tests.scenarios.school import School

T = TypeVar("T")


class Looks:
    """The questions that one school's people ask."""

    def __init__(self, school: "School") -> None:
        """Nothing is folded before the first question."""
        self._school = school
        self._runner: Runner | None = None

    def ask(self, question: Callable[[View], T]) -> T:
        """The answer, as of the log's head."""
        store, slug = self._school.world.store, self._school.slug
        if self._runner is None:
            self._runner = Runner(store, slug, PROJECTIONS)
        self._runner.catch_up()
        with reading(store, slug) as view:
            return question(view)

    def board(self) -> Board:
        """The overdue board."""
        return self.ask(lambda view: overdue_board.board(view, self._school.known, self._school.now))

    def line(self, trip: Trip) -> BoardLine:
        """A trip's line on the board."""
        return next(line for line in self.board().lines if line.trip == str(trip.id))

    def history(self, visit: Visit) -> VisitHistory:
        """The DSL's history of a visit."""
        found = self.ask(lambda view: dsl_history.visit_history(view, self._school.known, visit.id, self._school.now))
        assert found is not None
        return found

    def to_review(self) -> tuple[deviations.Deviation, ...]:
        """What was not as the policy says, and the DSL has not looked at yet."""
        return self.ask(lambda view: deviations.deviations(view, self._school.known)).not_as_policy

    def told(self, about: str = "") -> tuple[Told, ...]:
        """Who must be told, newest first; of one kind of thing, or of all."""
        since = self._school.now - timedelta(days=30)
        found = self.ask(lambda view: notices.notices(view, self._school.known, since=since))
        return tuple(one for one in found if about in {"", one.about})

    def to_tell(self, about: str) -> dict[str, tuple[str, ...]]:
        """Of the one thing of this kind that happened: the names of those to be told, and by which channels."""
        (one,) = self.told(about)
        assert len({n.name for n in one.notices}) == len(one.notices), "one message a person"
        return {notice.name: notice.channels for notice in one.notices}

    def exports(self) -> Exports:
        """What must reach the record system, and what has."""
        return self.ask(lambda view: exports.exports(view, self._school.known, self._school.now))

    def export(self, records: Sequence[ExportRecord], *, how: str = "csv", reference: str = "") -> Appended:
        """The DSL takes these records to the record system."""
        command = ExportRecords(
            system=self.exports().system,
            how=how,
            keys=tuple(r.key for r in records),
            pupils=tuple(PupilId(r.pupil) for r in records if r.pupil is not None),
            reference=reference,
        )
        return self._school.send(command, by=self._school.dsl)

    def report(self) -> Report:
        """The governors' report of this term."""
        school = self._school
        term = term_of(school.today)
        return self.ask(lambda view: governors.report(view, school.known, term, school=school.slug, now=school.now))

    def figures(self, table: str) -> dict[str, str]:
        """A table of the governors' report, as published."""
        (found,) = (t for t in self.report().tables if t.code == table)
        return {row.code: row.count.shown for row in found.rows}

    def watch(self) -> None:
        """The overdue watch looks once."""
        world = self._school.world
        world.run(OverdueWatch(world.bus, world.store, lambda: [self._school.slug], world.clock).look())

    def bytes_of_projections(self) -> dict[str, bytes]:
        """Every projection's rows as they are now."""
        self.ask(lambda _: None)
        out = {}
        for projection in PROJECTIONS:
            with self._school.world.store.projector(self._school.slug) as connection:
                running = live(connection)[projection.name]
                out[projection.name] = dump(connection, running.table)
        return out

    def rebuild_all(self) -> None:
        """Throw every projection away and fold the log again from its first event."""
        for projection in PROJECTIONS:
            rebuild(self._school.world.store, self._school.slug, projection)
