"""The rows of the exports, kept event by event, say what the whole history says: for any history, after every event."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.concern.events import ConcernRaised
from domain.envelope import Envelope, Recorded
from domain.event import Event
from domain.ids import (
    DOORSTEP,
    CommandId,
    ConcernId,
    EventId,
    PupilId,
    SchoolSlug,
    StaffId,
    Stream,
    TripId,
    VisitId,
    concern_stream,
    school_stream,
    trip_stream,
    visit_stream,
)
from domain.policy import Force, Policy, Setting, Source
from domain.roles import Role
from domain.school.events import ExportTakenBack, RecordExported
from domain.shared.events import EventCorrected
from domain.trip import events as t
from domain.visit import events as v
from projections.directory import Directory
from projections.export_scopes import scopes_of, why
from projections.export_shapes import DUE, SENT, Due, Sent, key_of
from projections.exports import fold
from projections.rows import Past, Rows
from tests.projections.naive_exports import records_of

MONDAY = datetime(2026, 9, 14, 9, tzinfo=UTC)
SLUG = SchoolSlug("beckside")
PUPILS = tuple(PupilId(UUID(int=n)) for n in range(1, 4))
PEOPLE = tuple(StaffId(UUID(int=n)) for n in range(10, 12))
VISITS = tuple(VisitId(UUID(int=n)) for n in range(20, 23))
TRIPS = tuple(TripId(UUID(int=n)) for n in range(30, 33))
CONCERNS = tuple(ConcernId(UUID(int=n)) for n in range(40, 43))
SCOPES = (
    ("all_visits", "concerns"),
    ("all_contacts",),
    ("purpose:attendance", "concerns", "animal_cancellations"),
    ("safety_cancellations", "purpose:safeguarding"),
    (),
)


def settings_from(*scopes: tuple[datetime, tuple[str, ...]]) -> Directory:
    """A school that adopted these scopes, each from an instant."""
    policies = tuple(
        Policy(
            key="leyland", title="", version=n, effective_from=begins, clauses={},
            settings={"record_scope": Setting(name="record_scope", value=list(scope), source=Source.DEFAULT, force=Force.MUST)},
        )
        for n, (begins, scope) in enumerate(scopes)
    )  # fmt: skip
    return Directory(0, {}, {}, policies)


class History:
    """A log in memory, and the rows that the fold keeps of it."""

    def __init__(self) -> None:
        """Nothing has happened."""
        self.log: list[Recorded] = []
        self.rows = Rows(msgspec.json.Encoder(), empty=True)

    def happens(self, stream: Stream, event: Event, minutes: int) -> None:
        """One more event, folded."""
        index = len(self.log) + 1
        envelope = Envelope(
            event_id=EventId(UUID(int=1_000 + index)), school=SLUG, stream=stream,
            version=sum(r.envelope.stream == stream for r in self.log) + 1, index=index, topic=event.TOPIC,
            occurred_at=MONDAY + timedelta(minutes=minutes), device_at=None,
            recorded_at=MONDAY + timedelta(minutes=index), actor=DOORSTEP, role=Role.SYSTEM, said_by=None,
            deputising_for=None, command_id=CommandId(UUID(int=index)), correlation_id=None, causation_id=None,
            policy_version=1, corrects=None, key_id=None, salt=b"",
        )  # fmt: skip
        self.log.append(Recorded(envelope, event))
        fold(self.log[-1], self.rows, Past(self._past))
        self.rows.keep()

    def _past(self, stream: Stream, version: int) -> Sequence[Recorded]:
        return [r for r in self.log if r.envelope.stream == stream and r.envelope.version <= version]

    def kept(self, kind: str, of: type[Any]) -> dict[str, Any]:
        """The rows of a kind, as they would be read back."""
        found = {key: body for (of_kind, key), body in self.rows.changes() if of_kind == kind and body is not None}
        return {key: msgspec.json.decode(body, type=of) for key, body in found.items()}

    def check(self, known: Directory) -> None:
        """What the rows say under some settings is what the whole log says under them."""
        due: dict[str, Due] = self.kept(DUE, Due)
        scopes = scopes_of(known)
        told = {
            key: (why(scopes, one), one.at, one.pupil, one.trip, one.street, one.complete) for key, one in due.items()
        }
        naive = records_of(self.log, known)
        assert {key: one for key, one in told.items() if one[0]} == {
            r.key: (r.why, r.at, r.pupil, r.trip, r.street, r.complete) for r in naive
        }
        sent: dict[str, Sent] = self.kept(SENT, Sent)
        assert {key for key, one in sent.items() if one.loose} == set(sent) - set(due)
        out = {key: one.index for key, one in sent.items() if not one.taken_back}
        assert {key: one.sent for key, one in due.items()} == {key: out.get(key) for key in due}


def one_of(*values: Any) -> st.SearchStrategy[Any]:
    """Any of these."""
    return st.sampled_from(values)


VISIT_EVENTS = st.one_of(
    st.builds(
        v.VisitRequested, pupils=st.lists(one_of(*PUPILS), max_size=2, unique=True).map(tuple),
        purpose=one_of("attendance", "transition"), purpose_text=st.just(""), place=st.just("home"),
        address=one_of("1 Mill Lane, Town", ""), safeguarding=st.booleans(),
    ),
    st.builds(v.StaffArrived, trip=one_of(None, *TRIPS)),
    st.builds(v.PropertyLeft),
    st.builds(v.VisitRecorded, fields=st.just({})),
    st.builds(v.VisitCancelled, reason=one_of(*v.CancelReason)),
    st.builds(v.VisitCancelledForSafety, kind=one_of(*v.SafetyKind)),
    st.builds(v.VisitMovedToPupil, wrong=one_of(*PUPILS), right=one_of(*PUPILS), why=st.just("")),
    st.builds(v.FamilyDeclinedVisit),
)  # fmt: skip
TRIP_EVENTS = st.one_of(
    st.builds(
        t.TripPlanned, visits=st.lists(one_of(*VISITS), max_size=2, unique=True).map(tuple), leave_at=st.just(MONDAY),
        back_by=st.just(MONDAY),
    ),
    st.builds(t.VisitAddedToTrip, visit=one_of(*VISITS)),
    st.builds(t.StaffDeparted, person=one_of(*PEOPLE)),
    st.builds(t.StaffReturned, person=one_of(*PEOPLE)),
    st.builds(t.TripCalledOff),
    st.builds(t.ContactAttempted, step=one_of("pupil_home", "mobile"), result=one_of(*t.ContactResult)),
)  # fmt: skip
RAISED = st.builds(
    ConcernRaised, text=st.just(""), category=one_of("injury", "other"), visit=one_of(None, None, *VISITS),
    trip=one_of(None, *TRIPS), pupils=st.lists(one_of(*PUPILS), max_size=2, unique=True).map(tuple),
)  # fmt: skip
KEYS = [
    key_of(kind, source, pupil) for kind in ("visit", "safety_cancellation") for source in VISITS for pupil in PUPILS
]
KEYS += [key_of("concern", source, pupil) for source in CONCERNS for pupil in (*PUPILS, None)]
SCHOOL_EVENTS = st.one_of(
    st.builds(
        RecordExported, system=st.just("CPOMS"), how=st.just("csv"), keys=st.lists(one_of(*KEYS), max_size=3).map(tuple)
    ),
    st.builds(ExportTakenBack, key=one_of(*KEYS), why=st.just("")),
)
STEPS = st.one_of(
    st.tuples(one_of(*VISITS).map(visit_stream), VISIT_EVENTS),
    st.tuples(one_of(*TRIPS).map(trip_stream), TRIP_EVENTS),
    st.tuples(one_of(*CONCERNS).map(concern_stream), RAISED),
    st.tuples(st.just(school_stream(SLUG)), SCHOOL_EVENTS),
    st.integers(0, 40),
)
"""An event for a stream; or the place of an earlier one, which is taken back, or put at another time."""
AT_ANY_TIME = st.tuples(STEPS, st.integers(-60, 60))


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    story=st.lists(AT_ANY_TIME, max_size=40),
    scopes=st.lists(st.tuples(st.integers(-30, 30), one_of(*SCOPES)), min_size=1, max_size=3),
)
def test_after_every_event_the_rows_say_what_the_whole_history_says(
    story: list[tuple[Any, int]], scopes: list[tuple[int, tuple[str, ...]]]
) -> None:
    history = History()
    known = settings_from(*((MONDAY + timedelta(minutes=m), scope) for m, scope in sorted(scopes, key=lambda s: s[0])))
    for step, minutes in story:
        if not isinstance(step, int):
            stream, event = step
            history.happens(stream, event, minutes)
        elif step < len(history.log):
            about = history.log[step].envelope
            at = None if minutes < 0 else MONDAY + timedelta(minutes=minutes)
            wrong = EventCorrected(target=about.event_id, reason="", retracts=at is None, occurred_at=at)
            history.happens(about.stream, wrong, minutes)
        history.check(known)


PURPOSES = settings_from((MONDAY, ("purpose:attendance", "concerns")))


def asked_for(history: History, visit: VisitId, purpose: str = "transition") -> None:
    """A visit to the first pupil that came to the door; these settings ask for no transition visit by itself."""
    asked = v.VisitRequested(
        pupils=PUPILS[:1], purpose=purpose, purpose_text="", place="home", address="1 Mill Lane", safeguarding=False
    )
    history.happens(visit_stream(visit), asked, 0)
    history.happens(visit_stream(visit), v.StaffArrived(), 1)


def to(*visits: VisitId) -> t.TripPlanned:
    """A trip to these doors."""
    return t.TripPlanned(visits=visits, leave_at=MONDAY, back_by=MONDAY)


def standing(history: History, known: Directory) -> set[str]:
    """The keys of the records that the settings ask for, checked against the whole history."""
    history.check(known)
    return {key for key, due in history.kept(DUE, Due).items() if why(scopes_of(known), due)}


def test_a_visit_enters_when_everybody_is_back_though_nobody_said_that_they_left_the_house() -> None:
    history = History()
    asked_for(history, VISITS[0], "attendance")
    trip = trip_stream(TRIPS[0])
    history.happens(trip, to(VISITS[0]), 2)
    history.happens(trip, t.StaffDeparted(person=PEOPLE[0]), 3)
    assert standing(history, PURPOSES) == set()
    history.happens(trip, t.StaffReturned(person=PEOPLE[0]), 4)
    assert standing(history, PURPOSES) == {key_of("visit", VISITS[0], PUPILS[0])}


def test_a_concern_that_names_a_trip_is_about_its_one_door_as_soon_as_the_other_door_is_on_a_later_trip() -> None:
    history = History()
    for visit in VISITS[:2]:
        asked_for(history, visit)
        history.happens(visit_stream(visit), v.PropertyLeft(), 2)
    history.happens(trip_stream(TRIPS[0]), to(*VISITS[:2]), 3)
    history.happens(concern_stream(CONCERNS[0]), ConcernRaised(text="", trip=TRIPS[0]), 4)
    concern = key_of("concern", CONCERNS[0], None)
    assert standing(history, PURPOSES) == {concern}
    history.happens(trip_stream(TRIPS[1]), to(VISITS[1]), 5)
    assert standing(history, PURPOSES) == {concern, key_of("visit", VISITS[0], PUPILS[0])}


def test_a_visit_that_entered_for_a_concern_leaves_with_it_where_that_was_a_mistaken_tap() -> None:
    history = History()
    asked_for(history, VISITS[0])
    history.happens(visit_stream(VISITS[0]), v.PropertyLeft(), 2)
    history.happens(concern_stream(CONCERNS[0]), ConcernRaised(text="", visit=VISITS[0], pupils=PUPILS[:1]), 3)
    raised = history.log[-1].envelope
    both = {key_of("visit", VISITS[0], PUPILS[0]), key_of("concern", CONCERNS[0], PUPILS[0])}
    assert standing(history, PURPOSES) == both
    history.happens(raised.stream, EventCorrected(target=raised.event_id, reason="", retracts=True), 4)
    assert standing(history, PURPOSES) == set()


@pytest.mark.parametrize("scope", SCOPES)
def test_the_same_settings_adopted_again_make_no_new_scope(scope: tuple[str, ...]) -> None:
    known = settings_from(*((MONDAY + timedelta(days=n), scope) for n in range(4)))
    (only,) = scopes_of(known)
    assert only.named == scope
    assert only.begins < 0 < only.ends
