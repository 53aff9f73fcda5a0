"""Who interprets at the door: asked on the visit's page, one tap where nobody is needed, and on the visitors' card."""

from collections.abc import Iterator
from uuid import UUID

import pytest

from api.identity import HEADER
from commands.ids import new_command_id
from domain.pupil.commands import RecordFamily
from eventlog.settings import DatabaseUrls
from tests.api.pages_example import Doors, Pages, served_doors


@pytest.fixture(scope="module")
def doors(module_database_urls: DatabaseUrls) -> Iterator[Doors]:
    with served_doors(module_database_urls) as opened:
        yield opened


def speaks_polish(pages: Pages) -> None:
    """Ava's family speaks Polish and needs an interpreter."""
    ava = pages.school.pupils["ava"]
    command = RecordFamily(
        pupil=ava, address="12 Mill Lane", phone="01632 960001", language="Polish", interpreter_needed=True
    )
    pages.happens("office", command)


@pytest.mark.clauses("NH-08")
def test_whoever_comes_is_kept_stands_on_the_page_and_on_the_visitors_card(doors: Doors) -> None:
    """AC-41, on the page."""
    pages = doors.open("norbury")
    assert "the EAL department or bilingual support" in pages.get("ask", "office").text
    speaks_polish(pages)
    page = pages.asks("office")
    assert "interpreter.asked" in page.needs
    assert "NH-08" in page.text
    assert "who" in page.form("arrange-interpreter").names, "first, for this family needs one"
    assert page.form("arrange-interpreter", needed="no").names >= {"visit", "says"}
    comes = next(f for f in page.forms if f.action.endswith("/arrange-interpreter") and "who" in f.names)
    assert comes.options["asked_of"] == ["eal_department", "bilingual_support", "somebody_else"]
    page = pages.send(comes, who="Asha Begum", asked_of="bilingual_support", note="Knows the grandmother")
    assert "interpreter.asked" not in page.needs
    assert "Interpreter kept: Ava Brook, 12 Mill Lane" in page.text
    visit = pages.path.rpartition("/")[2]
    teacher = pages.get(f"visits/{visit}", "teacher").text
    for said in ("Polish; an interpreter is needed", "Asha Begum comes (bilingual support was asked)", "grandmother"):
        assert said in teacher, said


@pytest.mark.clauses("NH-08")
def test_one_tap_says_that_nobody_is_needed(doors: Doors) -> None:
    pages = doors.open("norbury")
    speaks_polish(pages)
    page = pages.asks("office")
    page = pages.send(page.form("arrange-interpreter", needed="no"))
    assert "interpreter.asked" not in page.needs
    assert "None is needed for this visit" in page.text
    assert "No interpreter is needed." in page.text, "in what happened"


@pytest.mark.clauses("NH-08")
def test_a_program_says_who_comes_and_somebody_who_has_no_part_in_the_visit_may_not(doors: Doors) -> None:
    pages = doors.open("norbury")
    speaks_polish(pages)
    pages.asks("office")
    visit = pages.path.rpartition("/")[2]
    address = f"/api/v1/schools/{pages.school.slug}/commands/arrange-interpreter"
    said = {"visit": str(UUID(visit)), "asked_of": "eal_department", "who": "Asha Begum"}

    def answer(who: str, **fields: object) -> int:
        pages.be(who)
        headers = {HEADER: str(pages.school.staff[who]), "Idempotency-Key": str(new_command_id())}
        return pages.client.post(address, json={**said, **fields}, headers=headers).status_code

    assert answer("newcomer") == 403
    assert answer("teacher", needed=False) == 422, "nobody comes where nobody is needed"
    assert answer("teacher") == 201
    assert "Asha Begum" in pages.get(f"visits/{visit}", "teacher").text
