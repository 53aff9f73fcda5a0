"""A file of the school's own system, brought in: what it changes, what it leaves, again, cut short, and by whom."""

import asyncio
from functools import partial
from typing import Final

import pytest

from commands.bus import Sender
from commands.people.bringing_in import BroughtIn, bring_in
from commands.people.comparing import Comparison, compare, read_file
from commands.people.file import FileRefused, What
from commands.people.layouts import layouts
from commands.people.rows import Asked
from domain.pupil.commands import RecordFamily, TakeOffRoll
from domain.pupil.events import Carer, PupilBackOnRoll, PupilLeftRoll, PupilMovedClass, Telephone
from domain.pupil.state import Pupil
from domain.refusal import NotPermitted
from domain.roles import Role
from domain.school.events import PeopleBroughtIn
from tests.people_files import a_csv, upn_of
from tests.scenarios.cast import Someone
from tests.scenarios.harness import World
from tests.scenarios.school import School

NOTHING: Final = Asked()
ROLL: Final = Asked(roll=True)
HEAD: Final = "UPN,Given name,Family name,Date of birth,Class,Adult 1,Adult 1 mobile,Last day on roll"


def plain(*rows: str) -> bytes:
    return "\n".join((HEAD, *rows)).encode()


def compared(school: School, data: bytes, asked: Asked = NOTHING, what: What = What.PUPILS) -> Comparison:
    return compare(read_file(data, what, layouts()), what, asked, school.known, school.now.date())


def brought(
    school: School, data: bytes, asked: Asked = NOTHING, what: What = What.PUPILS, by: Someone | None = None
) -> BroughtIn:
    found = compared(school, data, asked, what)
    return school.world.run(
        bring_in(school.world.bus, school.slug, data, found, partial(Sender, (by or school.office).id))
    )


def called(school: School, given: str) -> Pupil:
    (found,) = [p for p in school.known.pupils.values() if p.given_name == given]
    return found


def test_a_dry_run_says_what_would_change_and_changes_nothing(world: World) -> None:
    school = world.school("NH")
    head = school.log.head()
    found = compared(school, a_csv(3))
    assert [row.state for row in found.rows] == ["new"] * 3
    assert school.log.head() == head


def test_brought_in_again_there_is_no_event_and_a_change_is_one_event(world: World) -> None:
    school = world.school("NH")
    assert brought(school, a_csv(4))[:3] == (4, 0, 0)
    head = school.log.head()
    assert brought(school, a_csv(4)) == BroughtIn(0, 0, 4, 0)
    assert school.log.head() == head
    assert brought(school, a_csv(4, form="5A"))[:3] == (0, 4, 0)
    new = [type(r.event) for r in school.log.read_log(head + 1)]
    assert new == [PupilMovedClass] * 4 + [PeopleBroughtIn]


def test_who_brought_what_in_is_on_record_and_the_file_cannot_be_guessed_from_it(world: World) -> None:
    school = world.school("NH")
    brought(school, a_csv(2), by=school.officer)
    last = school.events()[-1]
    assert isinstance(last.event, PeopleBroughtIn)
    assert (last.envelope.actor, last.event.what, last.event.layout, last.event.new) == (
        *(school.officer.id, "pupils"),
        *("arbor", 2),
    )
    other = world.school("NH")
    brought(other, a_csv(2))
    again = other.events()[-1].event
    assert isinstance(again, PeopleBroughtIn)
    assert len(again.file) >= 32


def test_a_file_that_was_undone_by_another_one_since_counts_again(world: World) -> None:
    school = world.school("NH")
    for form in ("4B", "5A", "4B"):
        brought(school, a_csv(2, form=form))
        assert {p.class_name for p in school.known.pupils.values() if p.family_name == "Quillfeather"} == {form}


def test_cut_short_and_begun_again_every_child_is_there_once(world: World) -> None:
    school = world.school("NH")
    data = a_csv(40)
    found = compared(school, data)

    async def cut_short() -> None:
        task = asyncio.create_task(
            bring_in(world.bus, school.slug, data, found, partial(Sender, school.office.id), stop)
        )
        await asyncio.gather(task, return_exceptions=True)

    def stop(done: int, _all: int) -> None:
        if done >= 5:
            raise ConnectionError

    world.run(cut_short())
    assert 0 < sum(p.family_name == "Quillfeather" for p in school.known.pupils.values()) < 40
    brought(school, data)
    # Whoever had looked before it was cut short, and presses the button now, sends what is stored already.
    world.run(bring_in(world.bus, school.slug, data, found, partial(Sender, school.office.id)))
    upns = [p.upn for p in school.known.pupils.values() if p.family_name == "Quillfeather"]
    assert sorted(upns) == sorted(upn_of(n) for n in range(40))


def test_two_people_who_bring_the_same_file_in_at_once_make_no_child_twice(world: World) -> None:
    school = world.school("NH")
    data = a_csv(12)
    found = compared(school, data)
    bring = lambda: bring_in(world.bus, school.slug, data, found, partial(Sender, school.office.id))  # noqa: E731 - sent twice below
    answers = world.together(bring, bring)
    assert not [answer for answer in answers if isinstance(answer, BaseException)]
    assert sum(p.family_name == "Quillfeather" for p in school.known.pupils.values()) == 12


