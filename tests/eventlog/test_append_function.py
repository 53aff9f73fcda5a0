"""The one way into the log, called past the program: what it refuses itself, and that nothing can stand in its way."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final
from uuid import UUID, uuid4

import psycopg
import pytest
from psycopg import Connection
from psycopg.conninfo import conninfo_to_dict
from psycopg.rows import TupleRow
from psycopg.sql import SQL, Identifier
from psycopg.types.composite import CompositeInfo, register_composite

from eventlog.migrate import add_school, migrate
from eventlog.school_roles import as_school, role_of
from eventlog.settings import DatabaseUrls
from eventlog.store import Store
from tests.checks import check_log
from tests.databases import Databases, fresh_database
from tests.eventlog.examples import EVENTS, knock

SCHOOL: Final = "elm_park"
SCHEMA: Final = f"school_{SCHOOL}"
APPEND: Final = SQL(
    "SELECT before FROM {}.append(%(events)s::doorstep.new_event[], %(commands)s::doorstep.new_command[],"
    " %(released)s::doorstep.claim_change[], %(taken)s::doorstep.claim_change[], %(stated)s::timestamptz)"
).format(Identifier(SCHEMA))
STREAM, KEY = uuid4(), uuid4()


class Caller:
    """Somebody with the application's password and tools of their own."""

    def __init__(self, connection: Connection[TupleRow]) -> None:
        """Know the function's types."""
        self.connection = connection
        self._types: dict[str, Any] = {}
        for name in ("new_event", "new_command", "claim_change"):
            info = CompositeInfo.fetch(connection, f"doorstep.{name}")
            assert info is not None
            register_composite(info, connection)
            self._types[name] = info.python_type

    def event(self, version: Any = 1, **other: Any) -> Any:
        """An event of the function's type; what is not named is as it should be."""
        fields = {
            "originator_id": STREAM,
            "originator_version": version,
            "event_id": uuid4(),
            "key_id": KEY,
            "salt": bytes(16),
            "stream_kind": "visit",
            "topic": "example.forged.v1",
            "envelope": b"{}",
            "state": bytes(28),
        }
        return self._types["new_event"](**(fields | other))

    def command(
        self, first: int = 0, last: int = 0, fingerprint: bytes = bytes(32), command: UUID | None = None
    ) -> Any:
        """A command of the function's type."""
        return self._types["new_command"](command or uuid4(), fingerprint, first, last)

    def claim(self, claim: bytes = bytes(32), holder: UUID = STREAM) -> Any:
        """A claim of the function's type."""
        return self._types["claim_change"](claim, "trip", holder)

    def append(self, *events: Any, commands: Any = (), taken: Any = (), released: Any = (), stated: Any = None) -> int:
        """The index before the first event."""
        given = {
            "events": list(events),
            "commands": list(commands),
            "released": list(released),
            "taken": list(taken),
            "stated": stated,
        }
        row = self.connection.execute(APPEND, given).fetchone()
        assert row is not None
        return int(row[0])

    def refused(self, *events: Any, **other: Any) -> str:
        """The SQLSTATE, and the constraint where there is one; nothing of the call is stored."""
        with pytest.raises(psycopg.Error) as refused:
            self.append(*events, **other)
        self.connection.rollback()
        return f"{refused.value.sqlstate} {refused.value.diag.constraint_name or ''}".strip()


@pytest.fixture(scope="module")
def school(urls: DatabaseUrls) -> Iterator[Store]:
    """A school with one event in its log, which every test leaves as it was."""
    add_school(urls, SCHOOL, "Elm Park Primary", "norbury")
    with Store.open(urls, EVENTS) as store:
        knock(store.log(SCHOOL))
        before = check_log(store.log(SCHOOL))
        yield store
        assert check_log(store.log(SCHOOL)) == before


@pytest.fixture
def caller(school: Store, urls: DatabaseUrls) -> Iterator[Caller]:
    """Logged in as the application, in the school's role; what it does is undone."""
    assert school.log(SCHOOL).head() == 1
    with calling(urls) as found:
        yield found


@contextmanager
def calling(urls: DatabaseUrls) -> Iterator[Caller]:
    with psycopg.connect(as_school(urls.app, SCHOOL)) as connection:
        yield Caller(connection)
        connection.rollback()


def test_what_is_right_is_stored_behind_the_head(caller: Caller) -> None:
    """The refused calls below differ from this one by one thing each."""
    assert caller.append(caller.event(1), caller.event(2), commands=[caller.command(0, 1)]) == 1


def test_a_wrong_version_is_refused(caller: Caller) -> None:
    assert caller.refused(caller.event(2)) == "DS001"
    assert caller.refused(caller.event(1), caller.event(3)) == "DS001"
    assert caller.refused(caller.event(0)) == "23514 event_originator_version_check"
    assert caller.refused(caller.event(-1)) == "23514 event_originator_version_check"
    assert caller.refused(caller.event(1), caller.event(1)) == "23505 event_pkey"


