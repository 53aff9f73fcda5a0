"""Who may do what in the key database: role by role, statement by statement, with the error code of each refusal."""

import psycopg
import pytest

from eventlog.keys.keyring import Keyring
from eventlog.settings import PREFIXES, DatabaseUrls

REFUSED = "42501"  # insufficient_privilege

BY_THE_KEYS_ROLE = {
    "a tombstone is not changed": "UPDATE keys.tombstone SET rule = 'x'",
    "a tombstone is not removed": "DELETE FROM keys.tombstone",
    "tombstones are not emptied": "TRUNCATE keys.tombstone",
    "a data key goes only by an erasure": "DELETE FROM keys.data_key",
    "data keys are not emptied": "TRUNCATE keys.data_key",
    "a data key does not change its school": "UPDATE keys.data_key SET school = 'ash'",
    "a data key does not change its id": "UPDATE keys.data_key SET key_id = gen_random_uuid()",
    "when a data key was made does not change": "UPDATE keys.data_key SET made_at = now()",
    "a secret is not removed": "DELETE FROM keys.school_secret",
    "a secret does not change its school": "UPDATE keys.school_secret SET school = 'ash'",
    "secrets are not emptied": "TRUNCATE keys.school_secret",
    "a removed school is not changed": "UPDATE keys.removed_school SET removed_at = now()",
    "a removed school does not come back": "DELETE FROM keys.removed_school",
    "removed schools are not forgotten": "TRUNCATE keys.removed_school",
    "no key is made for a removed school": (
        "INSERT INTO keys.data_key (school, key_id, wrapped, kek_id)"
        " SELECT 'gone', gen_random_uuid(), wrapped, kek_id FROM keys.data_key LIMIT 1"
    ),
    "no secret is made for a removed school": (
        "INSERT INTO keys.school_secret (school, wrapped, kek_id)"
        " SELECT 'gone', wrapped, kek_id FROM keys.school_secret LIMIT 1"
    ),
    "a check value does not change": "UPDATE keys.kek SET check_value = check_value",
    "a known key is not removed": "DELETE FROM keys.kek",
    "a key in use is not retired": "UPDATE keys.kek SET retired_at = now()",
    "no table is made": "CREATE TABLE keys.beside (id integer)",
    "no table is made in public": "CREATE TABLE public.beside (id integer)",
    "a table is not altered": "ALTER TABLE keys.tombstone ADD COLUMN x integer",
    "a table is not dropped": "DROP TABLE keys.tombstone",
    "a trigger is not switched off": "ALTER TABLE keys.tombstone DISABLE TRIGGER ALL",
    "a rule is not made": "CREATE RULE quiet AS ON DELETE TO keys.tombstone DO INSTEAD NOTHING",
    "a trigger's function is not replaced": (
        "CREATE OR REPLACE FUNCTION keys.refuse_change() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN old; END'"
    ),
    "triggers are not passed over": "SET session_replication_role = replica",
    "the owner's role is not taken": "SET ROLE doorstep_owner",
    "keys are not copied to a file of the server": "COPY keys.data_key TO '/tmp/keys'",
    "migrations are not rewritten": "DELETE FROM doorstep.migration",
}
BY_THE_OWNER = {
    "a tombstone is not changed": "UPDATE keys.tombstone SET rule = 'x'",
    "a tombstone is not removed": "DELETE FROM keys.tombstone",
    "tombstones are not emptied": "TRUNCATE keys.tombstone",
    "a data key goes only by an erasure": "DELETE FROM keys.data_key",
    "data keys are not emptied": "TRUNCATE keys.data_key",
    "a secret is not removed": "DELETE FROM keys.school_secret",
    "secrets are not emptied": "TRUNCATE keys.school_secret",
    "a removed school is not changed": "UPDATE keys.removed_school SET removed_at = now()",
    "a removed school does not come back": "DELETE FROM keys.removed_school",
    "removed schools are not forgotten": "TRUNCATE keys.removed_school",
    "a check value does not change": "UPDATE keys.kek SET check_value = sha256('x')",
    "a known key is not removed": "DELETE FROM keys.kek",
    "a key in use is not retired": "UPDATE keys.kek SET retired_at = now()",
}
ALLOWED = {
    "data keys are read": "SELECT * FROM keys.data_key",
    "tombstones are read": "SELECT * FROM keys.tombstone",
    "a data key is wrapped anew": "UPDATE keys.data_key SET wrapped = wrapped, kek_id = kek_id",
    "a secret is wrapped anew": "UPDATE keys.school_secret SET wrapped = wrapped, kek_id = kek_id",
}


