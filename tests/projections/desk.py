"""The DSL's desk as the tests see it: a school of the scenarios, its projections folded, and the questions asked."""

from datetime import datetime
from typing import Any
from uuid import uuid4

from commands.bus import Sender
from commands.ids import new_command_id
from domain.access.commands import KeepReading
from domain.command import Command
from domain.event import Event
from domain.ids import ConcernId, EventId, VisitId
from domain.shared.commands import CorrectEvent
from eventlog.seam import Appended
from projections import (
    children_alone,
    children_not_seen,
    concerns,
    desk_words,
    deviations,
    directory,
    dsl_history,
    pupil_chronology,
    who_looked,
)
from projections.history_lines import Line
from projections.rebuild import rebuild
from projections.runner import Runner
from projections.tables import dump, live
from projections.views import reading
from tests.scenarios.cast import Child, Someone
from tests.scenarios.doors import Visit
from tests.scenarios.school import School

PROJECTIONS = (
    directory.PROJECTION,
    dsl_history.PROJECTION,
    children_not_seen.PROJECTION,
    children_alone.PROJECTION,
    concerns.PROJECTION,
    deviations.PROJECTION,
    desk_words.PROJECTION,
    who_looked.PROJECTION,
)


class Desk:
    """What the DSL of one school can ask."""

    def __init__(self, school: School) -> None:
        """Nothing is folded before the first question."""
        self.school = school
        self.runner = Runner(school.world.store, school.slug, PROJECTIONS)

    def _ask(self, question: Any, *about: Any) -> Any:
        self.runner.catch_up()
        with reading(self.school.world.store, self.school.slug) as view:
            return question(view, self.school.known, *about)

    def history(self, visit: Visit, known_at: datetime | None = None) -> dsl_history.VisitHistory:
        """A visit's history, which must be there."""
        found = self._ask(dsl_history.visit_history, visit.id, self.school.now, known_at)
        assert isinstance(found, dsl_history.VisitHistory)
        return found

    def no_history(self, visit: Visit, known_at: datetime) -> bool:
        """Whether nobody knew of the visit then."""
        return self._ask(dsl_history.visit_history, visit.id, self.school.now, known_at) is None

    def chronology(self, child: Child, known_at: datetime | None = None) -> pupil_chronology.PupilChronology:
        """A child's chronology."""
        found = self._ask(pupil_chronology.pupil_chronology, child.id, self.school.now, known_at)
        assert isinstance(found, pupil_chronology.PupilChronology)
        return found

    def looked_at(self, record: Child | Visit | ConcernId, most: int = who_looked.MOST) -> who_looked.WhoLooked:
        """Who looked at a child, a visit or a concern."""
        if isinstance(record, Child):
            found = self._ask(who_looked.at_pupil, record.id, most)
        elif isinstance(record, Visit):
            found = self._ask(who_looked.at_visit, record.id, most)
        else:
            found = self._ask(who_looked.at_concern, record, most)
        assert isinstance(found, who_looked.WhoLooked)
        return found

    def not_seen(self) -> children_not_seen.ChildrenNotSeen:
        """The children not seen."""
        found = self._ask(children_not_seen.children_not_seen, self.school.now)
        assert isinstance(found, children_not_seen.ChildrenNotSeen)
        return found

    def concerns(self) -> concerns.Concerns:
        """The concerns."""
        found = self._ask(concerns.concerns)
        assert isinstance(found, concerns.Concerns)
        return found

    def alone(self) -> tuple[children_alone.ChildAlone, ...]:
        """The children found alone."""
        return tuple(self._ask(children_alone.children_alone))

    def deviations(self) -> deviations.Deviations:
        """The deviations."""
        found = self._ask(deviations.deviations)
        assert isinstance(found, deviations.Deviations)
        return found

    def rebuilt_the_same(self) -> bool:
        """Whether dropping and rebuilding every projection of the desk gives the same bytes."""
        self.runner.catch_up()
        before = self._dumps()
        for projection in PROJECTIONS:
            rebuild(self.school.world.store, self.school.slug, projection)
        return before == self._dumps()

    def _dumps(self) -> dict[str, bytes]:
        with self.school.world.store.views(self.school.slug) as connection:
            tables = live(connection)
            return {p.name: dump(connection, tables[p.name].table) for p in PROJECTIONS if p.name in tables}

    # What the tests say to the school beyond the scenarios' vocabulary

    def reads(
        self, who: Someone, visit: Visit | None = None, child: Child | None = None, page: str = "history"
    ) -> None:
        """Somebody opens a record."""
        view = KeepReading(visit=visit.id if visit else None, pupil=child.id if child else None, page=page)
        self.school.send(view, by=who)

    def take_back(self, event: EventId, by: Someone, reason: str = "tapped by mistake") -> EventId:
        """It never happened; the correction's own id."""
        return first_id(self.school.send(CorrectEvent(event=event, reason=reason, retracts=True), by=by))

    def truly(self, event: EventId, at: str, by: Someone) -> EventId:
        """It happened at another time; the correction's own id."""
        when = self.school.time(at)
        return first_id(self.school.send(CorrectEvent(event=event, reason="wrong time", true_time=when), by=by))

    def from_a_phone(self, command: Command, by: Someone, *, at: str, device_at: str) -> Appended:
        """A phone queued it, and sends it now."""
        sender = Sender(by.id, new_command_id(), at=self.school.time(at), device_at=self.school.time(device_at))
        return self.school.world.run(self.school.world.bus.send(self.school.slug, command, sender))


def first_id(stored: Appended) -> EventId:
    """The first event of a command."""
    return stored.recorded[0].envelope.event_id


def only(lines: tuple[Line, ...], kind: type[Event]) -> Line:
    """The one line of a kind of event."""
    (found,) = [line for line in lines if isinstance(line.event, kind)]
    return found


def unknown_visit(school: School) -> Visit:
    """A visit that nobody asked for."""
    return Visit(school, VisitId(uuid4()))


def concern_of(stored: Appended) -> ConcernId:
    """The concern that was raised."""
    return ConcernId(stored.recorded[0].envelope.stream.id)
