"""One embedded PostgreSQL server: its files, passwords and process. Who may start or stop it is decided elsewhere.

The server listens on a Unix socket in a private folder only, every connection gives a password (SCRAM), and pages
carry checksums. Its output goes to a file, without statements or row values: those could name a child.
"""

import json
import os
import secrets
import shutil
import signal
import stat
import subprocess
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from hashlib import sha256
from importlib.resources import files
from pathlib import Path
from typing import Final

from psycopg import Connection, OperationalError, connect, sql
from psycopg.conninfo import make_conninfo
from psycopg.errors import DuplicateDatabase

from eventlog.postgres_programs import EmbeddedPostgresError, Place
from eventlog.settings import PREFIXES, DatabaseUrls

DATABASE: Final = "doorstep"
_SUPERUSER: Final = "postgres"
_PORT: Final = 5432
"""Only a part of the socket's name: nothing listens on TCP."""
_LONGEST_SOCKET_FOLDER: Final = 103 - len(f"/.s.PGSQL.{_PORT}")
"""The shortest limit of the systems we run on (macOS: 104 bytes with the closing zero)."""
_PROVISIONED: Final = "1"
"""Raise it when roles.sql or database_grants.sql changes: every server is then brought up to date at its start."""
_POLL_SECONDS: Final = 0.02
_SPAWN_LIMIT: Final = 50
"""At five a second: a server that ends at once this often has a lasting reason, told in its output."""
_SHUT_DOWN_SECONDS: Final = 60.0
_OUTPUT_LIMIT: Final = 10_000_000
_SETTINGS: Final = {
    "listen_addresses": "",
    "port": str(_PORT),
    "unix_socket_permissions": "0700",
    "max_connections": "200",
    "password_encryption": "scram-sha-256",
    "timezone": "UTC",
    "log_timezone": "UTC",
    # No statement and no "Key (name)=(...)" in the output: it may hold what only the log may hold.
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
}