def test_a_child_who_is_not_in_the_file_is_listed_and_stays_on_roll(world: World) -> None:
    school = world.school("NH")
    child = school.admit("Missing Invented")
    found = compared(school, a_csv(1))
    assert child.id in {p.id for p in found.missing}
    brought(school, a_csv(1), ROLL)
    assert school.known.pupils[child.id].on_roll


def test_the_roll_follows_the_file_where_somebody_asks_for_it_and_not_before(world: World) -> None:
    school = world.school("NH")
    upn, other = upn_of(1), upn_of(2)
    here = plain(
        f"{upn},Ava,Brook,02/05/2017,4B,Maya,07700 900123,", f"{other},Ben,Brook,02/05/2018,4B,Maya,07700 900123,"
    )
    brought(school, here)
    last = f"{school.now.date():%d/%m/%Y}"
    gone = plain(f"{upn},Ava,Brook,02/05/2017,4B,,,{last}", f"{upn_of(3)},Eve,Hill,02/05/2017,4B,,,{last}")
    assert [row.state for row in compared(school, gone).rows] == ["left", "left"]
    assert brought(school, gone).position == 0
    before = school.log.head()
    brought(school, gone, ROLL)
    assert [type(r.event) for r in school.log.read_log(before + 1)] == [PupilLeftRoll, PeopleBroughtIn]
    assert not called(school, "Ava").on_roll
    assert [row.state for row in compared(school, here).rows] == ["off roll", "same"]
    brought(school, here, ROLL)
    assert isinstance(school.events()[-2].event, PupilBackOnRoll)


def test_what_was_written_by_hand_outlives_the_file(world: World) -> None:
    school = world.school("NH")
    brought(school, a_csv(1))
    child = called(school, "Ava 0")
    never = Telephone(number="07700 900000", kind="mobile", do_not_ring=True)
    by_hand = RecordFamily(
        pupil=child.id,
        carers=(Carer(name="Maya 0", title="Dr", phones=(never,)), Carer(name="Aunt Jo", phone="07700 900555")),
        language="Polish",
        notes="rings in the evening",
    )
    school.send(by_hand, by=school.office)
    brought(school, a_csv(1, form="5A"))
    after = called(school, "Ava 0")
    assert (after.class_name, after.language, after.notes) == ("5A", "Polish", "rings in the evening")
    assert [c.name for c in after.carers] == ["Maya 0", "Aunt Jo"]
    assert after.carers[0].phones[0].do_not_ring


def test_a_child_who_was_put_on_the_register_by_hand_gets_the_upn_of_the_file(world: World) -> None:
    school = world.school("NH")
    brought(school, plain(",Ava,Brook,02/05/2017,4B,Maya,07700 900123,"))
    known = called(school, "Ava").id
    brought(school, plain(f"{upn_of(1)},Ava,Brook,02/05/2017,4B,Maya,07700 900123,"))
    assert (called(school, "Ava").id, called(school, "Ava").upn) == (known, upn_of(1))


def test_two_rows_that_turn_out_to_be_one_child_are_refused(world: World) -> None:
    school = world.school("NH")
    brought(school, plain(f"{upn_of(1)},Ava,Brook,02/05/2017,4B,Maya,07700 900123,"))
    twice = plain(
        f"{upn_of(1)},Ava,Brook,02/05/2017,4B,Maya,07700 900123,", ",Ava,Brook,02/05/2017,4B,Maya,07700 900123,"
    )
    with pytest.raises(FileRefused, match="line 3: one row a person: line 2"):
        compared(school, twice)


def test_staff_come_in_as_people_who_may_visit_and_nobody_gets_a_role_that_opens_records(world: World) -> None:
    school = world.school("NH")
    data = b"Code,Name,Job,Mobile\nA1,Jo Field,Headteacher,07700 900321\nA2,Sam Meadow,Cook,"
    assert brought(school, data, what=What.STAFF, by=school.business_manager)[:3] == (2, 0, 0)
    people = {p.code: p for p in school.known.people.values() if p.code}
    assert {p.roles_at(school.now) for p in people.values()} == {(Role.TEACHER,)}
    renamed = data.replace(b"Jo Field", b"Jo Meadow")
    assert brought(school, renamed, what=What.STAFF)[:3] == (0, 1, 1)
    assert school.known.people[people["A1"].id].name == "Jo Meadow"


def test_whoever_may_not_keep_the_register_brings_nobody_in(world: World) -> None:
    school = world.school("NH")
    head = school.log.head()
    with pytest.raises(NotPermitted):
        brought(school, a_csv(3), by=school.teacher)
    assert school.log.head() == head


def test_a_pupil_taken_off_roll_by_hand_is_not_put_back_by_a_stale_file(world: World) -> None:
    school = world.school("NH")
    brought(school, a_csv(1))
    child = called(school, "Ava 0")
    school.send(TakeOffRoll(pupil=child.id), by=school.office)
    assert brought(school, a_csv(1)).position == 0
    assert not called(school, "Ava 0").on_roll
