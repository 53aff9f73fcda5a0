"""`doorstep demo` as a process of its own that is killed, and clients who go on sending until they are answered."""

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final
from uuid import UUID, uuid4

from api.identity import HEADER
from domain.ids import StaffId

DOORSTEP: Final = Path(sys.executable).with_name("doorstep")
PATIENCE: Final = 60.0
"""Seconds in which a killed program must be back: it is a busy machine's allowance, not the aim."""


class Demo:
    """The program over its own folder, on a port that stays the same from one start to the next."""

    def __init__(self, var: Path) -> None:
        """Nothing is started yet."""
        self.var = var
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port: int = probe.getsockname()[1]
        self.kills = 0
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> float:
        """Start it, and wait until it answers; the seconds that took."""
        begun = time.monotonic()
        command = [str(DOORSTEP), "demo", "--var", str(self.var), "--port", str(self.port)]
        environment = {name: value for name, value in os.environ.items() if not name.startswith("DOORSTEP_")}
        with (self.var / "output.txt").open("ab") as output:
            self._process = subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT, env=environment)
        while not self._answers():
            assert self._process.poll() is None, (self.var / "output.txt").read_text(encoding="utf-8")
            assert time.monotonic() < begun + PATIENCE, "it does not come up"
            time.sleep(0.05)
        return time.monotonic() - begun

    def kill(self) -> None:
        """Kill it where it stands."""
        assert self._process is not None
        self._process.kill()
        self._process.wait()
        self.kills += 1

    def stop(self) -> str:
        """Ctrl-C; what it said at the end."""
        assert self._process is not None
        self._process.send_signal(signal.SIGINT)
        self._process.wait(PATIENCE)
        return (self.var / "output.txt").read_text(encoding="utf-8").strip().splitlines()[-1]

    def end(self) -> None:
        """End it at all events."""
        if self._process is not None and self._process.poll() is None:
            self._process.kill()
            self._process.wait()

    def _answers(self) -> bool:
        try:
            return ask(self.port, "/health")[0] == http.client.OK
        except OSError:
            return False


@contextmanager
def demo(var: Path) -> Iterator[Demo]:
    """The program, to be started; ended with the block."""
    program = Demo(var)
    try:
        yield program
    finally:
        program.end()


def ask(
    port: int, path: str, who: StaffId | None = None, body: object = None, key: UUID | None = None
) -> tuple[int, Any]:
    """One request on a connection of its own: the status and the JSON. Raises OSError where nobody answers."""
    connection = http.client.HTTPConnection("localhost", port, timeout=10)
    headers = {"Content-Type": "application/json"}
    if who is not None:
        headers[HEADER] = str(who)
    if key is not None:
        headers["Idempotency-Key"] = str(key)
    try:
        connection.request("GET" if body is None else "POST", path, None if body is None else json.dumps(body), headers)
        answer = connection.getresponse()
        return answer.status, json.loads(answer.read() or b"null")
    except (http.client.HTTPException, json.JSONDecodeError) as error:
        raise ConnectionError(*error.args) from error  # cut off in the middle of an answer
    finally:
        connection.close()


class Client:
    """Sends commands with ids; one that is not answered is sent again under its id until it is."""

    def __init__(self, port: int, school: str) -> None:
        """Nothing is sent yet."""
        self._port, self._school = port, school
        self.acknowledged: dict[UUID, Mapping[str, Any]] = {}
        """What was answered 201, in order."""
        self.again = 0
        """How many had to be sent more than once."""

    def send(self, command: str, who: StaffId, **body: object) -> Mapping[str, Any]:
        """Send until it is answered; the answer. Fails where it is refused."""
        key, path = uuid4(), f"/api/v1/schools/{self._school}/commands/{command}"
        ends, tries = time.monotonic() + PATIENCE, 0
        while True:
            tries += 1
            try:
                status, answer = ask(self._port, path, who, body, key)
            except OSError:
                status, answer = 0, None
            if status == http.client.CREATED:
                self.acknowledged[key] = answer
                self.again += tries > 1
                return dict(answer)
            assert status in {0, http.client.SERVICE_UNAVAILABLE}, f"{command}: {status} {answer}"
            assert time.monotonic() < ends, f"{command} is never answered"
            time.sleep(0.02)


class Chatter(threading.Thread):
    """A client that keeps notes without end, so that something is always under way."""

    def __init__(self, client: Client, who: StaffId, visit: str) -> None:
        """To be started."""
        super().__init__(daemon=True)
        self.client, self.who, self._visit = client, who, visit
        self.enough = threading.Event()
        self.trouble: BaseException | None = None

    def run(self) -> None:
        """Note after note, numbered."""
        number = 0
        try:
            while not self.enough.is_set():
                number += 1
                self.client.send("keep-note", self.who, visit=self._visit, text=f"note {number}")
        except BaseException as error:  # noqa: BLE001 - told by `finish`, in the test's own thread
            self.trouble = error

    def finish(self) -> None:
        """The last one is answered; whatever went wrong is raised here."""
        self.enough.set()
        self.join(PATIENCE * 2)
        assert not self.is_alive()
        if self.trouble is not None:
            raise self.trouble
