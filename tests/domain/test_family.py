"""Who interprets at the door, and a number of the family to ring: what is asked before OK to go, by each school's document."""

from datetime import timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from domain.policy import Force
from domain.pupil.events import Carer, Telephone
from domain.pupil.state import Pupil
from domain.refusal import Incomplete, Requirement
from domain.visit.commands import ArrangeInterpreter, MoveVisitToPupil
from domain.visit.events import Support
from domain.visit.rules.family import family_can_be_rung, interpreter_asked, other_language
from tests.domain.story import Story, pupil_id

POLICIES = ("st_patricks", "leyland", "william_lilley", "norbury", "scargill")


def asked(key: str, **family: Any) -> tuple[Requirement, ...]:
    """What is asked about an interpreter before a visit to a family of which this is held."""
    story = Story(key)
    visit = story.ask()
    trip = story.trip(story.plan(visit))
    child = Pupil(id=pupil_id("alex"), **family)
    return interpreter_asked(story.policy, story.visit(visit), trip, {child.id: child})


@pytest.mark.clauses("NH-08")
@pytest.mark.parametrize(
    "family", [{"language": "Polish", "interpreter_needed": True}, {"interpreter_needed": True}, {"language": "Polish"}]
)
def test_at_norbury_a_family_with_another_language_has_somebody_asked_or_a_reason(family: dict[str, Any]) -> None:
    """AC-41."""
    (one,) = asked("norbury", **family)
    assert (one.code, one.clauses, one.force) == ("interpreter.asked", ("NH-08",), Force.SHOULD)
    assert "EAL department" in one.says
    assert "Polish" not in one.says, "a reason that is given for it is kept longer than the family's record"


@pytest.mark.parametrize("language", ["", "English", " english ", "Believed to be English"])
def test_an_english_home_without_need_of_an_interpreter_is_asked_nothing(language: str) -> None:
    assert other_language(Pupil(id=pupil_id("alex"), language=language)) == ""
    assert asked("norbury", language=language) == ()


@pytest.mark.parametrize("key", POLICIES)
def test_a_school_whose_document_is_silent_is_advised_at_most(key: str) -> None:
    found = asked(key, language="Polish", interpreter_needed=True)
    forces = {"norbury": [Force.SHOULD], "william_lilley": [Force.ADVISE]}
    assert [one.force for one in found] == forces.get(key, [])
    if key == "william_lilley":
        assert not found[0].clauses
        assert "EAL" not in found[0].says, "that document names no department"
        assert asked(key, language="Polish") == ()


@pytest.mark.clauses("NH-08")
def test_to_have_asked_is_not_to_know_who_comes_and_the_last_word_counts() -> None:
    story = Story("norbury")
    visit = story.ask()
    trip = story.plan(visit)
    child = Pupil(id=pupil_id("alex"), interpreter_needed=True)

    def open_now() -> list[str]:
        return [
            one.says for one in interpreter_asked(story.policy, story.visit(visit), story.trip(trip), {child.id: child})
        ]

    story.does(ArrangeInterpreter(visit=visit, asked_of=Support.BILINGUAL_SUPPORT))
    assert open_now() == ["No interpreter is named yet: bilingual support was asked"]
    story.does(ArrangeInterpreter(visit=visit, asked_of=Support.BILINGUAL_SUPPORT, who="Asha Begum"))
    assert open_now() == []
    story.does(ArrangeInterpreter(visit=visit))
    assert open_now() == ["No interpreter is named yet: the EAL department was asked"]
    story.does(ArrangeInterpreter(visit=visit, needed=False))
    assert open_now() == []


@pytest.mark.clauses("NH-08")
def test_who_was_asked_for_one_day_is_asked_again_for_another() -> None:
    story = Story("norbury")
    visit = story.ask()
    trip = story.plan(visit)
    story.does(ArrangeInterpreter(visit=visit, who="Asha Begum"))
    child = Pupil(id=pupil_id("alex"), interpreter_needed=True)
    planned = story.trip(trip)
    assert planned.leave_at is not None
    later = replace(planned, leave_at=planned.leave_at + timedelta(days=1))
    assert interpreter_asked(story.policy, story.visit(visit), planned, {child.id: child}) == ()
    (one,) = interpreter_asked(story.policy, story.visit(visit), later, {child.id: child})
    assert one.says == "The interpreter was asked to come on another day"


def test_another_child_has_another_language() -> None:
    story = Story("norbury")
    visit = story.ask()
    story.does(ArrangeInterpreter(visit=visit, who="Asha Begum"))
    move = MoveVisitToPupil(visit=visit, wrong=pupil_id("alex"), right=pupil_id("billie"), why="wrong child picked")
    story.does(move, by="office")
    assert story.visit(visit).interpreting is None


def test_nobody_comes_where_nobody_is_needed() -> None:
    story = Story("norbury")
    with pytest.raises(Incomplete):
        story.decides(ArrangeInterpreter(visit=story.ask(), needed=False, who="Asha Begum"))


@pytest.mark.clauses("NH-33")
@pytest.mark.parametrize("key", POLICIES)
def test_a_family_without_a_number_is_asked_why_at_norbury_and_advised_where_the_document_is_silent(key: str) -> None:
    """AC-41: a telephone that there is not needs a reason before OK to go."""
    story = Story(key)
    visit = story.visit(story.ask())
    child = Pupil(id=pupil_id("alex"))
    found = family_can_be_rung(story.policy, visit, {child.id: child})
    expected = {"norbury": [(Force.SHOULD, ("NH-33",))], "william_lilley": [(Force.ADVISE, ())]}
    assert [(one.force, one.clauses) for one in found] == expected.get(key, [])


@pytest.mark.clauses("NH-33")
def test_a_number_that_may_be_rung_or_why_there_is_none_will_do() -> None:
    story = Story("norbury")
    visit = story.visit(story.ask())
    never = Carer(name="Maya", phones=(Telephone(number="07700 900123", do_not_ring=True),))
    for family, held in (
        ({"carers": (never,)}, False),
        ({"phone": "01632 960001"}, True),
        ({"carers": (never,), "phone_none_reason": "Letters are answered"}, True),
    ):
        child = Pupil(id=pupil_id("alex"), **family)
        assert bool(family_can_be_rung(story.policy, visit, {child.id: child})) is not held
