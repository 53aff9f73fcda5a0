"""What a file of the school's own system changes on the register: what is new in it, and nothing else."""

from datetime import date
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from stdnum.gb.upn import calc_check_digit

from domain.ids import PupilId, StaffId
from domain.pupil import events as e
from domain.pupil.bringing_in import SeveralFit, namesake, the_same, told
from domain.pupil.commands import BringInPupil
from domain.pupil.events import Carer, Telephone
from domain.pupil.family import digits_of, telephones_with, unreachable
from domain.pupil.ringing import numbers_to_ring
from domain.pupil.state import Pupil
from domain.pupil.upn import fault_of, is_temporary, tidied
from domain.roles import Role
from domain.staff import events as staff
from domain.staff.bringing_in import SeveralFit as SeveralStaff
from domain.staff.bringing_in import the_same as the_same_person
from domain.staff.bringing_in import told as told_of
from domain.staff.commands import BringInStaff
from domain.staff.state import Person

PERMANENT, TEMPORARY, OTHER = "B801200005001", "M80120000500A", "E801200005003"
BORN = date(2017, 5, 2)
AVA = BringInPupil(given_name="Ava", family_name="Brook", born=BORN, upn=PERMANENT, year_group="4", class_name="4B")
MOTHER = Carer(name="Ms Brook", relation="mother", phones=(Telephone(number="07700 900123", kind="mobile"),))


def pupil(said: BringInPupil = AVA, number: int = 1) -> Pupil:
    """The pupil of the register after a file was brought in."""
    held = Pupil(id=PupilId(UUID(int=number)))
    for event in told(None, said):
        fields = {name: getattr(event, name) for name in event.__struct_fields__}
        held = replace(held, **fields)
    return held


def test_the_check_letter_of_a_upn_is_verified_and_a_temporary_one_is_as_good_as_any() -> None:
    assert calc_check_digit(OTHER[1:]) + OTHER[1:] == OTHER
    assert [fault_of(one) for one in (PERMANENT, TEMPORARY, OTHER)] == ["", "", ""]
    assert [is_temporary(one) for one in (PERMANENT, TEMPORARY)] == [False, True]
    assert "check letter" in fault_of("C801200005001")
    assert "13 characters" in fault_of("B80120000500")
    assert fault_of("B80120000500I")
    assert tidied(" b8012 00005001 ") == PERMANENT


@given(st.integers(0, 10**12 - 1), st.integers(1, 12), st.integers(1, 9))
def test_one_mistyped_digit_never_passes_for_another_upn(number: int, place: int, more: int) -> None:
    rest = f"{number:012d}"
    upn = calc_check_digit(rest) + rest
    assert fault_of(upn) == ""
    wrong = upn[:place] + str((int(upn[place]) + more) % 10) + upn[place + 1 :]
    assert fault_of(wrong)


def test_the_same_file_again_changes_nothing() -> None:
    said = replace(AVA, carers=(MOTHER,), address="12 Mill Lane", language="Polish", interpreter_needed=True)
    assert told(pupil(said), said) == ()


def test_each_thing_that_changed_is_an_event_of_its_own() -> None:
    said = replace(AVA, family_name="Brook-Hill", born=date(2017, 5, 3), upn=OTHER, class_name="5A")
    assert told(pupil(), said) == (
        e.PupilRenamed(given_name="Ava", family_name="Brook-Hill"),
        e.BirthDateStated(born=date(2017, 5, 3)),
        e.UpnGiven(upn=OTHER),
        e.PupilMovedClass(year_group="4", class_name="5A"),
    )


def test_a_blank_says_nothing() -> None:
    held = pupil(replace(AVA, carers=(MOTHER,), address="12 Mill Lane", phone="01632 960001", language="Polish"))
    assert told(held, BringInPupil(given_name="Ava", family_name="Brook", upn=PERMANENT)) == ()


def test_a_child_is_known_again_by_upn_by_a_former_one_and_by_name_and_date_of_birth() -> None:
    held = pupil()
    assert the_same([held], replace(AVA, given_name="Eve", born=None)) is held
    assert the_same([held], replace(AVA, given_name="Eve", born=None, upn=OTHER, former_upn=PERMANENT)) is held
    assert the_same([held], replace(AVA, upn="", given_name="AVA ")) is held
    assert the_same([held], replace(AVA, upn="", born=date(2016, 5, 2))) is None


