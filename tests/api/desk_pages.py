"""The DSL's pages as the tests open them: a school of the scenarios behind the real application."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from html import unescape
from typing import Any

from fastapi import FastAPI
from fastapi.testclient import TestClient

from api.app import create_app
from api.identity import COOKIE
from api.runtime import Runtime
from domain.access.events import AccessRefused, Exported, RecordRead
from tests.scenarios.cast import Someone
from tests.scenarios.harness import World
from tests.scenarios.school import School


class Pages:
    """The pages of one school, as one person after another sees them."""

    def __init__(self, client: TestClient, school: School) -> None:
        """`client` asks the application over the school's database."""
        self.client = client
        self.school = school

    def caught_up(self) -> None:
        """Wait until what the test sent past the application is projected."""
        app = self.client.app
        assert isinstance(app, FastAPI)
        assert app.state.runtime.runner(self.school.slug).wait_for(self.school.log.head(), timeout=10)

    def get(self, who: Someone, path: str, *, status: int = 200) -> str:
        """A page under `/schools/{school}`; its HTML with the entities read."""
        self.caught_up()
        self.client.cookies.set(COOKIE, str(who.id))
        answer = self.client.get(f"/schools/{self.school.slug}{path}")
        assert answer.status_code == status, answer.text
        return unescape(answer.text)

    def send(self, who: Someone, html: str, command: str, nth: int = 0, **typed: Any) -> str:
        """Fill in and send the nth form for a command on a page that was shown; the page that it leads to."""
        action = f"/schools/{self.school.slug}/do/{command}"
        forms = re.findall(rf'<form[^>]*action="{re.escape(action)}".*?</form>', html, re.DOTALL)
        fields = dict(re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)">', forms[nth]))
        return self.post(who, action, {**fields, **typed})

    def post(self, who: Someone, action: str, fields: dict[str, Any], *, status: int = 200) -> str:
        """Send a form and go where it leads."""
        self.client.cookies.set(COOKIE, str(who.id))
        answer = self.client.post(action, data=fields, headers={"Origin": "http://localhost"})
        assert answer.status_code == status, answer.text
        return unescape(answer.text)

    def readings(self) -> list[tuple[str, str]]:
        """Who opened what, oldest first."""
        return [
            (
                self.school.person(r.envelope.actor).name,
                f"{'refused ' * isinstance(r.event, AccessRefused)}{r.event.page}",
            )
            for r in self.school.events()
            if isinstance(r.event, RecordRead | Exported | AccessRefused)
        ]


@contextmanager
def client_of(world: World) -> Iterator[TestClient]:
    """The real application over the world's database; a school opened later is taken up when it is first asked for."""
    with Runtime.open(world.urls, "demonstration", clock=world.clock) as runtime:
        yield TestClient(create_app(runtime), base_url="http://localhost")
