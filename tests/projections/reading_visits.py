"""Shortcuts of the tests about visits: fold all there is, then ask."""

from domain.ids import VisitId
from projections.approvals import Waiting, waiting_for
from projections.views import reading
from projections.visits import Filter, Planned, one_visit, visit_list
from tests.planning_example import School


def planned(school: School, visit: VisitId) -> Planned:
    """A visit that the school knows, as of now."""
    school.caught_up()
    with reading(school.store, school.slug) as view:
        found = one_visit(view, school.directory(), school.now, visit)
    assert found is not None
    return found


def codes(planned: Planned) -> set[str]:
    """What it still needs and refuses for, by code."""
    return {need.code for need in planned.needs if need.refuses}


def listed(school: School, which: Filter, who: str = "head", page: int = 1) -> tuple[VisitId, ...]:
    """The visits of one page of a list."""
    school.caught_up()
    with reading(school.store, school.slug) as view:
        found = visit_list(view, school.directory(), school.now, which, school.staff[who], page)
    return tuple(line.visit for line in found.lines)


def waits_for(school: School, who: str) -> tuple[Waiting, ...]:
    """The visits that wait for somebody's yes."""
    school.caught_up()
    known = school.directory()
    with reading(school.store, school.slug) as view:
        return waiting_for(view, known, school.now, known.people[school.staff[who]])