def test_a_wrong_length_is_refused(caller: Caller) -> None:
    assert caller.refused(commands=[caller.command(fingerprint=bytes(31))]) == "23514 command_fingerprint_check"
    assert caller.refused(commands=[caller.command(fingerprint=b"")]) == "23514 command_fingerprint_check"
    assert caller.refused(caller.event(salt=bytes(15))) == "23514 event_salt_check"
    assert caller.refused(caller.event(state=bytes(27))) == "23514 event_state_check"
    assert caller.refused(caller.event(state=bytes(1_048_605))) == "23514 event_state_check"
    assert caller.refused(caller.event(envelope=bytes(4096))) == "23514 event_envelope_check"
    assert caller.refused(taken=[caller.claim(bytes(31))]) == "23514 claim_claim_check"


@pytest.mark.parametrize(
    "field", ["originator_id", "originator_version", "event_id", "key_id", "salt", "stream_kind", "topic", "envelope"]
)
def test_an_event_with_something_left_out_is_refused(caller: Caller, field: str) -> None:
    assert caller.refused(caller.event(**{field: None})) == "23502"


def test_what_stands_is_not_stored_again(caller: Caller) -> None:
    first = caller.connection.execute(
        SQL("SELECT event_id, originator_id, stream_kind FROM {}.event").format(Identifier(SCHEMA))
    ).fetchone()
    assert first is not None
    assert caller.refused(caller.event(event_id=first[0])) == "23505 event_event_id_idx"
    assert caller.refused(caller.event(originator_id=first[1], stream_kind=first[2])) == "23505 event_pkey"
    again = uuid4()
    assert caller.refused(commands=[caller.command(0, -1, command=again)] * 2) == "23505 command_pkey"
    assert caller.refused(taken=[caller.claim(), caller.claim(holder=uuid4())]) == "23505 claim_pkey"


def test_a_command_whose_events_end_before_they_begin_is_refused(caller: Caller) -> None:
    assert caller.refused(commands=[caller.command(2, 0)]) == "23514 command_check"


def test_a_call_without_its_arrays_is_refused(caller: Caller) -> None:
    with pytest.raises(psycopg.errors.InsufficientPrivilege, match="its head only moves on"):
        caller.connection.execute(APPEND, dict.fromkeys(("events", "commands", "released", "taken", "stated")))


def test_nothing_is_stored_under_an_erased_key(caller: Caller, urls: DatabaseUrls) -> None:
    erased = uuid4()
    with psycopg.connect(urls.keys_in_log) as connection:
        connection.execute(SQL("INSERT INTO {}.erased_key (key_id) VALUES (%s)").format(Identifier(SCHEMA)), [erased])
    assert caller.refused(caller.event(1), caller.event(2, key_id=erased)) == "DS002"
    assert caller.append(caller.event(1), caller.event(2)) == 1


def test_a_live_installation_takes_no_stated_time(postgres: Databases) -> None:
    with fresh_database(postgres) as urls:
        migrate(urls, "live")
        add_school(urls, SCHOOL, "Elm Park Primary", "norbury")
        with calling(urls) as caller:
            assert caller.refused(caller.event(), stated="2020-01-01T00:00:00Z") == "DS003"
            assert caller.refused(stated="infinity") == "DS003"
            assert caller.append(caller.event(), stated=None) == 0


def test_temporary_tables_do_not_stand_in_for_the_logs(caller: Caller, urls: DatabaseUrls) -> None:
    """The role may make none; should somebody let it, the function looks into the school's schema first."""
    database = Identifier(str(conninfo_to_dict(urls.app)["dbname"]))
    role = Identifier(role_of(SCHOOL))
    with psycopg.connect(urls.migrate, autocommit=True) as owner:
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            caller.connection.execute("CREATE TEMPORARY TABLE head (last_index bigint)")
        caller.connection.rollback()
        owner.execute(SQL("GRANT TEMPORARY ON DATABASE {} TO {}").format(database, role))
        try:
            for table in ("head", "event", "command", "claim", "erased_key"):
                like = SQL("CREATE TEMPORARY TABLE {} (LIKE {}.{})")
                caller.connection.execute(like.format(Identifier(table), Identifier(SCHEMA), Identifier(table)))
            caller.connection.execute("INSERT INTO pg_temp.head VALUES (true, 4711)")
            caller.connection.execute("CREATE TEMPORARY TABLE installation (kind text)")
            path = SQL("SET LOCAL search_path TO pg_temp, {}, doorstep")
            caller.connection.execute(path.format(Identifier(SCHEMA)))
            assert caller.append(caller.event(), commands=[caller.command()]) == 1, "behind the log's own head"
            forged = caller.connection.execute("SELECT count(*) FROM pg_temp.event").fetchone()
            assert forged == (0,)
        finally:
            caller.connection.rollback()
            owner.execute(SQL("REVOKE TEMPORARY ON DATABASE {} FROM {}").format(database, role))


def test_the_function_of_one_school_writes_to_that_school_whatever_the_search_path(
    caller: Caller, urls: DatabaseUrls, school: Store
) -> None:
    add_school(urls, "ash_green", "Ash Green Primary", "norbury")
    caller.connection.execute("SET LOCAL search_path TO school_ash_green")
    assert caller.append(caller.event()) == 1
    count = SQL("SELECT count(*) FROM {}.event WHERE topic = 'example.forged.v1'")
    for slug, found in ((SCHOOL, 1), ("ash_green", 0)):
        caller.connection.execute(SQL("SET LOCAL ROLE {}").format(Identifier(role_of(slug))))
        assert caller.connection.execute(count.format(Identifier(f"school_{slug}"))).fetchone() == (found,)
    caller.connection.rollback()
    check_log(school.log("ash_green"))
