"""What was asked for was not right: it is put right, and what was given for the old request counts no more. DV-20, LJ-12."""

from typing import Any

import msgspec
import pytest

from domain.pupil.commands import RecordFamily
from domain.refusal import NotPermitted
from domain.visit.as_read import last_change
from domain.visit.commands import CorrectRequest, SignVisitList
from domain.visit.events import RequestCorrected
from tests.scenarios.doors import Visit
from tests.scenarios.harness import World
from tests.scenarios.ready import meet
from tests.ticks import yes_to


def correct(visit: Visit, **fields: Any) -> CorrectRequest:
    return CorrectRequest(visit=visit.id, why="typed wrongly", **fields)


@pytest.mark.parametrize(
    ("fields", "because"),
    [
        ({"address": "9 Fir Avenue, Testford"}, "the address changed"),
        ({"purpose": "relationship"}, "the purpose changed"),
        ({"purpose_text": "to bring the laptop"}, "the purpose changed"),
        ({"purpose": "relationship", "address": "9 Fir Avenue"}, "the purpose changed and the address changed"),
    ],
)
def test_another_purpose_or_address_takes_yes_assessment_and_ok_to_go_back_and_says_why(
    world: World, fields: dict[str, str], because: str
) -> None:
    """DV-20: which no longer count, and because of what."""
    school = world.school("LJ")
    trip = school.ready_trip()
    school.send(correct(trip.visit, **fields), by=school.office)
    assert trip.state.cleared_at is None
    refused = school.refused(trip.clear)
    assert refused.codes == {"approval.headteacher", "risk.stale"}
    assert f"not approved again, because {because}:" in refused["approval.headteacher"].says
    assert f"made before {because}:" in refused["risk.stale"].says
    meet(trip)
    trip.clear()
    assert {name: getattr(trip.visit.state, name) for name in fields} == fields


def test_at_st_patricks_the_signed_row_is_not_signed_any_more(world: World) -> None:
    """DV-20, SP-38: editing a signed row unsigns it."""
    school = world.school("SP")
    trip = school.ready_trip()
    school.send(correct(trip.visit, address="9 Fir Avenue, Testford"), by=school.office)
    refused = school.refused(trip.clear)
    assert refused.codes == {"approval.SLT", "list.signed", "risk.stale"}
    assert "because the address changed" in refused["list.signed"].says


def test_a_yes_to_what_was_read_before_the_address_changed_is_no_yes_to_the_new_one(world: World) -> None:
    """DV-20: the approver's page was open, or they spoke by telephone, while the office put the address right."""
    school = world.school("LJ")
    visit = school.ask()
    read = msgspec.structs.replace(yes_to(visit.id), seen=last_change(visit.state))
    school.at("10:00")
    school.send(correct(visit, address="9 Fir Avenue, Testford"), by=school.office)
    school.at("10:05")
    for late in (
        lambda: school.send(read, by=school.head),
        lambda: visit.approve(school.office, said_by=school.head, at="09:55"),
    ):
        assert "the address changed since then" in school.refused(late)["visit.changed"].says
    assert not visit.state.approvals
    school.send(msgspec.structs.replace(read, seen=last_change(visit.state)), by=school.head)
    assert len(visit.state.approvals) == 1


def test_a_signature_of_a_row_that_was_read_before_the_family_changed_is_none(world: World) -> None:
    """SP-38, DV-20: the row names the parents and their numbers; who signs has read them."""
    school = world.school("SP")
    visit = school.ask()
    read = SignVisitList(visit=visit.id, seen=last_change(visit.state, school.known.pupils))
    school.send(RecordFamily(pupil=visit.state.pupils[0], phone="01632 960099"), by=school.office)
    refused = school.refused(lambda: school.send(read, by=school.head))
    assert "what is held about the family changed since then" in refused["visit.changed"].says
    school.send(msgspec.structs.replace(read, seen=last_change(visit.state, school.known.pupils)), by=school.head)
    assert visit.state.signature is not None


@pytest.mark.clauses("LJ-12")
def test_whoever_decides_marks_a_safeguarding_focus_and_the_dsl_is_asked_as_well(world: World) -> None:
    """LJ-12: by the person who asks or decides."""
    school = world.school("LJ")
    trip = school.ready_trip(school.ask(purpose="relationship"))
    school.send(correct(trip.visit, safeguarding=True), by=school.head)
    refused = school.refused(trip.clear)
    assert refused.codes == {"approval.headteacher", "approval.DSL", "risk.stale"}
    assert "a safeguarding focus was marked" in refused["approval.DSL"].says


@pytest.mark.clauses("SC-25", "SP-09", "LJ-06", "LJ-31")
@pytest.mark.parametrize(
    ("letters", "fields", "code"),
    [
        ("SC", {"purpose": "attendance"}, "purpose.not_listed"),
        ("SP", {"purpose": "behaviour", "override_reason": "please"}, "purpose.blocked"),
        ("LJ", {"place": "workplace"}, "place.not_listed"),
    ],
)
def test_a_request_is_corrected_to_nothing_that_could_not_be_asked_for(
    world: World, letters: str, fields: dict[str, str], code: str
) -> None:
    school = world.school(letters)
    visit = school.ask()
    assert school.refused(lambda: school.send(correct(visit, **fields), by=school.teacher)).codes == {code}
    welfare = world.school("LJ").ask(purpose="safe_and_well", on_site_reason="")
    plain = correct(welfare, purpose="relationship", safeguarding=False)
    assert welfare.school.refused(lambda: welfare.school.send(plain, by=welfare.school.teacher)).codes == {
        "on_site.reason"
    }


def test_the_same_again_changes_nothing_and_a_door_that_was_reached_stays_as_it_was(world: World) -> None:
    school = world.school("SC")
    trip = school.ready_trip()
    state = trip.visit.state
    school.send(correct(trip.visit, purpose=state.purpose, address=state.address), by=school.teacher)
    assert trip.state.cleared_at is not None
    assert not [r for r in school.events(trip.visit) if isinstance(r.event, RequestCorrected)]
    with pytest.raises(NotPermitted):
        school.send(correct(trip.visit, address="9 Fir Avenue"), by=school.governor)
    trip.depart()
    school.send(correct(trip.visit, address="9 Fir Avenue"), by=school.office)
    assert trip.visit.state.approvals, "who is out is told, not called unapproved"
    assert "9 Fir Avenue" in {door.street for door in school.board(trip).doors}
    trip.visit.arrive()
    late = correct(trip.visit, address="1 Acorn Road")
    assert school.refused(lambda: school.send(late, by=school.office)).codes == {"visit.arrived"}
