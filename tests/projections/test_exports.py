"""What must reach CPOMS, MyConcern or a neutral file: the right records, each once, in plain words."""

from functools import partial

import pytest

from commands.opening import adopt
from commands.policy_files import load_policy
from domain.concern.commands import ActionConcern, RaiseConcern
from domain.ids import ConcernId
from domain.refusal import Refused
from domain.school.commands import ExportRecords
from domain.school.events import RecordExported
from domain.shared.commands import CorrectEvent
from domain.trip.commands import AttemptContact
from domain.trip.events import ContactResult
from domain.visit.commands import KeepNote, MoveVisitToPupil
from domain.visit.events import CancelReason, Outcome, SafetyKind
from eventlog.seam import Appended
from projections.export_shapes import reference_of
from projections.exports import exports
from tests.projections.leaving import Leaving, of
from tests.scenarios.cast import PURPOSE_OF, Child
from tests.scenarios.doors import Visit
from tests.scenarios.harness import World
from tests.scenarios.school import School


def made(school: School, purpose: str = "", child: Child | None = None) -> Visit:
    """A visit that was made, left and written up."""
    visit = school.ask(child=child, purpose=purpose or PURPOSE_OF[school.policy_key])
    visit.arrive()
    visit.outcome()
    visit.left()
    visit.write_up()
    return visit


def concern(school: School, visit: Visit | None = None, text: str = "bruises", **fields: object) -> Appended:
    """Somebody says what worries them."""
    command = RaiseConcern(visit=visit.id if visit else None, category="injury", text=text, **fields)  # type: ignore[arg-type]  # a test's fields
    return school.send(command, by=school.teacher)


def test_at_william_lilley_a_transition_visit_reaches_cpoms_only_when_a_concern_arises(world: World) -> None:
    """AC-101, WL-40."""
    school = world.school("WL")
    attendance = made(school, "attendance", school.admit())
    made(school, "transition", school.admit())
    worried = made(school, "transition", school.admit())
    concern(school, worried)
    lists = Leaving(school).exports()
    assert lists.system == "CPOMS"
    assert {r.visit for r in lists.pending} == {attendance.id, worried.id}
    assert sorted(r.kind for r in lists.pending if r.visit == worried.id) == ["concern", "visit"]


def test_at_scargill_a_visit_and_its_concern_go_to_myconcern_once_however_often_it_is_run(world: World) -> None:
    """AC-103, SC-34, SC-40, DV-18."""
    school = world.school("SC")
    leaving = Leaving(school)
    concern(school, made(school))
    first = leaving.exports()
    assert first.system == "MyConcern"
    assert leaving.kinds() == ("concern", "visit")
    assert leaving.export(*first.pending) == 2
    assert leaving.pending() == ()
    assert leaving.export(*first.pending) == 0
    assert {gone.key for gone in leaving.exports().sent} == {record.key for record in first.pending}


def test_two_people_who_export_the_same_records_at_once_export_each_of_them_once(world: World) -> None:
    """DV-18."""
    school = world.school("SC")
    leaving = Leaving(school)
    made(school)
    (record,) = leaving.pending()
    command = ExportRecords(system="MyConcern", how="csv", keys=(record.key,))
    world.together(*(school.sending(command, by=who) for who in (school.dsl, school.office)))
    keys = [key for r in school.events() if isinstance(r.event, RecordExported) for key in r.event.keys]
    assert keys == [record.key]


def test_at_leyland_which_names_no_system_the_file_is_a_neutral_one(world: World) -> None:
    """AC-104, LJ-65."""
    school = world.school("LJ")
    made(school)
    lists = Leaving(school).exports()
    assert lists.system == "neutral_file"
    assert [r.kind for r in lists.pending] == ["visit"]


def test_at_st_patricks_an_unsafe_feeling_on_the_step_is_one_cpoms_row_and_the_visit_is_none(world: World) -> None:
    """AC-64, SP-48."""
    school = world.school("SP")
    made(school)
    uneasy = school.ask(child=school.admit())
    uneasy.arrive()
    uneasy.cancel_for_safety(SafetyKind.FEELING, "shouting inside")
    (record,) = Leaving(school).pending()
    assert (record.kind, record.visit, record.why) == ("safety_cancellation", uneasy.id, "safety_cancellations")


