"""The database that comes with Doorstep: PostgreSQL from a wheel, under a small supervisor of our own.

Every process that uses the server holds a shared lock on `users.lock`; the one that holds `supervisor.lock` restarts
the server after a crash. When the supervisor ends, another user of the server takes over; the last one to leave stops
it. A supervisor that was killed leaves the server running, and the next process adopts it. So no `doorstep` command
ever stops a server that another one is using, and none is left behind by a program that ended properly.
"""

import fcntl
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from types import FrameType
from typing import Final, NoReturn

from psycopg import Error, connect, sql

from eventlog.postgres_programs import EmbeddedPostgresError, Place, place_for
from eventlog.postgres_server import DATABASE, Server, make_databases
from eventlog.settings import DatabaseUrls, key_database, key_places

__all__ = ["EmbeddedPostgres", "EmbeddedPostgresError", "embedded"]

_READY_SECONDS: Final = 120.0
"""Crash recovery of a large log may take its time."""
_POLL_SECONDS: Final = 0.02
_LOOK_SECONDS: Final = 0.1
_TAKE_OVER_SECONDS: Final = 0.25
_STEADY_SECONDS: Final = 60.0
"""A server that ran this long is well: the next crash starts from the shortest pause again."""
_SHORTEST_PAUSE: Final = 0.1
_LONGEST_PAUSE: Final = 5.0


@contextmanager
def embedded(var: Path, say: Callable[[str], None]) -> Iterator["EmbeddedPostgres"]:
    """The server whose files are in `var`, started if nobody runs it yet, for as long as the block lasts.

    `say` receives sentences for the person at the terminal, also from another thread. SIGTERM and SIGHUP end the
    block as Ctrl-C does (unless the program handles them itself), so the server is not left running.
    Raises EmbeddedPostgresError with a sentence that says what to do.
    """
    with _ended_in_order():
        server = EmbeddedPostgres(place_for(var, say), say, var / "keys")
        try:
            server.start()
            yield server
        finally:
            server.stop()


