"""Looking for the child who is absent: how many more there are is said, and a list that holds nothing is not drawn."""

from api.pages.choices import MOST
from tests.api.desk_pages import Pages


def test_a_search_says_how_many_more_there_are_and_no_list_is_drawn_where_it_has_nothing(pages: Pages) -> None:
    office = pages.school.office
    assert "ds-needed" not in pages.get(office, "/absences")
    for number in range(MOST + 2):
        pages.school.admit(f"Kit{number} Marrow")
    found = pages.get(office, "/absences?q=Marrow")
    assert found.count("ds-needed__one") == MOST
    assert "2 more: type more of the name, or the class." in found
    assert "more: type" not in pages.get(office, "/absences?q=Kit3 Marrow")


def test_from_an_absent_child_it_is_one_tap_to_ask_for_a_visit_or_to_the_family_and_nobody_is_absent_twice(
    pages: Pages,
) -> None:
    school, office = pages.school, pages.school.office
    child = school.admit("Kit Marrow")
    ask, family = (f"/schools/{school.slug}/{path}" for path in (f"ask?pupils={child.id}", f"pupils/{child.id}/family"))
    found = pages.get(office, "/absences?q=Marrow")
    assert family in found
    assert f"found{child.id}" in found
    pages.send(office, found, "report-absence")
    again = pages.get(office, "/absences?q=Marrow")
    assert ask in again
    assert again.count(family) == 2, "among those absent, and among those found"
    assert "Absent today" in again
    assert f"found{child.id}" not in again, "who is known to be absent is not reported a second time"
    assert child.name in pages.get(office, f"/ask?pupils={child.id}")
    pages.send(office, again, "explain-absence", explanation="a cold")
    assert ask not in pages.get(office, "/absences")
