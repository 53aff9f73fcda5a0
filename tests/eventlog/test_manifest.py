"""The catalogue held against what this release made: every change that would open the log is a line."""

from collections.abc import Iterator

import psycopg
import pytest
from psycopg import Connection
from psycopg.rows import TupleRow
from psycopg.sql import SQL, Identifier

from eventlog.integrity import verify_storage
from eventlog.ledger.verifier import Refused
from eventlog.manifest import Differences, compare, describe, expected
from eventlog.migrate import add_school, valid_slug
from eventlog.migrating import connected
from eventlog.settings import DatabaseUrls

SLUG = valid_slug("elm_park")


@pytest.fixture(scope="module")
def school(urls: DatabaseUrls) -> DatabaseUrls:
    """A school."""
    add_school(urls, SLUG, "Elm Park Primary", "norbury")
    return urls


@pytest.fixture
def owner(school: DatabaseUrls) -> Iterator[Connection[TupleRow]]:
    """Whoever has an owner's rights; nothing of it stays."""
    with psycopg.connect(school.migrate) as connection:
        connection.execute("SET ROLE doorstep_owner")
        connection.execute(SQL("SET search_path TO {}").format(Identifier(f"school_{SLUG}")))
        yield connection
        connection.rollback()


def differences(connection: Connection[TupleRow]) -> Differences:
    """What is not as it was made."""
    return compare(describe(connection, SLUG))


def test_what_the_migrations_make_is_what_the_committed_manifest_says(school: DatabaseUrls) -> None:
    with connected(school.app) as connection:
        found = describe(connection, SLUG)
    assert compare(found).sentences() == (), "after a new migration: make manifest"
    assert found == expected()


def test_every_school_has_the_same_manifest_and_any_role_may_ask_for_it(school: DatabaseUrls) -> None:
    for slug in ("elm", "elm_park_school"):
        add_school(school, slug, slug, "norbury")
        for url in (school.app, school.sealer, school.projector, school.migrate):
            with connected(url) as connection:
                assert describe(connection, valid_slug(slug)).sha256 == expected().sha256


CHANGES = {
    "a trigger switched off": ("ALTER TABLE event DISABLE TRIGGER event_never_changes", "switched off"),
    "a trigger that replicas pass over": ("ALTER TABLE event ENABLE TRIGGER event_never_changes", "except in replicas"),
    "a trigger removed": ("DROP TRIGGER event_never_emptied ON event", "event_never_emptied"),
    "a trigger added": (
        "CREATE TRIGGER quiet BEFORE INSERT ON event FOR EACH ROW EXECUTE FUNCTION refuse_change()",
        "quiet",
    ),
    "a foreign key removed": (
        "ALTER TABLE checkpoint DROP CONSTRAINT checkpoint_epoch_fkey",
        "checkpoint_epoch_fkey",
    ),
    "the function's body replaced": (
        "CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN OLD; END'",
        "body sha256",
    ),
    "the function made the caller's": (
        "ALTER FUNCTION append SECURITY INVOKER",
        "as its caller",
    ),
    "the function's search path opened": ("ALTER FUNCTION append SET search_path = public", "search_path=public"),
    "the function given to everybody": ("GRANT EXECUTE ON FUNCTION append TO PUBLIC", "granted to PUBLIC"),
    "a second function beside it": (
        "CREATE FUNCTION append(a int) RETURNS int LANGUAGE sql AS 'SELECT 1'",
        "append(a integer)",
    ),
    "a table's rights given": ("GRANT INSERT ON event TO doorstep_app", "INSERT granted to doorstep_app"),
    "a column's rights given": ("GRANT UPDATE (topic) ON event TO doorstep_app", "column topic: UPDATE granted"),
    "a table's rights to come": (
        "ALTER DEFAULT PRIVILEGES GRANT DELETE ON TABLES TO doorstep_app",
        "DELETE granted to doorstep_app",
    ),
    "a schema opened": ("GRANT CREATE ON SCHEMA school_elm_park TO doorstep_app", "CREATE granted to doorstep_app"),
    "a constraint dropped": ("ALTER TABLE event DROP CONSTRAINT event_salt_check", "event_salt_check"),
    "an index dropped": ("DROP INDEX event_notification_id_idx", "event_notification_id_idx"),
    "a column that may be empty": ("ALTER TABLE event ALTER salt DROP NOT NULL", "column salt: bytea"),
    "a column with a default": ("ALTER TABLE event ALTER topic SET DEFAULT 'x'", "default 'x'"),
    "a column added": ("ALTER TABLE event ADD seen boolean", "column seen"),
    "a rule": ("CREATE RULE silent AS ON INSERT TO claim DO INSTEAD NOTHING", "rule silent"),
    "row security that hides rows": ("ALTER TABLE event ENABLE ROW LEVEL SECURITY", "row security on"),
    "a policy that hides rows": ("CREATE POLICY hidden ON event USING (false)", "policy hidden"),
    "a child whose rows appear in the log": ("CREATE TABLE forged () INHERITS (event)", "has the child"),
    "a table that a crash empties": ("ALTER TABLE command SET UNLOGGED", "persistence u"),
    "a table beside the log": ("CREATE TABLE beside (id integer)", "table beside"),
    "a view beside the log": ("CREATE VIEW beside AS SELECT 1 AS one", "view beside"),
    "an operator in the function's way": (
        "CREATE OPERATOR + (LEFTARG = bigint, RIGHTARG = int, FUNCTION = int84pl)",
        "operator",
    ),
    "a right in the installation's schema": (
        "GRANT INSERT ON doorstep.school TO doorstep_app",
        "doorstep: table school",
    ),
    "another owner": (
        "RESET ROLE; ALTER TABLE school_elm_park.claim OWNER TO CURRENT_USER",
        "owned by doorstep_migrate",
    ),
}

