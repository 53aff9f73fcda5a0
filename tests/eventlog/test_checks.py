"""The verifier notices, and a follower stops, when somebody with the owner's rights and the keys goes round the seam."""

from typing import cast
from uuid import UUID

import psycopg
import pytest
from psycopg.sql import SQL, Identifier

from eventlog.errors import GapInLog
from eventlog.log import PostgresLog
from eventlog.rows import Payload, seal
from eventlog.settings import DatabaseUrls
from eventlog.store import Store
from tests.checks import check_log
from tests.eventlog.examples import EVENTS, a_knock, a_visit, knock

FORGED = (
    "INSERT INTO event (originator_id, originator_version, topic, state, notification_id, stream_kind, event_id,"
    " recorded_at, key_id, salt, envelope) VALUES (%(stream)s, %(version)s, %(topic)s, %(state)s, %(index)s, %(kind)s,"
    " %(event_id)s, now(), %(key_id)s, %(salt)s, %(envelope)s)"
)


@pytest.mark.parametrize(
    ("versions", "indices", "head", "complaint"),
    [
        pytest.param(1, 2, 3, "the index has a gap", id="an index is missing"),
        pytest.param(2, 1, 2, "have a gap", id="a version is missing"),
        pytest.param(1, 1, 2, "the range of command", id="an event is in no command's range"),
        pytest.param(1, 1, 1, "reads otherwise than the log", id="an event lies beyond the head"),
    ],
)
def test_a_log_that_is_wrong_does_not_pass(
    urls: DatabaseUrls, store: Store, slug: str, versions: int, indices: int, head: int, complaint: str
) -> None:
    knock(store.log(slug), a_visit())
    check_log(store.log(slug))
    _forge(urls, store.log(slug), versions, indices, head)
    with pytest.raises(AssertionError, match=complaint):
        check_log(store.log(slug))


def test_an_event_that_cannot_be_read_does_not_pass(urls: DatabaseUrls, store: Store, slug: str) -> None:
    knock(store.log(slug))
    with Store.open(urls, dict(list(EVENTS.items())[1:])) as older, pytest.raises(AssertionError, match="be read"):
        check_log(older.log(slug))


def test_a_follower_does_not_pass_over_a_gap(urls: DatabaseUrls, store: Store, slug: str) -> None:
    knock(store.log(slug))
    _forge(urls, store.log(slug), versions=1, indices=2, head=3)
    tail = store.log(slug).subscribe()
    assert [one.envelope.index for one in tail.next_batch(timeout=1)] == [1], "what lies before the gap is delivered"
    with pytest.raises(GapInLog) as found:
        tail.next_batch(timeout=1)
    assert found.value.index == 2
    tail.close()


def _forge(urls: DatabaseUrls, log: PostgresLog, versions: int, indices: int, head: int) -> None:
    """Somebody with the owner's rights and the keys adds a second event by hand."""
    (first,) = log.read_log()
    payload = Payload(first.envelope.stream, a_knock(), first.envelope.topic, b'{"note": "forged"}')
    key = log._keyring.get(cast("UUID", first.envelope.key_id))
    assert key is not None
    forged = seal(log.school, first.envelope.command_id, payload, first.envelope.version + versions, key)
    with psycopg.connect(urls.migrate) as connection:
        connection.execute("SET ROLE doorstep_owner")
        connection.execute(SQL("SET search_path TO {}").format(Identifier(f"school_{log.school}")))
        connection.execute(
            FORGED,
            {
                "stream": first.envelope.stream.id,
                "kind": first.envelope.stream.kind.value,
                "version": forged.canonical.version,
                "topic": forged.canonical.topic,
                "index": first.envelope.index + indices,
                "event_id": forged.canonical.event_id,
                "key_id": key.id,
                "salt": forged.salt,
                "envelope": forged.envelope,
                "state": forged.state,
            },
        )
        connection.execute("UPDATE head SET last_index = %s", (head,))