def test_the_permanent_upn_takes_the_place_of_a_temporary_one_and_never_the_other_way() -> None:
    held = pupil(replace(AVA, upn=TEMPORARY))
    assert the_same([held], AVA) is held
    assert told(held, AVA) == (e.UpnGiven(upn=PERMANENT),)
    assert told(pupil(), replace(AVA, upn=TEMPORARY)) == ()


def test_two_permanent_upns_are_two_children_even_of_one_name_and_date_of_birth() -> None:
    held = pupil()
    assert the_same([held], replace(AVA, upn=OTHER)) is None
    assert namesake([held], replace(AVA, upn=OTHER)) is held


def test_where_several_fit_nobody_is_guessed() -> None:
    several = [pupil(replace(AVA, upn=""), 1), pupil(replace(AVA, upn=""), 2)]
    with pytest.raises(SeveralFit):
        the_same(several, AVA)


def test_nobody_leaves_the_roll_or_comes_back_unless_the_file_is_asked_to_say_so() -> None:
    held = pupil()
    gone = replace(held, on_roll=False)
    assert told(gone, AVA) == told(held, replace(AVA, left_on=BORN)) == ()
    assert told(gone, replace(AVA, on_roll=True)) == (e.PupilBackOnRoll(),)
    assert told(held, replace(AVA, on_roll=False, left_on=BORN)) == (e.PupilLeftRoll(on=BORN),)
    assert told(None, replace(AVA, on_roll=False, left_on=BORN)) == ()


def test_a_number_that_must_not_be_rung_stays_so_whatever_a_file_says() -> None:
    never = Telephone(number="+44 7700 900123", kind="mobile", do_not_ring=True)
    said = (Telephone(number="07700 900123", kind="mobile"), Telephone(number="07700 900555", kind="mobile"))
    after = telephones_with((never,), said)
    assert [(digits_of(one.number), one.do_not_ring) for one in after] == [
        ("07700900123", True),
        ("07700900555", False),
    ]
    assert never in telephones_with((never,), said[1:]), "nor does a new number take its place"


@pytest.mark.parametrize("written", ["7700900123", "44 7700 900123", "(+44) 7700-900123", "٠٧٧٠٠ ٩٠٠١٢٣"])
def test_a_number_that_must_not_be_rung_is_known_again_however_a_spreadsheet_wrote_it(written: str) -> None:
    never = Telephone(number="07700 900123", kind="mobile", do_not_ring=True)
    child = pupil(replace(AVA, phone=written, carers=(Carer(name="Maya Brook", phones=(never,)),)))
    assert numbers_to_ring([child]) == ()
    assert telephones_with((never,), (Telephone(number=written, kind="mobile"),)) == (never,)


def test_of_a_number_that_is_held_twice_the_mark_that_it_must_not_be_rung_stays() -> None:
    never = Telephone(number="07700 900123", do_not_ring=True)
    again = Telephone(number="07700 900123")
    assert telephones_with((never, again), ()) == telephones_with((), (never, again)) == (never,)


def test_two_adults_of_one_name_stay_two_whatever_a_file_says() -> None:
    """A father and a grandfather: one of their numbers must not be rung, and none is lost."""
    father = Carer(name="John Brook", relation="father", phones=(Telephone(number="07700 900123", do_not_ring=True),))
    other = Carer(name="John Brook", relation="grandfather", phones=(Telephone(number="07700 900777"),))
    held = pupil(replace(AVA, carers=(father, other)))
    assert told(held, replace(AVA, carers=())) == ()
    said = Carer(name="john  brook", phones=(Telephone(number="+447700900777"),))
    (after,) = told(held, replace(AVA, carers=(said, Carer(name="Sam Hill"))))
    assert isinstance(after, e.FamilyProfileRecorded)
    assert after.carers == (other, Carer(name="Sam Hill"), father)


def test_a_new_mobile_takes_the_place_of_the_old_one_and_other_numbers_stay() -> None:
    old = (Telephone(number="07700 900123", kind="mobile"), Telephone(number="01632 960001", kind="home"))
    said = (Telephone(number="07700 900555", kind="mobile"),)
    assert [one.number for one in telephones_with(old, said)] == ["07700 900555", "01632 960001"]