class Server:
    """The server of one place. Not thread-safe, except for `answers` and the connection strings."""

    def __init__(self, place: Place, say: Callable[[str], None]) -> None:
        """Nothing is touched yet."""
        self.place = place
        self._say = say
        self._data = place.home / "data"
        self._connection_file = place.home / "connection.json"
        self._provisioned_file = place.home / "provisioned"
        self.output = place.home / "postgres.log"
        """Where the server's own messages go."""
        self._child: subprocess.Popen[bytes] | None = None
        self._pid: int | None = None

    def urls(self, database: str) -> DatabaseUrls:
        """How each role reaches a database of this server."""
        return DatabaseUrls(**{role: self._url(f"doorstep_{role}", database) for role in PREFIXES})

    def superuser_url(self, database: str) -> str:
        """How the superuser reaches a database of this server."""
        return self._url(_SUPERUSER, database)

    def answers(self) -> bool:
        """Whether the server is complete and takes connections now."""
        if not (self._connection_file.exists() and _text(self._provisioned_file) == _PROVISIONED):
            return False
        try:
            connect(self._url("doorstep_app", DATABASE)).close()
        except OperationalError:
            return False
        return True

    def bring_up(self, deadline: float, given_up: Callable[[], bool] = lambda: False) -> None:
        """Adopt the server where one is left running, else start it; return when it answers.

        `deadline` is on the monotonic clock. Only the holder of the supervisor's lock may call this.
        """
        self._prepare()
        if not self.is_up():
            self._child, self._pid = None, self.running_pid()
        spawned = 0
        while not given_up():
            if not self.is_up():
                # A killed postmaster's last children may still hold its memory; PostgreSQL then refuses to start
                # and is tried again. Committed rows are in its journal: a crash here loses nothing.
                self._spawn()
                spawned += 1
            if self._takes_superuser():
                self._provision()
                return
            if time.monotonic() > deadline or spawned > _SPAWN_LIMIT:
                message = f"The database did not start. Its last words:\n{self._last_words()}"
                raise EmbeddedPostgresError(message)
            time.sleep(_POLL_SECONDS if self.is_up() else _POLL_SECONDS * 10)

    def is_up(self) -> bool:
        """Whether the process that was started or adopted is there still (it may not answer yet)."""
        if self._child is not None:
            return self._child.poll() is None
        return self._pid is not None and self.running_pid() == self._pid

    def running_pid(self) -> int | None:
        """The process id of the postmaster that runs on these files, whoever started it; None if there is none."""
        lines = _text(self._data / "postmaster.pid").splitlines()
        pid = int(lines[0]) if lines and lines[0].isdigit() else 0
        return pid if pid and _is_postmaster(pid, self._data) else None

    def shut_down(self) -> None:
        """Stop the server cleanly; one that does not stop within a minute is told to stop at once, which is safe."""
        if not self.is_up():
            # Another process may have started it: the one that looked after it ended, and this is the last user.
            self._child, self._pid = None, self.running_pid()
        pid = self._pid
        for number in (signal.SIGINT, signal.SIGQUIT):
            if pid is None or not self._signal(pid, number):
                return
            deadline = time.monotonic() + _SHUT_DOWN_SECONDS
            while self.is_up():
                if time.monotonic() > deadline:
                    break
                time.sleep(_POLL_SECONDS / 2)
            else:
                return

    def _signal(self, pid: int, number: signal.Signals) -> bool:
        if not self.is_up():
            return False
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            return False
        return True

    def _prepare(self) -> None:
        """Passwords first, then the files: a crash between the two leaves nothing that cannot be used again."""
        folder = self._socket_folder()
        kept = json.loads(_text(self._connection_file) or "{}")
        passwords = kept.get("passwords") or {
            role: secrets.token_urlsafe(24) for role in (_SUPERUSER, *(f"doorstep_{role}" for role in PREFIXES))
        }
        connection = {"socket": str(folder), "passwords": passwords}
        if connection != kept:
            self._write_private(self._connection_file, json.dumps(connection))
        if not (self._data / "PG_VERSION").exists():
            self._init(passwords[_SUPERUSER])

    def _init(self, password: str) -> None:
        self._say(f"Making a new database in {self.place.home} ...")
        for left in self.place.home.glob("data.new.*"):
            shutil.rmtree(left)
        # Made aside and renamed: a crash in the middle leaves only a draft.
        draft = self.place.home / f"data.new.{secrets.token_hex(4)}"
        password_file = self.place.home / "password"
        self._write_private(password_file, password)
        try:
            self._run(
                "initdb", "--pgdata", str(draft), "--username", _SUPERUSER, "--pwfile", str(password_file),
                "--auth=scram-sha-256", "--data-checksums", "--encoding=UTF8",
                "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C", "--no-instructions",
            )  # fmt: skip
        finally:
            password_file.unlink()
        draft.rename(self._data)

    def _run(self, program: str, *arguments: str) -> None:
        done = subprocess.run(
            [self.place.programs / program, *arguments],
            check=False, capture_output=True, text=True, cwd=self.place.home, env=_environment(),
            start_new_session=True, **self.place.run_as(),
        )  # fmt: skip
        if done.returncode != 0:
            message = f"{program} ended with code {done.returncode}:\n{done.stderr.strip()}"
            raise EmbeddedPostgresError(message)

    def _spawn(self) -> None:
        pid_file = self._data / "postmaster.pid"
        if pid_file.exists() and self.running_pid() is None and _is_other_program(_text(pid_file)):
            # The number in a dead server's file was given to another program: PostgreSQL would refuse to start.
            pid_file.unlink()
        if self.output.exists() and self.output.stat().st_size > _OUTPUT_LIMIT:
            self.output.replace(self.output.with_suffix(".log.1"))
        settings = _SETTINGS | {"unix_socket_directories": f'"{self._socket_folder()}"'}
        output = os.open(self.output, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
        try:
            self.place.give(self.output)
            # A session of its own: Ctrl-C in the terminal reaches the program, which stops the server in its time.
            self._child = subprocess.Popen(
                [
                    self.place.programs / "postgres", "-D", self._data,
                    *(part for name, value in settings.items() for part in ("-c", f"{name}={value}")),
                ],
                stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT, cwd=self.place.home,
                env=_environment(), start_new_session=True, **self.place.run_as(),
            )  # fmt: skip
        finally:
            os.close(output)
        self._pid = self._child.pid

    def _takes_superuser(self) -> bool:
        try:
            with connect(self.superuser_url("postgres"), autocommit=True) as connection:
                row = connection.execute("SELECT current_setting('data_directory')").fetchone()
        except OperationalError:
            return False
        return row is not None and Path(row[0]) == self._data.resolve()

    def _provision(self) -> None:
        """Make the roles, their passwords and the database. Each step may be repeated after a crash."""
        if _text(self._provisioned_file) == _PROVISIONED:
            return
        with connect(self.superuser_url("postgres"), autocommit=True) as connection:
            connection.execute(_sql("roles.sql"))
            for role, password in self._connection()["passwords"].items():
                _set_password(connection, role, password)
        make_database(self.superuser_url("postgres"), self.superuser_url(DATABASE), DATABASE)
        self._write_private(self._provisioned_file, _PROVISIONED)

    def _socket_folder(self) -> Path:
        """The folder of the socket: ours, or a short private one where a socket's path would be too long."""
        folder = self.place.home / "socket"
        if len(os.fsencode(folder)) > _LONGEST_SOCKET_FOLDER or '"' in str(folder):
            uid = self.place.home.stat().st_uid
            short = sha256(os.fsencode(self.place.home)).hexdigest()[:12]
            folder = Path(tempfile.gettempdir()) / f"doorstep-{uid}-{short}"
            if len(os.fsencode(folder)) > _LONGEST_SOCKET_FOLDER:
                folder = Path("/tmp") / folder.name  # noqa: S108 - checked below to be a private folder of ours
        try:
            folder.mkdir(mode=0o700)
            self.place.give(folder)
        except FileExistsError:
            found = folder.lstat()
            if (
                not stat.S_ISDIR(found.st_mode)
                or found.st_uid != self.place.home.stat().st_uid
                or found.st_mode & 0o077
            ):
                message = f"{folder} should be a private folder of the database's user, and is not. Delete it."
                raise EmbeddedPostgresError(message) from None
        return folder

    def _connection(self) -> dict[str, dict[str, str]]:
        connection: dict[str, dict[str, str]] = json.loads(self._connection_file.read_text(encoding="utf-8"))
        return connection

    def _url(self, role: str, database: str) -> str:
        connection = json.loads(self._connection_file.read_text(encoding="utf-8"))
        return make_conninfo(
            host=connection["socket"], port=_PORT, user=role, password=connection["passwords"][role],
            dbname=database, connect_timeout=10,
        )  # fmt: skip

    def _write_private(self, path: Path, text: str) -> None:
        """Write a file that only its owner reads, whole or not at all, surviving a power cut."""
        draft = path.with_name(f"{path.name}.draft")
        draft.unlink(missing_ok=True)
        file = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        with os.fdopen(file, "w", encoding="utf-8") as opened:
            opened.write(text)
            opened.flush()
            os.fsync(opened.fileno())
        self.place.give(draft)
        draft.replace(path)

    def _last_words(self) -> str:
        return "\n".join(_text(self.output).splitlines()[-8:])


def make_database(maintenance_url: str, database_url: str, name: str) -> None:
    """Make an empty database owned by doorstep_migrate; one that is there already keeps its contents.

    `maintenance_url` reaches another database of the same server, as a superuser or as a doorstep_migrate that may
    create databases.
    """
    with connect(maintenance_url, autocommit=True) as connection:
        query = sql.SQL("CREATE DATABASE {} OWNER doorstep_migrate TEMPLATE template0")
        with suppress(DuplicateDatabase):
            connection.execute(query.format(sql.Identifier(name)))
    with connect(database_url, autocommit=True) as connection:
        connection.execute(_sql("database_grants.sql"))


def _set_password(connection: Connection, role: str, password: str) -> None:
    """Set a role's password as a SCRAM verifier: the password itself never reaches the server or its output."""
    verifier = connection.pgconn.encrypt_password(password.encode(), role.encode(), b"scram-sha-256")
    query = sql.SQL("ALTER ROLE {} PASSWORD {}")
    connection.execute(query.format(sql.Identifier(role), sql.Literal(verifier.decode())))


def _sql(name: str) -> bytes:
    return files("eventlog").joinpath(name).read_bytes()


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace").strip()
    except FileNotFoundError:
        return ""


def _environment() -> dict[str, str]:
    """Nothing of the caller's: PGDATA, PGOPTIONS and the like would change what is started."""
    return {"PATH": "/usr/bin:/bin", "LC_ALL": "C"}


def _is_postmaster(pid: int, data: Path) -> bool:
    """Whether that process is the postmaster of these files: PostgreSQL works inside its data folder."""
    process = Path("/proc") / str(pid)
    if not Path("/proc/self").exists():
        return _is_alive(pid)
    try:
        zombie = process.joinpath("stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()[0]
        return zombie not in "ZX" and process.joinpath("cwd").resolve() == data.resolve()
    except (OSError, IndexError):
        return False


def _is_other_program(pid_file: str) -> bool:
    """Whether the process named by a dead server's file is alive and no PostgreSQL (only Linux can tell)."""
    name = Path("/proc") / pid_file.split("\n", 1)[0] / "comm"
    return _text(name) not in {"", "postgres"}


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
