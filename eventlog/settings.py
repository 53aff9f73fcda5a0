"""Connection settings: one for each database role, so that no part of the program can do more than it needs.

`DOORSTEP_DATABASE_URL` and its four siblings point to an existing PostgreSQL (15 or newer). Each may also come from
a file (`DOORSTEP_DATABASE_URL_FILE`), or keep only its password in one (`DOORSTEP_DATABASE_PASSWORD_FILE`): that is
how docker and systemd hand out secrets.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from psycopg import ProgrammingError
from psycopg.conninfo import conninfo_to_dict, make_conninfo

PREFIXES: Final = {
    "app": "DOORSTEP_DATABASE",
    "migrate": "DOORSTEP_MIGRATE_DATABASE",
    "projector": "DOORSTEP_PROJECTOR_DATABASE",
    "keys": "DOORSTEP_KEYS_DATABASE",
    "sealer": "DOORSTEP_SEALER_DATABASE",
}
"""For each role, the environment variable's name without its ending (`_URL`, `_URL_FILE`, `_PASSWORD_FILE`)."""


class SettingsUnclearError(Exception):
    """The connection settings are incomplete or cannot be read; the message says which and what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DatabaseUrls:
    """How each role reaches one database: psycopg connection strings, with passwords, so never shown."""

    app: str = field(repr=False)
    """Appends through the append function and reads: what serves people."""
    migrate: str = field(repr=False)
    """Owns the schemas: used by `doorstep migrate` and at no other time."""
    projector: str = field(repr=False)
    """Reads the log and owns the projections."""
    keys: str = field(repr=False)
    """Reads, makes and destroys data keys."""
    sealer: str = field(repr=False)
    """Reads the log and writes checkpoints."""

    def for_database(self, name: str) -> "DatabaseUrls":
        """The same roles on the same server, for another database."""
        return DatabaseUrls(**{role: make_conninfo(getattr(self, role), dbname=name) for role in PREFIXES})

    def not_waiting_for_the_disk(self) -> "DatabaseUrls":
        """The same, but what the app role stores is confirmed before it is on disk: for seeded histories only.

        A killed program loses nothing; a server that crashes may lose the last half second, never something in the
        middle, and the first commit of anybody else makes all of it durable.
        """
        options = f"{conninfo_to_dict(self.app).get('options', '')} -c synchronous_commit=off".strip()
        return replace(self, app=make_conninfo(self.app, options=options))


def from_environ(environ: Mapping[str, str]) -> DatabaseUrls | None:
    """The connection settings of an existing server, or None where the embedded one is to be used.

    Raises SettingsUnclearError when some are set and others are not, or when one cannot be read.
    """
    urls = {role: _url(environ, prefix) for role, prefix in PREFIXES.items()}
    if not any(urls.values()):
        return None
    missing = [f"{PREFIXES[role]}_URL" for role, url in urls.items() if url is None]
    if missing:
        named = ", ".join(missing)
        message = (
            f"Not set: {named}. To use your own PostgreSQL, give a connection for each of the five roles;"
            " to use the database that comes with Doorstep, set none of them."
        )
        raise SettingsUnclearError(message)
    return DatabaseUrls(**{role: url for role, url in urls.items() if url is not None})


def _url(environ: Mapping[str, str], prefix: str) -> str | None:
    direct, from_file = environ.get(f"{prefix}_URL"), environ.get(f"{prefix}_URL_FILE")
    password_file = environ.get(f"{prefix}_PASSWORD_FILE")
    if direct and from_file:
        message = f"{prefix}_URL and {prefix}_URL_FILE are both set. Keep one of them."
        raise SettingsUnclearError(message)
    url = _secret(f"{prefix}_URL_FILE", from_file) if from_file else direct
    if not url:
        if password_file:
            message = f"{prefix}_PASSWORD_FILE is set, but {prefix}_URL is not. Set both."
            raise SettingsUnclearError(message)
        return None
    try:
        conninfo_to_dict(url)
    except ProgrammingError:
        # The parser's own words may repeat the password: they are left out on purpose.
        message = f"{prefix}_URL cannot be read. It looks like this: postgresql://user:password@host:5432/doorstep"
        raise SettingsUnclearError(message) from None
    if password_file:
        return make_conninfo(url, password=_secret(f"{prefix}_PASSWORD_FILE", password_file))
    return make_conninfo(url)


def _secret(setting: str, path: str) -> str:
    try:
        secret = Path(path).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        message = f"{setting} names {path}, which cannot be read as text ({type(error).__name__})."
        raise SettingsUnclearError(message) from None
    if not secret:
        message = f"{setting} names {path}, which is empty."
        raise SettingsUnclearError(message)
    return secret
