"""Who may do what to the log: role by role, statement by statement, with the SQLSTATE of each refusal.

What an owner or a superuser may do is `DONE` here: the catalogue's manifest (test_manifest.py) and the ledger outside the
database (tests/attacks) find it. The triggers refuse even them until they take a trigger away, which the manifest shows.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from itertools import product
from typing import Final, NamedTuple

import psycopg
import pytest
from psycopg import Connection
from psycopg.conninfo import make_conninfo
from psycopg.rows import TupleRow
from psycopg.sql import SQL, Identifier

from eventlog.migrate import add_school
from eventlog.school_roles import as_school
from eventlog.settings import DatabaseUrls
from eventlog.store import Store
from tests.databases import Databases
from tests.eventlog.examples import EVENTS, knock
from tests.superuser import superuser_of

REFUSED: Final = "42501"
"""insufficient_privilege: of a grant that is not there, and of the triggers."""
NOTHING_GIVEN: Final = "01007"
"""privilege_not_granted: a warning, for whoever has rights of their own and none to give."""
DONE: Final = "00000"
SCHOOL, OTHER = "elm_park", "ash_green"
OF_SCHOOL, OF_OTHER = f"doorstep_school_{SCHOOL}", f"doorstep_school_{OTHER}"
"""The application in the role of the school whose log the statement is about, and in that of another school."""
UNPRIVILEGED = (
    "doorstep_app",
    OF_SCHOOL,
    OF_OTHER,
    "doorstep_projector",
    "doorstep_keys",
    "doorstep_sealer",
    "doorstep_reader",
)
OWNERS = ("doorstep_migrate", "doorstep_owner")
ROLES = (*UNPRIVILEGED, *OWNERS, "postgres")


class Case(NamedTuple):
    """A statement, and what each role is answered."""

    sql: str
    owners: str = REFUSED
    """What the owner, and whoever migrates and may act as the owner, is answered."""
    superuser: str = DONE
    but: Mapping[str, str] = {}
    """Roles that are answered otherwise than the rest."""


def reading(*, but: tuple[str, ...], sql: str) -> Case:
    """Something that the roles of `but` read and the other unprivileged ones do not."""
    return Case(sql, owners=DONE, but=dict.fromkeys(but, DONE))


NEVER: Final = {
    # The triggers say no to everybody, under every setting of the session.
    "an event is not changed": "UPDATE {s}.event SET topic = 'x'",
    "an event is not removed": "DELETE FROM {s}.event",
    "the log is not emptied": "TRUNCATE {s}.event",
    "the log is not emptied with what hangs on it": "TRUNCATE {s}.event, {s}.command, {s}.head, {s}.claim CASCADE",
    "an event is not merged over": (
        "MERGE INTO {s}.event AS e USING (SELECT 1) AS one ON e.notification_id = 1 WHEN MATCHED THEN DELETE"
    ),
    "an event is not upserted over": (
        "INSERT INTO {s}.event SELECT * FROM {s}.event ON CONFLICT (event_id) DO UPDATE SET topic = 'x'"
    ),
    "a command is not changed": "UPDATE {s}.command SET fingerprint = fingerprint",
    "a command is not removed": "DELETE FROM {s}.command",
    "commands are not emptied": "TRUNCATE {s}.command",
    "a tombstone is not changed": "UPDATE {s}.erased_key SET erased_at = now()",
    "a tombstone is not removed": "DELETE FROM {s}.erased_key",
    "tombstones are not emptied": "TRUNCATE {s}.erased_key",
    "the head does not go back": "UPDATE {s}.head SET last_index = last_index - 1",
    "the head is not removed": "DELETE FROM {s}.head",
    "the head is not emptied": "TRUNCATE {s}.head",
    "a released checkpoint is not changed": "UPDATE {s}.checkpoint SET note = 'x'",
    "a released checkpoint is not removed": "DELETE FROM {s}.checkpoint",
    "checkpoints are not emptied": "TRUNCATE {s}.checkpoint CASCADE",
    "that a checkpoint left the house is not forgotten": "DELETE FROM {s}.checkpoint_left",
    "what left the house is not changed": "UPDATE {s}.checkpoint_left SET left_at = now()",
    "an epoch is not changed": "UPDATE {s}.epoch SET opened_at = now()",
    "an epoch is not removed": "DELETE FROM {s}.epoch",
    "a refusal of the sealer's is not removed": "DELETE FROM {s}.sealing_incident",
    "the mark of the database is not changed": "UPDATE doorstep.installation SET kind = 'live'",
    "the mark of the database is not removed": "DELETE FROM doorstep.installation",
}
CASES: Final = {name: Case(sql, superuser=REFUSED) for name, sql in NEVER.items()} | {
    "no event goes past the function": Case(
        "INSERT INTO {s}.event SELECT originator_id, originator_version + 1, topic, state, notification_id + 1,"
        " stream_kind, gen_random_uuid(), recorded_at, key_id, salt, envelope FROM {s}.event",
        owners=DONE,
    ),
    "no command goes past the function": Case(
        "INSERT INTO {s}.command SELECT gen_random_uuid(), fingerprint, 1, 1 FROM {s}.command", owners=DONE
    ),
    "no claim goes past the function": Case("INSERT INTO {s}.claim VALUES (sha256('x'), 'x', gen_random_uuid())", DONE),
    "a claim is not taken away": Case("DELETE FROM {s}.claim", DONE),
    "the head does not move by itself": Case("UPDATE {s}.head SET last_index = last_index + 1", DONE),
    "no event is copied in": Case("COPY {s}.event FROM STDIN", DONE),
    "nothing is copied from the server's files": Case("COPY {s}.event FROM '/dev/null'"),
    "nothing is copied to a program": Case("COPY {s}.event TO PROGRAM 'cat > /dev/null'"),
    "only the keys' role leaves a tombstone": Case(
        "INSERT INTO {s}.erased_key VALUES (gen_random_uuid())", DONE, but={"doorstep_keys": DONE}
    ),
    "only the sealer releases a checkpoint": Case(
        "INSERT INTO {s}.checkpoint (epoch, size, note) VALUES (1, 999, 'x')", DONE, but={"doorstep_sealer": DONE}
    ),
    "that a checkpoint left is said by who lets it out": Case(
        "INSERT INTO {s}.checkpoint_left (epoch, size) VALUES (1, 1) ON CONFLICT DO NOTHING",
        DONE,
        but={"doorstep_sealer": DONE, OF_SCHOOL: DONE},
    ),
    "not even the sealer dates a checkpoint back": Case(
        "INSERT INTO {s}.checkpoint VALUES (1, 998, 'x', '2020-01-01')", DONE
    ),
    "no epoch is opened": Case("INSERT INTO {s}.epoch (epoch, old_checkpoint) VALUES (2, 'x')", DONE),
    "only the application calls the function": Case(
        "SELECT * FROM {s}.append('{{}}', '{{}}', '{{}}', '{{}}', NULL)", DONE, but={OF_SCHOOL: DONE}
    ),
    "the function is not replaced": Case(
        "CREATE OR REPLACE FUNCTION {s}.append(doorstep.new_event[]) RETURNS int LANGUAGE sql AS 'SELECT 1'", DONE
    ),
    "the function is not altered": Case("ALTER FUNCTION {s}.append SECURITY INVOKER", DONE),
    "a trigger's function is not replaced": Case(
        "CREATE OR REPLACE FUNCTION {s}.refuse_change() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN old; END'",
        DONE,
    ),
    "triggers are not switched off": Case("ALTER TABLE {s}.event DISABLE TRIGGER ALL", DONE),
    "a trigger is not dropped": Case("DROP TRIGGER event_never_changes ON {s}.event", DONE),
    "no trigger is added": Case(
        "CREATE TRIGGER x BEFORE INSERT ON {s}.event FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger()",
        DONE,
    ),
    "triggers are not passed over": Case("SET session_replication_role = replica"),
    "no rule stands before the log": Case("CREATE RULE x AS ON INSERT TO {s}.event DO INSTEAD NOTHING", DONE),
    "the log is not altered": Case("ALTER TABLE {s}.event ADD x text", DONE),
    "the log is not renamed": Case("ALTER TABLE {s}.event RENAME TO events", DONE),
    "the log is not dropped": Case("DROP TABLE {s}.event", DONE),
    "an index is not dropped": Case("DROP INDEX {s}.event_notification_id_idx", DONE),
    "the schema is not dropped": Case("DROP SCHEMA {s} CASCADE", DONE),
    "no table is made beside the log": Case("CREATE TABLE {s}.beside (id integer)", DONE),
    "no child of the log is made": Case("CREATE TABLE {s}.child () INHERITS ({s}.event)", DONE),
    "the log is not locked against others": Case("LOCK TABLE {s}.event IN ACCESS EXCLUSIVE MODE", DONE),
    "no rows are hidden": Case("ALTER TABLE {s}.event ENABLE ROW LEVEL SECURITY", DONE),
    "no right is given away": Case(
        "GRANT INSERT ON {s}.event TO doorstep_projector",
        DONE,
        but={OF_SCHOOL: NOTHING_GIVEN, "doorstep_reader": NOTHING_GIVEN},
    ),
    "the owner's role is not taken": Case("SET ROLE doorstep_owner", DONE),
    "no role is given": Case("GRANT doorstep_owner TO doorstep_app"),
    "a school's role is taken by the application alone": Case(
        f"SET ROLE {OF_SCHOOL}", but={"doorstep_app": DONE, OF_SCHOOL: DONE, OF_OTHER: DONE}
    ),
    "schools' roles are made by whoever migrates": Case(
        "SET ROLE doorstep_roles", but={"doorstep_migrate": DONE, "doorstep_owner": DONE}
    ),
    "nobody becomes another": Case("SET SESSION AUTHORIZATION pg_monitor"),
    "the server does not read other settings": Case("SELECT pg_reload_conf()"),
    # A role's own settings are its own: the manifest lists this one, because it would weaken what "stored" means.
    "only the application weakens itself": Case(
        "ALTER ROLE doorstep_app SET synchronous_commit = off", but={"doorstep_app": DONE}
    ),
    "no school is added": Case("INSERT INTO doorstep.school (slug, name, policy_key) VALUES ('x', 'x', 'x')", DONE),
    "migrations are not rewritten": Case("DELETE FROM doorstep.migration", DONE),
    # Reading: each role what it needs, of every school alike.
    "events are read": reading(sql="SELECT topic FROM {s}.event", but=(OF_SCHOOL, "doorstep_reader")),
    "what a leaf is made of is read": reading(
        sql="SELECT notification_id, recorded_at, salt, envelope, state FROM {s}.event",
        but=(OF_SCHOOL, "doorstep_reader", "doorstep_sealer"),
    ),
    "claims are read": reading(sql="SELECT FROM {s}.claim", but=(OF_SCHOOL, "doorstep_reader")),
    "tombstones are read": reading(
        sql="SELECT FROM {s}.erased_key", but=(OF_SCHOOL, "doorstep_reader", "doorstep_keys")
    ),
    "checkpoints are read": reading(
        sql="SELECT FROM {s}.checkpoint", but=(OF_SCHOOL, "doorstep_reader", "doorstep_sealer")
    ),
    "the log of another school is read": reading(sql="SELECT topic FROM {o}.event", but=(OF_OTHER, "doorstep_reader")),
    "plain text of a school's views is read": Case(
        "SELECT FROM {s}_views.tracking",
        but={OF_SCHOOL: DONE, "doorstep_projector": DONE, "doorstep_migrate": DONE},
    ),
    "plain text of a school's views is changed": Case(
        "DELETE FROM {s}_views.tracking", but={"doorstep_projector": DONE, "doorstep_migrate": DONE}
    ),
}


@pytest.fixture(scope="module")
def filled(urls: DatabaseUrls) -> DatabaseUrls:
    """Two schools; one with an event, a tombstone, a checkpoint and a refusal of the sealer's in its log."""
    for slug in (SCHOOL, OTHER):
        add_school(urls, slug, slug, "norbury")
    with Store.open(urls, EVENTS) as store:
        knock(store.log(SCHOOL))
    with psycopg.connect(urls.migrate) as connection:
        for statement in (
            "INSERT INTO {s}.erased_key VALUES (gen_random_uuid())",
            "INSERT INTO {s}.checkpoint (epoch, size, note) VALUES (1, 1, 'a note')",
            "INSERT INTO {s}.checkpoint_left (epoch, size) VALUES (1, 1)",
            "INSERT INTO {s}.sealing_incident (epoch, at, reason) VALUES (1, now(), 'a reason')",
        ):
            connection.execute(written_out(statement))
    return urls


