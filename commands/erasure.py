"""Carrying out an erasure that a second person has confirmed (DV-11).

The order lies on the school's stream, which is not erased. From there:
1. Tombstones in the log's database: nothing more is stored under the subject's keys.
2. The data keys are destroyed, in the key database and in the second place: nothing of it can be read.
3. The account of a member of staff goes, and the views are made anew from what can be read, so that the plain text goes there too.
4. `PersonalDataErased` is appended under a fresh key, with the exports that a person has to chase.
Each step may be repeated. Until the last is done the order is unfinished, and `finish` goes on with it: at every
start, and after every confirmation.
"""

import asyncio
import logging
from collections.abc import Callable, Iterable
from typing import NamedTuple
from uuid import UUID, uuid5

from accounts.people import forget
from accounts.rows import Rows
from commands.bus import Bus, Sender
from commands.gathering import belongings_of
from domain.erasure.belongings import Belongings, Order
from domain.erasure.commands import RecordErased
from domain.erasure.events import ErasureOrdered, PersonalDataErased, ToChase
from domain.ids import DOORSTEP, CommandId, EventId, StaffId, Stream, StreamKind, school_stream
from eventlog.erasing import erase
from eventlog.keys.errors import KeyAltered, KeyLost
from eventlog.keys.keyring import Keyring
from eventlog.settings import DatabaseUrls
from eventlog.store import Store
from projections.rebuild import rebuild
from projections.registry import PROJECTIONS

log = logging.getLogger(__name__)


class Carried(NamedTuple):
    """An erasure that was carried out."""

    subject: Stream
    streams: tuple[Stream, ...]
    keys: tuple[UUID, ...]
    exports: tuple[ToChase, ...]
    """Exported records that stand in outside systems: a person has them erased there."""


class Erasures:
    """Carries out confirmed erasures of any school. One object a process; any number of processes."""

    def __init__(self, store: Store, bus: Bus, urls: DatabaseUrls) -> None:
        """Nothing is done before `finish`."""
        self._store = store
        self._bus = bus
        self._urls = urls
        self._done: dict[str, set[EventId]] = {}

    def is_pending(self, school: str) -> bool:
        """Whether an erasure was confirmed and is not finished: a short look at the school's own stream. Blocks.

        Raises UnknownSchool, LogUnavailable.
        """
        event_log = self._store.log(school)
        done = self._done.setdefault(school, set())
        for envelope, event in event_log.read(school_stream(event_log.school)):
            if not isinstance(event, ErasureOrdered) or envelope.event_id in done:
                continue
            on_subject = event_log.read(event.subject.stream)
            if not any(isinstance(e, PersonalDataErased) and e.ordered == envelope.event_id for _, e in on_subject):
                return True
            done.add(envelope.event_id)
        return False

    def reapply(self, school: str) -> int:
        """After a restore: destroy again whatever the log says was erased; how many keys had come back. Blocks.

        An older key database, or an older log without its tombstones, brings nobody back. Doing it again changes
        nothing. Raises LogUnavailable, KeyUnavailable, SecondPlaceUnusable.
        """
        keyring = self._store.keyrings.of(school)
        back = 0
        for recorded in self._store.log(school).read_log():
            event = recorded.event
            if isinstance(event, PersonalDataErased):
                keyring.load(event.keys)
                back += sum(_is_there(keyring, key) for key in event.keys)
                erase(self._urls, keyring, event.keys, event.rule, event.ordered)
                self._forget_accounts(school, (recorded.envelope.stream,))
        return back

    async def finish(
        self, school: str, progress: Callable[[str, int, int], None] = lambda _name, _done, _of: None
    ) -> tuple[Carried, ...]:
        """Carry out every confirmed erasure that is not finished; one that a hold has come over waits for its end.

        `progress` hears which view is being made anew, with events done and all. Raises LogUnavailable and the errors
        of the keys: then it is to be called again.
        """
        found = await asyncio.to_thread(belongings_of, self._store.log(school))
        done = []
        for order in found.unfinished():
            keys = _keys(found, order)
            if _is_held(found, order) and not self._begun(school, order, keys):
                log.warning(
                    "the erasure %s of %s waits: a legal hold was placed after it was confirmed", order.event, school
                )
                continue
            await asyncio.to_thread(self._destroy, school, order, keys, progress)
            done.append(await self._record(school, order, keys))
        return tuple(done)

    def _destroy(
        self, school: str, order: Order, keys: tuple[UUID, ...], progress: Callable[[str, int, int], None]
    ) -> None:
        erase(self._urls, self._store.keyrings.of(school), keys, order.ordered.rule, order.event)
        streams = [one.stream for one in order.ordered.streams]
        self._store.log(school).forget(keys, streams)
        for stream in streams:
            self._bus.knowledge(school).streams.forget(stream)
        self._forget_accounts(school, streams)
        for projection in PROJECTIONS:
            name = projection.name
            rebuild(self._store, school, projection, lambda done, of, name=name: progress(name, done, of))  # type: ignore[misc]
        # After this line no view of this school holds the plain text; a crash makes them anew once more.

    def _forget_accounts(self, school: str, streams: Iterable[Stream]) -> None:
        for stream in streams:
            if stream.kind is StreamKind.STAFF:
                forget(Rows(self._store.pool), school, StaffId(stream.id))

    def _begun(self, school: str, order: Order, keys: tuple[UUID, ...]) -> bool:
        """Whether an earlier attempt has destroyed keys: then a hold came too late."""
        keyring = self._store.keyrings.of(school)
        stones = (keyring.tombstone(key) for key in keys)
        return any(stone is not None and stone.event_id == order.event for stone in stones)

    async def _record(self, school: str, order: Order, keys: tuple[UUID, ...]) -> Carried:
        command = RecordErased(order=order.event, keys=keys)
        sender = Sender(DOORSTEP, CommandId(uuid5(order.event, "erased")))
        stored = await self._bus.send(school, command, sender)
        exports = tuple(one for r in stored.recorded for one in getattr(r.event, "exports", ()))
        streams = tuple(one.stream for one in order.ordered.streams)
        return Carried(order.ordered.subject.stream, streams, keys, exports)


def _is_there(keyring: Keyring, key: UUID) -> bool:
    try:
        return keyring.get(key) is not None
    except (KeyLost, KeyAltered):
        # Neither key nor tombstone came back: the tombstone is made anew.
        return False


def _is_held(found: Belongings, order: Order) -> bool:
    return bool(found.holds_over(one.stream for one in order.ordered.streams))


def _keys(found: Belongings, order: Order) -> tuple[UUID, ...]:
    """Every data key that the streams of an order were written under; those destroyed by an earlier attempt too."""
    streams = (found.streams[one.stream] for one in order.ordered.streams if one.stream in found.streams)
    return tuple(dict.fromkeys(key for kept in streams for key in kept.keys))
