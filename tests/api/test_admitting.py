"""Putting a pupil on the register by hand."""

from tests.api.desk_pages import Pages


def test_a_search_that_finds_nobody_leads_to_the_register_and_the_child_is_found_afterwards(pages: Pages) -> None:
    office = pages.school.office
    assert "Put a pupil on the register" in pages.get(office, "/ask?q=quillfeather")
    form = pages.get(office, "/register/add")
    born, home = "2017-05-02", "2 Mill Lane, Norbury"
    pages.send(office, form, "admit-pupil", given_name="Zebedee", family_name="Quillfeather", born=born, address=home)
    assert "Zebedee Quillfeather" in pages.get(office, "/ask?q=quillfeather")


def test_whoever_may_not_is_told_who_does(pages: Pages) -> None:
    teacher = pages.school.teacher
    assert "puts pupils on the register" in pages.get(teacher, "/ask?q=quillfeather")
    pages.get(teacher, "/register/add", status=403)
