"""Pages about somebody who is erased: what is left is shown, nothing else, and no page fails. DV-11."""

import time
from html import unescape
from uuid import uuid4

import pytest

from api.identity import COOKIE
from domain.ids import StreamKind, pupil_stream, visit_stream
from domain.pupil.state import ERASED
from reactors import eraser
from tests.api.desk_pages import Pages, client_of
from tests.scenarios.conftest import own_world as world
from tests.scenarios.harness import World
from tests.scenarios.test_erasure import WORRY, admitted, concern_about, visited, with_rule, years_later

__all__ = ["world"]


def command(pages: Pages, name: str, who: str, **body: str) -> dict[str, object]:
    """A command sent to the JSON API."""
    answer = pages.client.post(
        f"/api/v1/schools/{pages.school.slug}/commands/{name}",
        json=body,
        headers={"Idempotency-Key": str(uuid4()), "Doorstep-Demo-Person": str(getattr(pages.school, who).id)},
    )
    assert answer.status_code == 201, answer.text
    stored: dict[str, object] = answer.json()
    return stored


def client_get(pages: Pages, path: str) -> tuple[int, str]:
    """A page as the DSL sees it: its status and its HTML."""
    pages.client.cookies.set(COOKIE, str(pages.school.dsl.id))
    answer = pages.client.get(f"/schools/{pages.school.slug}{path}")
    return answer.status_code, unescape(answer.text)


def test_two_people_erase_a_child_and_every_page_goes_on(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(eraser, "LOOK_EVERY", 0.05)
    school = world.school("LJ")
    with_rule(school)
    child = admitted(school)
    visit = visited(school, child)
    concern = concern_about(school, child, visit=visit)
    trip = next(r.envelope.stream for r in school.events() if r.envelope.stream.kind is StreamKind.TRIP)
    years_later(school)
    with client_of(world) as client:
        pages = Pages(client, school)
        command(pages, "ask-erasure", "dsl", about="pupil", subject=str(child.id))
        asked = school.log.read(pupil_stream(child.id))[-1].envelope.event_id
        command(pages, "confirm-erasure", "head", event=str(asked))
        deadline = time.monotonic() + 30
        while school.known.pupils[child.id].name != ERASED:
            assert time.monotonic() < deadline, "the eraser did not carry it out"
            time.sleep(0.1)
        entry = school.log.read(visit_stream(visit.id))[0].envelope.event_id
        shown = {
            path: client_get(pages, path)
            for path in (
                f"/visits/{visit.id}", "/board", "/dsl", "/dsl/concerns", "/dsl/deviations", "/dsl/spoken-words", "/visits", "/exports",
                "/notices", "/governors", "/approvals", f"/trips/{trip.id}", f"/pupils/{child.id}",
                f"/visits/{visit.id}/history", f"/visits/{visit.id}/history/{entry}",
                f"/dsl/concerns/{concern.id}",
            )
        }  # fmt: skip
        assert {path for path, (status, _) in shown.items() if status != 200} == {
            f"/visits/{visit.id}",
            f"/trips/{trip.id}",
            f"/dsl/concerns/{concern.id}",
        }, "of these only the history is left"
        for path, (_, html) in shown.items():
            assert not [text for text in ("Aoife", "Rookery", WORRY) if text in html], path
        assert "Erased on" in shown[f"/visits/{visit.id}/history"][1]
        lists = (
            client_get(pages, "/visits")[1] + client_get(pages, "/visits?which=all")[1] + client_get(pages, "/dsl")[1]
        )
        assert str(visit.id) not in lists, "looking at it does not bring it back"
        chronology = pages.get(school.dsl, f"/pupils/{child.id}")
        assert "Erased on" in chronology
        assert "under the school's rule: pupils: 25 years after birth" in chronology.replace("’", "'")
