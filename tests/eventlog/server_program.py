"""A program that uses the embedded server and does what it is told on standard input, a word a line.

Run by test_embedded_postgres.py in processes of its own, because those are to be killed. Answers each word with a
line. Ends on "leave", or after a last query when it is interrupted.
"""

import sys
from pathlib import Path

from psycopg import connect

from eventlog.embedded_postgres import EmbeddedPostgres, EmbeddedPostgresError, embedded


def _answer(server: EmbeddedPostgres, word: str) -> str:
    if word == "pid":
        try:
            return str(server.pid)
        except EmbeddedPostgresError:
            return "none"
    if word == "supervises":
        return str(server.supervises)
    with connect(server.urls.migrate) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS kept (word text)")
        if word == "count":
            row = connection.execute("SELECT count(*) FROM kept").fetchone()
            return str(row[0] if row else None)
        connection.execute("INSERT INTO kept VALUES (%s)", [word])
    return f"stored {word}"


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def _warn(sentence: str) -> None:
    sys.stderr.write(f"{sentence}\n")


def _main() -> None:
    try:
        with embedded(Path(sys.argv[1]), _warn) as server:
            _say("ready")
            try:
                for line in sys.stdin:
                    if line.strip() == "leave":
                        return
                    _say(_answer(server, line.strip()))
            except KeyboardInterrupt:
                _say(_answer(server, "interrupted"))
    except EmbeddedPostgresError as error:
        sys.exit(str(error))


_main()
