"""Reading what was sent: a fact is never turned away and nothing of it is lost; a plan is told all that is wrong."""

import json
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from commands.ids import new_command_id
from commands.reading import Fault, Malformed, Read, fields_of, read_body, read_command_id, read_payload
from commands.reading_values import has_controls
from domain.command import Command, CommandKind
from domain.decisions import COMMANDS
from domain.trip.commands import Depart

FACTS = [kind for kind in COMMANDS.values() if kind.KIND is CommandKind.FACT]
STRICT = [kind for kind in COMMANDS.values() if kind.KIND is not CommandKind.FACT]
AN_ID = "0190a000-0000-7000-8000-000000000001"

scalars = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text()
    | st.uuids().map(str)
    | st.datetimes().map(datetime.isoformat)
    | st.sampled_from(["2026-10-25T01:30", "2026-03-29T01:30", "0001-01-01T00:00Z", "9999-12-31T23:59-23:59", "14:50"])
)
any_json = st.recursive(scalars, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=8)


def names_of(kind: type[Command]) -> st.SearchStrategy[str]:
    return st.sampled_from([*fields_of(kind), "at", "device_at", "said_by"]) | st.text()


def well_formed(read: Read) -> None:
    """Everything of it can be stored: as JSON, in UTF-8, and by the field's own type."""
    assert json.loads(msgspec.json.encode(dict(read.unreadable))) == read.unreadable
    assert not any(has_controls(text) for text in (*read.unreadable, *read.unreadable.values()))
    assert msgspec.convert(msgspec.to_builtins(read.command), type(read.command), strict=False) is not None
    for instant in (read.at, read.device_at):
        assert instant is None or instant.utcoffset() is not None


@given(st.data())
@settings(max_examples=200)
def test_any_object_sent_as_a_fact_is_read(data: st.DataObject) -> None:
    kind = data.draw(st.sampled_from(FACTS))
    body = data.draw(st.dictionaries(names_of(kind), any_json, max_size=6))
    read = read_body(kind, json.dumps(body).encode())
    assert type(read.command) is kind
    well_formed(read)


some_words = st.text("xyz", min_size=3)
in_words = st.recursive(some_words, lambda inner: st.lists(inner) | st.dictionaries(some_words, inner), max_leaves=6)


