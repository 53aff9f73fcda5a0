"""Nobody makes themselves a reader of children's records."""

import pytest

from domain.refusal import NotPermitted
from domain.roles import Role
from domain.staff.commands import AddStaff, AssignRole, EndRole, RecordStaffLeft
from tests.scenarios.harness import World
from tests.scenarios.school import School


@pytest.fixture
def school(world: World) -> School:
    return world.school("norbury")


@pytest.mark.parametrize("who", ["head", "dsl", "business_manager"])
def test_nobody_gives_a_role_to_themselves(who: str, school: School) -> None:
    person = getattr(school, who)
    with pytest.raises(NotPermitted, match="Nobody gives a role to themselves"):
        school.send(AssignRole(staff=person.id, role=Role.DSL), by=person)


@pytest.mark.parametrize("role", [Role.DSL, Role.HEADTEACHER, Role.SLT, Role.SCHOOL_OFFICE, Role.ADMINISTRATOR])
def test_whoever_adds_people_at_the_desk_gives_no_role_that_opens_records(role: Role, school: School) -> None:
    with pytest.raises(NotPermitted, match="This role is given by"):
        school.send(AddStaff(name="Newt New", roles=(role,)), by=school.office)
    school.send(AddStaff(name="Newt New", roles=(Role.TEACHER,)), by=school.office)


@pytest.mark.parametrize("role", [Role.DSL, Role.DDSL, Role.HEADTEACHER])
def test_only_the_headteacher_names_who_answers_for_children(role: Role, school: School) -> None:
    administrator = school.joins("Ada Administrator", Role.ADMINISTRATOR)
    for giver in (school.business_manager, administrator):
        with pytest.raises(NotPermitted, match="is named by the headteacher"):
            school.send(AssignRole(staff=school.teacher.id, role=role), by=giver)
    school.send(AssignRole(staff=school.teacher.id, role=role), by=school.head)
    assert role in school.known.people[school.teacher.id].roles_at(school.now)


def test_nobody_but_head_and_dsl_drives_out_who_answers_for_children(school: School) -> None:
    administrator = school.joins("Ada Administrator", Role.ADMINISTRATOR)
    for ender in (school.business_manager, administrator):
        with pytest.raises(NotPermitted, match="relieved by the headteacher"):
            school.send(EndRole(staff=school.head.id, role=Role.HEADTEACHER), by=ender)
        with pytest.raises(NotPermitted, match="relieved by the headteacher"):
            school.send(RecordStaffLeft(staff=school.head.id), by=ender)


def test_while_there_is_no_headteacher_the_dsl_names_one(school: School) -> None:
    administrator = school.joins("Ada Administrator", Role.ADMINISTRATOR)
    school.send(EndRole(staff=school.head.id, role=Role.HEADTEACHER), by=school.dsl)
    with pytest.raises(NotPermitted, match="The headteacher is named by the DSL"):
        school.send(AssignRole(staff=school.teacher.id, role=Role.HEADTEACHER), by=administrator)
    school.send(AssignRole(staff=school.teacher.id, role=Role.HEADTEACHER), by=school.dsl)


def test_where_nobody_answers_for_children_yet_an_administrator_names_the_first(school: School) -> None:
    administrator = school.joins("Ada Administrator", Role.ADMINISTRATOR)
    for person, role in ((school.head, Role.HEADTEACHER), (school.dsl, Role.DSL)):
        school.send(EndRole(staff=person.id, role=role), by=None)
    school.send(AssignRole(staff=school.teacher.id, role=Role.HEADTEACHER), by=administrator)
    with pytest.raises(NotPermitted, match="is named by the headteacher"):
        school.send(AssignRole(staff=school.colleague.id, role=Role.DSL), by=administrator)
