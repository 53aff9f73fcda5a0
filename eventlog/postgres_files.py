"""The files of an embedded server, and what a process needs to know to connect: the socket's folder and passwords.

All of it lies in one folder that only the server's user can enter. Files appear whole or not at all.
"""

import json
import os
import secrets
import stat
import tempfile
from hashlib import sha256
from pathlib import Path
from typing import Final

from psycopg.conninfo import make_conninfo

from eventlog.postgres_programs import EmbeddedPostgresError, Place
from eventlog.settings import PREFIXES, DatabaseUrls, key_database

SUPERUSER: Final = "postgres"
PORT: Final = 5432
"""Only a part of the socket's name: nothing listens on TCP."""
_LONGEST_SOCKET_FOLDER: Final = 103 - len(f"/.s.PGSQL.{PORT}")
"""The shortest limit of the systems we run on (macOS: 104 bytes with the closing zero)."""


class ServerFiles:
    """The files of one place."""

    def __init__(self, place: Place) -> None:
        """Nothing is touched yet."""
        self.place = place
        self.data = place.home / "data"
        """PostgreSQL's own."""
        self.output = place.home / "postgres.log"
        """Where the server's own messages go."""
        self.provisioned = place.home / "provisioned"
        """Which version of the roles and grants the server has; missing until it is complete."""
        self._connection = place.home / "connection.json"

    def are_ready(self) -> bool:
        """Whether passwords have been made, so that a connection can be tried."""
        return self._connection.exists()

    def urls(self, database: str) -> DatabaseUrls:
        """How each role reaches a database of this server and the one for its keys."""
        return DatabaseUrls(
            **{
                role: self.url(f"doorstep_{role}", key_database(database) if role == "keys" else database)
                for role in PREFIXES
            }
        )

    def superuser_url(self, database: str) -> str:
        """How the superuser reaches a database of this server."""
        return self.url(SUPERUSER, database)

    def url(self, role: str, database: str) -> str:
        """How a role reaches a database of this server."""
        connection = json.loads(text_of(self._connection))
        return make_conninfo(
            host=connection["socket"], port=PORT, user=role, password=connection["passwords"][role],
            dbname=database, connect_timeout=10,
        )  # fmt: skip

    def passwords(self) -> dict[str, str]:
        """The roles' passwords."""
        passwords: dict[str, str] = json.loads(text_of(self._connection))["passwords"]
        return passwords

    def prepare(self) -> None:
        """Make the socket's folder and the passwords, where they are not there yet.

        The passwords come before the data: a crash between the two leaves nothing that cannot be used again.
        """
        kept = json.loads(text_of(self._connection) or "{}")
        if self.data.exists() and not kept:
            message = f"{self._connection}, which holds the database's passwords, is gone. Put it back from a copy."
            raise EmbeddedPostgresError(message)
        passwords = kept.get("passwords") or {
            role: secrets.token_urlsafe(24) for role in (SUPERUSER, *(f"doorstep_{role}" for role in PREFIXES))
        }
        connection = {"socket": str(self.socket_folder()), "passwords": passwords}
        if connection != kept:
            self.write_private(self._connection, json.dumps(connection))

    def socket_folder(self) -> Path:
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

    def write_private(self, path: Path, text: str) -> None:
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


def text_of(path: Path) -> str:
    """A file's text; nothing where there is no file."""
    try:
        return path.read_text(encoding="utf-8", errors="replace").strip()
    except FileNotFoundError:
        return ""