def test_a_dog_that_is_not_moved_is_one_cpoms_row_that_says_so(world: World) -> None:
    """AC-60, SP-52, DV-18."""
    school = world.school("SP")
    leaving = Leaving(school)
    visit = school.ask()
    visit.arrive()
    visit.animal(moved=False)
    visit.cancel_for_safety(SafetyKind.ANIMAL, "a large dog at the door")
    (record,) = leaving.pending()
    assert record.kind == "animal_cancellation"
    told = leaving.text(record)
    assert "a large dog at the door" in told.text
    assert told.outcome == "Called off because of an animal."
    assert leaving.export(record) == 1
    assert leaving.pending() == ()


def test_a_concern_in_the_midst_of_a_visit_is_a_row_at_once_while_the_visit_waits_until_it_is_over(
    world: World,
) -> None:
    """AC-70, SP-58; SC-34."""
    school = world.school("SC")
    leaving = Leaving(school)
    visit = school.ask()
    visit.arrive()
    concern(school, visit)
    assert leaving.kinds() == ("concern",)
    visit.left()
    assert leaving.kinds() == ("concern", "visit")
    waiting = next(r for r in leaving.pending() if r.kind == "visit")
    assert not waiting.complete
    assert "Not written up yet." in leaving.text(waiting).outcome


def test_a_concern_with_no_visit_and_no_child_picked_is_still_listed(world: World) -> None:
    """DV-14."""
    school = world.school("SP")
    leaving = Leaving(school)
    concern(school, child_described="a boy in a red coat")
    (record,) = leaving.pending()
    assert record.pupil is None
    told = leaving.text(record)
    assert "a child who was not picked from the list" in told.pupil
    assert "a boy in a red coat" in told.text


def test_at_norbury_every_contact_goes_to_cpoms_calls_declined_and_failed_visits_too(world: World) -> None:
    """AC-11, NH-19, NH-42."""
    school = world.school("NH")
    leaving = Leaving(school)
    declined = school.ask()
    declined.appointment("14:00")
    declined.family_declines()
    failed = school.ask(child=school.admit())
    trip = school.plan_trip(failed)
    trip.depart()
    failed.arrive()
    failed.no_answer()
    failed.cancel(CancelReason.NO_ANSWER)
    school.send(AttemptContact(trip=trip.id, step="pupil_home", result=ContactResult.SOMEONE_ELSE), by=school.office)
    school.send(AttemptContact(trip=trip.id, step="pupil_home", result=ContactResult.NO_ANSWER), by=school.office)
    found = [(r.kind, r.visit, r.what) for r in leaving.pending()]
    assert sorted(found) == sorted(
        [
            ("contact", declined.id, "visit.appointment_confirmed.v1"),
            ("contact", declined.id, "visit.family_declined.v1"),
            ("visit", failed.id, ""),
            ("contact", failed.id, "trip.contact_attempted.v1"),
        ]
    )


def test_brothers_and_sisters_have_a_record_each_and_neither_tells_of_the_other(world: World) -> None:
    """One record for each pupil."""
    school = world.school("SC")
    leaving = Leaving(school)
    ann, ben = school.admit("Ann Ash"), school.admit("Ben Ash")
    visit = school.ask(pupils=(ann.id, ben.id))
    visit.arrive()
    visit.outcome(Outcome.SEEN_SPOKEN, ann)
    visit.outcome(Outcome.ADULT_ONLY, ben)
    visit.left()
    visit.write_up()
    hers, his = of(leaving.pending(), ann)[0], of(leaving.pending(), ben)[0]
    assert hers.key != his.key
    assert "Ben" not in leaving.text(hers).text
    assert "Ann" not in leaving.text(his).text
    assert leaving.text(hers).outcome == "Seen and spoken to."
    assert leaving.text(his).outcome == "Not seen: only an adult was."


