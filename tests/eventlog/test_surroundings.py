"""What lies around the log: whose the views are, the key database's own manifest, and settings under which "stored" is a hope."""

from collections.abc import Iterator

import psycopg
import pytest
from psycopg import Connection
from psycopg.rows import TupleRow
from psycopg.sql import SQL, Identifier

from eventlog.embedded_postgres import EmbeddedPostgres
from eventlog.integrity import settings_looked_at, verify_storage
from eventlog.ledger.verifier import Refused
from eventlog.manifest import facts
from eventlog.migrate import add_school, migrate, valid_slug, views_schema
from eventlog.migrating import connected
from eventlog.settings import DatabaseUrls
from eventlog.store import Store
from eventlog.surroundings import describe_keys, strange_keys, strange_views, weak_settings
from tests.databases import Databases, server_setting, waiting_for_the_disk
from tests.eventlog.examples import EVENTS

SLUG = valid_slug("elm_park")


@pytest.fixture
def live(database_urls: DatabaseUrls, postgres: Databases) -> Iterator[DatabaseUrls]:
    """A live installation with a school, on a server that waits for its disk."""
    with waiting_for_the_disk(postgres):
        migrate(database_urls, "live")
        add_school(database_urls, SLUG, "Elm Park Primary", "norbury")
        yield database_urls


@pytest.fixture
def projector(live: DatabaseUrls) -> Iterator[Connection[TupleRow]]:
    """The owner of the views."""
    with psycopg.connect(live.projector, autocommit=True) as connection:
        connection.execute(SQL("SET search_path TO {}").format(Identifier(f"school_{SLUG}_views")))
        connection.execute("CREATE TABLE board_g1 (kind text, body jsonb)")
        connection.execute("CREATE INDEX ON board_g1 (kind)")
        yield connection


STRANGE_VIEWS = {
    "another role reads plain text": "GRANT SELECT ON board_g1 TO doorstep_reader",
    "everybody reads plain text": "GRANT SELECT ON board_g1 TO PUBLIC",
    "the application may write": "GRANT INSERT ON board_g1 TO doorstep_school_elm_park",
    "the application may read without the school's role": "GRANT SELECT ON board_g1 TO doorstep_app",
    "one column may be written": "GRANT UPDATE (body) ON board_g1 TO doorstep_school_elm_park",
    "others may look into the schema": "GRANT USAGE ON SCHEMA school_elm_park_views TO doorstep_sealer",
    "rows are hidden": "ALTER TABLE board_g1 ENABLE ROW LEVEL SECURITY",
    "a rule changes what is asked": "CREATE RULE one AS ON INSERT TO board_g1 DO INSTEAD NOTHING",
    "a function stands among the tables": "CREATE FUNCTION one() RETURNS int LANGUAGE sql AS 'SELECT 1'",
    "a view stands among the tables": "CREATE VIEW one AS SELECT 1 AS one",
    "a table would not survive a crash": "ALTER TABLE board_g1 SET UNLOGGED",
}


@pytest.mark.parametrize("case", STRANGE_VIEWS)
def test_what_the_projector_did_not_make_in_the_views_is_found(
    live: DatabaseUrls, projector: Connection[TupleRow], case: str
) -> None:
    with connected(live.app) as connection:
        assert strange_views(facts(connection, views_schema(SLUG)), SLUG) == ()
    projector.execute(STRANGE_VIEWS[case].encode())
    with connected(live.app) as connection:
        assert strange_views(facts(connection, views_schema(SLUG)), SLUG)
    with pytest.raises(Refused, match="not ours: views"):
        verify_storage(live, SLUG)


STRANGE_KEYS = {
    "keys may go without an erasure": "ALTER TABLE keys.data_key DISABLE TRIGGER goes_only_by_erasure",
    "a tombstone may be taken away": "DROP TRIGGER tombstone_never_changes ON keys.tombstone",
    "another role reads keys": "GRANT SELECT ON keys.data_key TO doorstep_app",
    "another table stands beside": "CREATE TABLE keys.beside (id integer)",
    "a guard's body is another one": (
        "CREATE OR REPLACE FUNCTION keys.refuse_loss() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog"
        " AS 'BEGIN RETURN NULL; END'"
    ),
}


@pytest.mark.parametrize("case", STRANGE_KEYS)
def test_a_key_database_that_somebody_changed_is_an_alarm_and_is_none_once_it_is_as_it_was(
    live: DatabaseUrls, case: str
) -> None:
    with connected(live.keys) as connection:
        assert strange_keys(connection) == ()
        made = describe_keys(connection)
    with psycopg.connect(live.keys_migrate) as owner, Store.open(live, EVENTS) as store:
        assert store.alarms(SLUG) == ()
        owner.execute("SET ROLE doorstep_owner")
        owner.execute(STRANGE_KEYS[case].encode())
        owner.commit()
        assert {alarm.kind for alarm in store.alarms(SLUG)} == {"keys"}
        assert store.alarms(SLUG, whole=False) == (), "not asked before the first plan: daily"
        assert settings_looked_at(live)
    with connected(live.keys) as connection:
        assert describe_keys(connection) != made


WEAK = {"fsync": "off", "full_page_writes": "off", "synchronous_commit": "off", "zero_damaged_pages": "on"}


@pytest.mark.parametrize("name", WEAK)
def test_a_server_that_says_stored_before_it_is_on_the_disk_turns_the_alarm_red_within_a_minutes_look(
    live: DatabaseUrls, postgres: Databases, name: str
) -> None:
    if not isinstance(postgres, EmbeddedPostgres):
        pytest.skip("the settings of a server that others use are not changed")
    before = "off" if WEAK[name] == "on" else "on"
    with Store.open(live, EVENTS) as store:
        assert store.passing_alarms(SLUG) == ()
    server_setting(postgres, name, WEAK[name])
    try:
        with Store.open(live, EVENTS) as store:
            (alarm,) = store.passing_alarms(SLUG)
            assert alarm.kind == "server"
            assert alarm.says.startswith(f"the server runs with {name} = {WEAK[name]}: ")
            assert {one.kind for one in store.alarms(SLUG)} == {"server", "keys"}, (
                "here the keys lie on the same server"
            )
            assert alarm.says in settings_looked_at(live)
    finally:
        server_setting(postgres, name, before)
    with Store.open(live, EVENTS) as store:
        assert store.alarms(SLUG) == ()


def test_a_role_that_does_not_wait_for_the_disk_is_found_both_ways(live: DatabaseUrls) -> None:
    with psycopg.connect(live.app, autocommit=True) as connection:
        hurry = SQL("ALTER ROLE doorstep_app IN DATABASE {} SET synchronous_commit = off")
        connection.execute(hurry.format(Identifier(connection.info.dbname)))
    with Store.open(live, EVENTS) as store:
        assert {alarm.kind for alarm in store.alarms(SLUG)} == {"server", "storage"}


def test_a_demonstration_may_run_on_a_server_that_spares_its_disk(
    database_urls: DatabaseUrls, postgres: Databases
) -> None:
    if not isinstance(postgres, EmbeddedPostgres):
        pytest.skip("the settings of a server that others use are not changed")
    migrate(database_urls, "demonstration")
    add_school(database_urls, SLUG, "Elm Park Primary", "norbury")
    with Store.open(database_urls, EVENTS) as store:
        assert store.alarms(SLUG) == ()
    with connected(database_urls.app) as connection:
        assert weak_settings(connection, "demonstration") == ()
        assert len(weak_settings(connection, "live")) == 2, "the tests' own server: fsync and full_page_writes"
