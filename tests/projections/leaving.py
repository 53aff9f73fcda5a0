"""What leaves a school of the scenarios: its exports, notices and reports, folded and asked for."""

from collections.abc import Callable
from datetime import timedelta
from typing import TypeVar

from api.export_text import Paste, paste
from domain.ids import PupilId
from domain.school.commands import ExportRecords, TakeBackExport
from domain.school.events import RecordExported
from projections import directory, exports, governors, notices, policy_calendar
from projections.export_shapes import ExportRecord
from projections.exports import Exports
from projections.governors import Report
from projections.notices import Told
from projections.rebuild import rebuild
from projections.runner import Runner
from projections.school_terms import Term, term_of
from projections.tables import dump, live
from projections.views import View, reading
from tests.projections.naive_exports import records_of
from tests.scenarios.cast import Child, Someone
from tests.scenarios.school import School

T = TypeVar("T")

PROJECTIONS = (
    directory.PROJECTION,
    exports.PROJECTION,
    notices.PROJECTION,
    governors.PROJECTION,
    policy_calendar.PROJECTION,
)


class Leaving:
    """The questions that one school's office, DSL and governors ask."""

    def __init__(self, school: School) -> None:
        """Nothing is folded before the first question."""
        self.school = school
        self.runner = Runner(school.world.store, school.slug, PROJECTIONS)

    def ask(self, question: Callable[[View], T]) -> T:
        """The answer, as of the log's head."""
        self.runner.catch_up()
        with reading(self.school.world.store, self.school.slug) as view:
            return question(view)

    def exports(self) -> Exports:
        """The exports page's lists; what waits is also reckoned from the whole log, and is the same."""
        known = self.school.known
        lists = self.ask(lambda view: exports.exports(view, known, self.school.now))
        out = {gone.key for gone in lists.sent} | {one.gone.key for one in lists.take_back}
        assert lists.pending == tuple(r for r in records_of(self.school.log.read_log(), known) if r.key not in out)
        assert lists.pending_count == len(lists.pending)
        return lists

    def pending(self) -> tuple[ExportRecord, ...]:
        """What waits."""
        return self.exports().pending

    def kinds(self) -> tuple[str, ...]:
        """The kinds of what waits, sorted."""
        return tuple(sorted(record.kind for record in self.pending()))

    def text(self, record: ExportRecord) -> Paste:
        """A record's text."""
        return paste(record, self.school.log, self.school.known)

    def export(self, *records: ExportRecord, how: str = "csv", reference: str = "", by: Someone | None = None) -> int:
        """Mark as exported; how many keys went by it."""
        command = ExportRecords(
            system=self.exports().system,
            how=how,
            keys=tuple(r.key for r in records),
            pupils=tuple(PupilId(r.pupil) for r in records if r.pupil is not None),
            reference=reference,
        )
        stored = self.school.send(command, by=by or self.school.dsl)
        return sum(len(r.event.keys) for r in stored.recorded if isinstance(r.event, RecordExported))

    def take_back(self, key: str) -> None:
        """Say that a record was taken back by hand."""
        self.school.send(TakeBackExport(key=key, why="taken out there"), by=self.school.dsl)

    def notices(self, about: str = "", person: Someone | None = None) -> tuple[Told, ...]:
        """Who must be told, newest first."""
        since = self.school.now - timedelta(days=30)
        known = self.school.known
        found = self.ask(
            lambda view: notices.notices(view, known, since=since, person=person.id if person is not None else None)
        )
        return tuple(one for one in found if about in {"", one.about})

    def told(self, about: str) -> dict[str, tuple[str, ...]]:
        """Of the one thing that happened: who is to be told, and by which channels."""
        (one,) = self.notices(about)
        assert len({n.name for n in one.notices}) == len(one.notices), "one message a person"
        return {notice.name: notice.channels for notice in one.notices}

    def report(self, term: Term | None = None) -> Report:
        """The governors' report; of this term unless said."""
        wanted = term or term_of(self.school.today)
        return self.ask(
            lambda view: governors.report(view, self.school.known, wanted, school=self.school.slug, now=self.school.now)
        )

    def answer(self, code: str) -> tuple[str, str]:
        """One of the report's answers, and its sentence."""
        (one,) = (a for a in self.report().answers if a.code == code)
        return one.answer, one.says

    def figures(self, table: str) -> dict[str, str]:
        """A table of the report, as published."""
        (found,) = (t for t in self.report().tables if t.code == table)
        return {row.code: row.count.shown for row in found.rows}

    def assert_rebuilt_the_same(self) -> None:
        """Each projection folded anew is the same, byte for byte."""
        self.runner.catch_up()
        store, slug = self.school.world.store, self.school.slug
        for projection in PROJECTIONS:
            with store.projector(slug) as connection:
                running = live(connection)[projection.name]
                before = dump(connection, running.table)
            rebuild(store, slug, projection)
            with store.projector(slug) as connection:
                anew = live(connection)[projection.name]
                assert anew.table != running.table
                assert dump(connection, anew.table) == before, projection.name


def of(records: tuple[ExportRecord, ...], child: Child) -> tuple[ExportRecord, ...]:
    """The records about one child."""
    return tuple(record for record in records if record.pupil == child.id)