def test_a_text_to_paste_says_when_in_london_what_who_and_what_came_of_it(world: World) -> None:
    """Point 4: paste-ready text for each pupil."""
    school = world.school("SC")
    leaving = Leaving(school)
    trip = school.plan_trip()
    trip.depart()
    school.at("13:58")
    visit = trip.visit
    visit.arrive()
    school.send(KeepNote(visit=visit.id, text="curtains drawn"), by=school.teacher)
    visit.outcome()
    visit.left()
    visit.write_up(details="attendance talked over")
    (record,) = leaving.pending()
    told = leaving.text(record)
    assert told.title == "Home visit, Monday 14 September 2026"
    assert told.when == "Monday 14 September 2026, 13:58"
    assert told.category == "Home visit: safe-and-well check"
    assert "13:58 Tess Teacher stood at the door." in told.happened
    assert any("curtains drawn" in line for line in told.happened)
    assert any("attendance talked over" in line for line in told.happened)
    assert told.who == "Tess Teacher (teacher) and Cal Colleague (teacher)"
    assert told.text.endswith(f"Doorstep's reference: {reference_of(record.key)}\n")
    assert record.key not in told.text, "a code that nobody can read out"


def test_a_visit_called_off_and_written_up_says_both_in_their_order_and_neither_unsays_the_other(world: World) -> None:
    school = world.school("SC")
    leaving = Leaving(school)
    trip = school.plan_trip()
    school.at("13:00")
    trip.depart()
    school.at("13:30")
    trip.visit.arrive()
    school.at("13:40")
    trip.visit.cancel(CancelReason.NO_ANSWER)
    school.at("13:50")
    trip.visit.outcome()
    trip.visit.write_up(details="seen at the gate on the way back")
    (record,) = leaving.pending()
    told = leaving.text(record)
    assert told.title.startswith("Home visit called off, ")
    assert told.outcome == "At 13:40 called off: nobody answered. At 13:50 seen and spoken to."
    assert not any("record is complete" in line for line in told.happened)
    assert any("Written up as called off" in line for line in told.happened)


def test_settings_adopted_later_ask_for_what_happens_from_then_on_and_the_lists_go_across(world: World) -> None:
    """DV-03: the version in force when it happened decides."""
    school = world.school("WL")
    leaving = Leaving(school)
    school.at("10:00")
    early = [made(school, "attendance", school.admit()).id for _ in range(2)]
    made(school, "transition", school.admit())
    school.at("11:00")
    every = load_policy("leyland")
    world.run(adopt(world.bus, school.slug, every, version=2, effective_from=school.now))
    school.at("12:00")
    late = [made(school, "transition", school.admit()).id for _ in range(2)]
    visits = [record.visit for record in leaving.pending()]
    assert [{*visits[:2]}, {*visits[2:]}] == [{*early}, {*late}], (
        "the third is not asked for by the settings of its time"
    )
    pages = [
        leaving.ask(partial(exports, known=school.known, now=school.now, waiting=3, passed=passed)) for passed in (0, 3)
    ]
    assert [record.visit for page in pages for record in page.pending] == visits
    leaving.export(*leaving.pending()[1:3])
    lists = leaving.exports()
    assert [gone.record.visit for gone in lists.sent if gone.record] == [visits[2], visits[1]]
    assert (lists.sent_count, lists.pending_count) == (2, 2)


def test_what_went_is_listed_newest_first_a_page_at_a_time(world: World) -> None:
    school = world.school("SC")
    leaving = Leaving(school)
    doors = []
    for hour in ("09", "10", "11"):
        visit = school.ask(child=school.admit())
        school.at(f"{hour}:00")
        visit.arrive()
        visit.outcome()
        visit.left()
        visit.write_up()
        doors.append(visit.id)
    leaving.export(*leaving.pending())
    pages = [
        leaving.ask(partial(exports, known=school.known, now=school.now, most=2, skip=skip)).sent for skip in (0, 2)
    ]
    assert [one.record.visit for page in pages for one in page if one.record] == doors[::-1]
    assert [len(page) for page in pages] == [2, 1]


def test_the_reference_typed_back_is_kept_with_who_entered_it(world: World) -> None:
    """Point 4: entered by, reference."""
    school = world.school("SC")
    leaving = Leaving(school)
    made(school)
    leaving.export(leaving.pending()[0], how="pasted", reference="MC-4711", by=school.office)
    (gone,) = leaving.exports().sent
    assert (gone.how, gone.reference, gone.by) == ("pasted", "MC-4711", "Fran Front")


