"""Connection settings: one for each database role, so that no part of the program can do more than it needs.

The data keys have a database of their own, and what opens them lies in a file outside PostgreSQL: whoever has one of
the three places has nothing.

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

_PLACE: Final = ("host", "hostaddr", "port", "dbname")
"""The parts of a connection string that say where, not who."""


class SettingsUnclearError(Exception):
    """The connection settings are incomplete or cannot be read; the message says which and what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DatabaseUrls:
    """How each role reaches one database: psycopg connection strings, with passwords, so never shown."""

    app: str = field(repr=False)
    """Appends through the append function and reads: what serves people."""
    migrate: str = field(repr=False)
    """Owns the schemas: used by `doorstep migrate`, to back up and to restore, and at no other time."""
    projector: str = field(repr=False)
    """Reads the log and owns the projections."""
    keys: str = field(repr=False)
    """Reads, makes and destroys data keys, in the key database."""
    sealer: str = field(repr=False)
    """Reads the log and writes checkpoints."""
    key_file: str = ""
    """Path of the file with the key-encryption keys; empty where nobody said."""
    key_copy: str = ""
    """Path of the folder that holds every data key a second time, wrapped."""

    @property
    def keys_migrate(self) -> str:
        """Makes the tables of the key database: the migrating role, where the key database is."""
        return _elsewhere(self.migrate, self.keys)

    @property
    def keys_in_log(self) -> str:
        """Leaves the tombstones of erased keys in the log's database: the keys' role, where the log is."""
        return _elsewhere(self.keys, self.app)

    def for_database(self, name: str) -> "DatabaseUrls":
        """The same roles on the same server, for another database with keys of its own."""
        roles = {role: make_conninfo(getattr(self, role), dbname=name) for role in PREFIXES}
        roles["keys"] = make_conninfo(self.keys, dbname=key_database(name))
        key_file = Path(self.key_file).parent / name / "key-file" if self.key_file else None
        return DatabaseUrls(**roles, **key_places(key_file))

    def not_waiting_for_the_disk(self) -> "DatabaseUrls":
        """The same, but what the app role stores is confirmed before it is on disk: for seeded histories only.

        A killed program loses nothing; a server that crashes may lose the last half second, never something in the
        middle, and the first commit of anybody else makes all of it durable.
        """
        options = f"{conninfo_to_dict(self.app).get('options', '')} -c synchronous_commit=off".strip()
        return replace(self, app=make_conninfo(self.app, options=options))


def key_database(name: str) -> str:
    """What the key database of a log's database is called, unless a setting says otherwise."""
    return f"{name}_keys"


def key_places(key_file: Path | None) -> dict[str, str]:
    """Where the key file is and, beside it, the second place of the data keys: the last two of `DatabaseUrls`."""
    if key_file is None:
        return {"key_file": "", "key_copy": ""}
    return {"key_file": str(key_file.absolute()), "key_copy": str(key_file.absolute().with_name("data-keys"))}


def with_key_settings(urls: DatabaseUrls, environ: Mapping[str, str]) -> DatabaseUrls:
    """The same, with the places that `DOORSTEP_KEY_FILE` and `DOORSTEP_KEY_COPY` name, where they are set."""
    if named := environ.get("DOORSTEP_KEY_FILE"):
        urls = replace(urls, **key_places(Path(named)))
    if copy := environ.get("DOORSTEP_KEY_COPY"):
        urls = replace(urls, key_copy=str(Path(copy).absolute()))
    return urls


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
    return _with_keys(DatabaseUrls(**{role: url for role, url in urls.items() if url is not None}), environ)


def sealer_from_environ(environ: Mapping[str, str]) -> str | None:
    """How the sealer reaches the log, where a setting says; it needs none of the other roles' connections.

    Raises SettingsUnclearError.
    """
    return _url(environ, PREFIXES["sealer"])


def _with_keys(urls: DatabaseUrls, environ: Mapping[str, str]) -> DatabaseUrls:
    if not environ.get("DOORSTEP_KEY_FILE"):
        message = (
            "Not set: DOORSTEP_KEY_FILE, the path of the file with the keys that open all that is personal in the log."
            " `doorstep migrate` makes the file on a new installation. Keep a copy of it apart from all backups."
        )
        raise SettingsUnclearError(message)
    log, keys = _parts(urls.app), _parts(urls.keys)
    if "dbname" not in keys and "dbname" in log:
        urls = replace(urls, keys=make_conninfo(urls.keys, dbname=key_database(log["dbname"])))
    elif all(log.get(part) == keys.get(part) for part in _PLACE):
        message = (
            "DOORSTEP_KEYS_DATABASE_URL names the log's own database. The data keys need a database of their own,"
            f" {key_database(log.get('dbname', 'doorstep'))} for example: a backup of the log must not hold its keys."
        )
        raise SettingsUnclearError(message)
    return with_key_settings(urls, environ)


def _elsewhere(conninfo: str, place: str) -> str:
    """The role of one connection, at the server and database of another."""
    who = {name: value for name, value in _parts(conninfo).items() if name not in _PLACE}
    return make_conninfo(**who, **{name: value for name, value in _parts(place).items() if name in _PLACE})


def _parts(conninfo: str) -> dict[str, str]:
    return {name: str(value) for name, value in conninfo_to_dict(conninfo).items()}


def _url(environ: Mapping[str, str], prefix: str) -> str | None:
    direct, from_file = environ.get(f"{prefix}_URL"), environ.get(f"{prefix}_URL_FILE")
    password_file = environ.get(f"{prefix}_PASSWORD_FILE")
    if direct and from_file:
        message = f"{prefix}_URL and {prefix}_URL_FILE are both set. Keep one of them."
        raise SettingsUnclearError(message)
    url = secret_in_file(f"{prefix}_URL_FILE", from_file) if from_file else direct
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
        return make_conninfo(url, password=secret_in_file(f"{prefix}_PASSWORD_FILE", password_file))
    return make_conninfo(url)


def secret_in_file(setting: str, path: str) -> str:
    """What is in the file that a setting names, without space around it. Raises SettingsUnclearError."""
    try:
        secret = Path(path).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        message = f"{setting} names {path}, which cannot be read as text ({type(error).__name__})."
        raise SettingsUnclearError(message) from None
    if not secret:
        message = f"{setting} names {path}, which is empty."
        raise SettingsUnclearError(message)
    return secret