def words_in(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [word for pair in value.items() for part in pair for word in words_in(part)]
    return [word for one in value for word in words_in(one)] if isinstance(value, list) else [value]


@given(st.data())
def test_no_word_of_a_fact_is_lost_wherever_it_stands(data: st.DataObject) -> None:
    kind = data.draw(st.sampled_from(FACTS))
    body = data.draw(st.dictionaries(st.sampled_from([*fields_of(kind), "at", "said_by"]) | some_words, in_words))
    read = read_body(kind, json.dumps(body).encode())
    everything = msgspec.json.encode([read.command, dict(read.unreadable)]).decode()
    assert all(word in everything for value in body.values() for word in words_in(value))
    assert all(name in everything for name in body if name not in {"at", "said_by"})


@given(st.sampled_from(FACTS), any_json)
def test_any_json_sent_as_a_fact_is_read(kind: type[Command], body: Any) -> None:
    read = read_body(kind, json.dumps(body).encode())
    well_formed(read)
    assert isinstance(body, dict) or "body" in read.unreadable


@given(st.sampled_from(FACTS), st.binary())
def test_any_bytes_sent_as_a_fact_are_read(kind: type[Command], body: bytes) -> None:
    well_formed(read_body(kind, body))


@given(st.sampled_from(STRICT), st.data())
def test_a_plan_is_read_whole_or_told_what_is_wrong(kind: type[Command], data: st.DataObject) -> None:
    body = data.draw(st.dictionaries(names_of(kind), any_json, max_size=6) | any_json)
    try:
        well_formed(read_body(kind, json.dumps(body).encode()))
    except Malformed as malformed:
        told = malformed.faults
    else:
        told = (Fault(field="none", expected="nothing"),)
    assert told
    assert all(fault.field and fault.expected for fault in told)


@pytest.mark.parametrize("kind", FACTS, ids=lambda kind: kind.NAME)
def test_a_fact_may_come_with_nothing_at_all(kind: type[Command]) -> None:
    assert read_body(kind, b"") == Read(kind())
    assert read_body(kind, b"{}") == Read(kind())


UNREADABLE = {
    "a wrong type": ({"note": 5}, {"note": "5"}),
    "no id": ({"trip": "the blue one"}, {"trip": "the blue one"}),
    "an unknown field": ({"colour": "blue"}, {"colour": "blue"}),
    "a time in the hour that comes twice": ({"at": "2026-10-25T01:30"}, {"at": "2026-10-25T01:30"}),
    "a time that never comes": ({"at": "2026-03-29T01:30"}, {"at": "2026-03-29T01:30"}),
    "a time of nobody's life": ({"at": "0001-01-01T00:00:00Z"}, {"at": "0001-01-01T00:00:00Z"}),
    "a list where a text belongs": ({"note": ["a", "b"]}, {"note": '["a", "b"]'}),
    "a field with no name": ({"": 1}, {"(no name)": '{"": 1}'}),
    "a list": ([1, 2], {"body": "[1, 2]"}),
    "a text": ("left at ten", {"body": "left at ten"}),
}


@pytest.mark.parametrize(("body", "kept"), UNREADABLE.values(), ids=UNREADABLE.keys())
def test_what_cannot_be_read_of_a_fact_is_kept_as_text(body: object, kept: dict[str, str]) -> None:
    read = read_body(Depart, json.dumps(body).encode())
    assert read.unreadable == kept
    assert read.command == Depart()
    assert read.at is None


def test_what_can_be_read_beside_it_counts() -> None:
    read = read_payload(Depart, {"people": [AN_ID, "nobody"], "note": "left\x00early", "at": "2026-11-20T14:50"})
    assert read.command == Depart(people=(UUID(AN_ID),), note="left\u2400early")  # type: ignore[arg-type]
    assert read.at == datetime(2026, 11, 20, 14, 50, tzinfo=UTC)
    assert read.unreadable == {"people": f'["{AN_ID}", "nobody"]', "note": "left\u2400early"}


def test_a_text_too_long_begins_in_its_field_and_is_whole_beside_it() -> None:
    read = read_payload(Depart, {"note": "x" * 100_000})
    assert read.command == Depart(note="x" * 4000)
    assert read.unreadable == {"note": "x" * 100_000}


def test_a_field_that_came_twice_is_there_twice() -> None:
    read = read_body(Depart, b'{"note": "first", "note": "second"}')
    assert (read.command, read.unreadable) == (Depart(note="first"), {"note (again)": "second"})


def test_half_a_character_is_shown_and_not_lost() -> None:
    assert read_body(Depart, b'{"note": "a\\ud800b"}').unreadable == {"note": "a\\ud800b"}


EXPECTED = {
    "a missing field": ("approve-visit", {}, "visit", "an id"),
    "a wrong type": ("clear-trip", {"trip": 5}, "trip", "an id"),
    "an unknown field, with the likely one": ("clear-trip", {"trip": AN_ID, "reason": {}}, "reason", "reasons?"),
    "a list too short": ("plan-trip", {"visits": []}, "visits", "1 to 20"),
    "a place in a list": ("plan-trip", {"visits": [AN_ID, "x"]}, "visits[1]", "an id"),
    "a time that comes twice, with both readings": (
        "plan-trip",
        {"leave_at": "2026-10-25T01:30"},
        "leave_at",
        "2026-10-25T01:30:00+01:00 (BST) or 2026-10-25T01:30:00+00:00 (GMT)",
    ),
    "a time that never comes": ("plan-trip", {"leave_at": "2026-03-29T01:30"}, "leave_at", "the clocks go forward"),
    "no time": ("plan-trip", {"leave_at": "tomorrow"}, "leave_at", "London time (2026-11-20T14:50)"),
    "a control character": ("refuse-visit", {"reason": "a\x07b"}, "reason", "control characters"),
    "what turns writing round": ("refuse-visit", {"reason": "a\u202eb"}, "reason", "control characters"),
    "a name of 100,000 characters": ("admit-pupil", {"given_name": "A" * 100_000}, "given_name", "this has 100,000"),
    "a blank reason": ("refuse-visit", {"reason": "  \n"}, "reason", "1 to 4000 characters"),
    "a word that is none of them": ("assess-risk", {"level": "fine"}, "level", "one of: acceptable, high"),
    "a telephone number": ("register-number", {"mobile": "ring me"}, "mobile", "a telephone number"),
    "a record's key": ("take-back-export", {"key": "x"}, "key", "as the list of exports gives it"),
    "a number out of bounds": ("confirm-appointment", {"offers": 0}, "offers", "from 1 to 50"),
    "true for a number": ("confirm-appointment", {"offers": True}, "offers", "a whole number"),
    "nothing where something must be": ("clear-trip", {"trip": None}, "trip", "an id"),
    "a body that is no object": ("clear-trip", [1], "body", "a JSON object"),
}


@pytest.mark.parametrize(("name", "body", "field", "expected"), EXPECTED.values(), ids=EXPECTED.keys())
def test_a_plan_is_told_the_field_and_what_was_expected(name: str, body: object, field: str, expected: str) -> None:
    with pytest.raises(Malformed) as told:
        read_body(COMMANDS[name], json.dumps(body).encode())
    found = {fault.field: fault.expected for fault in told.value.faults}
    assert expected in found[field]


def test_a_plan_is_told_everything_at_once_and_none_of_it_repeats_what_was_sent() -> None:
    body = {"pupils": ["secret"], "purpose": 5, "leave_at": "secret", "colour": "secret"}
    with pytest.raises(Malformed) as told:
        read_payload(COMMANDS["request-visit"], body)
    assert {fault.field for fault in told.value.faults} == {
        "pupils[0]",
        "purpose",
        "purpose_text",
        "leave_at",
        "colour",
    }
    assert not any("secret" in fault.expected for fault in told.value.faults)


def test_line_ends_are_made_plain() -> None:
    read = read_payload(COMMANDS["keep-note"], {"text": "one\r\ntwo\rthree"})
    assert getattr(read.command, "text", "") == "one\ntwo\nthree"
    assert not read.unreadable


def test_an_unreadable_id_of_a_fact_is_the_same_each_time_and_that_of_a_plan_is_refused() -> None:
    made = new_command_id()
    first, kept = read_command_id(Depart, "tap 12", made)
    assert read_command_id(Depart, "tap 12", made)[0] == first != made
    assert kept == {"Idempotency-Key": "tap 12"}
    assert read_command_id(Depart, None, made) == (made, {})
    with pytest.raises(Malformed):
        read_command_id(COMMANDS["clear-trip"], "tap 12", made)