def test_a_visit_moved_to_the_right_pupil_after_export_must_be_taken_back_and_goes_out_for_the_right_one(
    world: World,
) -> None:
    """Design section 3: a wrong child can be picked."""
    school = world.school("SC")
    leaving = Leaving(school)
    right = school.admit("Robin Right")
    visit = made(school)
    concern(school, visit, pupils=(school.child.id,))
    leaving.export(*leaving.pending())
    move = MoveVisitToPupil(visit=visit.id, wrong=school.child.id, right=right.id, why="wrong child picked")
    school.send(move, by=school.office)
    lists = leaving.exports()
    assert {one.pupil for one in lists.take_back} == {school.child.id}
    assert sorted(r.kind for r in of(lists.pending, right)) == ["concern", "visit"]
    assert school.child.name not in leaving.text(of(lists.pending, right)[0]).text
    for one in lists.take_back:
        leaving.take_back(one.gone.key)
    assert leaving.exports().take_back == ()


def test_an_export_that_never_happened_is_refused_when_somebody_takes_it_back(world: World) -> None:
    """Only what went out comes back."""
    school = world.school("SC")
    leaving = Leaving(school)
    made(school)
    key = leaving.pending()[0].key
    assert school.refused(lambda: leaving.take_back(key)).codes == {"export.not_out"}
    with pytest.raises(Refused):
        leaving.take_back("visit.nonsense")


def test_a_mistaken_entered_is_corrected_and_the_record_waits_again(world: World) -> None:
    """DV-01: the projection honours corrections of the school's own events."""
    school = world.school("SC")
    leaving = Leaving(school)
    made(school)
    (record,) = leaving.pending()
    leaving.export(record, how="pasted")
    event = next(r for r in school.events() if isinstance(r.event, RecordExported))
    command = CorrectEvent(event=event.envelope.event_id, reason="not entered after all", retracts=True)
    school.send(command, by=school.dsl)
    assert [r.key for r in leaving.pending()] == [record.key]
    assert leaving.export(record) == 1


def test_a_concern_that_was_a_mistaken_tap_is_listed_no_more_and_taken_back_where_it_had_gone(world: World) -> None:
    """DV-01."""
    school = world.school("SP")
    leaving = Leaving(school)
    raised = concern(school)
    leaving.export(*leaving.pending())
    event = raised.recorded[0].envelope.event_id
    school.send(CorrectEvent(event=event, reason="mistaken tap", retracts=True), by=school.dsl)
    lists = leaving.exports()
    assert lists.pending == ()
    assert len(lists.take_back) == 1


def test_what_was_done_about_a_concern_is_part_of_its_text(world: World) -> None:
    """SC-40."""
    school = world.school("SC")
    leaving = Leaving(school)
    raised = concern(school, pupils=(school.child.id,))
    told = ActionConcern(
        concern=ConcernId(raised.recorded[0].envelope.stream.id), action="rang social care", why="injury"
    )
    assert leaving.text(leaving.pending()[0]).outcome == "Nothing is written down yet about what was done."
    school.send(told, by=school.dsl)
    text = leaving.text(leaving.pending()[0])
    assert text.outcome == "Acted on and closed."
    assert "rang social care" in text.text
    assert text.category == "Concern: an injury"


def test_rebuilt_from_the_first_event_everything_that_leaves_is_the_same_bytes(world: World) -> None:
    """AC-117, DV-17."""
    school = world.school("SC")
    leaving = Leaving(school)
    visit = made(school)
    concern(school, visit)
    leaving.export(*leaving.pending()[:1])
    uneasy = school.ask(child=school.admit())
    uneasy.cancel_for_safety(SafetyKind.PEOPLE)
    right = school.admit()
    school.send(MoveVisitToPupil(visit=visit.id, wrong=school.child.id, right=right.id, why="x"), by=school.office)
    event = next(r for r in school.events() if isinstance(r.event, RecordExported)).envelope.event_id
    school.send(CorrectEvent(event=event, reason="no", retracts=True), by=school.dsl)
    leaving.assert_rebuilt_the_same()
