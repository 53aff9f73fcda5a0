"""An exported record in plain sentences: what somebody pastes into CPOMS or MyConcern, and what the file says.

A record is about one pupil: what was found for a brother or sister, and the child a visit was once put down to by
mistake, stay out of it. How staff kept to the policy is not the child's record and stays out too.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime

import msgspec
from msgspec.structs import replace

from api.pages.templating import day, hm
from api.pages.wording import describe_event
from api.pages.words import CANCEL_REASONS, CONCERNS, OUTCOMES, SAFETY_KINDS, in_words, listed, role_in_words, sentence
from domain.concern.events import ConcernActioned, ConcernRaised
from domain.envelope import Recorded
from domain.event import Event
from domain.ids import PupilId, StaffId, concern_stream, trip_stream, visit_stream
from domain.shared.corrections import effective
from domain.times import day_of
from domain.trip import events as trip
from domain.visit import events as visit
from domain.visit.state import Cancelled, VisitState, fold
from eventlog.seam import SchoolLog
from projections.directory import Directory
from projections.export_shapes import ExportRecord, reference_of

NO_CHILD = "a child who was not picked from the list"


class Paste(msgspec.Struct, frozen=True, kw_only=True):
    """One record, ready to be pasted."""

    key: str
    title: str
    pupil: str
    """Name, year and class; or that nobody was picked."""
    when: str
    """The day and time in London, in words."""
    at: datetime
    category: str
    happened: tuple[str, ...]
    """One sentence or two each, with the time before it; in the order they happened."""
    who: str
    outcome: str

    @property
    def text(self) -> str:
        """All of it as plain text."""
        lines = "\n".join(f"- {line}" for line in self.happened)
        return (
            f"{self.title}\n\nPupil: {self.pupil}\nDate and time: {self.when}\nCategory: {self.category}\n\n"
            f"What happened:\n{lines}\n\nWho: {self.who}\nOutcome: {self.outcome}\n\nDoorstep's reference: {reference_of(self.key)}\n"
        )


def paste(record: ExportRecord, log: SchoolLog, known: Directory) -> Paste:
    """The record's text, from the log as it stands corrected. Blocks. Raises UnreadableEvent."""
    events = tuple(_events(record, log))
    state = fold(record.visit, log.read(visit_stream(record.visit))) if record.visit is not None else None
    about = state.pupils if state is not None else ()
    wording = _Wording(record, known, events)
    told = [line for one in events if (line := wording.line(one))]
    if record.kind == "concern" and record.pupil is None and about:
        names = listed([known.pupils[p].name for p in about if p in known.pupils])
        told.append(f"Which child it is about was not picked; the visit was about {names}.")
    return Paste(
        key=record.key,
        title=f"{_kind(record, state)}, {day(record.at)}",
        pupil=_pupil(record),
        when=f"{day(record.at)}, {hm(record.at)}",
        at=record.at,
        category=_category(record, state),
        happened=tuple(told) or ("Nothing more was written down.",),
        who=wording.who(),
        outcome=_outcome(record, state, events),
    )


_TITLES = {
    "visit": "Home visit",
    "safety_cancellation": "Home visit called off for safety",
    "animal_cancellation": "Home visit called off because of an animal",
    "concern": "Concern about a child",
    "contact": "Contact with the family",
}


def _pupil(record: ExportRecord) -> str:
    return ", ".join(part for part in (record.name or NO_CHILD, record.year_group, record.class_name) if part)


def _kind(record: ExportRecord, state: VisitState | None) -> str:
    """What the record is of; a visit that was called off says so from its first line on."""
    off = state.cancelled if state is not None and record.kind == "visit" else None
    if off is None:
        return _TITLES[record.kind]
    return _TITLES["safety_cancellation"] if off.safety else "Home visit called off"


def _category(record: ExportRecord, state: VisitState | None) -> str:
    if record.kind == "concern":
        return f"Concern: {CONCERNS.get(record.what, record.what) or 'not said'}"
    purpose = f": {in_words(record.purpose)}" if record.purpose else ""
    return f"{_kind(record, state)}{purpose}"


def _outcome(record: ExportRecord, state: VisitState | None, events: Iterable[Recorded]) -> str:
    if record.kind == "contact":
        return "See above."
    if record.kind == "concern":
        done = [r.event for r in events if isinstance(r.event, ConcernActioned)]
        if not done:
            return "Nothing is written down yet about what was done."
        return "Acted on and closed." if done[-1].closes else "Acted on; still open."
    if state is None:
        return "Not said."
    found = state.found.get(record.pupil) if record.pupil is not None else None
    said = []
    if found is not None:
        said.append((found.at, OUTCOMES[found.outcome]))
    if state.cancelled is not None:
        said.append((state.cancelled.at, _called_off(state.cancelled)))
    said.sort(key=lambda one: one[0])
    # Two things that came of one visit are told in their order, each with its time: neither unsays the other.
    parts = [sentence(f"at {hm(at)} {what}" if len(said) > 1 else what) for at, what in said]
    if not record.complete:
        parts.append("Not written up yet.")
    return " ".join(parts) or "Not said whether the child was seen."


