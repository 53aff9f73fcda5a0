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
