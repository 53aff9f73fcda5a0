"""What lies around a school's log, held against what this release made: its views, the data keys, the server's settings.

The views are made anew at every rebuild, so no list of their tables can be fixed: what is looked at is whose they are and
who may read them, for they hold plain text. The key database is held against `manifest_keys.txt` as the log is against
`manifest.txt`. Of the server's settings those are looked at that would let it say "stored" before anything is on its disk,
or hide damage; not on a demonstration, where nothing real is stored.
"""

import re
from collections.abc import Iterable
from functools import cache
from importlib.resources import files
from typing import Any, Final

from psycopg import Connection
from psycopg.rows import tuple_row

from domain.ids import SchoolSlug
from eventlog.manifest import Manifest, compare, facts
from eventlog.migrate import InstallationKind
from eventlog.school_roles import role_of

_KEYS: Final = "keys"
_AS_MADE: Final = re.compile(
    r"schema: owned by doorstep_projector"
    r"|schema: USAGE granted to THE_SCHOOL"
    r"|whatever doorstep_projector makes of kind r: SELECT granted to THE_SCHOOL"
    r"|table \w+: owned by doorstep_projector"
    r"|table \w+: SELECT granted to THE_SCHOOL"
    r"|table \w+: persistence p, row security off, options .*"
    r"|table \w+ (column|constraint|index) (?!.* granted to ).*"
)
"""What may be said of a schema of views: the projector's own tables, read in the school's role, and nothing else."""
_SETTINGS: Final = (
    "SELECT name, setting FROM pg_settings WHERE (name, setting) IN (('fsync', 'off'), ('full_page_writes', 'off'),"
    " ('synchronous_commit', 'off'), ('zero_damaged_pages', 'on'), ('ignore_checksum_failure', 'on')) ORDER BY name"
)
_MEANS: Final = {
    "fsync": "a crash of the machine can lose or tear anything that was stored",
    "full_page_writes": "a crash of the machine can tear pages that were being written",
    "synchronous_commit": "what was said to be stored last is lost in a crash",
    "zero_damaged_pages": "damaged pages are emptied instead of told of",
    "ignore_checksum_failure": "damage on the disk is passed over",
}


def strange_views(found: Iterable[str], slug: SchoolSlug) -> tuple[str, ...]:
    """What the catalogue says of a school's views and should not: another's table, a right to read plain text, a trigger."""
    own = re.compile(rf"\b{re.escape(role_of(slug))}\b")
    strange = (line for line in sorted(found) if not _AS_MADE.fullmatch(own.sub("THE_SCHOOL", line)))
    return tuple(f"not ours: views: {line}" for line in strange)


def describe_keys(connection: Connection[Any]) -> Manifest:
    """What the catalogue says now of the key database's schema. Any role there may ask."""
    return Manifest(tuple(sorted(f"{_KEYS}: {line}" for line in facts(connection, _KEYS))))


def strange_keys(connection: Connection[Any]) -> tuple[str, ...]:
    """What of the key database's schema is not as this release made it. For a connection to that database."""
    return compare(describe_keys(connection), _expected_keys()).sentences()


def weak_settings(connection: Connection[Any], kind: InstallationKind) -> tuple[str, ...]:
    """Settings of the server, as they hold for this connection, under which "stored" does not mean on the disk."""
    if kind == "demonstration":
        return ()
    rows = connection.cursor(row_factory=tuple_row).execute(_SETTINGS).fetchall()
    return tuple(f"the server runs with {name} = {setting}: {_MEANS[name]}" for name, setting in rows)


@cache
def _expected_keys() -> Manifest:
    return Manifest(tuple((files("eventlog") / "manifest_keys.txt").read_text(encoding="utf-8").splitlines()))
