"""A restricted case has a data key of its own: held, erased by two people inside, and gone everywhere. DV-08, DV-11."""

import pytest

from domain.case.commands import (
    AskCaseErasure,
    CloseCase,
    ConfirmCaseErasure,
    HoldCase,
    LetIntoCase,
    RaiseAllegation,
    ReleaseCase,
)
from domain.erasure.commands import About, AskErasure, ConfirmErasure, LiftHold, PlaceHold
from domain.erasure.events import PersonalDataErased
from domain.ids import CaseId, EventId, case_stream
from domain.refusal import NotPermitted, Refused, Unknown
from eventlog.seam import Appended
from projections import restricted_cases
from projections.restricted_cases import MyCases
from tests.scenarios.cast import Someone
from tests.scenarios.harness import World
from tests.scenarios.school import School
from tests.scenarios.test_erasure import (
    admitted,
    confirm,
    finish,
    plain_text_of,
    readable,
    visited,
    with_rule,
    years_later,
)
from tests.scenarios.test_erasure import ask as ask_for_child

SAID = "He pulled Rory by the arm"
RULE = "pupils: 25 years after birth; visits: 6 years after the last event; cases: 10 years after the last event"


@pytest.fixture
def school(world: World) -> School:
    """A school with its own rule, for cases too."""
    opened = world.school("LJ")
    with_rule(opened, RULE)
    return opened


def raised(school: School, *, closed: bool = True, **said: object) -> CaseId:
    """A case that the head handles and a member of SLT is let into."""
    stored = school.send(RaiseAllegation(text=SAID, about=(school.colleague.id,), **said), by=school.teacher)  # type: ignore[arg-type]  # its fields
    case = CaseId(stored.recorded[0].envelope.stream.id)
    school.send(LetIntoCase(case=case, person=school.slt.id, why="sees to it with me"), by=school.head)
    if closed:
        school.send(CloseCase(case=case, outcome="Spoken to"), by=school.head)
    return case


def seen_by(school: School, who: Someone) -> MyCases:
    """What somebody sees of restricted cases."""
    return school.looks.ask(
        lambda view: restricted_cases.cases_of(view, school.known, school.known.people[who.id], school.now)
    )


def event_of(stored: Appended) -> EventId:
    return stored.recorded[0].envelope.event_id


def erases(school: School, case: CaseId, second: Someone) -> None:
    """The head asks for it and somebody else inside confirms."""
    asked = school.send(AskCaseErasure(case=case), by=school.head)
    school.send(ConfirmCaseErasure(case=case, event=event_of(asked)), by=second)


def test_every_case_is_written_under_a_data_key_of_its_own(school: School) -> None:
    keys = {r.envelope.key_id for case in (raised(school), raised(school)) for r in school.log.read(case_stream(case))}
    others = {r.envelope.key_id for r in school.log.read_log() if r.envelope.stream.kind != "case"}
    assert len(keys) == 2
    assert not keys & others


def test_a_case_goes_by_two_inside_once_the_rule_lets_it(school: School) -> None:
    case = raised(school)
    with pytest.raises(Refused) as too_soon:
        school.send(AskCaseErasure(case=case), by=school.head)
    assert {one.code for one in too_soon.value.unmet} == {"erasure.retention"}
    years_later(school, 11)
    asked = school.send(AskCaseErasure(case=case), by=school.head)
    with pytest.raises(NotPermitted, match="somebody else"):
        school.send(ConfirmCaseErasure(case=case, event=event_of(asked)), by=school.head)
    with pytest.raises(Unknown, match="unknown case"):
        school.send(ConfirmCaseErasure(case=case, event=event_of(asked)), by=school.dsl)
    school.send(ConfirmCaseErasure(case=case, event=event_of(asked)), by=school.slt)
    assert SAID in plain_text_of(school)

    (done,) = finish(school)

    assert done.streams == (case_stream(case),)
    assert SAID not in plain_text_of(school)
    assert readable(school.log.read(case_stream(case))) == [PersonalDataErased]
    before = school.looks.bytes_of_projections()
    school.looks.rebuild_all()
    assert school.looks.bytes_of_projections() == before
    for who in (school.head, school.slt):
        there = seen_by(school, who)
        assert (there.open, there.closed, [one.rule for one in there.gone]) == ((), (), [RULE])
    for who in (school.dsl, school.teacher, school.colleague):
        assert seen_by(school, who).gone == ()
        assert seen_by(school, who).mine == ()


def test_a_hold_keeps_a_case_and_an_open_one_stays(school: School) -> None:
    case, still_open = raised(school), raised(school, closed=False)
    hold = school.send(HoldCase(case=case, why="the police ask"), by=school.head)
    years_later(school, 11)
    for one, code in ((case, "erasure.legal_hold"), (still_open, "erasure.unfinished")):
        with pytest.raises(Refused) as refused:
            school.send(AskCaseErasure(case=one), by=school.head)
        assert code in {need.code for need in refused.value.unmet}
    school.send(ReleaseCase(case=case, event=event_of(hold), why="it is over"), by=school.head)
    years_later(school, 11)
    erases(school, case, school.slt)


def test_no_other_erasure_command_reaches_a_case(school: School) -> None:
    case = raised(school)
    hold = school.send(HoldCase(case=case, why="the police ask"), by=school.head)
    for who in (school.head, school.dsl):
        with pytest.raises(Unknown, match="unknown event"):
            school.send(LiftHold(event=event_of(hold), why="no"), by=who)
        with pytest.raises(Unknown, match="unknown event"):
            school.send(ConfirmErasure(event=event_of(hold)), by=who)
        for about in About:
            with pytest.raises(Unknown):
                school.send(PlaceHold(about=about, subject=case, why="no"), by=who)
            with pytest.raises(Unknown):
                school.send(AskErasure(about=about, subject=case), by=who)


def test_a_child_and_a_visit_go_without_the_case_and_are_not_held_by_it(school: School) -> None:
    child = admitted(school)
    visit = visited(school, child)
    case = raised(school, visit=visit.id)
    school.send(HoldCase(case=case, why="the police ask"), by=school.head)
    years_later(school, 26)
    confirm(school, ask_for_child(school, child))
    (done,) = finish(school)
    assert case_stream(case) not in done.streams
    assert [one.words.text for one in seen_by(school, school.head).closed] == [SAID]