@pytest.fixture
def full(urls: DatabaseUrls, keyring: Keyring) -> Keyring:
    """A school with a key, and an erased one; and one that was removed."""
    keyring.destroy([keyring.fresh().id], "a rule", keyring.fresh().id)
    with psycopg.connect(urls.keys) as connection:
        connection.execute(
            "INSERT INTO keys.removed_school VALUES ('gone', now(), gen_random_uuid()) ON CONFLICT DO NOTHING"
        )
    return keyring


@pytest.mark.usefixtures("full")
@pytest.mark.parametrize("attempt", BY_THE_KEYS_ROLE.values(), ids=BY_THE_KEYS_ROLE)
def test_the_keys_role_does_no_more_than_it_needs(urls: DatabaseUrls, attempt: str) -> None:
    with psycopg.connect(urls.keys) as connection, pytest.raises(psycopg.Error) as refused:
        connection.execute(attempt.encode())
    assert refused.value.sqlstate == REFUSED


@pytest.mark.usefixtures("full")
@pytest.mark.parametrize("attempt", ALLOWED.values(), ids=ALLOWED)
def test_the_keys_role_does_what_it_needs(urls: DatabaseUrls, attempt: str) -> None:
    with psycopg.connect(urls.keys) as connection:
        assert connection.execute(attempt.encode()).rowcount > 0


@pytest.mark.usefixtures("full")
@pytest.mark.parametrize("attempt", BY_THE_OWNER.values(), ids=BY_THE_OWNER)
def test_not_even_the_owner_undoes_an_erasure_or_loses_a_key(urls: DatabaseUrls, attempt: str) -> None:
    with psycopg.connect(urls.keys_migrate) as connection:
        connection.execute("SET ROLE doorstep_owner")
        with pytest.raises(psycopg.Error) as refused:
            connection.execute(attempt.encode())
    assert refused.value.sqlstate == REFUSED


@pytest.mark.parametrize("role", sorted(set(PREFIXES) - {"keys", "migrate"}))
def test_no_other_role_enters_the_key_database(urls: DatabaseUrls, role: str) -> None:
    there = psycopg.conninfo.conninfo_to_dict(urls.keys)["dbname"]
    with pytest.raises(psycopg.OperationalError, match="permission denied for database"):
        psycopg.connect(getattr(urls, role), dbname=str(there))


def test_the_triggers_fire_whatever_the_session_says(urls: DatabaseUrls) -> None:
    with psycopg.connect(urls.keys) as connection:
        rows = connection.execute(
            "SELECT c.relname, t.tgname, t.tgenabled FROM pg_trigger AS t JOIN pg_class AS c ON c.oid = t.tgrelid"
            " WHERE NOT t.tgisinternal AND c.relnamespace = 'keys'::regnamespace"
        ).fetchall()
    assert {table for table, _, _ in rows} == {"data_key", "tombstone", "school_secret", "kek", "removed_school"}
    assert [row for row in rows if row[2] not in {"A", b"A"}] == []


def test_everything_belongs_to_a_role_that_cannot_log_in(urls: DatabaseUrls) -> None:
    with psycopg.connect(urls.keys) as connection:
        rows = connection.execute(
            "SELECT DISTINCT rolname, rolcanlogin, rolsuper FROM pg_class JOIN pg_roles ON pg_roles.oid = relowner"
            " WHERE relnamespace = 'keys'::regnamespace"
        ).fetchall()
    assert rows == [("doorstep_owner", False, False)]
