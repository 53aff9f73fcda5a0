"""Checks of a whole log, made after each journey: `check_log(log)`."""

from collections import defaultdict
from collections.abc import Iterable

from domain.envelope import Recorded
from domain.ids import CommandId, Stream
from eventlog.codec import Erased, Unreadable
from eventlog.seam import SchoolLog


def check_log(log: SchoolLog, verified: int = 0) -> tuple[Recorded, ...]:
    """Verify everything that must be true of a school's log at any moment, and give the events back.

    Streams and commands of which nothing came after the index `verified` were each asked for when that was the head:
    they are not asked for once more. Nobody may append meanwhile. Fails with the index or the stream that is wrong.
    """
    recorded = tuple(log.read_log())
    indices = [one.envelope.index for one in recorded]
    assert indices == list(range(1, len(recorded) + 1)), "the index has a gap, or the order is wrong"
    assert log.head() == len(recorded), "the head is not the index of the last event"
    _check_ids(recorded)
    _check_streams(log, recorded, verified)
    _check_commands(log, recorded, verified)
    return recorded


def _check_ids(recorded: Iterable[Recorded]) -> None:
    seen = set()
    for envelope, event in recorded:
        assert envelope.event_id not in seen, f"the event id at index {envelope.index} was used before"
        seen.add(envelope.event_id)
        assert not isinstance(event, Unreadable), f"the event at index {envelope.index} cannot be read"
        topic = event.topic if isinstance(event, Erased) else event.TOPIC
        assert envelope.topic == topic, f"the topic at index {envelope.index} is another event's"
        assert len(envelope.salt) == 16, f"the salt at index {envelope.index} is not 16 bytes"
        for instant in (envelope.occurred_at, envelope.recorded_at, envelope.device_at):
            assert instant is None or instant.utcoffset() is not None, f"no time zone at index {envelope.index}"


def _check_streams(log: SchoolLog, recorded: Iterable[Recorded], verified: int) -> None:
    streams: dict[Stream, list[Recorded]] = defaultdict(list)
    for one in recorded:
        streams[one.envelope.stream].append(one)
    for stream, events in streams.items():
        versions = [one.envelope.version for one in events]
        assert versions == list(range(1, len(events) + 1)), f"the versions of {stream.kind} {stream.id} have a gap"
        if events[-1].envelope.index <= verified:
            continue
        assert log.read(stream) == tuple(events), f"{stream.kind} {stream.id} reads otherwise than the log"


def _check_commands(log: SchoolLog, recorded: Iterable[Recorded], verified: int) -> None:
    commands: dict[CommandId, list[Recorded]] = defaultdict(list)
    for one in recorded:
        commands[one.envelope.command_id].append(one)
    for command_id, events in commands.items():
        if events[-1].envelope.index <= verified:
            continue
        stored = log.lookup(command_id)
        assert stored is not None, f"command {command_id} has events and is unknown"
        found = (stored.first_index, stored.last_index)
        expected = (events[0].envelope.index, events[-1].envelope.index)
        assert found == expected, f"the range of command {command_id} is wrong"
        assert stored.recorded == tuple(events), f"the events of command {command_id} do not lie together"
