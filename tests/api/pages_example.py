"""Opening Doorstep's pages as somebody, and sending the forms that are really on them."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from html.parser import HTMLParser
from typing import Any
from uuid import uuid4

from fastapi.testclient import TestClient

from api.app import create_app
from api.identity import COOKIE
from api.runtime import Runtime
from domain.catalogue import EVENTS
from domain.command import Command
from eventlog.migrate import migrate
from eventlog.settings import DatabaseUrls
from eventlog.store import Store
from tests.planning_example import MONDAY, School, run

Values = dict[str, list[str]]


class Form:
    """One form of a page: where it goes, and what its fields hold."""

    def __init__(self, action: str, form_id: str) -> None:
        """Begun when its tag is met."""
        self.action, self.id = action, form_id
        self.values: Values = {}
        self.names: set[str] = set()
        self.options: dict[str, list[str]] = {}
        self.ticks: Values = {}
        """Boxes that a browser wants ticked."""


class Shown(HTMLParser):
    """A page as a browser would read it: its forms, its text, what it still needs."""

    def __init__(self, html: str) -> None:
        """Read it whole."""
        super().__init__()
        self.forms: list[Form] = []
        self.needs: list[str] = []
        self.links: list[str] = []
        self._open: Form | None = None
        self._named: dict[str, Form] = {}
        self._area = ""
        self._written: Form | None = None
        self._words: list[str] = []
        self._select = ""
        self._silent = 0
        self.feed(html)
        self.text = " ".join(" ".join(self._words).split())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: D102 - html.parser's own
        given = {name: value or "" for name, value in attrs}
        if "data-requirement" in given:
            self.needs.append(given["data-requirement"])
        if tag == "a":
            self.links.append(given.get("href", ""))
        if tag in ("style", "script"):
            self._silent += 1
        if tag == "form":
            form_id = given.get("id", "")
            self._open = self._named.setdefault(form_id, Form("", form_id)) if form_id else Form("", "")
            self._open.action = given.get("action", "")
            self.forms.append(self._open)
        form = self._owner(given.get("form", ""))
        if form is not None and given.get("name"):
            self._field(form, tag, given["name"], given)
        elif tag == "option" and self._select:
            self._option(given)

    def _owner(self, form_id: str) -> Form | None:
        """The form that a field belongs to: the one named, which may come later on the page, or the one around it."""
        if not form_id:
            return self._open
        return self._named.setdefault(form_id, Form("", form_id))

    def _field(self, form: Form, tag: str, name: str, given: Mapping[str, str]) -> None:
        form.names.add(name)
        if tag == "input":
            kind = given.get("type", "text")
            if kind not in ("checkbox", "radio") or "checked" in given:
                form.values.setdefault(name, []).append(given.get("value", ""))
            form.options.setdefault(name, []).append(given.get("value", ""))
            if kind == "checkbox" and "required" in given:
                form.ticks.setdefault(name, []).append(given.get("value", ""))
        elif tag == "select":
            self._select = name
        elif tag == "textarea":
            form.values[name] = [""]
            self._area, self._written = name, form

    def _option(self, given: Mapping[str, str]) -> None:
        if self._open is None:
            return
        self._open.options.setdefault(self._select, []).append(given.get("value", ""))
        if "selected" in given or self._select not in self._open.values:
            self._open.values[self._select] = [given.get("value", "")]

    def handle_endtag(self, tag: str) -> None:  # noqa: D102 - html.parser's own
        if tag == "form":
            self._open = None
        elif tag == "select":
            self._select = ""
        elif tag == "textarea":
            self._area = ""
        elif tag in ("style", "script"):
            self._silent -= 1

    def handle_data(self, data: str) -> None:  # noqa: D102 - html.parser's own
        if self._area and self._written is not None:
            self._written.values[self._area][-1] += data
        if not self._silent:
            self._words.append(data)

    def form(self, command: str, **holding: str) -> Form:
        """The first form that sends this command (or goes to this path) and holds these values."""
        for form in self.forms:
            if form.action.endswith(f"/{command}") and all(form.values.get(k) == [v] for k, v in holding.items()):
                return form
        message = f"no form for {command} in: {[f.action for f in self.forms]}"
        raise AssertionError(message)

    def offers(self, command: str) -> bool:
        """Whether a form for this command is there."""
        return any(form.action.endswith(f"/{command}") for form in self.forms)


class Pages:
    """The pages of one school."""

    def __init__(self, client: TestClient, school: School, runtime: Runtime) -> None:
        """Use `pages_of`."""
        self.client, self.school, self.runtime = client, school, runtime
        self.status = 0
        self.path = ""

    def be(self, who: str) -> None:
        """Look at pages as this person, once they show what the one before did."""
        self._settled(self.runtime.store.log(self.school.slug).head())
        self.client.cookies.clear()
        self.client.cookies.set(COOKIE, str(self.school.staff[who]))

    def happens(self, who: str, command: Command) -> None:
        """Something is sent from elsewhere (a phone, say), and the pages come to know it."""
        self._settled(self.school.send(who, command).last_index)

    def _settled(self, index: int) -> None:
        assert self.runtime.runner(self.school.slug).wait_for(index, 20)

    def get(self, path: str, who: str = "") -> Shown:
        """Open a page of the school."""
        if who:
            self.be(who)
        answer = self.client.get(f"/schools/{self.school.slug}/{path}")
        self.status, self.path = answer.status_code, answer.url.path
        return Shown(answer.text)

    def send(self, form: Form, **fields: Any) -> Shown:
        """Fill a form in and send it, what must be ticked ticked; the page that the browser comes to. Fields must be on the form."""
        values = {**form.values, **form.ticks}
        for name, value in fields.items():
            field = name.replace("__", ".")
            assert field in form.names, f"{field} is not on the form for {form.action}: {sorted(form.names)}"
            values[field] = [value] if isinstance(value, str) else [str(v) for v in value]
        answer = self.client.post(form.action, data=values, headers={"Sec-Fetch-Site": "same-origin"})
        self.status, self.path = answer.status_code, answer.url.path
        return Shown(answer.text)

    def asks(self, who: str = "office", **fields: Any) -> Shown:
        """Ask for a visit to Ava on the page, Amira and Tom going."""
        school = self.school
        page = self.get(f"ask?pupils={school.pupils['ava']}", who)
        filled: dict[str, Any] = {
            "purpose": _PURPOSE[school.policy],
            "purpose_text": "Three days absent, and nobody answers the telephone",
            "people": (school.staff["attendance"], school.staff["teacher"]),
            "watcher": str(school.staff["office"]),
        }
        form = page.form("ask")
        if "on_site_reason" in form.names:
            filled["on_site_reason"] = "The family cannot come in"
        return self.send(form, **{**filled, **fields})


_PURPOSE = {"scargill": "three_day_absence"} | dict.fromkeys(
    ("st_patricks", "leyland", "william_lilley", "norbury"), "attendance"
)


class Clock:
    """The time of the school that was opened last."""

    def __init__(self) -> None:
        """Monday morning, until a school is opened."""
        self.school: School | None = None

    def now(self) -> datetime:
        """The open school's time."""
        return MONDAY if self.school is None else self.school.now


class Doors:
    """One running Doorstep; each test opens a school of its own in it."""

    def __init__(self, urls: DatabaseUrls, store: Store, runtime: Runtime, client: TestClient, clock: Clock) -> None:
        """Use `served_doors`."""
        self._urls, self._store, self._runtime, self._client, self._clock = urls, store, runtime, client, clock

    def open(self, policy: str) -> Pages:
        """A new school on a policy, and its pages."""
        school = School(self._store, f"school_{uuid4().hex[:12]}", policy)
        self._clock.school = school
        run(school.begin(self._urls))
        self._client.cookies.clear()
        return Pages(self._client, school, self._runtime)


@contextmanager
def served_doors(urls: DatabaseUrls) -> Iterator[Doors]:
    """A running Doorstep over an empty database, without schools."""
    migrate(urls, "demonstration")
    clock = Clock()
    with (
        Store.open(urls, EVENTS) as store,
        Runtime.open(urls, "demonstration", clock.now) as runtime,
        TestClient(create_app(runtime), base_url="http://localhost") as client,
    ):
        yield Doors(urls, store, runtime, client, clock)