ACCOUNTS = {
    "an owner's deed made everybody's": (
        "GRANT EXECUTE ON FUNCTION doorstep_accounts.forget(text, uuid) TO PUBLIC",
        "function forget(of_school text, who uuid): EXECUTE granted to PUBLIC",
    ),
    "an owner's deed replaced": (
        (
            "CREATE OR REPLACE FUNCTION doorstep_accounts.forget(of_school text, who uuid) RETURNS void LANGUAGE plpgsql"
            " SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS 'BEGIN RETURN; END'"
        ),
        "function forget(of_school text, who uuid): returns void",
    ),
    "an owner's deed with another search path": (
        "ALTER FUNCTION doorstep_accounts.forget(text, uuid) SET search_path = public",
        "settings search_path=public",
    ),
    "a trap beside the function": (
        "CREATE FUNCTION doorstep_accounts.forget(of_school text, who text) RETURNS void LANGUAGE sql AS ''",
        "function forget(of_school text, who text)",
    ),
    "a trigger that listens to passwords": (
        (
            "CREATE TRIGGER listens AFTER UPDATE ON doorstep_accounts.account"
            " FOR EACH ROW EXECUTE FUNCTION doorstep.refuse_change()"
        ),
        "table account trigger listens",
    ),
    "passwords given to the reader": (
        "GRANT SELECT ON doorstep_accounts.account TO doorstep_reader",
        "table account: SELECT granted to doorstep_reader",
    ),
    "a column's rights given": (
        "GRANT UPDATE (staff_id) ON doorstep_accounts.account_link TO doorstep_app",
        "table account_link column staff_id: UPDATE granted to doorstep_app",
    ),
    "a school's role let in": ("GRANT USAGE ON SCHEMA doorstep_accounts TO doorstep_schools", "USAGE granted"),
    "the accounts' schema opened": ("GRANT CREATE ON SCHEMA doorstep_accounts TO doorstep_app", "CREATE granted"),
    "a password that need not be hashed": (
        "ALTER TABLE doorstep_accounts.account DROP CONSTRAINT account_password_hash_check",
        "account_password_hash_check",
    ),
    "two accounts for one person": (
        "ALTER TABLE doorstep_accounts.account_link DROP CONSTRAINT account_link_school_staff_id_key",
        "account_link_school_staff_id_key",
    ),
    "a second factor that may be lost": (
        "ALTER TABLE doorstep_accounts.session ALTER half DROP NOT NULL",
        "table session column half",
    ),
    "sessions that hide": ("ALTER TABLE doorstep_accounts.session ENABLE ROW LEVEL SECURITY", "row security on"),
    "a rule that swallows the end of a session": (
        "CREATE RULE silent AS ON UPDATE TO doorstep_accounts.session DO INSTEAD NOTHING",
        "rule silent",
    ),
    "a table beside the accounts": ("CREATE TABLE doorstep_accounts.beside (id integer)", "table beside"),
    "an account table of another owner": (
        "RESET ROLE; ALTER TABLE doorstep_accounts.passkey OWNER TO CURRENT_USER",
        "table passkey: owned by doorstep_migrate",
    ),
}
"""The same of who may sign in."""


@pytest.mark.parametrize(("change", "says"), ACCOUNTS.values(), ids=ACCOUNTS)
def test_a_change_to_who_may_sign_in_is_found_and_named(owner: Connection[TupleRow], change: str, says: str) -> None:
    owner.execute(change.encode())
    found = differences(owner).sentences()
    assert [line for line in found if "doorstep_accounts: " in line and says in line], found
    owner.rollback()
    assert differences(owner).sentences() == ()


@pytest.mark.parametrize(("change", "says"), CHANGES.values(), ids=CHANGES)
def test_a_change_is_found_and_named(owner: Connection[TupleRow], change: str, says: str) -> None:
    owner.execute(change.encode())
    found = differences(owner).sentences()
    assert [line for line in found if says in line], found
    owner.rollback()
    assert differences(owner).sentences() == ()


def test_verifying_refuses_what_is_not_as_it_was_made_and_names_it(school: DatabaseUrls) -> None:
    assert verify_storage(school, SLUG) == ()
    for change, back in (("ADD seen boolean", "DROP seen"), ("ADD seen boolean DEFAULT true", "DROP seen")):
        with psycopg.connect(school.migrate) as connection:
            connection.execute(SQL("ALTER TABLE school_elm_park.claim {}").format(SQL(change)))
        with pytest.raises(Refused, match=r"not as this release made them: not ours: .*column seen"):
            verify_storage(school, SLUG)
        with psycopg.connect(school.migrate) as connection:
            connection.execute(SQL("ALTER TABLE school_elm_park.claim {}").format(SQL(back)))
    assert verify_storage(school, SLUG) == ()
