"""The harness itself: a trip can be made ready at each of the five schools, and what is left out is missed."""

import pytest

from tests.scenarios.cast import POLICY_OF
from tests.scenarios.harness import World


@pytest.mark.parametrize("letters", POLICY_OF)
def test_a_trip_that_meets_the_policy_step_by_step_is_cleared_at_every_school(world: World, letters: str) -> None:
    school = world.school(letters)
    trip = school.ready_trip()
    assert trip.state.cleared_at == school.now
    trip.depart()
    school.at("14:30")
    trip.back()
    assert trip.state.over


@pytest.mark.parametrize("letters", POLICY_OF)
@pytest.mark.parametrize("missing", ["approval", "whereabouts"])
def test_a_trip_that_lacks_one_thing_is_refused_for_just_that(world: World, letters: str, missing: str) -> None:
    trip = world.school(letters).ready_trip(but=missing)
    refused = trip.school.refused(trip.clear)
    assert {code.partition(".")[0] for code in refused.codes} == {missing}


def test_the_clock_is_londons_and_runs_forward_only(world: World) -> None:
    school = world.school("WL")
    with pytest.raises(AssertionError, match="time runs forward"):
        school.at("07:59")
    assert school.at("15:00").isoformat() == "2026-09-14T14:00:00+00:00"
