import contextlib
import random
from uuid import uuid4

import psycopg
import pytest

from domain.ids import EventId
from eventlog.errors import UnknownSchool
from eventlog.log import PostgresLog
from eventlog.migrate import add_school
from eventlog.seam import NewEvent, Write
from eventlog.settings import DatabaseUrls
from eventlog.store import Store
from tests.eventlog.examples import EVENTS, Answered, Knocked, a_visit, acting, knock
from tests.eventlog.examples import store as append


def test_the_log_of_a_school_is_one_object(store: Store, slug: str) -> None:
    assert store.log(slug) is store.log(slug)


def test_schools_share_nothing_but_the_database(store: Store, log: PostgresLog, urls: DatabaseUrls) -> None:
    other = f"other_{uuid4().hex[:8]}"
    add_school(urls, other, "Other", "leyland")
    appended = knock(log)
    assert store.log(other).head() == 0
    assert store.log(other).event(appended.recorded[0].envelope.event_id) is None
    assert store.log(other).lookup(appended.recorded[0].envelope.command_id) is None


def test_a_projectors_rows_are_stored_together_or_not_at_all(store: Store, slug: str) -> None:
    with store.projector(slug) as connection:
        connection.execute("CREATE TABLE position (index bigint)")

    def fail_halfway() -> None:
        with store.projector(slug) as connection:
            connection.execute("INSERT INTO position VALUES (1)")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail_halfway()
    with store.views(slug) as connection:
        assert connection.execute("SELECT count(*) AS n FROM position").fetchone() == {"n": 0}


def test_an_error_that_a_projector_passes_over_is_not_taken_for_success(store: Store, slug: str) -> None:
    def pass_over() -> None:
        with store.projector(slug) as connection, contextlib.suppress(psycopg.errors.UndefinedTable):
            connection.execute("SELECT FROM nowhere")

    with pytest.raises(psycopg.InternalError, match="nothing of it was stored"):
        pass_over()


def test_a_query_sees_one_moment(store: Store, slug: str) -> None:
    with store.projector(slug) as connection:
        connection.execute("CREATE TABLE board (line text)")
    with store.views(slug) as reading:
        assert reading.execute("SELECT count(*) AS n FROM board").fetchone() == {"n": 0}
        with store.projector(slug) as connection:
            connection.execute("INSERT INTO board VALUES ('out')")
        assert reading.execute("SELECT count(*) AS n FROM board").fetchone() == {"n": 0}
    with store.views(slug) as reading:
        assert reading.execute("SELECT count(*) AS n FROM board").fetchone() == {"n": 1}


def test_views_and_projectors_survive_the_loss_of_their_connections(
    store: Store, slug: str, urls: DatabaseUrls
) -> None:
    with store.projector(slug) as connection:
        connection.execute("CREATE TABLE board (line text)")
    for conninfo in (urls.app, urls.projector):
        with psycopg.connect(conninfo, autocommit=True) as connection:
            connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE usename = current_user AND datname = current_database() AND pid <> pg_backend_pid()"
            )
    with store.projector(slug) as projecting:
        projecting.execute("INSERT INTO board VALUES ('out')")
    with store.views(slug) as reading:
        assert reading.execute("SELECT line FROM board").fetchall() == [{"line": "out"}]


def test_views_of_an_unknown_school_are_refused(store: Store) -> None:
    with pytest.raises(UnknownSchool), store.views("nowhere"):
        pass
    with pytest.raises(UnknownSchool), store.projector("nowhere"):
        pass


def test_a_closed_store_lets_go_of_every_connection(urls: DatabaseUrls, slug: str) -> None:
    store = Store.open(urls, EVENTS)
    tail = store.log(slug).subscribe()
    knock(store.log(slug))
    assert len(tail.next_batch(timeout=5)) == 1
    store.close()
    assert tail.next_batch(timeout=0.2) == ()


def test_connections_made_in_the_background_leave_the_shared_dice_to_hypothesis(urls: DatabaseUrls, slug: str) -> None:
    before = random.getstate()
    with Store.open(urls, EVENTS) as opened, opened.projector(slug), opened.views(slug), opened.views(slug):
        assert random.getstate() == before


def test_the_last_event_of_any_other_topic_is_found_behind_any_number_of_those_passed_over(log: PostgresLog) -> None:
    stream = a_visit()
    assert log.last_besides((), "case", 10) == 0
    knock(log, stream)
    answered = append(log, Write(stream, 1, (NewEvent(EventId(uuid4()), Answered(by=uuid4()), acting(), 1),)))
    for version in range(2, 6):
        knock(log, stream, version)
    head = log.head()
    assert log.last_besides((Knocked.TOPIC,), "case", head) == answered.last_index
    assert log.last_besides((), "case", head) == head
    assert log.last_besides((Knocked.TOPIC,), "case", answered.last_index - 1) == 0