def _called_off(off: Cancelled) -> str:
    if off.safety:
        return f"called off {SAFETY_KINDS[off.kind] if off.kind else 'for safety'}"
    return f"called off: {CANCEL_REASONS[off.reason]}" if off.reason is not None else "called off"


def _events(record: ExportRecord, log: SchoolLog) -> Iterator[Recorded]:
    """The events that the record tells, as they stand corrected, in the order they happened."""
    found: list[Recorded] = []
    if record.concern is not None:
        found.extend(effective(log.read(concern_stream(record.concern))))
    elif record.visit is not None:
        found.extend(effective(log.read(visit_stream(record.visit))))
    if record.trip is not None:
        found.extend(effective(log.read(trip_stream(record.trip))))
    if record.event is not None:
        found = [r for r in found if r.envelope.event_id == record.event]
    yield from sorted(found, key=lambda r: (r.envelope.occurred_at, r.envelope.index))


_AT_THE_DOOR = (
    visit.AppointmentConfirmed,
    visit.FamilyDeclinedVisit,
    visit.FamilyDelayReported,
    visit.StaffArrived,
    visit.NoAnswerAtDoor,
    visit.ChildAloneFound,
    visit.ChildNoLongerAlone,
    visit.AnimalRequestMade,
    visit.HomeEntered,
    visit.PropertyLeft,
    visit.VisitCancelledForSafety,
    visit.VisitCancelled,
    visit.NoteKept,
    visit.VisitRecorded,
)


class _Wording:
    """The sentences of one record."""

    def __init__(self, record: ExportRecord, known: Directory, events: tuple[Recorded, ...]) -> None:
        self._record = record
        self._known = known
        self._events = events
        self._moved = {r.event.wrong: r.event.right for r in events if isinstance(r.event, visit.VisitMovedToPupil)}

    def line(self, recorded: Recorded) -> str:
        """The event's sentence with its time; "" where it is not part of this record."""
        event = self._told(recorded.event)
        if event is None:
            return ""
        at = recorded.envelope.occurred_at
        time = hm(at) if day_of(at) == day_of(self._record.at) else f"{day(at)}, {hm(at)}"
        return f"{time} {self._sentence(recorded, event)}"

    def who(self) -> str:
        """Everybody who was there or spoke, with their roles."""
        if self._record.kind in {"visit", "safety_cancellation", "animal_cancellation"}:
            left = [r.event.person for r in self._events if isinstance(r.event, trip.StaffDeparted)]
            teams = [r.event.people for r in self._events if isinstance(r.event, trip.TeamNamed)]
            people = left or (list(teams[-1]) if teams else [])
            spoke = [r.envelope.person for r in self._events if isinstance(r.event, _AT_THE_DOOR)]
            return self._named(people or spoke[:1])
        return self._named([r.envelope.person for r in self._events if self._told(r.event) is not None])

    def _named(self, people: Iterable[StaffId]) -> str:
        out = []
        for one in dict.fromkeys(people):
            found = self._known.people.get(one)
            if found is not None:
                role = role_in_words(found.role_word(self._record.at)).removeprefix("the ")
                out.append(f"{found.name} ({role.removeprefix('a ').removeprefix('member of ')})")
        return listed(out) or "not said"

    def _told(self, event: Event) -> Event | None:
        """The event as this record tells it; None where it does not."""
        match event:
            case ConcernRaised():
                return replace(event, pupils=(self._record.pupil,) if self._record.pupil is not None else ())
            case ConcernActioned() | visit.VisitRequested() | visit.RequestCorrected():
                return event
            case visit.PupilOutcomeRecorded(pupil=pupil) | visit.DecisionForChildMade(pupil=pupil):
                mine = pupil is None or self._meant(pupil) == self._record.pupil
                return replace(event, pupil=self._record.pupil) if mine else None
            case trip.DangerReported(visit=door) | trip.EmergencyServicesCalled(visit=door):
                return event if door in {None, self._record.visit} and self._record.concern is None else None
            case trip.ContactAttempted():
                return event if self._record.event is not None else None
            case _:
                return event if isinstance(event, _AT_THE_DOOR) and self._record.concern is None else None

    def _meant(self, pupil: PupilId) -> PupilId:
        """The child meant, where the visit was moved from one picked by mistake."""
        for _ in self._moved:
            pupil = self._moved.get(pupil, pupil)
        return pupil

    def _sentence(self, recorded: Recorded, event: Event) -> str:
        if isinstance(event, visit.VisitRequested):
            what = f"A visit was asked for: {in_words(event.purpose)}."
            return f"{what} “{event.purpose_text}”" if event.purpose_text else what
        if isinstance(event, visit.VisitRecorded):
            fields = " ".join(sentence(f"{in_words(name)}: {text}") for name, text in event.fields.items())
            off = visit.VisitCancelled | visit.VisitCancelledForSafety
            called_off = any(isinstance(r.event, off) for r in self._events)
            return f"Written up{' as called off' if called_off else ''}. {fields}".strip()
        words = describe_event(Recorded(recorded.envelope, event), self._known)
        return f"{words.title}: {words.whole}" if isinstance(event, visit.AppointmentConfirmed) else words.whole
