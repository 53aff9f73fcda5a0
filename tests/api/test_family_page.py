"""A child's family on a page: read by those who keep the register, kept as one entry, asked back where nobody can be rung."""

import re

import pytest

from api.pages.forms import first
from domain.access.events import RecordRead
from domain.pupil.commands import RecordFamily
from domain.pupil.events import Carer, Telephone
from domain.pupil.ringing import numbers_to_ring
from domain.pupil.state import Pupil
from tests.api.desk_pages import Pages
from tests.api.pages_example import Shown
from tests.scenarios.cast import Child

ADULT = {
    "adult-0-name": "Maya Brook",
    "adult-0-title": "Dr",
    "adult-0-relation": "mother",
    "adult-0-responsibility": "yes",
    "adult-0-care": "no",
}
TWO_NUMBERS = {
    "adult-0-phone-0-number": "07700 900123",
    "adult-0-phone-0-kind": "mobile",
    "adult-0-phone-0-confirmed": "2026-09-02",
    "adult-0-phone-1-number": "01632 960001",
    "adult-0-phone-1-never": "yes",
}


def held(pages: Pages, child: Child) -> Pupil:
    return pages.school.known.pupils[child.id]


def send(pages: Pages, child: Child, fields: dict[str, str], status: int = 200) -> str:
    action = f"/schools/{pages.school.slug}/pupils/{child.id}/family"
    return pages.post(pages.school.office, action, fields, status=status)


@pytest.mark.clauses("NH-07", "NH-08")
def test_adults_with_their_numbers_are_kept_and_shown_again(pages: Pages) -> None:
    child = pages.school.admit()
    shown = send(
        pages, child, {**ADULT, **TWO_NUMBERS, "address": "12 Mill Lane, Norbury", "interpreter_needed": "yes"}
    )
    assert f"Kept for {child.name}" in shown
    (maya,) = held(pages, child).carers
    assert (maya.title, maya.parental_responsibility, maya.day_to_day_care) == ("Dr", True, False)
    assert maya.phones[1] == Telephone(number="01632 960001", do_not_ring=True)
    assert held(pages, child).interpreter_needed
    again = pages.get(pages.school.office, f"/pupils/{child.id}/family")
    assert 'value="2026-09-02"' in again
    assert "Another number" in again
    assert "Another adult" in again


def test_a_number_of_the_home_that_is_an_adults_stands_once_and_leaves_nothing_behind_when_it_is_corrected(
    pages: Pages,
) -> None:
    child = pages.school.admit()
    old = {"adult-0-phone-0-number": "07700 900123"}
    send(pages, child, {**ADULT, **old, "phone": "+44 7700 900123"})
    shown = Shown(pages.get(pages.school.office, f"/pupils/{child.id}/family"))
    (form,) = (form.values for form in shown.forms if "phone" in form.names)
    assert (form["adult-0-phone-0-number"], form["phone"]) == (["07700 900123"], [""])
    send(pages, child, {**{name: first(form, name) for name in form}, "adult-0-phone-0-number": "07700 900124"})
    assert numbers_to_ring((held(pages, child),)) == ("07700 900124 (Maya Brook)",)


@pytest.mark.clauses("NH-33")
def test_a_family_that_nobody_can_ring_is_asked_why_and_nothing_typed_is_lost(pages: Pages) -> None:
    child = pages.school.admit()
    before = held(pages, child)
    never = {"adult-0-phone-0-number": "07700 900123", "adult-0-phone-0-never": "yes"}
    asked = send(pages, child, {**ADULT, **never}, status=422)
    assert 'href="#phone_none_reason"' in asked
    assert 'value="Maya Brook"' in asked
    assert held(pages, child) == before
    send(pages, child, {**ADULT, **never, "phone_none_reason": "Letters are answered"})
    assert held(pages, child).phone_none_reason == "Letters are answered"


def opened(pages: Pages, child: Child) -> dict[str, str]:
    """The form's hidden fields."""
    shown = pages.get(pages.school.office, f"/pupils/{child.id}/family")
    return dict(re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)">', shown))


def test_a_form_that_was_open_while_another_said_do_not_ring_does_not_take_that_away(pages: Pages) -> None:
    child = pages.school.admit()
    rung = {**ADULT, "adult-0-phone-0-number": "07700 900123"}
    send(pages, child, rung)
    stale, other = opened(pages, child), opened(pages, child)
    send(pages, child, {**rung, **other, "adult-0-phone-0-never": "yes", "phone_none_reason": "Not safe"})
    before = held(pages, child)
    asked = send(pages, child, {**rung, **stale, "notes": "Two cats"}, status=422)
    assert "Somebody else changed what is held about this family since you opened it" in asked
    assert "Dr Maya Brook (mother): 07700 900123 (do not ring)" in asked
    assert "Two cats" in asked, "what was typed is there still"
    assert held(pages, child) == before
    again = dict(re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)">', asked))
    send(
        pages,
        child,
        {**rung, **again, "adult-0-phone-0-never": "yes", "phone_none_reason": "Not safe", "notes": "Two cats"},
    )
    assert held(pages, child).notes == "Two cats"
    send(
        pages,
        child,
        {**rung, **again, "adult-0-phone-0-never": "yes", "phone_none_reason": "Not safe", "notes": "Two cats"},
    )


