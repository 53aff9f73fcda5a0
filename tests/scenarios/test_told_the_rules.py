"""Everybody is told the rules: which version was published, beside the one that the school goes by. X31."""

import pytest

from domain.policy import Source
from domain.school.commands import SharePolicy
from projections.policy_calendar import PolicyCalendar, policy_calendar
from tests.scenarios.harness import World
from tests.scenarios.school import School
from tests.scenarios.test_settings import adopts, changed

ON_THE_WEBSITE = {"SP": {"SP-05"}, "SC": {"SC-04"}}


def calendar(school: School) -> PolicyCalendar:
    """As the head opens it."""
    return school.looks.ask(lambda view: policy_calendar(view, school.known, school.now, answers=True))


def behind(school: School) -> list[str]:
    return [one.says for one in calendar(school).waits if "website" in one.says]


@pytest.mark.clauses("SP-03", "SP-05", "SC-02", "SC-04")
@pytest.mark.parametrize("letters", ON_THE_WEBSITE)
def test_a_website_copy_of_an_older_version_stands_behind_the_one_that_was_adopted(world: World, letters: str) -> None:
    """AC-110. SP-03, SP-05, SC-02, SC-04."""
    school = world.school(letters)
    share = SharePolicy(on=school.today, audience=("all_parties", "website"))
    school.send(share, by=school.office)
    assert behind(school) == []
    adopts(school, changed(school.policy, wait_absent_min=5))
    school.later(minutes=1)
    shown = calendar(school)
    assert (shown.version, [one.version for one in shown.record.shared]) == (2, [1])
    waits = [one for one in shown.waits if "website" in one.says]
    assert len(waits) == 1
    assert waits[0].source is Source.CLAUSE
    assert ON_THE_WEBSITE[letters] <= set(waits[0].clauses)
    assert not waits[0].refuses, "it blocks nothing"
    school.send(share, by=school.office)
    assert behind(school) == []
