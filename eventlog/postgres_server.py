"""One embedded PostgreSQL server's process. Who may start or stop it is decided elsewhere.

The server listens on a Unix socket in a private folder only, every connection gives a password (SCRAM), and pages
carry checksums. Its output goes to a file, without statements or row values: those could name a child.
"""

import os
import secrets
import shutil
import signal
import subprocess
import time
from collections.abc import Callable
from contextlib import suppress
from importlib.resources import files
from pathlib import Path
from typing import Final

from psycopg import Connection, OperationalError, connect, sql
from psycopg.errors import DuplicateDatabase

from eventlog.postgres_files import PORT, SUPERUSER, ServerFiles, text_of
from eventlog.postgres_programs import EmbeddedPostgresError, Place
from eventlog.settings import key_database

DATABASE: Final = "doorstep"
_PROVISIONED: Final = "4"
"""Raise it when roles.sql, database_grants.sql or key_database_grants.sql changes: every server is then brought up to date at its start."""
_POLL_SECONDS: Final = 0.02
_SPAWN_LIMIT: Final = 50
"""At five a second: a server that ends at once this often has a lasting reason, told in its output."""
_SHUT_DOWN_SECONDS: Final = 60.0
_PROCESSES: Final = Path("/proc")
"""Missing outside Linux."""
_OUTPUT_LIMIT: Final = 10_000_000
_SETTINGS: Final = {
    "listen_addresses": "",
    "port": str(PORT),
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
        self.files = ServerFiles(place)
        self._child: subprocess.Popen[bytes] | None = None
        self._pid: int | None = None

    def answers(self) -> bool:
        """Whether the server is complete and takes connections now."""
        if not (self.files.are_ready() and text_of(self.files.provisioned) == _PROVISIONED):
            return False
        try:
            connect(self.files.url("doorstep_app", DATABASE)).close()
        except OperationalError:
            return False
        return True

    def bring_up(self, deadline: float, given_up: Callable[[], bool] = lambda: False) -> None:
        """Adopt the server where one is left running, else start it; return when it answers.

        `deadline` is on the monotonic clock. Only the holder of the supervisor's lock may call this.
        """
        self.files.prepare()
        if not (self.files.data / "PG_VERSION").exists():
            self._init()
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
        lines = text_of(self.files.data / "postmaster.pid").splitlines()
        pid = int(lines[0]) if lines and lines[0].isdigit() else 0
        return pid if pid and _is_postmaster(pid, self.files.data) else None

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

    def _init(self) -> None:
        self._say(f"Making a new database in {self.place.home} ...")
        for left in self.place.home.glob("data.new.*"):
            shutil.rmtree(left)
        # Made aside and renamed: a crash in the middle leaves only a draft.
        draft = self.place.home / f"data.new.{secrets.token_hex(4)}"
        password_file = self.place.home / "password"
        self.files.write_private(password_file, self.files.passwords()[SUPERUSER])
        try:
            self._run(
                "initdb", "--pgdata", str(draft), "--username", SUPERUSER, "--pwfile", str(password_file),
                "--auth=scram-sha-256", "--data-checksums", "--encoding=UTF8",
                "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C", "--no-instructions",
            )  # fmt: skip
        finally:
            password_file.unlink()
        draft.rename(self.files.data)

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
        self._clear_stale_pid_file()
        if self.files.output.exists() and self.files.output.stat().st_size > _OUTPUT_LIMIT:
            self.files.output.replace(self.files.output.with_suffix(".log.1"))
        settings = _SETTINGS | {"unix_socket_directories": f'"{self.files.socket_folder()}"'}
        output = os.open(self.files.output, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
        try:
            self.place.give(self.files.output)
            # A session of its own: Ctrl-C in the terminal reaches the program, which stops the server in its time.
            self._child = subprocess.Popen(
                [
                    self.place.programs / "postgres", "-D", self.files.data,
                    *(part for name, value in settings.items() for part in ("-c", f"{name}={value}")),
                ],
                stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT, cwd=self.place.home,
                env=_environment(), start_new_session=True, **self.place.run_as(),
            )  # fmt: skip
        finally:
            os.close(output)
        self._pid = self._child.pid

    def _clear_stale_pid_file(self) -> None:
        """Where a dead server's number now belongs to another program, PostgreSQL would refuse to start."""
        pid_file = self.files.data / "postmaster.pid"
        pid = text_of(pid_file).split("\n", 1)[0]
        if pid and (_PROCESSES / pid).exists() and not _anybody_works_in(self.files.data):
            pid_file.unlink()

    def _takes_superuser(self) -> bool:
        try:
            with connect(self.files.superuser_url("postgres"), autocommit=True) as connection:
                row = connection.execute("SELECT current_setting('data_directory')").fetchone()
        except OperationalError:
            return False
        return row is not None and Path(row[0]).resolve() == self.files.data.resolve()

    def _provision(self) -> None:
        """Make the roles, their passwords and the database. Each step may be repeated after a crash."""
        if text_of(self.files.provisioned) == _PROVISIONED:
            return
        with connect(self.files.superuser_url("postgres"), autocommit=True) as connection:
            connection.execute(_sql("roles.sql"))
            for role, password in self.files.passwords().items():
                _set_password(connection, role, password)
        make_databases(self.files.superuser_url, DATABASE)
        self.files.write_private(self.files.provisioned, _PROVISIONED)

    def _last_words(self) -> str:
        return "\n".join(text_of(self.files.output).splitlines()[-8:])


def make_databases(url: Callable[[str], str], name: str) -> None:
    """Make an empty database owned by doorstep_migrate and one for its keys; what is there keeps its contents.

    `url` says how a superuser, or a doorstep_migrate that may create databases, reaches a database of the server.
    """
    for database, grants in ((name, "database_grants.sql"), (key_database(name), "key_database_grants.sql")):
        with connect(url("postgres"), autocommit=True) as connection:
            query = sql.SQL("CREATE DATABASE {} OWNER doorstep_migrate TEMPLATE template0")
            with suppress(DuplicateDatabase):
                connection.execute(query.format(sql.Identifier(database)))
        with connect(url(database), autocommit=True) as connection:
            connection.execute(_sql(grants))


def _set_password(connection: Connection, role: str, password: str) -> None:
    """Set a role's password as a SCRAM verifier: the password itself never reaches the server or its output."""
    verifier = connection.pgconn.encrypt_password(password.encode(), role.encode(), b"scram-sha-256")
    query = sql.SQL("ALTER ROLE {} PASSWORD {}")
    connection.execute(query.format(sql.Identifier(role), sql.Literal(verifier.decode())))


def _sql(name: str) -> bytes:
    return files("eventlog").joinpath(name).read_bytes()


def _environment() -> dict[str, str]:
    """Nothing of the caller's: PGDATA, PGOPTIONS and the like would change what is started."""
    return {"PATH": "/usr/bin:/bin", "LC_ALL": "C"}


def _is_postmaster(pid: int, data: Path) -> bool:
    """Whether that process is the postmaster of these files: PostgreSQL works inside its data folder."""
    if not _PROCESSES.exists():
        return _is_alive(pid)
    return _works_in(_PROCESSES / str(pid), data)


def _anybody_works_in(data: Path) -> bool:
    return any(_works_in(process, data) for process in _PROCESSES.glob("[0-9]*"))


def _works_in(process: Path, folder: Path) -> bool:
    try:
        state = process.joinpath("stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()[0]
        return state not in "ZX" and process.joinpath("cwd").readlink() == folder.resolve()
    except (OSError, IndexError):
        # It ended while we looked, or belongs to another user, as no server of these files does.
        return False


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
