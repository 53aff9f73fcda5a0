"""The pages and files by which something leaves the house, as different people open them."""

import csv
import hashlib
import io
import re
from html import unescape
from typing import Any
from uuid import uuid4

import pytest
from fastapi.testclient import TestClient

from api.identity import COOKIE, HEADER
from domain.access.events import RecordRead
from domain.concern.commands import RaiseConcern
from domain.school.events import RecordExported, ReportMade
from domain.visit.commands import KeepNote, MoveVisitToPupil
from domain.visit.events import SafetyKind
from projections.export_shapes import reference_of
from tests.api.desk_pages import Pages
from tests.scenarios.doors import Visit
from tests.scenarios.harness import World
from tests.scenarios.school import School

EVIL = '=HYPERLINK("http://evil","<script>alert(1)</script>")'


def written_up(school: School, note: str = "") -> Visit:
    """A visit that is made and written up."""
    visit = school.ask(child=school.admit())
    visit.arrive()
    if note:
        school.send(KeepNote(visit=visit.id, text=note), by=school.teacher)
    visit.outcome()
    visit.left()
    visit.write_up()
    return visit


def hrefs(html: str) -> list[str]:
    """The records' pages that a list leads to."""
    return re.findall(r'href="/schools/[a-z0-9_]+(/exports/records/[^"]+)"', html)


def post_file(pages: Pages, who: Any, fields: dict[str, Any], *, status: int = 200) -> Any:
    """The form that makes a file."""
    pages.client.cookies.set(COOKIE, str(who.id))
    path = f"/schools/{pages.school.slug}/exports/file"
    pages.caught_up()
    answer = pages.client.post(path, data=fields, headers={"Origin": "http://localhost"})
    assert answer.status_code == status, answer.text
    return answer


def test_a_dsl_reads_a_text_enters_it_and_types_the_reference_back(world: World, client: TestClient) -> None:
    """Point 4: entered by, reference; DV-12: the reading is kept first."""
    school = world.school("SC")
    visit = written_up(school, note="curtains drawn")
    pages = Pages(client, school)
    lists = pages.get(school.dsl, "/exports")
    assert "Exports to MyConcern" in lists
    assert "curtains drawn" not in lists
    assert pages.readings() == []
    html = pages.get(school.dsl, hrefs(lists)[0])
    assert "curtains drawn" in html
    assert pages.readings() == [("Dora Dessel", "export text")]
    after = pages.send(school.dsl, html, "export-records", reference="MC-4711")
    assert "Entered in MyConcern" in after
    assert visit.state.street in after
    assert "To enter: 0" in after
    assert "Entered by Dora Dessel" in after
    assert "reference MC-4711" in after
    again = pages.get(school.dsl, hrefs(after)[0])
    assert "It is entered" not in again


def test_concerns_are_not_shown_to_the_office_which_enters_the_rest(world: World, client: TestClient) -> None:
    """Concerns are for the safeguarding leads and the head."""
    school = world.school("SC")
    written_up(school)
    command = RaiseConcern(pupils=(school.child.id,), text="bruises", category="injury")
    school.send(command, by=school.teacher)
    pages = Pages(client, school)
    everything = pages.get(school.dsl, "/exports")
    concern = next(h for h in hrefs(everything) if "/concern." in h)
    office = pages.get(school.office, "/exports")
    assert concern not in hrefs(office)
    assert "1 more is a concern" in office
    pages.get(school.office, concern, status=403)
    pages.get(school.teacher, "/exports", status=403)
    pages.get(school.governor, "/exports", status=403)
    keys = [h.rpartition("/")[2] for h in hrefs(everything)]
    file = post_file(pages, school.office, {"keys": keys, "command_id": str(uuid4())})
    assert "bruises" not in file.text
    listed = client.get(f"/api/v1/schools/{school.slug}/exports", headers={HEADER: str(school.office.id)}).json()
    assert "concern" not in {record["kind"] for record in listed["pending"]}
    for_the_dsl = client.get(f"/api/v1/schools/{school.slug}/exports", headers={HEADER: str(school.dsl.id)}).json()
    assert "concern" in {record["kind"] for record in for_the_dsl["pending"]}


