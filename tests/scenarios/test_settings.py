"""A school adopts other settings: from when they count, for whom, and what is refused (DV-03)."""

from datetime import timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from commands.bus import Sender
from commands.ids import new_command_id
from commands.opening import adoption
from domain.policy import Force, Policy, Source
from domain.refusal import Incomplete, NotPermitted
from domain.trip.events import AlarmAbout, OverdueRaised
from domain.visit.commands import RecordVisit
from eventlog.seam import Appended
from tests.scenarios.cast import Someone
from tests.scenarios.harness import World
from tests.scenarios.school import School


def changed(policy: Policy, **values: Any) -> Policy:
    """The policy with these values as the document's own."""
    settings = {
        name: replace(policy.setting(name), value=value, source=Source.CLAUSE, clauses=("NH-13",), force=Force.MUST)
        for name, value in values.items()
    }
    return replace(policy, settings={**policy.settings, **settings})


def adopts(school: School, new: Policy, *, by: Someone | None = None, version: int = 2, **fields: Any) -> Appended:
    """Somebody at the school, the headteacher unless named, adopts settings: from now on unless another instant is said."""
    command = adoption(new, version=version, effective_from=fields.get("start"), why="the governors met")
    sender = Sender((by or school.head).id, new_command_id())
    sent: Appended = school.world.run(school.world.bus.send(school.slug, command, sender))
    return sent


def late(school: School) -> list[int]:
    """By which version of the settings each trip that was not back was raised."""
    return [
        envelope.policy_version
        for envelope, event in school.log.read_log()
        if isinstance(event, OverdueRaised) and event.about is AlarmAbout.RETURN
    ]


def test_the_headteacher_adopts_and_nobody_else(world: World) -> None:
    school = world.school("NH")
    new = changed(school.policy, wait_absent_min=5)
    for somebody in (school.dsl, school.slt, school.business_manager, school.teacher, school.governor):
        with pytest.raises(NotPermitted):
            adopts(school, new, by=somebody)
    adopts(school, new)
    assert (school.policy.version, school.policy.value("wait_absent_min")) == (2, 5)


def test_a_version_for_later_is_coming_until_then(world: World) -> None:
    school = world.school("NH")
    start = school.now + timedelta(days=2)
    adopts(school, changed(school.policy, wait_absent_min=5), start=start)
    _, known = world.bus.knowledge(school.slug).at_head()
    assert [one.version for one in known.coming(school.now)] == [2]
    assert (school.policy.version, known.policy_at(start).version) == (1, 2)
    world.clock.now = start
    assert (school.policy.version, known.coming(school.now)) == (2, ())


def test_nothing_is_adopted_for_a_time_that_has_passed(world: World) -> None:
    school = world.school("NH")
    with pytest.raises(Incomplete) as refused:
        adopts(school, changed(school.policy, wait_absent_min=5), start=school.now - timedelta(minutes=1))
    assert refused.value.field == "effective_from"
    assert school.policy.version == 1


def test_of_two_who_adopt_at_once_the_second_is_told_to_compare_again(world: World) -> None:
    school = world.school("NH")
    adopts(school, changed(school.policy, wait_absent_min=5))
    overtaken = school.refused(lambda: adopts(school, changed(school.policy, wait_absent_min=9)))
    assert overtaken.codes == {"settings.overtaken"}
    assert "Version 2" in overtaken["settings.overtaken"].says


def test_settings_that_contradict_each_other_are_refused_naming_both(world: World) -> None:
    school = world.school("NH")
    new = changed(school.policy, lone_visit="with_lone_assessment", with_pupil=["second_staff"])
    refused = school.refused(lambda: adopts(school, new))
    assert refused.codes == {"settings.lone_visit.with_pupil"}
    assert (
        "lone_visit (NH-13) and with_pupil (NH-13) cannot both hold" in refused["settings.lone_visit.with_pupil"].says
    )


def test_a_trip_under_way_goes_on_under_the_settings_it_left_with(world: World) -> None:
    """Overdue grows from 0 to 30 minutes of grace while they are out: for them it stays 0."""
    school = world.school("NH")
    out = school.ready_trip()
    out.depart()
    world.clock.now += timedelta(minutes=1)
    adopts(school, changed(school.policy, overdue_grace_min=30, wait_absent_min=5))
    said = out.visit.arrive()
    assert {r.envelope.policy_version for r in said.recorded} == {1}
    world.clock.now = school.time("15:01")
    school.watch()
    assert late(school) == [1]
    assert school.board(out).state == "overdue"


def test_a_trip_that_leaves_afterwards_leaves_under_the_new_settings(world: World) -> None:
    school = world.school("NH")
    later = school.ready_trip()
    adopts(school, changed(school.policy, overdue_grace_min=30))
    world.clock.now += timedelta(minutes=1)
    later.depart()
    world.clock.now = school.time("15:01")
    school.watch()
    assert late(school) == []
    world.clock.now = school.time("15:31")
    school.watch()
    assert late(school) == [2]


def test_once_everybody_is_back_what_follows_is_judged_by_the_settings_of_its_own_time(world: World) -> None:
    school = world.school("NH")
    out = school.ready_trip()
    out.depart()
    world.clock.now += timedelta(minutes=1)
    adopts(school, changed(school.policy, visit_record_fields=["details"]))
    out.visit.arrive()
    out.back()
    world.clock.now += timedelta(minutes=5)
    without = RecordVisit(visit=out.visit.id, fields={"outcome": "all well"})
    refused = school.refused(lambda: school.send(without, by=school.teacher))
    assert any("details" in one.says for one in refused.unmet)
