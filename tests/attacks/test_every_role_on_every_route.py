"""Every question asked over HTTP by every role, at the own school and at another: the table decides, nothing else.

The routes are taken from the application and the expectations from `domain.permissions`: a route that forgot to ask
the table, or a row that lets in more than its route does, fails here.
"""

from typing import Final, NamedTuple
from uuid import UUID, uuid4

import pytest
from fastapi.routing import iter_route_contexts
from httpx2 import Response

from api.app import create_app
from api.http.commands import PUBLIC
from api.http.examples import example_of
from api.identity import COOKIE
from domain.command import CommandKind
from domain.concern.commands import RaiseConcern
from domain.permissions import COMMANDS, QUESTIONS, Question, Reads, beyond_own, may, words_of
from domain.roles import STAFF, Role
from domain.shared.commands import Undo
from domain.staff.commands import RecordStaffLeft
from tests.api.doors import Doors
from tests.api.test_permissions import path_of, permitted
from tests.scenarios.cast import Someone

CAST: Final = (
    "head",
    "dsl",
    "ddsl",
    "slt",
    "officer",
    "office",
    "business_manager",
    "teacher",
    "colleague",
    "governor",
)
_OWN_ONLY: Final = {Question.TRIP, Question.PHONE_TRIP, Question.VISIT, Question.CONCERN, Question.ERASURE_OF}
"""Where it depends on the record: whom the table lets have it without a part in it, has it, and nobody else."""


class Things(NamedTuple):
    """What may be asked after at a school."""

    visit: UUID
    trip: UUID
    pupil: UUID
    concern: UUID
    event: UUID
    names: tuple[str, ...]
    """What must never stand in an answer to somebody who may not see it."""


class Asking(NamedTuple):
    """A route, and what it asks."""

    path: str
    question: Question


@pytest.fixture(scope="module")
def things(doors: Doors) -> Things:
    return things_of(doors)


def things_of(doors: Doors) -> Things:
    school = doors.school
    child = school.admit("Zebedee Quillfeather")
    visit = school.ask(child=child, by=school.slt)
    trip = school.plan_trip(visit, team=(school.slt, school.officer), by=school.slt).id
    concern = school.send(RaiseConcern(text="Marks on an arm", pupils=(child.id,)), by=school.slt)
    event = next(r.envelope.event_id for r in school.events(visit))
    names = ("Quillfeather", "Zebedee", "Marks on an arm")
    return Things(visit.id, trip, child.id, concern.recorded[0].envelope.stream.id, event, names)


def questions(doors: Doors, *, of_api: bool) -> list[Asking]:
    found = []
    for route in iter_route_contexts(create_app(doors.runtime).routes):
        path = path_of(route)
        if "{school}" not in path or "GET" not in (route.methods or ()) or path.endswith("/stream"):
            continue
        if path.startswith("/api/") is of_api:
            (asks,) = permitted(route.dependant)
            found.append(Asking(path, asks.question))
    assert len(found) > 25
    return sorted(found)


def address(doors: Doors, asking: Asking, things: Things, school: str = "") -> list[str]:
    """The addresses of a route: with what is there in the place of each parameter."""
    path = asking.path.replace("{school}", school or doors.school.slug)
    kinds = {"pupil": things.pupil, "visit": things.visit, "concern": things.concern, "trip": things.trip}
    if "{about}" in path:
        return [path.replace("{about}", kind).replace("{subject}", str(one)) for kind, one in kinds.items()]
    if "{kind}" in path:
        return [path.replace("{kind}", "pupil").replace("{subject}", str(things.pupil))]
    for name, one in {**kinds, "event": things.event}.items():
        path = path.replace(f"{{{name}}}", str(one))
    return [
        path.replace("{term}", "2026-autumn")
        .replace("{key}", f"visit.{things.visit}")
        .replace("{export}", str(things.visit))
    ]


def ask(doors: Doors, path: str, who: Someone) -> Response:
    doors.client.cookies.set(COOKIE, str(who.id))
    try:
        return doors.client.get(path, follow_redirects=False)
    finally:
        doors.client.cookies.clear()


def everybody(doors: Doors) -> dict[str, Someone]:
    found = {key: getattr(doors.school, key) for key in CAST}
    return {
        **found,
        "administrator": doors.school.joins("Ada Administrator", Role.ADMINISTRATOR),
        "trust_reader": doors.school.joins("Trudy Trust", Role.TRUST_READER),
    }


@pytest.fixture(scope="module")
def people(doors: Doors) -> dict[str, Someone]:
    return everybody(doors)


