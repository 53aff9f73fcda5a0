"""A line to the database that a test may cut and mend again, as a network does it."""

import contextlib
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from psycopg.conninfo import conninfo_to_dict, make_conninfo

from eventlog.settings import DatabaseUrls


class Line:
    """Passes bytes between Doorstep and its server, until it is cut."""

    def __init__(self, conninfo: str) -> None:
        """Lead to the server that the connection string names."""
        parts = conninfo_to_dict(conninfo)
        self._host, self._port = str(parts.get("host", "localhost")), int(parts.get("port") or 5432)
        self._door = socket.create_server(("127.0.0.1", 0))
        self._lock = threading.Lock()
        self._open: set[socket.socket] = set()
        self._cut = False
        threading.Thread(target=self._accept, daemon=True).start()

    def through(self, conninfo: str) -> str:
        """The connection string that leads this way."""
        port = self._door.getsockname()[1]
        return make_conninfo(conninfo, host="127.0.0.1", port=port, sslmode="disable", gssencmode="disable")

    def cut(self) -> None:
        """End every connection, and let nobody in."""
        with self._lock:
            self._cut = True
            cut, self._open = self._open, set()
        for end in cut:
            _shut(end)

    def mend(self) -> None:
        """Let them in again."""
        self._cut = False

    def close(self) -> None:
        """Take the line away."""
        self.cut()
        _shut(self._door)

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._door.accept()
            except OSError:
                return
            server = self._connect()
            with self._lock:
                cut = self._cut
                if not cut:
                    self._open |= {client, server}
            if cut:
                _shut(client)
                _shut(server)
                continue
            for one, other in ((client, server), (server, client)):
                threading.Thread(target=_pass_on, args=(one, other), daemon=True).start()

    def _connect(self) -> socket.socket:
        if self._host.startswith("/"):
            server = socket.socket(socket.AF_UNIX)
            server.connect(f"{self._host}/.s.PGSQL.{self._port}")
            return server
        return socket.create_connection((self._host, self._port))


def _pass_on(one: socket.socket, other: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while data := one.recv(65536):
            other.sendall(data)
    _shut(one)
    _shut(other)


def _shut(end: socket.socket) -> None:
    with contextlib.suppress(OSError):
        end.shutdown(socket.SHUT_RDWR)
    end.close()


@contextmanager
def line_to(urls: DatabaseUrls) -> Iterator[tuple[Line, DatabaseUrls]]:
    """A line, and the settings of a program whose every connection goes through it."""
    line = Line(urls.app)
    try:
        yield line, replace(urls, app=line.through(urls.app), projector=line.through(urls.projector))
    finally:
        line.close()
