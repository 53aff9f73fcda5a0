"""Every route, command and projection stands in the one table of who may do what."""

import inspect
from collections.abc import Iterator
from typing import Final

import pytest
from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.routing import RouteContext, iter_route_contexts

from api.app import create_app
from api.permitted import Permitted
from domain.decisions import COMMANDS as DECIDED
from domain.permissions import COMMANDS, QUESTIONS, REFUSED_ON_THE_RECORD, WITHIN, Question, Reads, Scope, words_of
from domain.roles import ANYBODY, HERE, STAFF, who_counts_as
from projections.registry import PROJECTIONS
from tests.api.doors import Doors

WITHOUT_A_SCHOOL: Final = {
    "/",
    "/choose",
    "/health",
    "/not-safe",
    "/manifest.webmanifest",
    "/sw.js",
    "/api/v1/openapi.json",
    "/screen/{token}",
    "/desk/{token}",
}
"""What answers before anybody says who they are: what is there says nothing about any school's people."""


ACROSS: Final = {Question.TRUST}
"""Asked over several schools, and only where somebody can be at several: on a live installation."""


@pytest.fixture(scope="module")
def app(doors: Doors) -> FastAPI:
    return create_app(doors.runtime)


def routes(app: FastAPI) -> list[RouteContext]:
    found = list(iter_route_contexts(app.routes))
    assert len(found) > 100
    return found


def path_of(route: RouteContext) -> str:
    assert route.path is not None
    return route.path


def permitted(dependant: Dependant) -> Iterator[Permitted]:
    for one in dependant.dependencies:
        if isinstance(one.call, Permitted):
            yield one.call
        yield from permitted(one)


def is_command(route: RouteContext) -> bool:
    return "/schools/{school}/commands/" in path_of(route)


def test_every_route_of_a_school_asks_one_question_of_the_table(app: FastAPI) -> None:
    asked = {
        id(route): (route, tuple(permitted(route.dependant))) for route in routes(app) if "{school}" in path_of(route)
    }
    without = [path_of(route) for route, found in asked.values() if len(found) != 1 and not is_command(route)]
    assert without == []
    questions = {one.question for _, found in asked.values() for one in found} | ACROSS
    assert questions | WITHIN == set(Question), "a row of the table that no route asks"


def test_every_other_route_says_nothing_about_a_school(app: FastAPI) -> None:
    others = {path_of(route) for route in routes(app) if "{school}" not in path_of(route)}
    assert {path for path in others if not path.startswith("/static/")} <= WITHOUT_A_SCHOOL


def test_every_command_stands_in_the_table_and_has_a_route_unless_it_is_the_programs_own(app: FastAPI) -> None:
    assert set(COMMANDS) == set(DECIDED.values())
    sent = {path_of(route).rpartition("/")[2] for route in routes(app) if is_command(route)}
    assert sent == {name for name, kind in DECIDED.items() if not kind.INTERNAL}


def test_every_projection_answers_a_question_of_the_table() -> None:
    answering = {name for asked in QUESTIONS.values() for name in asked.projections}
    assert answering == {one.name for one in PROJECTIONS}


def test_every_role_word_of_the_table_names_somebody() -> None:
    permissions = [*COMMANDS.values(), *(asked.may for asked in QUESTIONS.values())]
    words = {word for permission in permissions for word in words_of(permission)}
    unknown = {word for word in words - {STAFF, ANYBODY, HERE, "doorstep"} if not who_counts_as(word)}
    assert unknown == set()


def test_nobody_who_works_with_no_children_is_let_see_one() -> None:
    """Governors, trust readers and administrators: only what shows no child. A restricted case asks for more than a role."""
    outside = {"governor", "trust_reader", "administrator", ANYBODY}
    shown = {
        question: outside.intersection(words_of(asked.may))
        for question, asked in QUESTIONS.items()
        if asked.reads not in (Reads.NO_CHILD, Reads.CASE)
    }
    assert {question for question, words in shown.items() if words} == set()


def test_what_is_refused_on_the_record_is_a_record() -> None:
    assert all(QUESTIONS[question].reads is Reads.RECORD for question in REFUSED_ON_THE_RECORD)


def test_a_restricted_case_is_opened_by_being_inside_and_by_nothing_else() -> None:
    for asked in QUESTIONS.values():
        scopes = {grant.scope for grant in asked.may}
        assert (asked.reads is Reads.CASE) is (Scope.INSIDE in scopes)
        assert Scope.INSIDE not in scopes or len(scopes) == 1


def test_figures_go_to_governors_and_names_do_not() -> None:
    for question, asked in QUESTIONS.items():
        for grant in asked.may:
            if "governor" in grant.words:
                assert grant.scope is Scope.FIGURES, question


def test_nothing_but_the_table_asks_for_a_person(app: FastAPI) -> None:
    """A route that took `person_of` itself would pass by the table."""
    for route in routes(app):
        if "{school}" not in path_of(route) or is_command(route):
            continue
        direct = [one.call for one in route.dependant.dependencies if inspect.isfunction(one.call)]
        assert {call.__name__ for call in direct if call.__name__ in {"person_of", "caller_of"}} == set(), path_of(
            route
        )
