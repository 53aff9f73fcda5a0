from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eventlog.codec import Codec, Unreadable
from eventlog.errors import UnknownTopic, UnreadableEvent
from tests.eventlog.examples import EVENTS, NOON, Knocked

CODEC = Codec(EVENTS)


@given(note=st.text(), at=st.datetimes(timezones=st.just(UTC)))
def test_an_event_survives_the_way_to_bytes_and_back(note: str, at: datetime) -> None:
    event = Knocked(note=note, at=at)
    assert CODEC.decode(*CODEC.encode(event)) == event


def test_the_payload_is_plain_json_in_the_order_of_the_fields() -> None:
    assert CODEC.encode(Knocked(note="a")) == (Knocked.TOPIC, b'{"note":"a","at":"2026-03-02T12:00:00.123456Z"}')


def test_an_unknown_topic_is_named() -> None:
    with pytest.raises(UnknownTopic) as refused:
        CODEC.decode("example.shouted.v1", b"{}")
    assert refused.value.topic == "example.shouted.v1"


@pytest.mark.parametrize("state", [b"", b"{", b"[]", b'{"note": 5}', b'{"note": "Sarah", "at": "Sarah"}', b"\xff"])
def test_a_payload_that_does_not_fit_is_refused_without_repeating_it(state: bytes) -> None:
    with pytest.raises(UnreadableEvent) as refused:
        CODEC.decode(Knocked.TOPIC, state)
    assert "Sarah" not in str(refused.value)
    assert refused.value.topic == Knocked.TOPIC


def test_what_stands_in_for_an_event_is_never_stored() -> None:
    with pytest.raises(UnknownTopic):
        CODEC.encode(Unreadable(topic="x", reason="y"))


def test_an_old_topic_is_brought_forward_version_by_version() -> None:
    class Rung(Knocked, frozen=True, kw_only=True):
        TOPIC = "example.rung.v3"

    upcasts = {
        "example.rung.v1": lambda fields: {"remark": fields["text"]},
        "example.rung.v2": lambda fields: {"note": fields["remark"], "at": NOON.isoformat()},
    }
    codec = Codec({Rung.TOPIC: Rung}, upcasts)
    assert codec.decode("example.rung.v1", b'{"text": "loud"}') == Rung(note="loud")
    assert codec.decode("example.rung.v2", b'{"remark": "loud"}') == Rung(note="loud")
    with pytest.raises(UnreadableEvent, match="brought forward"):
        codec.decode("example.rung.v1", b"{}")
    with pytest.raises(UnknownTopic):
        Codec({}, upcasts).decode("example.rung.v1", b'{"text": "loud"}')