Session = Callable[[str], Connection[TupleRow]]


@pytest.fixture(scope="module")
def session(filled: DatabaseUrls, postgres: Databases) -> Iterator[Session]:
    """A session as each role, one for all tests of this file."""
    urls = {f"doorstep_{role}": getattr(filled, role) for role in ("app", "projector", "sealer", "migrate")}
    urls["doorstep_keys"] = filled.keys_in_log
    urls |= {OF_SCHOOL: as_school(filled.app, SCHOOL), OF_OTHER: as_school(filled.app, OTHER)}
    known: dict[str, Connection[TupleRow]] = {}
    with ExitStack() as stack:

        def of(role: str) -> Connection[TupleRow]:
            if role not in known:
                # Nobody logs in as the owner, and the reader has no password until a technician gives it one.
                url = urls.get(role) or (filled.migrate if role in OWNERS else superuser_of(postgres, filled))
                if role == "doorstep_reader":
                    url = reader_of(url)
                known[role] = stack.enter_context(psycopg.connect(url))
                if role == "doorstep_owner":
                    known[role].execute("SET ROLE doorstep_owner")
                # What the reader says of itself it can take back: the grants must hold without it.
                known[role].execute("SET default_transaction_read_only = off")
                known[role].commit()
            return known[role]

        yield of


