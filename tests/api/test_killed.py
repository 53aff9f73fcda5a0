"""A server killed while people tap: whatever it said it had received is there, once, and the next start knows it."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import UUID, uuid4

from httpx2 import Client, HTTPError, Response

from api.identity import HEADER
from domain.ids import CommandId
from eventlog.settings import DatabaseUrls
from tests.api.test_command_line import a_free_port
from tests.checks import check_log
from tests.databases import settings_of
from tests.scenarios.harness import World

ROOT = Path(__file__).parents[2]


@contextmanager
def serving(urls: DatabaseUrls, port: int) -> Iterator[subprocess.Popen[str]]:
    """The application over a database, in a process of its own."""
    program = [sys.executable, "-m", "tests.api.serving_program", str(port)]
    with subprocess.Popen(
        program, cwd=ROOT, env={**os.environ, **settings_of(urls)}, stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n"
            yield process
        finally:
            if process.poll() is None:
                process.kill()


class Tappers:
    """People who raise one concern after the other until the server is gone."""

    def __init__(self, address: str) -> None:
        """`address` is the command's."""
        self._address = address
        self.sent: list[tuple[UUID, UUID]] = []
        """Who sent, and the command's id."""
        self.received: list[UUID] = []
        """The ids that the server said it had received."""

    def tap(self, person: UUID) -> None:
        """Send until there is no answer."""
        with Client(timeout=10) as client:
            while True:
                key = uuid4()
                self.sent.append((person, key))
                try:
                    answer = self.send(client, person, key)
                except HTTPError:
                    return
                assert answer.status_code == 201, answer.text
                self.received.append(key)

    def send(self, client: Client, person: UUID, key: UUID) -> Response:
        """One tap."""
        headers = {HEADER: str(person), "Idempotency-Key": str(key)}
        return client.post(self._address, json={"text": "x"}, headers=headers)


def test_killed_at_any_moment_it_loses_nothing_that_it_said_it_had_received(module_database_urls: DatabaseUrls) -> None:
    with World(module_database_urls) as world:
        school, port = world.school("norbury"), a_free_port()
        address = f"http://127.0.0.1:{port}/api/v1/schools/{school.slug}"
        tappers = Tappers(f"{address}/commands/raise-concern")
        with serving(module_database_urls, port) as server:
            people = (school.teacher, school.colleague, school.officer, school.office)
            tapping = [threading.Thread(target=tappers.tap, args=(person.id,)) for person in people]
            for one in tapping:
                one.start()
            deadline = time.monotonic() + 60
            while len(tappers.received) < 30 and time.monotonic() < deadline:
                time.sleep(0.01)
            server.send_signal(signal.SIGKILL)
            for one in tapping:
                one.join()
        assert len(tappers.received) >= 30
        assert [key for key in tappers.received if school.log.lookup(CommandId(key)) is None] == []

        with serving(module_database_urls, port), Client(timeout=10) as client:
            # Sent again after the kill, as a phone does: each is there once, whatever its first answer was.
            for person, key in tappers.sent:
                assert tappers.send(client, person, key).status_code == 201
            concerns = f"{address}/concerns?at_least={school.log.head()}"
            found = client.get(concerns, headers={HEADER: str(school.dsl.id)}).json()
            assert len(found["open"]) == len(tappers.sent)
        check_log(school.log)
