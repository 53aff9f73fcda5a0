"""The catalogue of events, and a frozen sample of each: what was stored once is read for ever."""

import json
import re
from enum import StrEnum
from pathlib import Path
from typing import Any

import msgspec
import pytest

from domain.catalogue import EVENTS, ROOMS, UPCASTS
from domain.command import CommandKind
from domain.decisions import COMMANDS, DECISIONS
from domain.event import Erased, Event, Subject
from eventlog.codec import Codec

SAMPLES = Path(__file__).parent / "samples"
"""One file a topic, never changed once it is released: `{"topic": .., "fields": ..}` as it lies in the log."""
EVERY = [event for room in ROOMS.values() for event in room]


def sample(path: Path) -> tuple[str, dict[str, Any]]:
    found = json.loads(path.read_text(encoding="utf-8"))
    return found["topic"], found["fields"]


@pytest.mark.parametrize("event", EVERY, ids=lambda e: e.__name__)
def test_every_event_says_what_it_is(event: type[Event]) -> None:
    assert re.fullmatch(r"[a-z_]+(\.[a-z_0-9]+)+\.v[1-9]\d*", event.TOPIC)
    assert isinstance(event.SUBJECT, Subject)
    first = (event.__doc__ or "").split("\n", 1)[0]
    assert first.endswith("."), "a sentence that says what happened"
    assert event.__struct_config__.frozen


@pytest.mark.parametrize("event", EVERY, ids=lambda e: e.__name__)
def test_every_personal_field_is_a_field(event: type[Event]) -> None:
    assert set(event.PERSONAL) <= set(event.__struct_fields__)


FREE_TEXT = {
    *("text", "note", "notes", "reason", "reasons", "why", "fields", "unreadable", "sheet", "purpose_text", "action"),
    *("name", "given_name", "family_name", "born", "upn", "adult_name", "with_whom", "who", "carers"),
    *("address", "mobile", "phone", "travel", "child_described", "police_check", "instead", "different_today"),
}


@pytest.mark.parametrize("event", EVERY, ids=lambda e: e.__name__)
def test_free_text_and_names_are_personal(event: type[Event]) -> None:
    coded = {f.name for f in msgspec.structs.fields(event) if isinstance(f.type, type) and issubclass(f.type, StrEnum)}
    nobodys = {"why"} if event.__name__ == "SettingsAdopted" else set[str]()  # about the school's settings
    assert FREE_TEXT & set(event.__struct_fields__) <= set(event.PERSONAL) | coded | nobodys


def test_topics_are_unique_and_every_event_is_in_the_catalogue() -> None:
    assert len({event.TOPIC for event in EVERY}) == len(EVERY)
    assert set(EVENTS.values()) == set(EVERY)
    assert stored(Event) - {Erased} <= set(EVERY), "all but what stands in for an erased event"


def stored(base: type[Event]) -> set[type[Event]]:
    """Every kind of event of ours that has a topic, below what several of them have in common too."""
    below = {one for child in base.__subclasses__() for one in (child, *stored(child))}
    return {one for one in below if one.__module__.startswith("domain.") and "TOPIC" in vars(one)}


@pytest.mark.parametrize("event", EVERY, ids=lambda e: e.__name__)
def test_every_event_has_a_frozen_sample(event: type[Event]) -> None:
    path = SAMPLES / f"{event.TOPIC}.json"
    assert path.exists(), f"add {path.name} with what such an event holds; then never change it"


@pytest.mark.parametrize("path", sorted(SAMPLES.glob("*.json")), ids=lambda path: path.stem)
def test_every_sample_is_read_and_nothing_in_it_is_lost(path: Path) -> None:
    topic, fields = sample(path)
    assert path.stem == topic
    event = Codec(EVENTS, UPCASTS).decode(topic, json.dumps(fields).encode())
    if topic in EVENTS:
        read = json.loads(msgspec.json.encode(event))
        assert {name: read[name] for name in fields} == fields


@pytest.mark.parametrize("topic", sorted(EVENTS))
def test_a_sample_with_only_what_must_be_there_is_read_as_well(topic: str) -> None:
    """A field that came later has a default: what was stored before it existed is still read."""
    _, fields = sample(SAMPLES / f"{topic}.json")
    needed = {f.encode_name for f in msgspec.structs.fields(EVENTS[topic]) if f.required}
    least = {name: value for name, value in fields.items() if name in needed}
    Codec(EVENTS, UPCASTS).decode(topic, json.dumps(least).encode())


def test_every_command_has_a_name_a_kind_and_a_decision() -> None:
    assert len(COMMANDS) == len(DECISIONS)
    for name, command in COMMANDS.items():
        assert re.fullmatch(r"[a-z]+(-[a-z]+)*", name)
        assert isinstance(command.KIND, CommandKind)
        assert (command.__doc__ or "").strip()


def test_every_field_of_a_fact_has_a_default() -> None:
    for name, command in COMMANDS.items():
        if command.KIND is CommandKind.FACT:
            assert not [f.name for f in msgspec.structs.fields(command) if f.required], name