def reader_of(superuser_url: str) -> str:
    """The reader's connection, with a password as a technician sets one."""
    with psycopg.connect(superuser_url) as connection:
        connection.execute("ALTER ROLE doorstep_reader PASSWORD 'a reader of the tests'")
    return make_conninfo(superuser_url, user="doorstep_reader", password="a reader of the tests")


def written_out(statement: str) -> bytes:
    """The statement on the first school, where another is meant on the second."""
    return statement.format(s=f"school_{SCHOOL}", o=f"school_{OTHER}").encode()


def answer(connection: Connection[TupleRow], statement: str) -> str:
    """The SQLSTATE; nothing that was done stays."""
    warnings: list[str] = []

    def keep(notice: psycopg.errors.Diagnostic) -> None:
        warnings.append(str(notice.sqlstate))

    connection.add_notice_handler(keep)
    try:
        with connection.cursor() as cursor:
            if statement.endswith("FROM STDIN"):
                with cursor.copy(written_out(statement)):
                    pass
            else:
                cursor.execute(written_out(statement))
    except psycopg.Error as error:
        return str(error.sqlstate)
    finally:
        connection.rollback()
        connection.remove_notice_handler(keep)
    return next((one for one in warnings if one == NOTHING_GIVEN), DONE)


@pytest.mark.parametrize(("name", "role"), list(product(CASES, ROLES)))
def test_each_role_does_what_it_needs_and_no_more(session: Session, name: str, role: str) -> None:
    case = CASES[name]
    rest = case.superuser if role == "postgres" else case.owners if role in OWNERS else REFUSED
    assert answer(session(role), case.sql) == case.but.get(role, rest)


