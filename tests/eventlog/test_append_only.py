"""Who may do what to the log: the grants and triggers really refuse."""

import psycopg
import pytest
from psycopg.sql import SQL, Identifier

from eventlog.log import PostgresLog
from eventlog.settings import DatabaseUrls
from eventlog.store import Store
from tests.eventlog.examples import knock

CHANGES = {
    "an event is not changed": "UPDATE event SET topic = 'x'",
    "an event is not removed": "DELETE FROM event",
    "the log is not emptied": "TRUNCATE event",
    "a command is not changed": "UPDATE command SET fingerprint = 'x'",
    "a command is not removed": "DELETE FROM command",
    "commands are not emptied": "TRUNCATE command",
    "a tombstone is not changed": "UPDATE erased_key SET erased_at = now()",
    "a tombstone is not removed": "DELETE FROM erased_key",
    "tombstones are not emptied": "TRUNCATE erased_key",
    "the head does not go back": "UPDATE head SET last_index = last_index - 1",
    "the head is not removed": "DELETE FROM head",
    "the head is not emptied": "TRUNCATE head",
}
MORE_THAN_THE_APPLICATION_NEEDS = CHANGES | {
    "no event goes past the function": "INSERT INTO event SELECT * FROM event",
    "no command goes past the function": "INSERT INTO command SELECT * FROM command",
    "no claim goes past the function": "INSERT INTO claim SELECT * FROM claim",
    "no event is copied in": "COPY event FROM STDIN",
    "the head does not move by itself": "UPDATE head SET last_index = last_index + 1",
    "the function is not replaced": "CREATE OR REPLACE FUNCTION append(a int) RETURNS int LANGUAGE sql AS 'SELECT 1'",
    "no rule stands before the log": "CREATE RULE silent AS ON INSERT TO event DO INSTEAD NOTHING",
    "no second head": "INSERT INTO head (only_row, last_index) VALUES (true, 5)",
    "the head's key is not changed": "UPDATE head SET only_row = true",
    "a claim is not handed over": "UPDATE claim SET holder_kind = 'trip'",
    "claims are not emptied": "TRUNCATE claim",
    "triggers are not switched off": "ALTER TABLE event DISABLE TRIGGER ALL",
    "the log is not dropped": "DROP TABLE event",
    "triggers are not passed over": "SET session_replication_role = replica",
    "the owner's role is not taken": "SET ROLE doorstep_owner",
    "no table is made beside the log": "CREATE TABLE beside (id integer)",
    "no school is added": "INSERT INTO doorstep.school (slug, name, policy_key) VALUES ('x', 'x', 'x')",
    "the mark is not changed": "UPDATE doorstep.installation SET kind = 'live'",
}


@pytest.fixture
def schema(log: PostgresLog, urls: DatabaseUrls) -> str:
    """The schema of a log with one event and one tombstone in it."""
    knock(log)
    with psycopg.connect(urls.keys_in_log) as connection:
        table = Identifier(f"school_{log.school}", "erased_key")
        connection.execute(SQL("INSERT INTO {} (key_id) VALUES (gen_random_uuid())").format(table))
    return f"school_{log.school}"


@pytest.mark.parametrize("attempt", MORE_THAN_THE_APPLICATION_NEEDS.values(), ids=MORE_THAN_THE_APPLICATION_NEEDS)
def test_the_application_role_only_adds(urls: DatabaseUrls, schema: str, attempt: str) -> None:
    _refused(urls.app, None, schema, attempt)


@pytest.mark.parametrize("attempt", CHANGES.values(), ids=CHANGES)
def test_not_even_the_owner_changes_what_is_recorded(urls: DatabaseUrls, schema: str, attempt: str) -> None:
    _refused(urls.migrate, "doorstep_owner", schema, attempt, "append-only")


@pytest.mark.parametrize("role", ["projector", "keys_in_log", "sealer"])
def test_other_roles_do_not_read_the_log(urls: DatabaseUrls, schema: str, role: str) -> None:
    _refused(getattr(urls, role), None, schema, "SELECT topic FROM event")


def test_the_triggers_fire_whatever_the_session_says(urls: DatabaseUrls, schema: str) -> None:
    with psycopg.connect(urls.app) as connection:
        rows = connection.execute(
            "SELECT tgrelid::regclass::text, tgenabled::text FROM pg_trigger WHERE NOT tgisinternal"
            " AND tgrelid IN (SELECT oid FROM pg_class WHERE relnamespace = %s::regnamespace)",
            (schema,),
        ).fetchall()
    assert sorted(table.partition(".")[2] for table, _ in rows) == sorted(
        ["command", "erased_key", "event", "head"] * 2
    )
    assert {enabled for _, enabled in rows} == {"A"}, "ENABLE ALWAYS: also under session_replication_role = replica"


def test_nobody_can_log_in_as_the_owner_of_the_log(urls: DatabaseUrls, schema: str) -> None:
    with psycopg.connect(urls.app) as connection:
        rows = connection.execute(
            "SELECT DISTINCT rolname, rolcanlogin, rolsuper FROM pg_class JOIN pg_roles ON pg_roles.oid = relowner"
            " WHERE relnamespace = %s::regnamespace",
            (schema,),
        ).fetchall()
    assert rows == [("doorstep_owner", False, False)]


def test_the_application_reads_the_views_and_cannot_write_them(store: Store, slug: str, urls: DatabaseUrls) -> None:
    with store.projector(slug) as connection:
        connection.execute("CREATE TABLE board (line text)")
        connection.execute("INSERT INTO board VALUES ('out')")
    with store.views(slug) as connection:
        assert connection.execute("SELECT line FROM board").fetchall() == [{"line": "out"}]
        with pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
            connection.execute("INSERT INTO board VALUES ('forged')")
    views = f"school_{slug}_views"
    for attempt in ("INSERT INTO board VALUES ('forged')", "DELETE FROM board", "CREATE TABLE other (id integer)"):
        _refused(urls.app, None, views, attempt)


def _refused(conninfo: str, role: str | None, schema: str, attempt: str, saying: str = "") -> None:
    with psycopg.connect(conninfo) as connection:
        if role is not None:
            connection.execute(SQL("SET ROLE {}").format(Identifier(role)))
        # Each name is looked up in the schema alone, so that a missing right cannot hide behind another table.
        connection.execute(SQL("SET search_path TO {}").format(Identifier(schema)))
        with pytest.raises((psycopg.errors.InsufficientPrivilege, psycopg.errors.UndefinedTable)) as refused:
            connection.execute(attempt.encode())
        if isinstance(refused.value, psycopg.errors.UndefinedTable):
            # A role without USAGE is told that the table does not exist.
            assert "does not exist" in str(refused.value)
            usage = connection.cursor()
            connection.rollback()
            usage.execute("SELECT has_schema_privilege(%s, 'USAGE')", (schema,))
            assert usage.fetchone() == (False,)
        assert saying in str(refused.value)
