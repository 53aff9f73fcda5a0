"""Every event has its words: a title, a sentence, and what was typed kept apart from both."""

import re
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from typing import Any, get_type_hints
from uuid import UUID, uuid5

import msgspec
import pytest

from api.pages import words
from api.pages.assets import Assets
from api.pages.templating import Templates
from api.pages.wording import describe_event
from domain.catalogue import EVENTS, ROOMS
from domain.envelope import Envelope, Recorded
from domain.event import Event
from domain.ids import NAMESPACE, CommandId, EventId, PupilId, SchoolSlug, StaffId, Stream, StreamKind, VisitId
from domain.policy import Source
from domain.pupil.state import Pupil
from domain.roles import Role
from domain.shared.events import DeviationNoted
from domain.staff.state import Person
from domain.trip.events import (
    AlarmAbout,
    BackByMoved,
    CheckIn,
    CheckInMade,
    ContactResult,
    OverdueRaised,
    OverdueResolved,
    StaffDeparted,
)
from domain.visit.events import AppointmentHow, CancelReason, NotSeenDecision, Outcome, SafetyKind, VisitRequested
from projections.directory import Directory

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
AMIRA = StaffId(uuid5(NAMESPACE, "amira"))
AVA = PupilId(uuid5(NAMESPACE, "ava"))
KNOWN = Directory(
    1,
    {AMIRA: Person(id=AMIRA, name="Amira Khan", here=True)},
    {AVA: Pupil(id=AVA, given_name="Ava", family_name="Brook")},
    (),
)
TYPED = "typed by somebody"


def recorded(event: Event, *, kind: StreamKind = StreamKind.TRIP, by: StaffId = AMIRA) -> Recorded:
    """An event at noon, by Amira."""
    envelope = Envelope(
        event_id=EventId(uuid5(NAMESPACE, "event")),
        school=SchoolSlug("beckside"),
        stream=Stream(kind, AMIRA),
        version=1,
        index=1,
        topic=event.TOPIC,
        occurred_at=NOON,
        device_at=None,
        recorded_at=NOON,
        actor=by,
        role=Role.TEACHER,
        said_by=None,
        deputising_for=None,
        command_id=CommandId(uuid5(NAMESPACE, "command")),
        correlation_id=None,
        causation_id=None,
        policy_version=1,
        corrects=None,
        key_id=None,
        salt=b"",
    )
    return Recorded(envelope, event)


def _value(hint: Any, name: str) -> Any:
    """Something of the right type, so that any event can be made."""
    text = str(hint)
    if isinstance(hint, type) and issubclass(hint, StrEnum):
        return next(iter(hint))
    plain = {str: TYPED, bool: True, int: 1, datetime: NOON, date: NOON.date(), UUID: AMIRA}
    if hint in plain:
        return plain[hint]
    if "tuple" in text:
        return ()
    if "dict" in text:
        return {}
    if "UUID" in text or "Id" in text:
        return AVA if name in ("pupil", "wrong", "right") else AMIRA
    return None


def _made(event: type[Event]) -> Event:
    hints = get_type_hints(event)
    fields = {
        f.name: _value(getattr(hints[f.name], "__supertype__", hints[f.name]), f.name)
        for f in msgspec.structs.fields(event)
    }
    return event(**fields)


@pytest.mark.parametrize("topic", sorted(EVENTS))
def test_every_event_has_a_title_and_a_sentence(topic: str) -> None:
    words_of = describe_event(recorded(_made(EVENTS[topic])), KNOWN)
    assert words_of.title
    assert re.search(r"[.!?”]$", words_of.body), words_of
    assert topic not in words_of.body
    assert "_" not in words_of.title


@pytest.mark.parametrize(
    "topic", sorted(e.TOPIC for e in (*ROOMS["visit"], *ROOMS["trip"], *ROOMS["concern"]) if e.PERSONAL)
)
def test_free_text_about_a_child_or_family_stands_in_the_note_alone(topic: str) -> None:
    event = EVENTS[topic]
    typed = {"purpose_text", "on_site_reason", "contacts_tried", "override_reason", "reason", "text", "note", "why"}
    typed |= {"different_today", "child_described", "action", "lone_reason"}
    fields = [f for f in event.PERSONAL if f in typed]
    marked = msgspec.structs.replace(_made(event), **{f: f"secret {f}" for f in fields})
    said = describe_event(recorded(marked), KNOWN)
    automatic = topic in (
        "visit.approval_withdrawn.v1",
        "visit.list_unsigned.v1",
        "trip.clearance_voided.v1",
    )  # Doorstep's own words
    for field in fields:
        assert automatic or f"secret {field}" not in said.body
        assert automatic or f"secret {field}" in said.note


