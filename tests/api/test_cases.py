"""Restricted cases on their pages and as JSON: raised by anybody, handled by those inside, their own words to the rest."""

import re
from typing import Any
from uuid import uuid4

import pytest

from domain.access.events import RecordRead
from domain.case.commands import LetIntoCase, RaiseAllegation, RaiseCase, RaiseComplaint, RecordIntervention
from domain.ids import CaseId
from domain.roles import Role
from tests.api.desk_pages import Pages
from tests.scenarios.cast import Someone

SAID = "He pulled the child by the arm"


def raises(pages: Pages, command: RaiseCase, by: Someone) -> CaseId:
    return CaseId(pages.school.send(command, by=by).recorded[0].envelope.stream.id)


def case_of(pages: Pages) -> str:
    found = re.search(r"/cases/([0-9a-f-]{36})", pages.get(pages.school.head, "/cases"))
    assert found is not None
    return found[1]


def test_a_teacher_raises_an_allegation_from_a_visit_and_sees_who_was_told_and_their_own_words(pages: Pages) -> None:
    school = pages.school
    visit = school.ask()
    assert f"/cases/raise?visit={visit.id}" in pages.get(school.teacher, f"/visits/{visit.id}")
    assert "kind=allegation" in pages.get(school.teacher, f"/cases/raise?visit={visit.id}")
    form = pages.get(school.teacher, f"/cases/raise?kind=allegation&visit={visit.id}")
    after = pages.send(school.teacher, form, "raise-allegation", text=SAID, about=str(school.colleague.id))
    assert "It is kept" in after
    assert "it went to Hilda Head, headteacher" in after
    assert SAID in after
    assert "Cal Colleague" in after
    trip = school.plan_trip(visit)
    assert f"/cases/raise?kind=intervention&visit={visit.id}" in pages.get(school.teacher, f"/my-trips/{trip.id}")
    case = case_of(pages)
    there = pages.get(school.head, f"/cases/{case}")
    assert SAID in there
    assert str(visit.id) in there
    assert "Hilda Head, headteacher: handles it, opened it" in there
    for who in (school.teacher, school.colleague, school.dsl, school.slt, school.office):
        assert SAID not in pages.get(who, f"/cases/{case}", status=404)
    assert SAID not in pages.get(school.governor, f"/cases/{case}", status=403)


def test_the_menu_counts_for_those_inside_alone(pages: Pages) -> None:
    school = pages.school
    raises(pages, RaiseAllegation(text=SAID), school.teacher)
    waiting = re.compile(r'/cases"[^>]*>\s*Allegations and complaints<span class="ds-count">.*?</span>1<', re.DOTALL)
    assert waiting.search(pages.get(school.head, "/cases"))
    for who in (school.teacher, school.dsl):
        assert not waiting.search(pages.get(who, "/cases"))


def test_the_head_handles_a_case_to_its_end_on_its_page(pages: Pages) -> None:
    school = pages.school
    raises(pages, RaiseComplaint(text="They came an hour late", from_whom="Ms Brook"), school.office)
    case = case_of(pages)

    def there() -> str:
        return pages.get(school.head, f"/cases/{case}")

    assert "complaints procedure (SP-69)" in there()
    assert "wrote to her" in pages.send(school.head, there(), "note-case", text="wrote to her")
    assert "Answer given" in pages.send(school.head, there(), "note-case", 1, text="said sorry")
    let_in = pages.send(school.head, there(), "let-into-case", person=str(school.dsl.id), why="knows the family")
    assert "Dora Dessel, DSL: let in by name, has not opened it yet: tell them" in let_in
    assert "They came an hour late" in pages.get(school.dsl, f"/cases/{case}")
    assert "Dora Dessel, DSL: let in by name, opened it" in there()
    assert "close-case" not in pages.get(school.dsl, f"/cases/{case}"), "whoever was let in reads and notes"
    pages.send(school.head, there(), "leave-out-of-case", person=str(school.dsl.id))
    pages.get(school.dsl, f"/cases/{case}", status=404)
    closed = pages.send(school.head, there(), "close-case", outcome="Spoken to the driver")
    assert "Closed" in closed
    assert "Spoken to the driver" in closed
    assert "hold-case" in closed


def test_use_of_force_tells_dsl_and_head_and_asks_why_before_it_closes(pages: Pages) -> None:
    school = pages.school
    raises(pages, RecordIntervention(text="ran at the road", harm=True), school.teacher)
    case = case_of(pages)
    there = pages.get(school.dsl, f"/cases/{case}")
    assert "Hilda Head" in there
    assert "Dora Dessel" in there
    assert 'name="why_last_resort"' in there
    pages.school.later(minutes=1)
    assert "Closed" in pages.send(school.dsl, there, "close-case", outcome="none", why_last_resort="a car was coming")