def test_every_adult_that_is_held_is_in_the_form_and_kept(pages: Pages) -> None:
    """By a file a family may come to have more adults than the form once had room for."""
    school = pages.school
    child = school.admit()
    many = tuple(Carer(name=f"Adult {n} Invented") for n in range(30))
    school.send(RecordFamily(pupil=child.id, carers=many, phone="01632 960001"), by=school.office)
    shown = pages.get(school.office, f"/pupils/{child.id}/family")
    names = re.findall(r'id="(adult-[0-9]+-name)"[^>]* value="([^"]+)"', shown)
    send(pages, child, {**opened(pages, child), **dict(names), "phone": "01632 960001"})
    assert held(pages, child).carers == many


def test_what_cannot_be_read_is_told_at_its_field(pages: Pages) -> None:
    child = pages.school.admit()
    wrong = {"adult-0-phone-0-number": "07700 900123", "adult-0-phone-0-confirmed": "yesterday"}
    assert 'href="#adult-0-phone-0-confirmed"' in send(pages, child, {**ADULT, **wrong}, status=422)


def test_a_visitors_card_names_whose_number_it_is_and_never_one_that_must_not_be_rung(pages: Pages) -> None:
    school = pages.school
    child = school.admit()
    send(pages, child, {**ADULT, **TWO_NUMBERS, "address": "12 Mill Lane, Norbury"})
    trip = school.ready_trip(school.ask(child=child))
    card = pages.get(school.teacher, f"/my-trips/{trip.id}")
    assert "07700 900123 (Maya Brook)" in card
    assert "01632 960001" not in card
    assert "number of maya brook must not be rung" in card.casefold()


def test_that_it_was_opened_is_on_record_and_a_teacher_is_turned_away(pages: Pages) -> None:
    school = pages.school
    child = school.admit()
    pages.get(school.office, f"/pupils/{child.id}/family")
    read = [(r.envelope.actor, r.event.page) for r in school.events() if isinstance(r.event, RecordRead)]
    assert read[-1] == (school.office.id, "family details")
    pages.get(school.teacher, f"/pupils/{child.id}/family", status=403)
    assert "Family details" in pages.get(school.office, f"/visits/{school.ask(child=child).id}")


@pytest.mark.clauses("NH-07", "NH-08", "LJ-46", "LJ-47")
def test_the_card_and_the_visit_name_adults_as_they_give_it_who_answers_for_the_child_and_what_helps(
    pages: Pages,
) -> None:
    """AC-41: names and titles as given; nobody is presumed to be a parent."""
    school = pages.school
    child = school.admit()
    other = {
        "adult-1-name": "Jo Field",
        "adult-1-title": "Mx",
        "adult-1-relation": "step-parent",
        "adult-1-responsibility": "no",
        "adult-1-care": "yes",
    }
    said = {"literacy_support": "yes", "notes": "The bell is broken: knock", "address": "12 Mill Lane, Norbury"}
    send(pages, child, {**ADULT, **TWO_NUMBERS, **other, **said})
    trip = school.ready_trip(school.ask(child=child))
    card = pages.get(school.teacher, f"/my-trips/{trip.id}")
    shown = pages.get(school.teacher, f"/visits/{trip.visit.id}")
    for words in (
        "Dr Maya Brook (mother)",
        "Mx Jo Field (step-parent)",
        "Parental responsibility: Dr Maya Brook; not Mx Jo Field",
        "Looks after the child from day to day: Mx Jo Field; not Dr Maya Brook",
        "Telephone 07700 900123 (Maya Brook)",
        "A number of Maya Brook must not be rung",
        "Somebody reads things out to the family, or helps to write",
        "The bell is broken: knock",
    ):
        assert words in card, words
        assert words in shown, words
    assert "01632 960001" not in shown


def test_a_colleague_who_does_not_read_what_was_typed_sees_no_family(pages: Pages) -> None:
    school = pages.school
    child = school.admit()
    send(pages, child, {**ADULT, **TWO_NUMBERS, "address": "12 Mill Lane, Norbury"})
    visit = school.ask(child=child)
    assert "Maya Brook" in pages.get(school.teacher, f"/visits/{visit.id}")
    assert "Maya Brook" not in pages.get(school.office, f"/visits/{visit.id}")