def test_what_waits_is_listed_a_page_at_a_time_and_each_record_says_how_much_is_left(
    world: World, client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("api.pages.exports.WAITING", 2)
    school = world.school("SC")
    for _ in range(3):
        written_up(school)
    pages = Pages(client, school)
    first, second = (pages.get(school.dsl, f"/exports?waiting={number}") for number in (1, 2))
    assert [len(hrefs(html)) for html in (first, second)] == [2, 1]
    assert len({*hrefs(first), *hrefs(second)}) == 3
    for html, number, link in ((first, 1, "Later ones"), (second, 2, "Older ones")):
        assert "To enter: 3" in html
        assert f"Page {number} of 2" in html
        assert link in html
    assert "(3 waiting)" in pages.get(school.dsl, hrefs(first)[0])
    keys = [href.rpartition("/")[2] for href in hrefs(first)]
    post_file(pages, school.dsl, {"keys": keys})
    assert hrefs(pages.get(school.dsl, "/exports?waiting=1"))[:1] == hrefs(second)


def test_a_file_is_on_record_before_it_leaves_and_the_same_form_sent_twice_gives_the_same_file(
    world: World, client: TestClient
) -> None:
    """DV-18; AC-103."""
    school = world.school("SC")
    written_up(school, note=EVIL)
    written_up(school)
    pages = Pages(client, school)
    keys = [h.rpartition("/")[2] for h in hrefs(pages.get(school.dsl, "/exports"))]
    form = {"keys": keys, "command_id": str(uuid4()), "header.title": "=cmd", "header.upn": ""}
    wrong = post_file(pages, school.dsl, {**form, "command_id": str(uuid4()), "header.title": "Category"}, status=422)
    assert "The heading of “title” will not do" in unescape(wrong.text)
    assert 'name="header.upn" value=""' in wrong.text
    first = post_file(pages, school.dsl, form)
    second = post_file(pages, school.dsl, form)
    assert first.content == second.content
    exports = [r.event for r in school.events() if isinstance(r.event, RecordExported)]
    assert [sorted(e.keys) for e in exports] == [sorted(keys)]
    rows = list(csv.reader(io.StringIO(first.content.decode("utf-8-sig"), newline="")))
    assert len(rows) == 3
    assert "'=cmd" in rows[0]
    assert "UPN" not in rows[0]
    assert "No public specification exists: confirm the columns with your supplier" in rows[1]
    assert "confirm-columns" in first.headers["content-disposition"]
    assert "To enter: 0" in pages.get(school.dsl, "/exports")
    refused = post_file(pages, school.dsl, {**form, "command_id": str(uuid4())}, status=409)
    assert "each goes out once" in unescape(refused.text)


def test_a_lost_file_is_fetched_again_and_exports_nothing_anew(world: World, client: TestClient) -> None:
    """A browser may crash between the event and the disk."""
    school = world.school("SC")
    written_up(school)
    pages = Pages(client, school)
    keys = [h.rpartition("/")[2] for h in hrefs(pages.get(school.dsl, "/exports"))]
    first = post_file(pages, school.dsl, {"keys": keys, "command_id": str(uuid4())})
    html = pages.get(school.dsl, "/exports")
    (again,) = re.findall(r'href="(/schools/[^"]+/exports/files/[^"]+)"', html)
    answer = pages.client.get(again)
    assert answer.content == first.content
    assert sum(isinstance(r.event, RecordExported) for r in school.events()) == 1
    assert pages.readings() == [("Dora Dessel", "export file")] * 2


def test_at_leyland_nothing_on_page_or_in_file_names_a_product(world: World, client: TestClient) -> None:
    """AC-104."""
    school = world.school("LJ")
    written_up(school)
    pages = Pages(client, school)
    html = pages.get(school.dsl, "/exports")
    record = pages.get(school.dsl, hrefs(html)[0])
    file = post_file(pages, school.dsl, {"keys": [hrefs(html)[0].rpartition("/")[2]]})
    for text in (html, record, file.text, file.headers["content-disposition"]):
        assert "CPOMS" not in text
        assert "MyConcern" not in text
    assert "neutral" in file.text.lower()
    assert "Notes filed" in record


def test_html_in_a_text_is_shown_as_text(world: World, client: TestClient) -> None:
    """Bad input."""
    school = world.school("SC")
    written_up(school, note=EVIL)
    pages = Pages(client, school)
    pages.client.cookies.set(COOKIE, str(school.dsl.id))
    path = hrefs(pages.get(school.dsl, "/exports"))[0]
    raw = pages.client.get(f"/schools/{school.slug}{path}").text
    assert "<script>alert" not in raw
    assert "&lt;script&gt;alert" in raw


def test_a_record_that_went_to_the_wrong_child_is_taken_back_on_the_page(world: World, client: TestClient) -> None:
    """Design section 3."""
    school = world.school("SC")
    visit = written_up(school)
    wrong, right = visit.state.pupils[0], school.admit("Robin Right")
    pages = Pages(client, school)
    keys = [h.rpartition("/")[2] for h in hrefs(pages.get(school.dsl, "/exports"))]
    post_file(pages, school.dsl, {"keys": keys})
    move = MoveVisitToPupil(visit=visit.id, wrong=wrong, right=right.id, why="wrong child")
    school.send(move, by=school.office)
    html = pages.get(school.dsl, "/exports")
    assert "Take back by hand" in html
    after = pages.send(school.dsl, html, "take-back-export", why="deleted there")
    assert "Take back by hand" not in after
    assert "Robin Right" in after


def test_notices_are_pending_and_say_that_nothing_is_sent(world: World, client: TestClient) -> None:
    """DV-19."""
    school = world.school("SP")
    visit = school.ask()
    visit.arrive()
    visit.cancel_for_safety(SafetyKind.ANIMAL, EVIL)
    pages = Pages(client, school)
    html = pages.get(school.slt, "/notices")
    assert "Doorstep does not send or ring anyone yet" in html
    assert "A visit was called off for safety" in html
    assert "Hilda Head" in html
    assert "by email" in html
    assert "SP-51" in html
    assert "HYPERLINK" not in html
    assert html.count("Pending") == html.count("ds-told__one") > 0
    shown = re.sub(r"<details.*?</details>", "", html, flags=re.DOTALL)  # without the forms that say it
    assert not re.search(r"\b(told|sent|informed)\b", re.sub(r"<[^>]+>", "", shown).replace("Who must be told", ""))
    pages.get(school.teacher, "/notices", status=403)
    pages.get(school.dsl, "/notices?days=30")


def test_a_governor_reads_the_report_makes_the_pdf_and_sees_no_child(world: World, client: TestClient) -> None:
    """DV-07: what left is on record by its SHA-256."""
    school = world.school("SP")
    for _ in range(6):
        written_up(school)
    pages = Pages(client, school)
    html = pages.get(school.governor, "/governors")
    assert "Home visits: Autumn term 2026" in html
    assert "<svg" in html
    for name in (school.teacher.name, "Acorn Road", "Alex Apple"):
        assert name not in html
    path = f"/schools/{school.slug}/governors/2026-27-autumn/pdf"
    answers = [pages.client.post(path, headers={"Origin": "http://localhost"}) for _ in range(2)]
    assert answers[0].headers["content-type"] == "application/pdf"
    assert answers[0].content == answers[1].content
    made = [r.event for r in school.events() if isinstance(r.event, ReportMade)]
    digest = hashlib.sha256(answers[0].content).hexdigest()
    assert made == [ReportMade(term="2026-27-autumn", sha256=digest)] * 2
    pages.get(school.governor, "/governors?term=2026-27-winter", status=404)
    pages.get(school.teacher, "/governors", status=403)
    pages.get(school.governor, "/notices", status=403)


def test_the_policy_shows_each_setting_its_words_and_where_it_comes_from(world: World, client: TestClient) -> None:
    """Point 2, 6; DV-16: an overdue review warns."""
    school = world.school("SP")
    pages = Pages(client, school)
    html = pages.get(school.teacher, "/policy")
    assert html.count('class="ds-setting"') == 63
    assert "The next review was due by 31 July 2025. Visits go on meanwhile: nothing is blocked." in html
    assert "SP-39" in html
    assert "Doorstep's default" in html
    assert "Shown, not applied yet" in html
    assert "St Patrick's home visit policy" in html
    assert "20 minutes" in html


def test_the_api_gives_the_text_the_file_and_the_pdf_to_those_who_may(world: World, client: TestClient) -> None:
    """Point 7."""
    school = world.school("SC")
    written_up(school)
    pages = Pages(client, school)
    base = f"/api/v1/schools/{school.slug}"
    me = {HEADER: str(school.dsl.id)}
    pages.caught_up()
    (record,) = pages.client.get(f"{base}/exports?at_least={school.log.head()}", headers=me).json()["pending"]
    text = pages.client.get(f"{base}/exports/records/{record['key']}", headers=me).json()
    assert reference_of(record["key"]) in text["text"]
    assert pages.readings() == [("Dora Dessel", "export text")]
    bad = pages.client.post(f"{base}/exports/file", headers=me, json={"headers": {"colour": "x"}})
    assert bad.status_code == 422
    assert bad.json()["errors"][0]["field"] == "headers.colour"
    assert pages.client.post(f"{base}/exports/file", headers=me, content=b"[1").status_code == 422
    key = {"Idempotency-Key": str(uuid4())}
    file = pages.client.post(f"{base}/exports/file", headers=me | key, json={})
    assert file.headers["content-type"].startswith("text/csv")
    assert pages.client.post(f"{base}/exports/file", headers=me | key, json={}).content == file.content
    assert pages.client.post(f"{base}/exports/file", headers=me, json={}).status_code == 409
    pdf = pages.client.post(f"{base}/governors-report/2026-27-autumn/pdf", headers=me)
    assert pdf.content.startswith(b"%PDF")
    office = {HEADER: str(school.teacher.id)}
    assert pages.client.get(f"{base}/exports/records/{record['key']}", headers=office).status_code == 403
    assert pages.client.get(f"{base}/exports/records/visit.x.y", headers=me).status_code == 404
    assert sum(isinstance(r.event, RecordRead) for r in school.events()) == 1
