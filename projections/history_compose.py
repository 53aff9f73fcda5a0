"""From events to the lines of a history. Pure.

Every event that goes in comes out once, as a line or beside one, but for those that only say who read it.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime

from domain.envelope import Envelope, Recorded
from domain.ids import CommandId, EventId, StaffId
from domain.roles import Role
from domain.shared import events as shared
from domain.staff.state import Person
from domain.times import end_of_day
from projections.history_lines import (
    Composed,
    Correction,
    Deviation,
    Explanation,
    Kept,
    Line,
    PutRight,
    Spoken,
    Who,
    is_late,
    who,
)


class _Composer:
    def __init__(self, recorded: Iterable[Recorded], people: Mapping[StaffId, Person], now: datetime) -> None:
        self.events = sorted(recorded, key=lambda r: r.envelope.index)
        self.people = people
        self.now = now
        self.known = {r.envelope.event_id for r in self.events}
        self.deviation_ids = {r.envelope.event_id for r in self.events if isinstance(r.event, shared.DeviationNoted)}
        self.placed: set[EventId] = set()
        self._weigh_corrections()
        self._settle_words()

    def _weigh_corrections(self) -> None:
        """Which events are taken back and which times are put right: the newest word stands."""
        self.undone: set[EventId] = set()
        self.true_times: dict[EventId, datetime] = {}
        self.corrections: dict[EventId, list[Recorded]] = defaultdict(list)
        for recorded in reversed(self.events):
            envelope, event = recorded
            if not isinstance(event, shared.EventCorrected):
                continue
            self.corrections[event.target].insert(0, recorded)
            if envelope.event_id in self.undone:
                continue
            if event.retracts:
                self.undone.add(event.target)
            elif event.occurred_at is not None:
                self.true_times.setdefault(event.target, event.occurred_at)

    def _settle_words(self) -> None:
        """Who stood by which spoken word. One call's word may be several events of one command."""
        commands = {r.envelope.event_id: r.envelope.command_id for r in self.events}
        self.settled: dict[CommandId, list[Recorded]] = defaultdict(list)
        for recorded in self.events:
            if isinstance(recorded.event, shared.SpokenWordConfirmed | shared.SpokenWordDisowned):
                command = commands.get(recorded.event.target)
                if command is not None:
                    self.settled[command].append(recorded)

    def who(self, person: StaffId, role: Role | None = None) -> Who:
        return who(self.people, person, role)

    def spoken(self, envelope: Envelope) -> Spoken | None:
        if envelope.said_by is None:
            return None
        settling = self.settled.get(envelope.command_id, [])
        self.placed.update(r.envelope.event_id for r in settling)
        standing = [r for r in settling if r.envelope.event_id not in self.undone]
        if not standing:
            past = self.now >= end_of_day(envelope.recorded_at)
            ids = tuple(r.envelope.event_id for r in settling)
            return Spoken(by=self.who(envelope.said_by), state="awaiting", past_day=past, event_ids=ids)
        last = standing[-1]
        disowned = isinstance(last.event, shared.SpokenWordDisowned)
        return Spoken(
            by=self.who(envelope.said_by),
            state="disowned" if disowned else "confirmed",
            settled_at=last.envelope.recorded_at,
            reason=last.event.reason if isinstance(last.event, shared.SpokenWordDisowned) else "",
            event_ids=tuple(r.envelope.event_id for r in settling),
        )

    def corrections_of(self, target: EventId) -> tuple[Correction, ...]:
        """What corrects an event, and what corrects that in turn."""
        out: list[Correction] = []
        for envelope, event in self.corrections.get(target, ()):
            if envelope.event_id in self.placed or not isinstance(event, shared.EventCorrected):
                continue
            self.placed.add(envelope.event_id)
            correction = Correction(
                event_id=envelope.event_id,
                by=self.who(envelope.person, envelope.role),
                recorded_at=envelope.recorded_at,
                reason=event.reason,
                takes_back=event.retracts,
                true_time=event.occurred_at,
                put_right=(
                    *(PutRight(field=name, text=text) for name, text in event.texts.items()),
                    *(PutRight(field=name, at=at) for name, at in event.times.items()),
                ),
                undone=envelope.event_id in self.undone,
            )
            out.extend((correction, *self.corrections_of(envelope.event_id)))
        return tuple(out)

    def deviation(self, envelope: Envelope, event: shared.DeviationNoted) -> Deviation:
        self.placed.add(envelope.event_id)
        explanations = [
            r
            for r in self.events
            if isinstance(r.event, shared.DeviationExplained) and r.event.deviation == envelope.event_id
        ]
        self.placed.update(r.envelope.event_id for r in explanations)
        return Deviation(
            event_id=envelope.event_id,
            rule=event.rule,
            says=event.says,
            source=event.source,
            clauses=event.clauses,
            reason=event.reason,
            explanations=tuple(
                Explanation(
                    event_id=r.envelope.event_id,
                    by=self.who(r.envelope.person, r.envelope.role),
                    recorded_at=r.envelope.recorded_at,
                    reason=r.event.reason,
                )
                for r in explanations
                if isinstance(r.event, shared.DeviationExplained)
            ),
            corrections=self.corrections_of(envelope.event_id),
            taken_back=envelope.event_id in self.undone,
        )

    def anchors(self) -> dict[EventId, EventId]:
        """For each deviation and each note on unreadable parts, the fact of the same command that it speaks of."""
        out: dict[EventId, EventId] = {}
        by_command: dict[CommandId, list[Recorded]] = defaultdict(list)
        for recorded in self.events:
            if isinstance(recorded.event, shared.DeviationNoted | shared.KeptAsSent):
                facts = by_command[recorded.envelope.command_id]
                about = getattr(recorded.event, "about_topic", "")
                found = next((r for r in reversed(facts) if r.envelope.topic == about), None)
                if found is None and not about and facts:
                    found = facts[0]
                if found is not None:
                    out[recorded.envelope.event_id] = found.envelope.event_id
            elif not isinstance(recorded.event, _SPEAKS_OF_OTHERS):
                by_command[recorded.envelope.command_id].append(recorded)
        return out

    def compose(self) -> Composed:
        anchors = self.anchors()
        beside: dict[EventId, list[Recorded]] = defaultdict(list)
        for recorded in self.events:
            anchor = anchors.get(recorded.envelope.event_id)
            if anchor is not None:
                beside[anchor].append(recorded)
        # Who read it is another question (`projections.who_looked`).
        self.placed.update(r.envelope.event_id for r in self.events if isinstance(r.event, shared.RecordViewed))
        lines = [
            self.line(r, beside[r.envelope.event_id])
            for r in self.events
            if r.envelope.event_id not in anchors and not isinstance(r.event, (*_SPEAKS_OF_OTHERS, shared.RecordViewed))
        ]
        # What speaks of an event that is not here (another stream's, say) is not lost: it stands by itself.
        lines.extend(self.line(r, []) for r in self.events if r.envelope.event_id not in self.placed)
        lines.sort(key=lambda one: (one.occurred_at, one.index))
        return Composed(lines=tuple(lines))

    def line(self, recorded: Recorded, beside: Iterable[Recorded]) -> Line:
        envelope, event = recorded
        self.placed.add(envelope.event_id)
        own = [recorded] if isinstance(event, shared.DeviationNoted) else []
        about = [*own, *beside]
        kept = [r for r in about if isinstance(r.event, shared.KeptAsSent)]
        self.placed.update(r.envelope.event_id for r in kept)
        return Line(
            event_id=envelope.event_id,
            index=envelope.index,
            version=envelope.version,
            stream_kind=envelope.stream.kind,
            stream_id=str(envelope.stream.id),
            topic=envelope.topic,
            event=event,
            occurred_at=self.true_times.get(envelope.event_id, envelope.occurred_at),
            stated_at=envelope.occurred_at,
            recorded_at=envelope.recorded_at,
            device_at=envelope.device_at,
            late=is_late(envelope),
            by=self.who(envelope.actor, envelope.role),
            said_by=self.spoken(envelope),
            deputising_for=self.who(envelope.deputising_for) if envelope.deputising_for is not None else None,
            command_id=envelope.command_id,
            policy_version=envelope.policy_version,
            deviations=tuple(
                self.deviation(r.envelope, r.event) for r in about if isinstance(r.event, shared.DeviationNoted)
            ),
            corrections=self.corrections_of(envelope.event_id),
            kept=tuple(
                Kept(event_id=r.envelope.event_id, says=r.event.says, unreadable=r.event.unreadable)
                for r in kept
                if isinstance(r.event, shared.KeptAsSent)
            ),
            taken_back=envelope.event_id in self.undone,
        )


_SPEAKS_OF_OTHERS = (
    shared.EventCorrected,
    shared.DeviationExplained,
    shared.SpokenWordConfirmed,
    shared.SpokenWordDisowned,
)


def compose(recorded: Iterable[Recorded], people: Mapping[StaffId, Person], now: datetime) -> Composed:
    """The history that some events make, as seen at an instant: spoken words wait until the end of their day."""
    return _Composer(recorded, people, now).compose()
