"""All that the program writes about itself during a journey, at its most talkative, names nobody and quotes nothing."""

import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote
from uuid import uuid4

import pytest
from httpx2 import Client, Limits, Response, TransportError
from psycopg.conninfo import conninfo_to_dict

from api.http.commands import PUBLIC
from api.identity import COOKIE, HEADER
from api.runtime import Runtime
from domain.command import CommandKind
from domain.concern.commands import RaiseConcern
from domain.roles import Role
from eventlog.settings import PREFIXES, DatabaseUrls
from tests.api.doors import FROM_HERE
from tests.api.test_command_line import a_free_port
from tests.attacks.addresses import every_address
from tests.attacks.every_text import filled
from tests.cut_off import line_to
from tests.databases import settings_of
from tests.scenarios.cast import Child, Someone
from tests.scenarios.harness import World
from tests.scenarios.school import School

ROOT: Final = Path(__file__).parents[2]
SECRET: Final = "qxvz"
"""Stands in every text that the journey types, and nowhere else in the world."""
PHONE: Final = "07700 912873"
PASSWORD: Final = f"{SECRET}-correct-horse"
_UPGRADE: Final = (
    "Host: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
)
_WAIT: Final = ("keep-note", "admit-pupil")


class Journey:
    """Somebody who does everything there is, at one running Doorstep."""

    def __init__(self, school: School, port: int) -> None:
        """Begin with people, a child, a visit, a trip that is out and a concern."""
        self.school, self.port = school, port
        # A connection for each request: after a fault, and after what is too large, the program closes it.
        self.client = Client(
            base_url=f"http://localhost:{port}", timeout=120, limits=Limits(max_keepalive_connections=0)
        )
        self.addresses: list[str] = []
        self.texts = 0
        self.answered: dict[int, int] = {}
        self.lead = school.joins(f"Dana {SECRET}dsl", Role.DSL, mobile=PHONE)
        self.child: Child = school.admit(f"Zoë {SECRET}child", phone=PHONE)
        visit = school.ask(child=self.child, purpose_text=self.text("purpose"))
        trip = school.ready_trip(visit)
        concern = school.send(RaiseConcern(text=self.text("text"), pupils=(self.child.id,)), by=school.teacher)
        event = school.events(visit)[0].envelope.event_id
        self.things: dict[str, Any] = {
            "school": school.slug,
            "pupil": self.child.id,
            "visit": visit.id,
            "trip": trip.id,
            "concern": concern.recorded[0].envelope.stream.id,
            "event": event,
            "staff": self.lead.id,
            "export": event,
            "term": "2026-autumn",
            "key": f"visit.{visit.id}",
        }

    def text(self, field: str) -> str:
        """Something that is typed once."""
        self.texts += 1
        return f"{SECRET}{self.texts} {field} {PHONE} {SECRET}@example.org 12 {SECRET} Lane"

    def commands(self, *, valid: bool = True) -> None:
        """Each command as a program sends it and as a form does, as several people."""
        ids = {**self.things, "pupils": self.child.id, "staff": self.school.colleague.id, "person": self.lead.id}
        for name, kind in PUBLIC.items():
            body: Any = filled(kind, self.text, ids, {"holder": "school_office"})
            if not valid:
                body = {**dict.fromkeys(body, self.text("wrong")), "at": self.text("at"), self.text("no such"): 1}
            for who in (self.school.office, self.school.governor):
                self.post(name, body, who)
            fields = {key: value for key, value in body.items() if isinstance(value, str)}
            self.form(f"/schools/{self.school.slug}/do/{name}", fields, self.lead)

    def reading(self) -> None:
        """Every page and every question, and with words typed into their addresses."""
        with_words = f"?q={quote(self.text('q'))}&known_at={quote(self.text('at'))}&page={SECRET}&at_least={SECRET}"
        for address in self.addresses:
            for who in (self.lead, self.school.governor):
                self.get(address, who)
            self.get(address + with_words, self.lead)

    def reading_again(self) -> None:
        """Every page and every question once more, now that something is stored behind each."""
        for address in self.addresses:
            self.get(address, self.lead)

    def nonsense(self) -> None:
        """What no page of ours sends."""
        slug, lead = self.school.slug, self.lead
        self.get(f"/schools/{quote(self.text('school'))}/board", lead)
        self.get(f"/schools/{slug}/visits/{quote(self.text('visit'))}", lead)
        self.get(f"/api/v1/schools/{slug}/visits/{SECRET}", lead)
        for sent in (
            SECRET.encode(),
            f'{{"text": "{SECRET}'.encode(),
            f'["{SECRET}"]'.encode(),
            b"\xff" + SECRET.encode(),
        ):
            for name in ("keep-note", "request-visit"):
                self.post(name, sent, lead)
        with suppress(TransportError):  # it need not read on to turn it away
            self.post("keep-note", SECRET.encode() * 100_000, lead)
        self.post(SECRET, {}, lead)
        self.heard(self.client.post(f"/schools/{slug}/do/keep-note", content=SECRET, headers=self.as_(lead, FROM_HERE)))
        self.heard(self.client.post("/sign-in", data={"name": SECRET, "password": PASSWORD}, headers=FROM_HERE))
        self.heard(self.client.get("/", headers={"Cookie": f"{COOKIE}={SECRET}", "Authorization": f"Bearer {SECRET}"}))
        self.heard(self.client.get(f"/api/v1/schools/{slug}/me", headers={HEADER: f"{SECRET}"}))
        for raw in (
            f"GET /schools/{slug}/visits?q={SECRET} HTTP/1.1\r\n{_UPGRADE}",
            f"{SECRET} {SECRET}\r\n{SECRET}\r\n\r\n",
            f"GET /{SECRET} HTTP/9.9\r\nHost: {SECRET}\r\n{SECRET}\r\n\r\n",
            f"POST /choose HTTP/1.1\r\nHost: localhost\r\nContent-Length: {SECRET}\r\n\r\n{SECRET}",
        ):
            with socket.create_connection(("127.0.0.1", self.port), timeout=10) as line:
                line.sendall(raw.encode())
                line.shutdown(socket.SHUT_WR)
                while line.recv(65536):
                    pass

    def while_it_is_away(self) -> None:
        """The database does not answer, and each of these waits for it a while."""
        ids = {"visit": self.things["visit"], "pupils": self.child.id}
        asked = [
            *(partial(self.post, name, filled(PUBLIC[name], self.text, ids, {}), self.lead) for name in _WAIT),
            partial(self.get, f"/schools/{self.school.slug}/visits?q={SECRET}", self.lead),
        ]
        with ThreadPoolExecutor(len(asked)) as people:
            for one in [people.submit(ask) for ask in asked]:
                one.result()

    def fails(self) -> None:
        """The program itself is at fault, with these words in its errors."""
        self.get(f"/api/fails?words={quote(self.text('fault'))}", self.lead)

    def post(self, command: str, body: object, who: Someone) -> None:
        """A command."""
        content = {"content": body} if isinstance(body, bytes) else {"json": body}
        headers = {HEADER: str(who.id), "Idempotency-Key": str(uuid4())}
        self.heard(
            self.client.post(f"/api/v1/schools/{self.school.slug}/commands/{command}", headers=headers, **content)
        )

    def form(self, address: str, fields: dict[str, str], who: Someone) -> None:
        """A form."""
        sent = {**fields, "next": f"/{SECRET}", "says": SECRET}
        self.heard(self.client.post(address, data=sent, headers=self.as_(who, FROM_HERE)))

    def get(self, address: str, who: Someone) -> None:
        """A page or a question."""
        self.heard(self.client.get(address, headers=self.as_(who, {})))

    def as_(self, who: Someone, headers: dict[str, str]) -> dict[str, str]:
        """The headers of a person's browser."""
        return {**headers, "Cookie": f"{COOKIE}={who.id}", "Referer": f"http://localhost:{self.port}/?q={SECRET}"}

    def heard(self, answer: Response) -> None:
        """Keep count."""
        self.answered[answer.status_code] = self.answered.get(answer.status_code, 0) + 1


