"""Loading the demonstration trust: planned steps through the real bus, resumable after a kill.

Every command has an id that the plan gives it, so what is stored already is passed over and nothing is stored
twice. A crash at any point leaves schools that a later `load` goes on with, from the very next command: the
moment of the first loading stands in the reason of the school's first settings.
"""

import asyncio
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final, NamedTuple

import msgspec

from commands.bus import Bus, Sender
from commands.demonstration.history import LOADED, History, history
from commands.demonstration.schools import SCHOOLS, DemonstrationSchool
from commands.demonstration.steps import About, Step
from commands.demonstration.today import LEADS, first_of_today, last_of_today, today
from commands.policy_files import clauses
from commands.storage import tell_of_migrations
from domain.catalogue import EVENTS
from domain.command import Command
from domain.envelope import Recorded
from domain.ids import CommandId, EventId
from domain.school.commands import ExportRecords
from domain.school.events import SettingsAdopted
from eventlog.migrate import add_school, removed_schools
from eventlog.settings import DatabaseUrls
from eventlog.store import Store

Progress = Callable[[str, int, int], None]
"""Called with a school's slug, how many of its commands are done, and how many there are."""
_GAP: Final = timedelta(minutes=10)


class Loaded(NamedTuple):
    """What one school holds after loading."""

    slug: str
    events: int
    commands: int
    stories: Counter[str]


class StoryBroken(Exception):  # noqa: N818 - what happened
    """A planned step speaks of an event that the step before it did not store: the story or a rule is wrong."""


class _Clock:
    """The time at the school: the planned time of the step at hand."""

    def __init__(self) -> None:
        self.now = datetime(2000, 1, 1, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


async def load(
    urls: DatabaseUrls,
    now: datetime,
    progress: Progress = lambda _slug, _done, _all: None,
    *,
    schools: Sequence[DemonstrationSchool] = SCHOOLS,
    share: float = 1.0,
) -> tuple[Loaded, ...]:
    """Make the demonstration's schools in a migrated database marked `demonstration`, or go on making them.

    `now` is the moment of loading (UTC-aware): history ends the school day before it, and what goes on today is
    relative to it. `share` scales the history, for tests (0: none). Raises StoryBroken, and whatever the bus raises: the
    plan expects no refusal.
    """
    gone = removed_schools(urls)
    there = [school for school in schools if school.slug not in gone]
    tasks = [asyncio.create_task(_school(urls, school, now, progress, share)) for school in there]
    try:
        return tuple(await asyncio.gather(*tasks))
    finally:
        # Where one school fails the others stop as well: nothing goes on in the background.
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def is_loaded(store: Store, schools: Sequence[DemonstrationSchool] = SCHOOLS) -> bool:
    """Whether every school is there to its last command, but those that were removed since."""
    known, gone = {school.slug for school in store.schools()}, store.removed_schools()
    wanted = (school for school in schools if school.slug not in gone)
    return all(school.slug in known and store.log(school.slug).lookup(last_of_today(school.slug)) for school in wanted)


async def _school(
    urls: DatabaseUrls, school: DemonstrationSchool, now: datetime, progress: Progress, share: float
) -> Loaded:
    clock = _Clock()
    add_school(urls, school.slug, school.name, school.policy_key)
    # A store of the school's own: its clock is the school's, and stands nowhere near the others'.
    with Store.open(urls.not_waiting_for_the_disk(), EVENTS, clock=clock) as store:
        return await _Teller(store, school, clock, progress).tell(now, share)


class _Teller:
    """Sends one school's steps."""

    def __init__(self, store: Store, school: DemonstrationSchool, clock: _Clock, progress: Progress) -> None:
        self._store = store
        self._bus = Bus(store, clauses(), clock)
        self._school, self._clock, self._progress = school, clock, progress
        self._stored: dict[CommandId, list[Recorded]] = {}
        for recorded in store.log(school.slug).read_log():
            self._stored.setdefault(recorded.envelope.command_id, []).append(recorded)

    async def tell(self, now: datetime, share: float) -> Loaded:
        """Send all that is not stored yet."""
        slug = self._school.slug
        past, steps = self._plan(now, share)
        if not self._stored:
            self._clock.now = steps[0].clock
            await asyncio.to_thread(tell_of_migrations, self._store, slug, steps[0].clock)
        events = self._store.log(slug).head()
        spoken_of = {about.step for step in steps for about in step.about}
        for done, step in enumerate(steps, start=1):
            if step.id not in self._stored:
                recorded = await self._send(step)
                events += len(recorded)
                # Only what a later step speaks of is kept.
                if step.id in spoken_of:
                    self._stored[step.id] = list(recorded)
            self._progress(slug, done, len(steps))
        return Loaded(slug, events, len(steps), past.stories())

    def _plan(self, now: datetime, share: float) -> tuple[History, tuple[Step, ...]]:
        begun = self._begun_at() or now
        past = history(self._school, begun, begun - LEADS - _GAP, share)
        first = self._stored.get(first_of_today(self._school.slug))
        return past, (*past.steps, *today(past.cast, first[0].envelope.recorded_at + LEADS if first else now))

    def _begun_at(self) -> datetime | None:
        adopted = (r.event for events in self._stored.values() for r in events if isinstance(r.event, SettingsAdopted))
        first = next(adopted, None)
        return datetime.fromisoformat(first.why.removeprefix(LOADED).strip()) if first is not None else None

    async def _send(self, step: Step) -> tuple[Recorded, ...]:
        command = self._filled(step)
        self._clock.now = step.clock
        sender = Sender(step.actor, step.id, at=step.at, device_at=step.device_at, said_by=step.said_by)
        try:
            recorded = (await self._bus.send(self._school.slug, command, sender)).recorded
        except Exception as error:
            error.add_note(f"{self._school.slug}: {command.NAME} {step.id} of {step.clock}")
            raise
        # After this line the step is durable; a crash here loses nothing that the next run does not find.
        if not recorded:
            message = f"{self._school.slug}: {command.NAME} of {step.clock} stored nothing"
            raise StoryBroken(message)
        return recorded

    def _filled(self, step: Step) -> Command:
        """The step's command, with the ids of the earlier events that it speaks of."""
        command, events = step.command, [self._event(about) for about in step.about]
        if not events:
            return command
        if isinstance(command, ExportRecords):
            return msgspec.structs.replace(command, keys=tuple(key.format(*events) for key in command.keys))
        return msgspec.structs.replace(command, event=events[0])

    def _event(self, about: About) -> EventId:
        found = [r.envelope.event_id for r in self._stored.get(about.step, ()) if r.envelope.topic == about.topic]
        if len(found) <= about.place:
            stored = [r.envelope.topic for r in self._stored.get(about.step, ())]
            message = f"{self._school.slug}: step {about.step} stored {stored}, and no {about.topic}"
            raise StoryBroken(message)
        return found[about.place]
