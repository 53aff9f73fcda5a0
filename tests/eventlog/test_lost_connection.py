"""The connection is cut around the commit by a go-between, as a network does it."""

import contextlib
import dataclasses
import socket
import threading
from collections.abc import Iterator

import pytest
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from eventlog.errors import LogUnavailable
from eventlog.log import PostgresLog
from eventlog.seam import Write
from eventlog.settings import DatabaseUrls
from eventlog.store import Store
from tests.eventlog.committing import committing
from tests.eventlog.examples import EVENTS, a_command, a_knock, a_visit, store


class GoBetween:
    """Passes bytes between a client and the server; when told, cuts one connection around a commit."""

    def __init__(self, conninfo: str) -> None:
        """Stand before the server that the connection string names."""
        parts = conninfo_to_dict(conninfo)
        self._host, self._port = str(parts.get("host", "localhost")), int(parts.get("port") or 5432)
        self._door = socket.create_server(("127.0.0.1", 0))
        self.conninfo = make_conninfo(
            conninfo, host="127.0.0.1", port=self._door.getsockname()[1], sslmode="disable", gssencmode="disable"
        )
        self.cut_before_commit = False
        self.cut_after_commit = False
        self._inside: list[socket.socket] = []
        self.cuts = 0
        self._called = False
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        """Let nobody in any more, and put out who is in."""
        with contextlib.suppress(OSError):
            self._door.shutdown(socket.SHUT_RDWR)
        self._door.close()
        self._shut(*self._inside)

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._door.accept()
            except OSError:
                return
            server = self._connect()
            self._inside += [client, server]
            for target in (self._to_server, self._to_client):
                threading.Thread(target=target, args=(client, server), daemon=True).start()

    def _connect(self) -> socket.socket:
        if self._host.startswith("/"):
            server = socket.socket(socket.AF_UNIX)
            server.connect(f"{self._host}/.s.PGSQL.{self._port}")
            return server
        return socket.create_connection((self._host, self._port))

    def _to_server(self, client: socket.socket, server: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := client.recv(65536):
                calls = b"append_school_" in data and data[:1] == b"B"
                if calls and self.cut_before_commit:
                    self.cut_before_commit = False
                    self._cut(client, server)
                    return
                self._called = self._called or calls
                server.sendall(data)
        self._shut(client, server)

    def _to_client(self, client: socket.socket, server: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := server.recv(65536):
                if self._called and self.cut_after_commit:
                    # The server answers, so it has committed: nobody shall hear it.
                    self.cut_after_commit = False
                    self._cut(client, server)
                    return
                client.sendall(data)
        self._shut(client, server)

    def _cut(self, client: socket.socket, server: socket.socket) -> None:
        self.cuts += 1
        self._shut(client, server)

    def _shut(self, *ends: socket.socket) -> None:
        for end in ends:
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()


@pytest.fixture(params=["each alone", "together"])
def through_a_go_between(
    urls: DatabaseUrls, slug: str, request: pytest.FixtureRequest
) -> Iterator[tuple[GoBetween, PostgresLog]]:
    """A log beyond the go-between, appended to from a thread or from a loop that shares commits."""
    between = GoBetween(urls.app)
    try:
        with Store.open(dataclasses.replace(urls, app=between.conninfo), EVENTS) as opened:
            if request.param == "each alone":
                yield between, opened.log(slug)
            else:
                with committing(opened) as together:
                    yield between, together(opened.log(slug))
    finally:
        between.close()


def test_a_connection_lost_after_the_commit_is_answered_with_what_was_stored(
    through_a_go_between: tuple[GoBetween, PostgresLog], log: PostgresLog
) -> None:
    between, there = through_a_go_between
    between.cut_after_commit = True
    event = a_knock()
    appended = store(there, Write(a_visit(), 0, (event,)))
    assert between.cuts == 1
    assert not appended.duplicate
    assert [one.envelope.event_id for one in appended.recorded] == [event.event_id]
    assert log.head() == 1


def test_a_connection_lost_before_the_commit_is_made_again_and_the_event_stored_once(
    through_a_go_between: tuple[GoBetween, PostgresLog], log: PostgresLog
) -> None:
    between, there = through_a_go_between
    between.cut_before_commit = True
    appended = store(there, Write(a_visit(), 0, (a_knock(),)))
    assert between.cuts == 1
    assert (appended.first_index, appended.duplicate) == (1, False)
    assert log.head() == 1


def test_a_command_sent_again_after_a_lost_connection_is_a_duplicate(
    through_a_go_between: tuple[GoBetween, PostgresLog], log: PostgresLog
) -> None:
    between, there = through_a_go_between
    command_id, visit = a_command(), a_visit()
    store(log, Write(visit, 0, (a_knock(),)), command_id=command_id)
    store(there, Write(a_visit(), 0, (a_knock(),)))
    between.cut_before_commit = True
    again = store(there, Write(visit, 0, (a_knock(),)), command_id=command_id)
    assert again.duplicate
    assert log.head() == 2


def test_a_server_that_stays_away_is_said_to_be_away(
    through_a_go_between: tuple[GoBetween, PostgresLog], log: PostgresLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    between, there = through_a_go_between
    monkeypatch.setattr("eventlog.pools.WAIT_FOR_CONNECTION", 0.3)
    monkeypatch.setattr("eventlog.pools.PATIENCE", 0.3)
    between.close()
    with pytest.raises(LogUnavailable, match="same id is safe"):
        store(there, Write(a_visit(), 0, (a_knock(),)))
    with pytest.raises(LogUnavailable, match="Try again"):
        there.head()
    assert log.head() == 0