@pytest.mark.parametrize("name", NEVER)
def test_triggers_refuse_the_superuser_also_where_replication_would_pass_them_over(session: Session, name: str) -> None:
    connection = session("postgres")
    connection.execute("SET LOCAL session_replication_role = replica")
    assert answer(connection, NEVER[name]) == REFUSED


@pytest.mark.parametrize("role", [*UNPRIVILEGED, *OWNERS])
def test_nobody_makes_a_temporary_table_but_who_may_make_schemas(session: Session, role: str) -> None:
    expected = DONE if role == "doorstep_migrate" else REFUSED
    assert answer(session(role), "CREATE TEMPORARY TABLE event (id integer)") == expected


def test_the_reader_says_that_it_only_reads(filled: DatabaseUrls, postgres: Databases) -> None:
    with psycopg.connect(superuser_of(postgres, filled)) as connection:
        found = connection.execute("SELECT rolconfig FROM pg_roles WHERE rolname = 'doorstep_reader'").fetchone()
    assert found == (["default_transaction_read_only=on"],)


def test_the_application_reads_the_views_and_cannot_write_them(store: Store, slug: str, urls: DatabaseUrls) -> None:
    with store.projector(slug) as connection:
        connection.execute("CREATE TABLE board (line text)")
        connection.execute("INSERT INTO board VALUES ('out')")
    with store.views(slug) as connection:
        assert connection.execute("SELECT line FROM board").fetchall() == [{"line": "out"}]
        with pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
            connection.execute("INSERT INTO board VALUES ('forged')")
    for attempt in ("INSERT INTO board VALUES ('forged')", "DELETE FROM board", "CREATE TABLE other (id integer)"):
        with psycopg.connect(as_school(urls.app, slug)) as connection:
            connection.execute(SQL("SET search_path TO {}").format(Identifier(f"school_{slug}_views")))
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(attempt.encode())
