"""What every page stands on: strict templates, escaped text, London times and addresses that may be kept for ever."""

import json
import re
from datetime import UTC, datetime, timedelta

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from jinja2 import UndefinedError

from api.pages.assets import CONTENT_SECURITY_POLICY, SHELL, Assets, assets_router
from api.pages.board_model import Board, BoardLine, BoardPerson
from api.pages.parts import Action
from api.pages.shell import Flash, Page, SchoolName, UndoForm
from api.pages.templating import Templates, embedded_json, hm, iso, tel, until

ASSETS = Assets()
TEMPLATES = Templates(ASSETS)
NOW = datetime(2026, 11, 20, 14, 50, tzinfo=UTC)
PAGE = Page(school=SchoolName(slug="beckside", name="Beckside <b>Academy</b>"), here="/here")


@pytest.fixture
def client() -> TestClient:
    app = FastAPI()
    app.include_router(assets_router(ASSETS))
    return TestClient(app)


def line(name: str) -> BoardLine:
    person = BoardPerson(id="1", name=name, state="out")
    back = Action(label="Back", command="return-to-school", fields={"people": ("1", "2")}, confirm=f"{name} is back.")
    return BoardLine(trip="aa", state="out", headline="Out", people=(person,), due_at=NOW, actions=(back,))


def test_a_file_of_this_release_may_be_kept_for_ever(client: TestClient) -> None:
    for name in SHELL:
        answer = client.get(ASSETS.address(name))
        assert answer.status_code == 200
        assert "immutable" in answer.headers["cache-control"]


def test_a_page_of_another_release_gets_todays_file_and_does_not_keep_it(client: TestClient) -> None:
    answer = client.get("/static/0123456789ab/app.css")
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-cache"


@pytest.mark.parametrize("name", ["nothing.css", "../pages/assets.py", "%2e%2e/pages/assets.py"])
def test_only_the_folders_own_files_are_served(client: TestClient, name: str) -> None:
    assert client.get(f"/static/{ASSETS.release}/{name}").status_code == 404


def test_the_release_changes_when_any_file_does(tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("static")
    for name in SHELL:
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text("one")
    before = Assets(folder).release
    (folder / "app.css").write_text("two")
    assert Assets(folder).release != before


def test_a_missing_file_of_the_phones_shell_is_found_at_start(tmp_path_factory: pytest.TempPathFactory) -> None:
    with pytest.raises(FileNotFoundError, match="make assets"):
        Assets(tmp_path_factory.mktemp("empty"))


def test_the_service_worker_knows_its_release_and_the_manifest_its_icons(client: TestClient) -> None:
    assert f'"release": "{ASSETS.release}"' in client.get("/sw.js").text
    manifest = json.loads(client.get("/manifest.webmanifest").text)
    assert all(client.get(icon["src"]).status_code == 200 for icon in manifest["icons"])


def test_nothing_is_asked_from_elsewhere_and_nothing_stands_inline() -> None:
    shown = Board(lines=(line("Amira"),), as_at=NOW)
    html = TEMPLATES.render("board.html", PAGE, board=shown, stream="/stream", screens="", desks="", form="")
    assert "unsafe" not in CONTENT_SECURITY_POLICY
    assert "style=" not in html
    assert " onclick" not in html
    assert all('src="/static/' in tag for tag in re.findall(r"<script[^>]*>", html))
    assert "url(http" not in (ASSETS.body("app.css") or b"").decode()
    assert "/assets/" not in (ASSETS.body("app.css") or b"").decode()


def test_a_name_that_a_page_forgot_is_an_error_and_not_an_empty_place() -> None:
    with pytest.raises(UndefinedError, match="stream"):
        TEMPLATES.render("board.html", PAGE, board=Board(lines=(), as_at=NOW))


def test_html_in_a_name_is_shown_as_text_everywhere() -> None:
    html = TEMPLATES.fragment(
        "_board_rows.html", page=PAGE, board=Board(lines=(line("<script>alert(1)</script>"),), as_at=NOW)
    )
    assert "<script>" not in html
    assert "&lt;script&gt;" in html
    assert "Beckside &lt;b&gt;Academy" in TEMPLATES.render("base.html", PAGE)


def test_text_cannot_end_a_block_of_embedded_json() -> None:
    sent = {"note": "</script><script>alert(1)</script>&\u2028"}
    written = str(embedded_json(sent))
    assert "<" not in written
    assert json.loads(written) == sent


def test_a_field_of_several_values_is_sent_as_the_field_repeated() -> None:
    html = TEMPLATES.fragment("_board_rows.html", page=PAGE, board=Board(lines=(line("Amira"),), as_at=NOW))
    assert html.count('name="people"') == 2
    assert f'action="{PAGE.commands}/return-to-school"' in html
    assert 'name="back_to" value="/here"' in html


def test_what_was_just_done_can_be_undone_from_the_next_page() -> None:
    undo = UndoForm(command="undo", fields={"command": "c1"}, until=NOW + timedelta(seconds=10))
    page = Page(school=PAGE.school, flash=Flash(text="Amira Khan, Mill Street: back at school.", undo=undo))
    html = TEMPLATES.render("base.html", page)
    assert "Amira Khan, Mill Street: back at school." in html
    assert 'name="command" value="c1"' in html
    assert 'data-undo-until="2026-11-20T14:50:10.000Z"' in html


def test_a_page_without_a_school_has_nowhere_to_send_a_form() -> None:
    with pytest.raises(ValueError, match="needs a school"):
        _ = Page().commands


def test_times_are_londons_and_say_so_in_the_hour_that_comes_twice() -> None:
    assert hm(datetime(2026, 7, 1, 9, 5, tzinfo=UTC)) == "10:05"
    assert hm(datetime(2026, 10, 25, 0, 30, tzinfo=UTC)) == "01:30 BST"
    assert hm(datetime(2026, 10, 25, 1, 30, tzinfo=UTC)) == "01:30 GMT"
    assert hm(datetime(2026, 3, 29, 1, 30, tzinfo=UTC)) == "02:30"
    assert iso(NOW) == "2026-11-20T14:50:00.000Z"
    assert until(NOW, NOW - timedelta(minutes=72)) == "1 h 12 min left"
    assert until(NOW, NOW + timedelta(seconds=59)) == "overdue by 59 s"
    assert tel("+44 (0)7700 900-123") == "+447700900123"
