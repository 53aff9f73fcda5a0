"""What the bus knows of a school at the log's head: people, pupils, settings.

It starts from the directory projection, wherever that has come to, and reads on in the log itself, so
a plan is decided on facts at the head without waiting for a projection to catch up.
"""

import math
import threading
import time
from collections.abc import Mapping
from typing import Any, Final

from commands.recent_streams import RecentStreams
from domain.envelope import Recorded
from domain.erasure.events import AboutErasure, PersonalDataErased
from domain.ids import PupilId, StaffId, Stream, StreamKind
from domain.policy import Clause, Policy
from domain.pupil import state as pupil
from domain.pupil.state import Pupil
from domain.school import record as policy_record
from domain.school.events import SettingsAdopted, TermDatesSet
from domain.shared.events import EventCorrected
from domain.staff import state as staff
from domain.staff.state import Person
from eventlog.codec import Erased, Unreadable
from eventlog.errors import LogUnavailable
from eventlog.pools import NO_ANSWER
from eventlog.store import Store
from projections.changes import changes_something
from projections.directory import NAME, Directory, by_start, directory, policy_of
from projections.views import reading

_LATELY: Final = 1.0
"""Seconds."""


class Knowledge:
    """One school's directory, kept at the log's head. Thread-safe."""

    def __init__(self, store: Store, school: str, clauses: Mapping[str, Clause]) -> None:
        """Nothing is read before the first `at_head`."""
        self._log = store.log(school)
        self.streams = RecentStreams(self._log)
        """The streams that decisions are made on, as of `at_head` or later."""
        self._store = store
        self._clauses = clauses
        self._lock = threading.Lock()
        self._position = -1
        self._looked = self._away = -math.inf
        self._found = (-math.inf, -1, Directory(0, {}, {}, ()))
        self.changed = 0
        """The place of the last event, as of `at_head`, that changed anything but who looked at what."""
        self._people: dict[StaffId, Person] = {}
        self._pupils: dict[PupilId, Pupil] = {}
        self._policies: list[Policy] = []
        self._now = Directory(0, {}, {}, ())

    def at_head(self) -> tuple[int, Directory]:
        """The log's head, and everybody and the settings as of it. Raises LogUnavailable."""
        asked = time.monotonic()
        with self._lock:
            if self._looked > asked:
                # Whoever looked while this one waited began after it had asked: what they found is new enough.
                return self._position, self._now
            if self._away > asked:
                # Or they got no answer, patient as they were: else the tenth to ask would wait ten times as long.
                raise LogUnavailable(NO_ANSWER)
            looked = time.monotonic()
            try:
                self._look()
            except LogUnavailable:
                self._away = time.monotonic()
                raise
            self._looked = looked
            self._found = (looked, self._position, self._now)
            return self._position, self._now

    def _look(self) -> None:
        if self._position < 0:
            self._begin()
        changed = 0
        for recorded in self._log.read_log(self._position + 1):
            self._position = recorded.envelope.index
            self.streams.follow(recorded)
            if isinstance(recorded.event, PersonalDataErased):
                # News for the other processes, whose memory holds the keys.
                self._log.forget(recorded.event.keys, [one.stream for one in recorded.event.streams])
            if changes_something(recorded):
                self.changed = self._position
                if self._learn(recorded):
                    changed = self._position
        if changed:
            self._now = Directory(
                changed, dict(self._people), dict(self._pupils), by_start(self._policies), self._calendar, self._record
            )

    def lately(self) -> tuple[int, Directory] | None:
        """What a look at the log found within the last second, without another one; else None. Never waits."""
        looked, head, known = self._found
        return (head, known) if time.monotonic() - looked < _LATELY else None

    def _begin(self) -> None:
        with reading(self._store, self._log.school) as view:
            self._position = self.changed = view.position(NAME)
            self._now = directory(view, self._clauses)
        self._people, self._pupils = dict(self._now.people), dict(self._now.pupils)
        self._policies = list(self._now.policies)
        self._calendar = self._now.calendar
        self._record = self._now.record

    def _learn(self, recorded: Recorded) -> bool:
        envelope, event = recorded
        if isinstance(event, Unreadable | Erased):
            return False  # A board shows it as a red row; here the state before it stands.
        match envelope.stream.kind:
            case StreamKind.STAFF:
                person = StaffId(envelope.stream.id)
                if isinstance(event, EventCorrected | AboutErasure):
                    self._people[person] = staff.fold(person, self._again(envelope.stream))
                else:
                    before = self._people.get(person) or Person(id=person)
                    self._people[person] = staff.evolve(before, _any(event), envelope)
            case StreamKind.PUPIL:
                child = PupilId(envelope.stream.id)
                if isinstance(event, EventCorrected | AboutErasure):
                    self._pupils[child] = pupil.fold(child, self._again(envelope.stream))
                else:
                    known = self._pupils.get(child) or Pupil(id=child)
                    self._pupils[child] = pupil.evolve(known, _any(event), envelope)
            case StreamKind.SCHOOL:
                return self._learn_of_the_school(recorded)
            case StreamKind.TRIP | StreamKind.VISIT | StreamKind.CONCERN | StreamKind.ACCESS | StreamKind.CASE:
                return False
        return True

    def _learn_of_the_school(self, recorded: Recorded) -> bool:
        envelope, event = recorded
        match event:
            case TermDatesSet():
                self._calendar = event.calendar
            case SettingsAdopted():
                self._policies.append(policy_of(event, self._clauses))
            case EventCorrected():
                self._record = policy_record.fold(self._again(envelope.stream))
            case _:
                found = policy_record.after(self._record, event, envelope)
                if found is None:
                    return False
                self._record = found
        return True

    def _again(self, stream: Stream) -> tuple[Recorded, ...]:
        return self._log.read(stream)


def _any(event: object) -> Any:
    """The stream holds only its own kinds; `evolve` says so to the type checker."""
    return event