@pytest.mark.parametrize(
    ("codes", "said"),
    [
        (Outcome, words.OUTCOMES),
        (CancelReason, words.CANCEL_REASONS),
        (SafetyKind, words.SAFETY_KINDS),
        (AppointmentHow, words.APPOINTMENT_HOW),
        (NotSeenDecision, words.NOT_SEEN_DECISIONS),
        (CheckIn, words.CHECK_INS),
        (ContactResult, words.CONTACT_RESULTS),
        (AlarmAbout, words.ALARMS),
    ],
)
def test_every_code_has_its_words(codes: type[StrEnum], said: dict[StrEnum, str]) -> None:
    assert set(said) == set(codes)


def test_names_and_streets_are_said() -> None:
    visit = VisitId(uuid5(NAMESPACE, "visit"))
    left = describe_event(recorded(StaffDeparted(person=AMIRA)), KNOWN)
    assert left.body == "Amira Khan left school."
    rang = CheckInMade(when=CheckIn.LEFT_PROPERTY, visit=visit)
    assert describe_event(recorded(rang), KNOWN, {visit: "12 Mill Lane"}).body == (
        "Amira Khan rang school on leaving the house at 12 Mill Lane."
    )
    asked = VisitRequested(
        pupils=(AVA,),
        purpose="safeguarding_unseen",
        purpose_text="Not seen since Monday",
        place="home",
        address="12 Mill Lane, Ilkley",
        safeguarding=True,
    )
    said = describe_event(recorded(asked, kind=StreamKind.VISIT), KNOWN)
    assert said.body == "Ava Brook, safeguarding (child not seen), 12 Mill Lane. A safeguarding visit."
    assert said.note == "Not seen since Monday"


def test_a_time_on_another_day_says_which() -> None:
    moved = BackByMoved(was=NOON, back_by=NOON + timedelta(days=1))
    assert describe_event(recorded(moved), KNOWN).body == "Back by 12:00 on 21 Nov 2026, it was 12:00."


@pytest.mark.parametrize(
    ("about", "how", "title", "body"),
    [
        (AlarmAbout.RETURN, "returned", "No longer overdue", "Everybody is back, 7 min late."),
        (AlarmAbout.AGREED_CALL, "call_made", "Call settled", "The agreed call was made, 7 min late."),
        (
            AlarmAbout.AGREED_CALL,
            "returned",
            "Call settled",
            "The agreed call was settled 7 min after it was due: everybody is back.",
        ),
        (
            AlarmAbout.CALL_ON_LEAVING,
            "spoke_safe",
            "Call settled",
            "The call on leaving the house was settled 7 min after it was due: spoken to, and safe.",
        ),
    ],
)
def test_how_late_it_was_is_said_of_what_the_alarm_was_about(
    about: AlarmAbout, how: str, title: str, body: str
) -> None:
    said = describe_event(recorded(OverdueResolved(about=about, how=how, late_seconds=7 * 60 + 5)), KNOWN)
    assert (said.title, said.body) == (title, body)


def test_an_alarm_found_late_says_when_and_claims_no_cause() -> None:
    late = NOON + timedelta(minutes=9)
    back = describe_event(recorded(OverdueRaised(about=AlarmAbout.RETURN, due_at=NOON, found_at=late)), KNOWN)
    assert (back.title, back.body) == ("Overdue", "Not back. Due at 12:00. Found at 12:09.")
    call = describe_event(recorded(OverdueRaised(about=AlarmAbout.AGREED_CALL, due_at=NOON, found_at=NOON)), KNOWN)
    assert (call.title, call.body) == ("Call not made", "Agreed call not made. Due at 12:00.")


def test_a_role_that_two_words_name_is_said_once() -> None:
    assert words.roles_in_words(("DSL|DDSL", "headteacher", "DSL", "DDSL")) == "the DSL or a deputy or the headteacher"
    assert words.roles_in_words(("DSL", "DDSL", "SLT")) == "the DSL or a deputy DSL or a member of SLT"


def test_a_deviation_names_its_clauses_and_advice_is_called_advice() -> None:
    from_clause = DeviationNoted(
        rule="waiting.too_long", says="waited 25 min", source=Source.CLAUSE, clauses=("SP-39", "SP-40")
    )
    assert describe_event(recorded(from_clause), KNOWN).title == "Not as policy SP-39 and SP-40"
    ours = DeviationNoted(rule="waiting.too_long", says="waited 25 min", source=Source.DEFAULT)
    assert describe_event(recorded(ours), KNOWN).title == "Doorstep advice not followed"


def test_the_tags_used_are_known_to_the_tag_macro_or_read_well(templates: Templates) -> None:
    tags = {describe_event(recorded(_made(event)), KNOWN).tag for event in EVENTS.values()}
    for tag in tags - {""}:
        html = templates._environment.from_string("{% from 'shared/parts.html' import tag %}{{ tag(state) }}").render(
            state=tag
        )
        assert "govuk-tag" in html
        assert "_" not in re.sub(r"<[^>]*>", "", html)


@pytest.fixture(scope="module")
def templates() -> Templates:
    return Templates(Assets())