class EmbeddedPostgres:
    """One process's hold on the embedded server. Made by `embedded`."""

    def __init__(self, place: Place, say: Callable[[str], None], keys: Path) -> None:
        """Nothing is started yet. `keys` is the folder of the key files, which the server's user never reads."""
        self._server = Server(place, say)
        self._keys = keys
        self._say = say
        self._users = _Lock(place, "users.lock")
        self._supervisor = _Lock(place, "supervisor.lock")
        self._leaving = threading.Event()
        self._guard: threading.Thread | None = None
        self.restarts = 0
        """How often this process has restarted the server after a crash."""

    @property
    def supervises(self) -> bool:
        """Whether this process restarts the server after a crash; it changes when another process ends."""
        return self._supervisor.held

    @property
    def urls(self) -> DatabaseUrls:
        """How each role reaches the `doorstep` database and its keys."""
        return self._urls(DATABASE)

    @property
    def superuser_url(self) -> str:
        """The superuser's connection, for tests that attack the log and for nothing else."""
        return self._server.files.superuser_url("postgres")

    @property
    def place(self) -> Place:
        """Where the files are and as whom the server runs."""
        return self._server.place

    @property
    def pid(self) -> int:
        """The process id of the server (its postmaster) now. Raises EmbeddedPostgresError while it is down."""
        if (pid := self._server.running_pid()) is None:
            message = "The embedded PostgreSQL is not running."
            raise EmbeddedPostgresError(message)
        return pid

    def start(self) -> None:
        """Connect to the running server, or start it and supervise it. Returns when it answers."""
        deadline = time.monotonic() + _READY_SECONDS
        # Waits out a last user who is just stopping the server: they hold this lock alone.
        while not self._users.share():
            _pause_until(deadline, self._server)
        while True:
            if self._supervisor.take():
                self._server.bring_up(deadline)
                break
            if self._server.answers():
                break
            _pause_until(deadline, self._server)
        self._guard = threading.Thread(target=self._watch, name="embedded-postgres", daemon=True)
        self._guard.start()

    def stop(self) -> None:
        """Leave the server: the last one stops it, and waits until its files are whole. Calling it again is harmless."""
        self._leaving.set()
        if self._guard is not None:
            self._guard.join()
            self._guard = None
        try:
            if self._users.take():
                # The last one. Whoever held the supervisor's lock is in the lines below and about to let go of it.
                while not self._supervisor.take():
                    time.sleep(_POLL_SECONDS)
                self._server.shut_down()
        finally:
            self._supervisor.release()
            self._users.release()

    def create_database(self, name: str) -> DatabaseUrls:
        """Make an empty database owned by doorstep_migrate and one for its keys; say how each role reaches them."""
        make_databases(self._server.files.superuser_url, name)
        return self._urls(name)

    def drop_database(self, name: str) -> None:
        """Remove a database and the one for its keys, with all in them, ending the connections to them."""
        with connect(self.superuser_url, autocommit=True) as connection:
            for one in (name, key_database(name)):
                connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(one)))

    def _urls(self, database: str) -> DatabaseUrls:
        return replace(self._server.files.urls(database), **key_places(self._keys / database / "key-file"))

    def _watch(self) -> None:
        """Restart the server whenever it ends; wait for the supervisor's place while another process has it."""
        while not self._supervisor.held:
            if self._leaving.wait(_TAKE_OVER_SECONDS):
                return
            if self._supervisor.take():
                self._revive("The database's supervisor ended: this process looks after it now.")
        pause, since = _SHORTEST_PAUSE, time.monotonic()
        while not self._leaving.wait(_LOOK_SECONDS):
            if self._server.is_up():
                continue
            if time.monotonic() - since > _STEADY_SECONDS:
                pause = _SHORTEST_PAUSE
            if self._leaving.wait(pause):
                return
            self.restarts += 1
            self._revive(f"The database ended unexpectedly and is started again (see {self._server.files.output}).")
            pause, since = min(pause * 2, _LONGEST_PAUSE), time.monotonic()

    def _revive(self, sentence: str) -> None:
        self._say(sentence)
        try:
            self._server.bring_up(time.monotonic() + _READY_SECONDS, given_up=self._leaving.is_set)
        except (EmbeddedPostgresError, Error, OSError) as error:
            # The watch goes on: it finds the server down and tries again after a longer pause.
            self._say(f"The database could not be started: {error}")


class _Lock:
    """A lock on a file, let go of by the operating system when the process ends, however it ends."""

    def __init__(self, place: Place, name: str) -> None:
        path = place.home / name
        self._file: int | None = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        place.give(path)
        self.held = False
        """Whether it is held by this object alone."""

    def take(self) -> bool:
        """Hold it alone, if nobody else holds it."""
        if not self.held:
            self.held = self._try(fcntl.LOCK_EX)
        return self.held

    def share(self) -> bool:
        """Hold it with others, if nobody holds it alone."""
        return self._try(fcntl.LOCK_SH)

    def release(self) -> None:
        """Let go, for good."""
        if self._file is not None:
            os.close(self._file)
        self._file, self.held = None, False

    def _try(self, kind: int) -> bool:
        if self._file is None:
            return False
        try:
            fcntl.flock(self._file, kind | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True


def _pause_until(deadline: float, server: Server) -> None:
    if time.monotonic() > deadline:
        message = f"The database did not answer within {_READY_SECONDS:.0f} s. See {server.files.output}."
        raise EmbeddedPostgresError(message)
    time.sleep(_POLL_SECONDS)


@contextmanager
def _ended_in_order() -> Iterator[None]:
    """Turn SIGTERM and SIGHUP into SystemExit, so that `finally` runs; handlers of the program's own stay."""
    taken: list[signal.Signals] = []
    if threading.current_thread() is threading.main_thread():
        for number in (signal.SIGTERM, signal.SIGHUP):
            if signal.getsignal(number) is signal.SIG_DFL:
                signal.signal(number, _exit)
                taken.append(number)
    try:
        yield
    finally:
        for number in taken:
            signal.signal(number, signal.SIG_DFL)


def _exit(number: int, _frame: FrameType | None) -> NoReturn:
    raise SystemExit(128 + number)
