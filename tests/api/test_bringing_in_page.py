"""Bringing people in on a page: looked at first, shown with what it would change, then brought in; the file is kept nowhere."""

import re
from html import unescape
from typing import Any

import pytest
from httpx2 import Response

from api.guards import FILE_LIMIT
from api.identity import COOKIE
from domain.access.events import AccessRefused, ListRead
from domain.pupil.commands import RecordFamily
from tests.api.desk_pages import Pages
from tests.people_files import a_csv, upn_of
from tests.scenarios.cast import Someone

PUPILS, STAFF = "/register/import", "/people/import"


def sent(pages: Pages, who: Someone, path: str, fields: dict[str, str], file: bytes = b"") -> Response:
    pages.client.cookies.set(COOKIE, str(who.id))
    parts: dict[str, Any] = {"file": ("pupils.csv", file, "text/csv")}
    address = f"/schools/{pages.school.slug}{path}"
    return pages.client.post(address, data=fields, files=parts, headers={"Origin": "http://localhost"})


def looked_at(pages: Pages, who: Someone, data: bytes, path: str = PUPILS, status: int = 200, **fields: str) -> str:
    answer = sent(pages, who, path, {"step": "look", **fields}, data)
    assert answer.status_code == status, answer.text
    return unescape(answer.text)


def brought_in(pages: Pages, who: Someone, html: str, path: str = PUPILS, status: int = 200) -> str:
    """Press the button under what was shown."""
    form = re.search(r'<form method="post" action="[^"]*import".*?</form>', html, re.DOTALL)
    assert form is not None
    fields = dict(re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)">', form[0]))
    assert fields["step"] == "bring-in"
    answer = sent(pages, who, path, fields)
    assert answer.status_code == status, answer.text
    return unescape(answer.text)


def test_a_file_is_looked_at_shown_and_brought_in(pages: Pages) -> None:
    office, school = pages.school.office, pages.school
    assert "Many at once" in pages.get(office, "/register/add")
    before = school.log.head()
    shown = looked_at(pages, office, a_csv(3))
    assert "3 pupils in the file: 3 new, 0 changed, 0 as they were." in shown
    assert "Ava 2 Quillfeather" in shown
    assert {type(r.event) for r in school.log.read_log(before + 1)} <= {ListRead}
    assert "Pupils brought in: 3 new, 0 changed, 0 as they were" in brought_in(pages, office, shown)
    assert {p.upn for p in school.known.pupils.values()} >= {upn_of(n) for n in range(3)}
    again = looked_at(pages, office, a_csv(3))
    assert "Bring them in" not in again, "there is nothing to do"
    changed = looked_at(pages, office, a_csv(3, form="5A"))
    assert "Ava 0 Quillfeather</strong>: Year 4 5A" in changed


def test_what_was_put_right_by_hand_since_the_look_is_not_taken_away_unseen(pages: Pages) -> None:
    office, school = pages.school.office, pages.school
    brought_in(pages, office, looked_at(pages, office, a_csv(1)))
    shown = looked_at(pages, office, a_csv(1, form="5A"))
    child = next(p for p in school.known.pupils.values() if p.upn == upn_of(0))
    family = RecordFamily(pupil=child.id, carers=child.carers, address="9 Fir Avenue, Testford")
    school.send(family, by=school.dsl)
    asked = brought_in(pages, office, shown, status=409)
    assert "Nothing was brought in: since you looked at the file somebody changed what is held here" in asked
    assert "home: 0 Mill Lane Norbury" in asked
    assert school.known.pupils[child.id].address == "9 Fir Avenue, Testford"
    assert "0 new, 1 changed" in brought_in(pages, office, asked)
    assert school.known.pupils[child.id].address == "0 Mill Lane Norbury"


def test_what_is_pasted_counts_as_well_and_who_is_missing_is_listed_and_stays(pages: Pages) -> None:
    office, school = pages.school.office, pages.school
    child = school.admit("Missing Invented")
    shown = looked_at(pages, office, b"", pasted=a_csv(1).decode())
    assert f'data-pupil="{child.id}"' in shown
    assert "nobody is taken off roll for that" in shown
    brought_in(pages, office, shown)
    assert school.known.pupils[child.id].on_roll
    forms = re.findall(r'<form[^>]*take-off-roll".*?</form>', shown, re.DOTALL)
    (nth,) = [place for place, form in enumerate(forms) if str(child.id) in form]
    asked = pages.send(office, shown, "take-off-roll", nth=nth, on=school.now.date().isoformat())
    assert "Missing Invented is off roll" in asked
    assert not school.known.pupils[child.id].on_roll


