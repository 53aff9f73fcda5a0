"""What the database's catalogue says of a school's log, held against what this release made.

The manifest is text, a line a fact: owners, grants, columns, constraints, indexes, triggers and whether they fire, rules,
row security, functions with the hash of their bodies, and Doorstep's roles. It covers the schemas `doorstep`, `doorstep_accounts` (who may
sign in) and the school's own, whose name is written `school_*` (and its role's `doorstep_school_*`), so that every school's
manifest is the same; views, keys and the server's settings are looked at apart (`surroundings`). `manifest.txt` is what must be found; `make manifest` writes it after a new migration.

It finds what somebody changed with an owner's or a superuser's rights. Whoever may do that could also change it back
after the deed: what was done to the events meanwhile is found by the ledger outside (`ledger.online`).
"""

import re
from functools import cache
from hashlib import sha256
from importlib.resources import files
from typing import Any, Final, NamedTuple

from psycopg import Connection
from psycopg.rows import tuple_row

from domain.ids import SchoolSlug
from eventlog.migrate import ACCOUNTS, INSTALLATION, log_schema, views_schema
from eventlog.school_roles import role_of

ROLES: Final = (
    *("doorstep_owner", "doorstep_migrate", "doorstep_app", "doorstep_projector", "doorstep_keys", "doorstep_sealer"),
    *("doorstep_reader", "doorstep_schools", "doorstep_roles"),
)
_SCHOOL: Final = "school_*"


class Manifest(NamedTuple):
    """The facts, sorted."""

    lines: tuple[str, ...]

    @property
    def text(self) -> str:
        """As it lies in a file."""
        return "".join(f"{line}\n" for line in self.lines)

    @property
    def sha256(self) -> str:
        """By which an event names it: SHA-256 of the text in UTF-8, in hex."""
        return sha256(self.text.encode()).hexdigest()


class Differences(NamedTuple):
    """What is not as this release made it; empty where all is well."""

    missing: tuple[str, ...]
    """Lines that should be there."""
    unexpected: tuple[str, ...]
    """Lines that should not."""

    def sentences(self) -> tuple[str, ...]:
        """For whoever looks after Doorstep, one a line: names of tables and roles, nothing personal."""
        return (*(f"missing: {line}" for line in self.missing), *(f"not ours: {line}" for line in self.unexpected))


def describe(connection: Connection[Any], slug: SchoolSlug) -> Manifest:
    """What the catalogue says now. Any role may ask. For an autocommit connection."""
    return describe_beside(connection, slug)[0]


def describe_beside(connection: Connection[Any], slug: SchoolSlug, *beside: str) -> tuple[Manifest, list[list[str]]]:
    """The same, and the facts of the schemas `beside`, each a line, in no order: all looked at once."""
    own = re.compile(rf"\b(doorstep_)?{re.escape(log_schema(slug))}\b")

    def every(line: str) -> str:
        return own.sub(rf"\g<1>{_SCHOOL}", line)

    roles = [*ROLES, role_of(slug)]
    with connection.transaction():
        _names_written_out(connection)
        made = _schemas(connection, INSTALLATION, ACCOUNTS, log_schema(slug), *beside)
        acting = _asked(connection, "manifest_roles.sql", roles=roles, own=role_of(slug))
    found = [f"{schema}: {line}" for schema in (INSTALLATION, ACCOUNTS) for line in made[schema]]
    found += [f"{_SCHOOL}: {every(line)}" for line in made[log_schema(slug)]]
    found += [every(str(line)) for (line,) in acting]
    return Manifest(tuple(sorted(found))), [made[schema] for schema in beside]


def facts(connection: Connection[Any], schema: str) -> list[str]:
    """What the catalogue says now of one schema, a line a fact, in no order. As `describe`."""
    with connection.transaction():
        _names_written_out(connection)
        return _schemas(connection, schema)[schema]


@cache
def expected() -> Manifest:
    """What this release makes."""
    return Manifest(tuple((files("eventlog") / "manifest.txt").read_text(encoding="utf-8").splitlines()))


def compare(found: Manifest, wanted: Manifest | None = None) -> Differences:
    """What of `wanted` (this release's, unless given) is missing in `found`, and what is too much."""
    wanted = wanted or expected()
    return Differences(
        tuple(sorted(set(wanted.lines) - set(found.lines))), tuple(sorted(set(found.lines) - set(wanted.lines)))
    )


def applied_migrations(connection: Connection[Any], slug: SchoolSlug) -> tuple[str, ...]:
    """The migrations that made what this school's log lies in and depends on, as `school/0001_event.sql`, in the order applied."""
    folders = {
        INSTALLATION: "installation",
        ACCOUNTS: "accounts",
        log_schema(slug): "school",
        views_schema(slug): "views",
    }
    rows = connection.cursor(row_factory=tuple_row).execute(
        "SELECT schema_name, file_name FROM doorstep.migration WHERE schema_name = ANY (%s)"
        " ORDER BY applied_at, schema_name, number",
        (list(folders),),
    )
    return tuple(f"{folders[schema]}/{file_name}" for schema, file_name in rows)


def _names_written_out(connection: Connection[Any]) -> None:
    """Until the transaction ends: names in definitions are written out where the search path does not lead to them."""
    # A schema has few of all the tables that there are: at hundreds of schools the planner would read of them all.
    connection.execute(
        "SET LOCAL search_path TO pg_catalog; SET LOCAL jit TO off; SET LOCAL enable_hashjoin TO off;"
        " SET LOCAL enable_mergejoin TO off; SET LOCAL enable_seqscan TO off"
    )


def _schemas(connection: Connection[Any], *schemas: str) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {schema: [] for schema in schemas}
    for schema, line in _asked(connection, "manifest.sql", schemas=list(schemas)):
        found[schema].append(line)
    return found


def _asked(connection: Connection[Any], file: str, **given: object) -> list[tuple[Any, ...]]:
    query = (files("eventlog") / file).read_bytes()
    return connection.cursor(row_factory=tuple_row).execute(query, given).fetchall()
