"""The doors as a program knocks at them: the API of two schools, and their forms, over a real database."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final
from uuid import UUID, uuid4

import msgspec
from fastapi.testclient import TestClient
from httpx2 import Response

from api.app import create_app
from api.identity import COOKIE, HEADER
from api.runtime import Runtime
from domain.envelope import Recorded
from domain.shared.events import KeptAsSent
from projections.registry import PROJECTIONS
from tests.checks import check_log
from tests.scenarios.cast import Someone
from tests.scenarios.school import School
from tests.scenarios.stock import Stock

HOST: Final = "http://localhost"
FROM_HERE: Final = {"Sec-Fetch-Site": "same-origin"}


class Doors:
    """One school, whoever knocks; `other` is a school beside it."""

    def __init__(self, client: TestClient, runtime: Runtime, school: School, other: School) -> None:
        """Made by `open_doors`."""
        self.client = client
        self.runtime = runtime
        self.school = school
        self.other = other

    def send(
        self, command: str, body: object, who: Someone | None, *, key: object = None, school: str = "", **headers: str
    ) -> Response:
        """A command with a JSON body (bytes are sent as they are), as this person or as nobody."""
        if who is not None:
            headers[HEADER] = str(who.id)
        if key is not None:
            headers["Idempotency-Key"] = str(key)
        content = body if isinstance(body, bytes) else msgspec.json.encode(body)
        address = f"/api/v1/schools/{school or self.school.slug}/commands/{command}"
        return self.client.post(address, content=content, headers={"Content-Type": "application/json", **headers})

    def stored(self, command: str, body: object, who: Someone, **more: Any) -> dict[str, Any]:
        """The same, where it must be taken; the answer."""
        answer = self.send(command, body, who, **more)
        assert answer.status_code == 201, answer.text
        found: dict[str, Any] = answer.json()
        return found

    def refused(self, status: int, command: str, body: object, who: Someone | None, **more: Any) -> dict[str, Any]:
        """The same, where it must be turned away with problem details and nothing stored; the problem."""
        before = self.head()
        answer = self.send(command, body, who, **more)
        assert answer.status_code == status, answer.text
        assert answer.headers["content-type"] == "application/problem+json"
        problem: dict[str, Any] = answer.json()
        assert problem["status"] == status
        assert problem["title"]
        assert problem["detail"].endswith((".", "?"))
        assert self.head() == before
        return problem

    def settle(self, school: str = "") -> None:
        """Wait until every question has taken in all that was stored: who did not send it is not made to wait."""
        slug = school or self.school.slug
        head = self.runtime.store.log(slug).head()
        with self.runtime.view(slug, *(one.name for one in PROJECTIONS), at_least=head):
            pass

    def ask(self, question: str, who: Someone, *, status: int = 200, school: str = "") -> Any:
        """A question's answer, of all that was stored."""
        if school in {"", self.school.slug}:
            self.settle()
        address = f"/api/v1/schools/{school or self.school.slug}/{question}"
        answer = self.client.get(address, headers={HEADER: str(who.id)})
        assert answer.status_code == status, answer.text
        return answer.json()

    def form(self, command: str, fields: dict[str, Any], who: Someone, **headers: str) -> Response:
        """A form, sent from one of Doorstep's pages; where it leads is not followed."""
        self.client.cookies.set(COOKIE, str(who.id))
        try:
            address = f"/schools/{self.school.slug}/do/{command}"
            sent = {"command_id": str(uuid4()), **fields}
            return self.client.post(address, data=sent, headers={**FROM_HERE, **headers}, follow_redirects=False)
        finally:
            self.client.cookies.clear()

    def head(self) -> int:
        """The log's head."""
        return self.school.log.head()

    def last(self, answer: dict[str, Any]) -> tuple[Recorded, ...]:
        """The events that an answer speaks of."""
        number = len(answer["events"])
        return tuple(self.school.log.read_log(answer["index"] - number + 1, limit=number))

    def kept(self, answer: dict[str, Any]) -> dict[str, str]:
        """What was kept as text of a fact."""
        found = [r.event for r in self.last(answer) if isinstance(r.event, KeptAsSent)]
        return dict(found[0].unreadable) if found else {}

    def ready_visit(self) -> UUID:
        """A visit that somebody asked for."""
        return self.school.ask().id


@contextmanager
def open_doors(stock: Stock) -> Iterator[Doors]:
    """Two schools behind the running application; both logs are verified whole at the end."""
    with stock.world() as world:
        school, other = world.school("norbury"), world.school("leyland")
        with Runtime.open(world.urls, "demonstration", clock=world.clock) as runtime:
            client = TestClient(create_app(runtime), base_url=HOST, raise_server_exceptions=False)
            yield Doors(client, runtime, school, other)
        for one in (school, other):
            check_log(one.log)
