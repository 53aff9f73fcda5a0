"""A school is asked to go: who may ask and confirm it, what stands against it, and that anybody may say no. DV-11."""

from datetime import timedelta

import pytest

from domain.erasure.commands import About, PlaceHold
from domain.ids import EventId, school_stream
from domain.refusal import NotPermitted
from domain.removal.allowed import WAITING
from domain.removal.commands import AskRemoval, ConfirmRemoval, KeepWholeExport, WithdrawRemoval
from domain.removal.events import Ground
from domain.removal.state import Removal, standing
from tests.scenarios.cast import Someone
from tests.scenarios.harness import World
from tests.scenarios.school import School
from tests.scenarios.test_erasure import admitted, ask, confirm, finish, with_rule, years_later

WHY = "Elm Trust keeps the records from September"


@pytest.fixture
def school(world: World) -> School:
    """A school with a rule for how long records stay."""
    opened = world.school("SP")
    with_rule(opened)
    return opened


def asked(school: School, by: Someone | None = None, ground: Ground = Ground.MOVED) -> EventId:
    """Somebody asks for the school to go."""
    return school.send(AskRemoval(ground=ground, why=WHY), by=by or school.head).recorded[0].envelope.event_id


def now(school: School) -> Removal | None:
    """What stands."""
    return standing(school.log.read(school_stream(school.log.school)))


def test_one_asks_a_second_one_confirms_and_then_the_waiting_time_runs(school: School) -> None:
    event = asked(school, by=school.business_manager)
    for wrong in (school.business_manager, school.teacher, school.office, school.slt, school.governor):
        with pytest.raises(NotPermitted):
            school.send(ConfirmRemoval(event=event), by=wrong)
    school.send(ConfirmRemoval(event=event), by=school.dsl)
    found = now(school)
    assert found is not None
    assert (found.by, found.confirmed_by, found.ground) == (school.business_manager.id, school.dsl.id, Ground.MOVED)
    assert found.not_before == school.now + WAITING
    assert timedelta(days=9) < WAITING, "longer than a half-term week with its weekends"
    assert school.refused(lambda: school.send(ConfirmRemoval(event=event), by=school.head)).codes == {
        "removal.confirmed"
    }


def test_nobody_confirms_what_they_asked_for_themselves(school: School) -> None:
    event = asked(school, by=school.head)
    with pytest.raises(NotPermitted, match="somebody else than who asked"):
        school.send(ConfirmRemoval(event=event), by=school.head)
    for wrong in (school.teacher, school.office, school.officer, school.governor):
        with pytest.raises(NotPermitted):
            asked(school, by=wrong)


def test_one_word_is_enough_for_the_school_to_stay_before_and_after_the_confirmation(school: School) -> None:
    event = asked(school)
    school.send(WithdrawRemoval(event=event, why="the move is off"), by=school.business_manager)
    assert now(school) is None
    assert school.refused(lambda: school.send(ConfirmRemoval(event=event), by=school.dsl)).codes == {
        "removal.not_asked"
    }
    again = asked(school)
    school.send(ConfirmRemoval(event=again), by=school.dsl)
    assert school.refused(lambda: asked(school, by=school.dsl)).codes == {"removal.asked"}
    school.send(WithdrawRemoval(event=again, why="the governors said no"), by=school.slt)
    assert now(school) is None


def test_a_legal_hold_on_anything_keeps_the_school(school: School) -> None:
    child = admitted(school)
    event = asked(school)
    school.send(PlaceHold(about=About.PUPIL, subject=child.id, why="an inquest"), by=school.dsl)
    assert school.refused(lambda: school.send(ConfirmRemoval(event=event), by=school.dsl)).codes == {
        "removal.legal_hold"
    }


def test_a_school_does_not_go_while_somebody_is_out(school: School) -> None:
    trip = school.ready_trip(school.ask())
    trip.depart()
    assert school.refused(lambda: asked(school)).codes == {"removal.somebody_out"}
    trip.back()
    asked(school)


def test_what_the_schools_rule_keeps_goes_to_a_new_home_or_stays(school: School) -> None:
    child = admitted(school)
    refused = school.refused(lambda: asked(school, ground=Ground.KEPT_LONG_ENOUGH))
    assert refused.codes == {"removal.retention"}
    assert "keeps" in refused["removal.retention"].says
    asked(school, ground=Ground.MOVED)
    assert child.id in school.known.pupils


def test_what_the_rule_keeps_no_longer_may_go_without_a_new_home(school: School) -> None:
    admitted(school)
    with_rule(school, "pupils: 5 years after the last event; staff: 5 years after the last event")
    years_later(school, 6)
    asked(school, ground=Ground.KEPT_LONG_ENOUGH)


def test_what_is_to_be_erased_goes_out_to_nobody_first(school: School) -> None:
    child = admitted(school)
    years_later(school)
    export = KeepWholeExport(why=WHY, keys_for="a passphrase")
    confirm(school, ask(school, child))
    assert school.refused(lambda: school.send(export, by=school.head)).codes == {"removal.erasure_unfinished"}
    assert school.refused(lambda: asked(school)).codes == {"removal.erasure_unfinished"}
    finish(school)
    school.send(export, by=school.head)
    asked(school)
