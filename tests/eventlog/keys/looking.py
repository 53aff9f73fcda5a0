"""What the tests look at, past the keyring."""

from pathlib import Path
from uuid import UUID

import psycopg

from eventlog.keys.keyring import DataKey
from eventlog.keys.second_place import Held, SecondPlace
from eventlog.settings import DatabaseUrls

NONCE = bytes(12)
RULE = "retention: date of birth and 25 years"


def opens_the_same(one: DataKey | None, other: DataKey | None) -> bool:
    """Whether what one key encrypts the other decrypts."""
    assert one is not None
    assert other is not None
    return one.id == other.id and other.cipher.decrypt(NONCE, one.cipher.encrypt(NONCE, b"Aoife", b""), b"") == b"Aoife"


def stored(urls: DatabaseUrls, school: str) -> set[UUID]:
    """The keys of a school in the key database."""
    with psycopg.connect(urls.keys) as connection:
        return {row[0] for row in connection.execute("SELECT key_id FROM keys.data_key WHERE school = %s", (school,))}


def second(urls: DatabaseUrls, school: str) -> Held:
    """What the second place holds of a school."""
    return SecondPlace(Path(urls.key_copy), school).read()


def copied(urls: DatabaseUrls, school: str) -> set[UUID]:
    """The keys of a school in the second place."""
    return set(second(urls, school).keys)


def without_rules(urls: DatabaseUrls, statement: str, *values: object) -> None:
    """What happened to the key database from outside: run as its owner, with the triggers switched off."""
    with psycopg.connect(urls.keys_migrate) as connection:
        connection.execute("SET ROLE doorstep_owner")
        for table in ("data_key", "tombstone", "school_secret", "kek"):
            connection.execute(f"ALTER TABLE keys.{table} DISABLE TRIGGER USER".encode())
        connection.execute(statement.encode(), values)
        for table in ("data_key", "tombstone", "school_secret", "kek"):
            connection.execute(f"ALTER TABLE keys.{table} ENABLE TRIGGER USER".encode())
