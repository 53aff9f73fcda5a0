"""Nobody outside a restricted case learns from any answer that there is one: the same bytes with it and without. DV-08."""

from collections.abc import Iterator
from typing import Any, Final

import pytest

from api.identity import COOKIE
from domain.case.commands import INSIDE
from domain.ids import StreamKind
from projections import restricted_cases
from projections.registry import PROJECTIONS
from tests.attacks.restricted_school import NOTHING, SAID, Copy, two_schools
from tests.copies import Copies

Schools = tuple[Copy, Copy]
OUTSIDE: Final = ("head", "dsl", "colleague", "governor")
"""The first three are the accused; between them these see every kind of page."""


@pytest.fixture(scope="module")
def schools(copies: Copies) -> Iterator[Schools]:
    with two_schools(copies) as made:
        yield made


def test_one_projection_looks_at_cases() -> None:
    """Whoever adds one over every kind of stream is told here."""
    assert [one.name for one in PROJECTIONS if StreamKind.CASE in one.kinds] == [restricted_cases.NAME]


@pytest.mark.parametrize("who", OUTSIDE)
def test_every_page_and_answer_is_the_same_with_cases_and_without(who: str, schools: Schools) -> None:
    none, three = schools
    found = 0
    for before, after in zip(none.walked(who, NOTHING), three.walked(who, three.cases[0]), strict=True):
        assert before._replace(body="") == after._replace(body="")
        assert before.body == after.body, after.address
        assert SAID not in after.body, after.address
        found += 1
    assert found > 60


def test_those_inside_see_what_the_others_do_not(schools: Schools) -> None:
    """Else the test above would hold of pages that show nobody anything."""
    none, three = schools
    for who in ("chair", "social_worker", "teacher"):
        there = three.opens(who, f"/schools/{three.original.slug}/cases").text
        assert there != none.opens(who, f"/schools/{none.original.slug}/cases").text


def bodies(case: str, person: object) -> dict[str, dict[str, Any]]:
    """Each command that only those inside may send, with all that it asks for."""
    more = {"person": str(person), "text": "x", "why": "x", "outcome": "x", "event": NOTHING}
    return {
        kind.NAME: {"case": case, **{name: value for name, value in more.items() if name in kind.__struct_fields__}}
        for kind in INSIDE
    }


@pytest.mark.parametrize("who", ["dsl", "colleague", "governor", "head"])
def test_a_command_about_a_case_is_answered_as_one_about_nothing(who: str, schools: Schools) -> None:
    _, three = schools
    person = three.original.people["office"].id
    before = three.head()
    for name, there in bodies(three.cases[1], person).items():
        nowhere = {**there, "case": NOTHING}
        answers = [three.plain("", three.sends(who, name, body)) for body in (there, nowhere)]
        assert answers[0] == answers[1], name
        assert answers[0].status == 404, name
        three.client.cookies.set(COOKIE, str(three.original.people[who].id))
        forms = [
            three.plain(
                "", three.client.post(f"/schools/{three.original.slug}/do/{name}", data=body, headers=FROM_HERE)
            )
            for body in (there, nowhere)
        ]
        three.client.cookies.clear()
        assert forms[0] == forms[1], name
    assert three.head() == before


FROM_HERE: Final = {"Sec-Fetch-Site": "same-origin"}


def test_an_id_that_is_none_and_an_id_of_nothing_are_answered_alike(schools: Schools) -> None:
    _, three = schools
    slug = three.original.slug
    for who in ("dsl", "colleague"):
        said = [three.plain("", three.opens(who, f"/schools/{slug}/cases/{one}")) for one in (three.cases[0], NOTHING)]
        assert said[0] == said[1]
        assert said[0].status == 404


@pytest.mark.parametrize("where", ["visits/{case}/history", "dsl/concerns/{case}", "dsl/concerns/{case}/who-looked"])
def test_the_id_of_a_case_in_the_place_of_another_record_finds_nothing(where: str, schools: Schools) -> None:
    _, three = schools
    for one in (three.cases[0], NOTHING):
        answer = three.opens("dsl", f"/schools/{three.original.slug}/{where.format(case=one)}")
        assert answer.status_code == 404
        assert SAID not in answer.text