def test_what_was_written_down_of_an_adult_by_hand_is_kept_and_so_is_an_adult_whom_the_file_does_not_name() -> None:
    aunt = Carer(name="Aunt Jo", phone="07700 900777")
    mother = replace(MOTHER, title="Dr", day_to_day_care=True)
    held = pupil(replace(AVA, carers=(aunt, mother)))
    (after,) = told(held, replace(AVA, carers=(replace(MOTHER, parental_responsibility=True),)))
    assert isinstance(after, e.FamilyProfileRecorded)
    assert [carer.name for carer in after.carers] == ["Ms Brook", "Aunt Jo"]
    assert after.carers[0] == replace(mother, parental_responsibility=True)


def test_a_family_that_nobody_can_ring_wants_a_reason() -> None:
    never = Telephone(number="07700 900123", do_not_ring=True)
    assert unreachable((), "")
    assert unreachable((never,), " ")
    assert not unreachable((never,), "No telephone; letters are answered")
    assert not unreachable((never, Telephone(number="01632 960001")), "")


NAMES = st.text("AVabé' -", min_size=1, max_size=6).filter(str.strip)
NUMBERS = st.sampled_from(("07700 900123", "+447700900123", "01632 960001", "07700 900555"))
PHONES = st.builds(Telephone, number=NUMBERS, kind=st.sampled_from(("", "mobile", "home")), do_not_ring=st.booleans())
CARERS = st.builds(
    Carer,
    name=NAMES,
    title=st.sampled_from(("", "Mr", "Dr")),
    phone=st.one_of(st.just(""), NUMBERS),
    phones=st.lists(PHONES, max_size=3).map(tuple),
    parental_responsibility=st.sampled_from((None, True, False)),
)
SAID = st.builds(
    BringInPupil,
    given_name=NAMES,
    family_name=NAMES,
    upn=st.just(PERMANENT),
    born=st.one_of(st.none(), st.just(BORN)),
    year_group=st.sampled_from(("", "4", "5")),
    carers=st.lists(CARERS, max_size=3).map(tuple),
    address=st.sampled_from(("", "12 Mill Lane", "12  mill lane", "3 High Street")),
    phone=st.one_of(st.just(""), NUMBERS),
    interpreter_needed=st.sampled_from((None, True, False)),
)


@given(SAID, SAID)
def test_whatever_two_files_say_bringing_the_second_in_again_changes_nothing(
    first: BringInPupil, second: BringInPupil
) -> None:
    held = pupil(first)
    before = {digits_of(one.number) for one in held.telephones if one.do_not_ring}
    for event in told(held, second):
        held = replace(held, **{name: getattr(event, name) for name in event.__struct_fields__})
    assert told(held, second) == ()
    assert before <= {digits_of(one.number) for one in held.telephones if one.do_not_ring}


JO = BringInStaff(name="Jo Field", code="JFI", job="Teaching assistant", mobile="07700 900321")


def person(said: BringInStaff = JO, number: int = 1) -> Person:
    one = Person(id=StaffId(UUID(int=number)), name=said.name, code=said.code, job=said.job, here=True)
    return replace(one, mobile=said.mobile or "")


def test_a_new_member_of_staff_may_go_on_visits_and_gets_no_other_role() -> None:
    roles = [event.role for event in told_of(None, JO) if isinstance(event, staff.RoleAssigned)]
    assert roles == [Role.TEACHER]


def test_a_member_of_staff_is_known_again_by_code_and_only_what_changed_is_kept() -> None:
    held = person()
    assert told_of(held, JO) == ()
    said = BringInStaff(name="Jo Meadow", code="JFI", job="Teacher", mobile="07700 900322")
    assert the_same_person([held], said) is held
    assert told_of(held, said) == (
        staff.StaffRenamed(name="Jo Meadow"),
        staff.StaffJobStated(job="Teacher"),
        staff.ContactNumberRegistered(mobile="07700 900322"),
    )


def test_without_a_code_the_name_decides_and_two_of_one_name_are_not_guessed() -> None:
    held = person(replace(JO, code=""))
    assert the_same_person([held], JO) is held
    assert told_of(held, JO) == (staff.StaffCodeGiven(code="JFI"),)
    with pytest.raises(SeveralStaff):
        the_same_person([held, person(replace(JO, code=""), 2)], JO)


def test_somebody_who_has_left_is_not_brought_back_by_a_file() -> None:
    assert told_of(replace(person(), here=False), replace(JO, job="Teacher")) == ()