def test_whom_the_comparison_showed_is_on_record(pages: Pages) -> None:
    school = pages.school
    child = school.admit("Shown Invented")
    looked_at(pages, school.office, a_csv(1))
    last = [r for r in school.events() if isinstance(r.event, ListRead)][-1]
    assert last.envelope.actor == school.office.id
    assert isinstance(last.event, ListRead)
    assert child.id in last.event.pupils


def test_a_broken_file_is_told_with_line_column_and_what_stands_there(pages: Pages) -> None:
    school = pages.school
    head = school.log.head()
    broken = a_csv(3).replace(upn_of(1).encode(), b"A999000000001")
    shown = looked_at(pages, school.office, broken, status=422)
    assert "Line 3, column A (UPN): expected a UPN whose check letter fits" in shown
    assert "There stands “A999000000001”" in shown
    assert "1 thing is wrong. Nothing was changed" in shown
    assert "expected a file, or what it holds" in looked_at(pages, school.office, b"", status=422)
    assert {type(r.event) for r in school.log.read_log(head + 1)} <= {ListRead}


def test_a_family_without_a_telephone_wants_a_reason_which_the_page_asks_for(pages: Pages) -> None:
    data = b"Given name,Family name,Date of birth,Telephone\nAva,Brook,02/05/2017,"
    assert "or why there is none" in looked_at(pages, pages.school.office, data, status=422)
    shown = looked_at(pages, pages.school.office, data, no_phone="Letters are answered")
    brought_in(pages, pages.school.office, shown)
    (ava,) = [p for p in pages.school.known.pupils.values() if p.given_name == "Ava"]
    assert ava.phone_none_reason == "Letters are answered"


def test_a_header_map_of_ones_own_counts_and_one_that_is_wrong_is_told_by_its_line(pages: Pages) -> None:
    data = b"Rufname,Nachname,Nummer\nAva,Brook,B801200005001"
    own = "title: Our own\npupils:\n  given_name: Rufname\n  family_name: Nachname\n  upn: Nummer\n"
    assert "Read as your header map" in looked_at(pages, pages.school.office, data, own_map=own)
    wrong = looked_at(pages, pages.school.office, data, status=422, own_map=own.replace("upn", "upnn"))
    assert 'Line 5, your header map: expected field "upnn" is unknown' in wrong


def test_staff_are_brought_in_by_those_who_look_after_them(pages: Pages) -> None:
    manager, school = pages.school.business_manager, pages.school
    shown = looked_at(pages, manager, b"Code,Name,Job\nA1,Jo Field,Cook", path=STAFF)
    assert "Staff brought in: 1 new" in brought_in(pages, manager, shown, path=STAFF)
    assert "Jo Field" in {p.name for p in school.known.people.values()}


@pytest.mark.parametrize("path", [PUPILS, STAFF])
def test_whoever_may_not_is_turned_away_before_the_file_is_read(pages: Pages, path: str) -> None:
    head = pages.school.log.head()
    answer = sent(pages, pages.school.teacher, path, {"step": "look"}, a_csv(2))
    assert answer.status_code == 403
    assert [type(r.event) for r in pages.school.log.read_log(head + 1)] == [AccessRefused]


def test_a_file_that_is_too_large_is_turned_away_while_it_comes(pages: Pages) -> None:
    office, school = pages.school.office, pages.school
    pages.client.cookies.set(COOKIE, str(office.id))
    address = f"/schools/{school.slug}{PUPILS}"
    kind = {"Content-Type": "multipart/form-data; boundary=x", "Origin": "http://localhost"}
    stated = pages.client.post(address, content=b"", headers={**kind, "Content-Length": str(200 * 1024 * 1024)})
    assert stated.status_code == 413
    taken = 0

    def endless() -> Any:
        nonlocal taken
        yield b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.xml"\r\n\r\n'
        while taken < 200:
            taken += 1
            yield b"<" * (1024 * 1024)

    assert pages.client.post(address, content=endless(), headers=kind).status_code == 413
    assert taken * 1024 * 1024 < 2 * FILE_LIMIT or taken == 200  # the test's client hands it all over at once


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (b"a=b", "application/x-www-form-urlencoded", 415),
        (b"nonsense", "multipart/form-data", 400),
        (b"nonsense", "multipart/form-data; boundary=x", 400),
        (
            b'--x\r\nContent-Disposition: form-data; name="kept"\r\n\r\n%%%\r\n--x--\r\n',
            "multipart/form-data; boundary=x",
            422,
        ),
    ],
)
def test_a_form_that_is_none_is_refused_in_words(pages: Pages, body: bytes, kind: str, status: int) -> None:
    pages.client.cookies.set(COOKIE, str(pages.school.office.id))
    headers = {"Content-Type": kind, "Origin": "http://localhost"}
    answer = pages.client.post(f"/schools/{pages.school.slug}{PUPILS}", content=body, headers=headers)
    assert answer.status_code == status, answer.text