@contextmanager
def loud(urls: DatabaseUrls, port: int, output: Path) -> Iterator[subprocess.Popen[bytes]]:
    """The program, writing all that it can; ended as Ctrl-C ends it."""
    program = [sys.executable, "-X", "dev", "-W", "ignore", "-m", "tests.attacks.loud_program", str(port)]
    with output.open("wb") as file:
        process = subprocess.Popen(
            program, cwd=ROOT, env={**os.environ, **settings_of(urls)}, stdout=file, stderr=subprocess.STDOUT
        )
    try:
        for _ in range(600):
            if b"ready\n" in output.read_bytes():
                break
            assert process.poll() is None, output.read_text(encoding="utf-8")
            try:
                process.wait(0.1)
            except subprocess.TimeoutExpired:
                continue
        yield process
        process.send_signal(signal.SIGINT)
        process.wait(30)
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()


def personal(school: School) -> set[str]:
    """Everybody's whole and first names, and every street, address and telephone number of a school."""
    known = school.known
    names = {p.name for p in known.people.values()} | {p.name for p in known.pupils.values()}
    found = names | {name.split()[0] for name in names}
    found |= {part for p in known.pupils.values() for part in (p.street, p.address, p.phone)}
    found |= {p.mobile or "" for p in known.people.values()}
    return found - {""}


def quoted(output: str, values: set[str]) -> list[str]:
    """The lines in which one of these values stands as a word of its own, or the secret anywhere."""
    words = re.compile(rf"{SECRET}|(?<!\w)(?:{'|'.join(map(re.escape, sorted(values)))})(?!\w)")
    return [line[:300] for line in output.splitlines() if words.search(line)]


@pytest.mark.timeout(300)  # every command three times over, every page, twice
def test_a_whole_journey_at_debug_level_leaves_no_name_and_no_word_in_what_is_written(
    module_database_urls: DatabaseUrls, tmp_path: Path
) -> None:
    output = tmp_path / "output.txt"
    with World(module_database_urls) as world, line_to(module_database_urls) as (line, urls):
        school, port = world.school("norbury"), a_free_port()
        journey = Journey(school, port)
        runtime = Runtime.open(module_database_urls, "demonstration")
        try:
            journey.addresses = every_address(runtime, journey.things)
        finally:
            runtime.stop()
        with loud(urls, port, output):
            journey.reading()
            journey.commands()
            journey.commands(valid=False)
            journey.nonsense()
            journey.fails()
            line.cut()
            journey.while_it_is_away()
            line.mend()
            journey.reading_again()
        values = personal(school)
        assert {f"Zoë {SECRET}child", f"Dana {SECRET}dsl", "Hilda", PHONE} <= values
    written = output.read_text(encoding="utf-8", errors="backslashreplace")
    assert quoted(written, values) == []
    passwords = {str(conninfo_to_dict(getattr(module_database_urls, role)).get("password", "")) for role in PREFIXES}
    assert not [one for one in passwords if one and one in written]
    # The twin: it was loud, and all that it went through is there.
    for told in ("DEBUG", "a task failed", "a thread ended", "could not be raised", "KeyError"):
        assert told in written
    assert {200, 201, 403, 404, 409, 413, 422, 500, 503} <= set(journey.answered), journey.answered
    facts = sum(kind.KIND is CommandKind.FACT for kind in PUBLIC.values())
    assert journey.answered[201] > facts
