"""The verifier notices, and a follower stops, when somebody with the application's rights goes round the seam."""

import psycopg
import pytest
from psycopg.sql import SQL, Identifier

from eventlog.errors import GapInLog
from eventlog.settings import DatabaseUrls
from eventlog.store import Store
from tests.checks import check_log
from tests.eventlog.examples import EVENTS, a_visit, knock

FORGED = (
    "INSERT INTO event SELECT originator_id, originator_version + %(versions)s, topic, state,"
    " notification_id + %(indices)s, gen_random_uuid(), stream_kind, occurred_at, device_at, recorded_at, actor, role,"
    " said_by, deputising_for, command_id, correlation_id, causation_id, policy_version, corrects, key_id, salt"
    " FROM event WHERE notification_id = 1"
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
    _forge(urls, slug, versions, indices, head)
    with pytest.raises(AssertionError, match=complaint):
        check_log(store.log(slug))


def test_an_event_that_cannot_be_read_does_not_pass(urls: DatabaseUrls, store: Store, slug: str) -> None:
    knock(store.log(slug))
    with Store.open(urls, dict(list(EVENTS.items())[1:])) as older, pytest.raises(AssertionError, match="be read"):
        check_log(older.log(slug))


def test_a_follower_does_not_pass_over_a_gap(urls: DatabaseUrls, store: Store, slug: str) -> None:
    knock(store.log(slug))
    _forge(urls, slug, versions=1, indices=2, head=3)
    tail = store.log(slug).subscribe()
    assert [one.envelope.index for one in tail.next_batch(timeout=1)] == [1], "what lies before the gap is delivered"
    with pytest.raises(GapInLog) as found:
        tail.next_batch(timeout=1)
    assert found.value.index == 2
    tail.close()


def _forge(urls: DatabaseUrls, slug: str, versions: int, indices: int, head: int) -> None:
    with psycopg.connect(urls.app) as connection:
        connection.execute(SQL("SET search_path TO {}").format(Identifier(f"school_{slug}")))
        connection.execute(FORGED, {"versions": versions, "indices": indices})
        connection.execute("UPDATE head SET last_index = %s", (head,))
