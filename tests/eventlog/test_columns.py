"""What lies beside an envelope is held against it: whoever rewrites it past the triggers misleads nobody for long."""

import pytest

from eventlog.columns import Astray, astray
from eventlog.integrity import Alarm, verify_storage
from eventlog.ledger.verifier import Refused
from eventlog.migrate import valid_slug
from eventlog.migrating import connected
from eventlog.school_roles import as_school
from eventlog.seam import Write
from eventlog.settings import DatabaseUrls
from eventlog.store import Store
from tests.eventlog.examples import a_knock, a_visit, knock
from tests.eventlog.examples import store as append
from tests.tampering import past_the_triggers

REWRITTEN = {
    "an event that is moved to another stream": (
        "UPDATE event SET originator_id = gen_random_uuid() WHERE notification_id = 3",
        3,
    ),
    "an event that is given another place": ("UPDATE event SET originator_version = 9 WHERE notification_id = 3", 3),
    "an event that is given another kind": ("UPDATE event SET stream_kind = 'trip' WHERE notification_id = 3", 3),
    "an event that is given another topic": ("UPDATE event SET topic = 'x' WHERE notification_id = 3", 3),
    "an event that is given another id": ("UPDATE event SET event_id = gen_random_uuid() WHERE notification_id = 3", 3),
    "an event whose key is said to be another": (
        "UPDATE event SET key_id = gen_random_uuid() WHERE notification_id = 3",
        3,
    ),
    "an envelope that is none": ("UPDATE event SET envelope = 'x' WHERE notification_id = 3", 3),
    "an event that is gone": ("DELETE FROM event WHERE notification_id = 3", 3),
    "the last event, gone": ("DELETE FROM event WHERE notification_id = 5", 5),
    "a command that is forgotten, to be sent again": ("DELETE FROM command WHERE first_index = 4", 4),
    "a command that is said to be another": (
        "UPDATE command SET command_id = gen_random_uuid() WHERE first_index = 1",
        1,
    ),
    "a command that is said to have stored more": ("UPDATE command SET last_index = 9 WHERE first_index = 5", 6),
    "a head that runs ahead": ("UPDATE head SET last_index = 9", 6),
}


@pytest.fixture
def five(store: Store, slug: str) -> Store:
    """Five events by three commands, and a command that stored nothing."""
    log, visit = store.log(slug), a_visit()
    append(log, Write(visit, None, (a_knock(), a_knock())), Write(a_visit(), None, (a_knock(),)))
    append(log)
    knock(log, visit)
    knock(log, visit)
    return store


def found(urls: DatabaseUrls, slug: str) -> Astray | None:
    """What lies astray."""
    with connected(as_school(urls.app, slug)) as connection:
        return astray(connection, valid_slug(slug))


def test_in_a_log_as_it_was_written_nothing_lies_astray(five: Store, urls: DatabaseUrls, slug: str) -> None:
    assert found(urls, slug) is None
    assert five.alarms(slug) == ()
    assert verify_storage(urls, slug) == ()


def test_an_empty_log_is_as_it_was_made(store: Store, urls: DatabaseUrls, slug: str) -> None:
    assert store.log(slug).head() == 0
    assert found(urls, slug) is None


@pytest.mark.usefixtures("five")
@pytest.mark.parametrize(("statement", "event"), REWRITTEN.values(), ids=REWRITTEN)
def test_what_is_rewritten_beside_an_envelope_is_found(
    urls: DatabaseUrls, slug: str, statement: str, event: int
) -> None:
    past_the_triggers(urls, slug, statement)
    lost = found(urls, slug)
    assert lost is not None
    assert lost.event == event


def test_it_is_an_alarm_and_verifying_refuses_it(five: Store, urls: DatabaseUrls, slug: str) -> None:
    past_the_triggers(urls, slug, "UPDATE event SET originator_id = gen_random_uuid() WHERE notification_id = 4")
    says = "event 4: the columns beside its envelope say something else"
    assert five.alarms(slug) == (Alarm("columns", says),)
    assert five.alarms(slug, whole=False) == ()
    with pytest.raises(Refused, match=says) as refused:
        verify_storage(urls, slug)
    assert refused.value.index == 4