def test_the_chair_of_governors_handles_what_is_about_the_head(pages: Pages) -> None:
    school = pages.school
    chair = school.joins("Chris Chair", Role.CHAIR_OF_GOVERNORS)
    case = raises(pages, RaiseAllegation(text=SAID, about_headteacher=True), school.teacher)
    assert SAID in pages.get(chair, f"/cases/{case}")
    assert "Chris Chair" in pages.get(school.teacher, "/cases")
    assert "Allegations and complaints" in pages.get(chair, "/governors")
    for who in (school.head, school.dsl):
        assert SAID not in pages.get(who, f"/cases/{case}", status=404)
        assert str(case) not in pages.get(who, "/cases")


@pytest.mark.parametrize("role", [Role.GOVERNOR, Role.TRUST_READER, Role.ADMINISTRATOR])
def test_a_governor_sees_only_the_report_and_what_they_raise_is_taken_all_the_same(role: Role, pages: Pages) -> None:
    """Issue 4: neither menu nor page speaks of cases to them. Law 1: what they send is kept, and goes where it must."""
    school = pages.school
    governor = school.joins("Gita Guest", role)
    for path in ("/cases", "/cases/raise", "/cases/raise?kind=allegation"):
        shut = pages.get(governor, path, status=403)
        assert f"/schools/{school.slug}/cases" not in shut, "no menu leads there"
    case = raises(pages, RaiseAllegation(text=SAID, about_headteacher=True), governor)
    assert SAID in pages.get(school.dsl, f"/cases/{case}")
    for one in (case, uuid4()):
        assert SAID not in pages.get(governor, f"/cases/{one}", status=403)


@pytest.mark.parametrize(
    "sent", [{}, {"about": "not an id", "harm": "perhaps"}, {"about": ["x"], "text": {"a": 1}, "unknown": "y"}]
)
def test_whatever_is_sent_is_kept_in_the_case_and_nowhere_else(sent: dict[str, Any], pages: Pages) -> None:
    school = pages.school
    for command in ("raise-allegation", "raise-complaint", "record-intervention"):
        pages.client.cookies.clear()
        address = f"/api/v1/schools/{school.slug}/commands/{command}"
        answer = pages.client.post(address, json=sent, headers={"Doorstep-Demo-Person": str(school.teacher.id)})
        assert answer.status_code == 201, answer.text
        assert answer.json()["stream"]["kind"] == "case"
        kinds = {r.envelope.stream.kind for r in school.log.read_log(answer.json()["index"])}
        assert kinds == {"case"}


def test_a_reading_is_kept_under_the_case_and_no_child(pages: Pages) -> None:
    school = pages.school
    visit = school.ask()
    case = raises(pages, RaiseAllegation(text=SAID, visit=visit.id), school.teacher)
    before = school.log.head()
    pages.get(school.head, f"/cases/{case}")
    pages.get(school.head, "/cases")
    pages.get(school.dsl, f"/cases/{case}", status=404)
    kept = [r for r in school.log.read_log(before + 1) if r.envelope.stream.kind == "access"]
    events = [r.event for r in kept]
    assert [(type(event), getattr(event, "record", None), event.pupils) for event in events] == [  # type: ignore[attr-defined]  # readings
        (RecordRead, case, ()),
        (RecordRead, case, ()),
    ]
    assert {r.envelope.actor for r in kept} == {school.head.id}


def test_json_answers_those_inside_and_nobody_else(pages: Pages) -> None:
    school = pages.school
    case = raises(pages, RaiseAllegation(text=SAID), school.teacher)
    school.send(LetIntoCase(case=case, person=school.dsl.id), by=school.head)
    pages.caught_up()
    pages.client.cookies.clear()

    def ask(who: Someone, path: str) -> Any:
        address = f"/api/v1/schools/{school.slug}/cases{path}"
        return pages.client.get(address, headers={"Doorstep-Demo-Person": str(who.id)})

    for who in (school.head, school.dsl):
        assert ask(who, f"/{case}").json()["words"]["text"] == SAID
        assert len(ask(who, "").json()["open"]) == 1
    mine = ask(school.teacher, "").json()
    assert (mine["open"], [one["text"] for one in mine["mine"]]) == ([], [SAID])
    nothing = ask(school.teacher, f"/{uuid4()}")
    there = ask(school.teacher, f"/{case}")
    assert (there.status_code, there.content) == (nothing.status_code, nothing.content) == (404, nothing.content)


def test_what_is_given_out_about_the_accused_holds_the_case_for_those_inside_alone_and_marked(pages: Pages) -> None:
    school = pages.school
    raises(pages, RaiseAllegation(text=SAID, about=(school.colleague.id,)), school.teacher)
    pages.get(school.head, "/cases")
    path = f"/subject-access/staff/{school.colleague.id}"
    inside, outside = pages.get(school.head, path), pages.get(school.dsl, path)
    assert SAID in inside
    assert "it stands in a restricted case: those who handle it decide" in inside
    assert SAID not in outside
    assert "it stands in a restricted case" not in outside
    for who in (school.teacher, school.head):
        of_them = pages.get(school.dsl, f"/subject-access/staff/{who.id}")
        assert "Allegation raised" not in of_them
        assert "restricted case</" not in of_them