@pytest.mark.parametrize("door", ["JSON", "pages"])
@pytest.mark.parametrize("key", [*CAST, "administrator", "trust_reader"])
def test_the_table_decides_and_whoever_is_refused_learns_no_name(
    key: str, door: str, doors: Doors, things: Things, people: dict[str, Someone]
) -> None:
    who = people[key]
    school = doors.school
    person, policy = school.known.people[who.id], school.known.policy_at(school.now)
    doors.settle()
    for asking in questions(doors, of_api=door == "JSON"):
        permission = QUESTIONS[asking.question].may
        anyhow = may(person, beyond_own(permission), school.now, policy)
        for path in address(doors, asking, things):
            answer = ask(doors, path, who)
            said = f"{key} asks {path}: {answer.status_code}"
            assert answer.status_code < 500 or answer.status_code == 503, said
            if not may(person, permission, school.now, policy):
                assert answer.status_code == 403, said
            elif anyhow and asking.question not in _OWN_ONLY:
                assert answer.status_code != 403, said
            if answer.status_code == 403 or QUESTIONS[asking.question].reads is Reads.NO_CHILD:
                assert not [name for name in things.names if name in answer.text], said


@pytest.mark.parametrize("key", ["teacher", "colleague", "governor", "administrator", "trust_reader"])
def test_whoever_has_no_part_in_a_record_is_refused_it(
    key: str, doors: Doors, things: Things, people: dict[str, Someone]
) -> None:
    doors.settle()
    for asking in (*questions(doors, of_api=True), *questions(doors, of_api=False)):
        if QUESTIONS[asking.question].reads is not Reads.RECORD:
            continue
        for path in address(doors, asking, things):
            answer = ask(doors, path, people[key])
            assert answer.status_code in (403, 404), path
            assert not [name for name in things.names if name in answer.text], path


@pytest.mark.parametrize("door", ["JSON", "pages"])
@pytest.mark.parametrize("key", ["head", "dsl", "teacher", "governor"])
def test_somebody_of_another_school_learns_nothing_not_even_whether_a_child_is_known(
    key: str, door: str, doors: Doors, things: Things
) -> None:
    stranger = getattr(doors.other, key)
    unknown = things._replace(visit=uuid4(), trip=uuid4(), pupil=uuid4(), concern=uuid4(), event=uuid4())
    for asking in questions(doors, of_api=door == "JSON"):
        for there, not_there in zip(address(doors, asking, things), address(doors, asking, unknown), strict=True):
            found, missing = ask(doors, there, stranger), ask(doors, not_there, stranger)
            assert found.status_code == missing.status_code == 403, there
            assert found.text.replace(there, "") == missing.text.replace(not_there, ""), there
            assert not [name for name in things.names if name in found.text], there


def test_a_leaver_asks_nothing_any_more(doors: Doors, things: Things) -> None:
    leaver = doors.school.joins("Lea Leaver", Role.DSL)
    doors.school.send(RecordStaffLeft(staff=leaver.id), by=doors.school.head)
    doors.settle()
    for asking in (*questions(doors, of_api=True), *questions(doors, of_api=False)):
        if QUESTIONS[asking.question].reads is Reads.NO_CHILD:
            continue
        for path in address(doors, asking, things):
            assert ask(doors, path, leaver).status_code in (403, 404), path


@pytest.mark.parametrize("key", [*CAST, "administrator", "trust_reader"])
def test_a_plan_that_the_table_does_not_give_is_refused_and_nothing_is_stored(
    key: str, doors: Doors, people: dict[str, Someone]
) -> None:
    person, now = doors.school.known.people[people[key].id], doors.school.now
    refused = 0
    for name, kind in PUBLIC.items():
        permission = COMMANDS[kind]
        decided_by_rule = STAFF in words_of(permission) or any(grant.settings for grant in permission)
        given = person.works_with_children(now) if decided_by_rule else may(person, permission, now)
        if kind.KIND is CommandKind.FACT or given:
            continue
        refused += 1
        doors.refused(403, name, example_of(kind), people[key])
    assert refused >= 1, "somebody who may do everything shows nothing"


@pytest.mark.parametrize("key", ["teacher", "governor", "administrator", "trust_reader"])
def test_a_fact_is_taken_from_everybody_whatever_their_role(key: str, doors: Doors, people: dict[str, Someone]) -> None:
    for name, kind in PUBLIC.items():
        if kind.KIND is CommandKind.FACT and kind is not Undo:
            doors.stored(name, {}, people[key])


def test_no_command_of_another_school_is_taken_not_even_a_fact(doors: Doors) -> None:
    for name, kind in PUBLIC.items():
        doors.refused(403, name, example_of(kind), doors.other.head)
