"""Every operation of the OpenAPI document, asked with whatever its schema allows and does not, as each role.

No fault of ours comes of it, and nobody is told a name that is not for them. Who may see children asks every other
operation; DOORSTEP_FUZZ=50 lets all ask all, fifty times instead of once.
"""

import json
import os
from collections.abc import Mapping
from contextlib import suppress
from random import Random
from typing import Any, Final

import pytest
from fastapi.routing import iter_route_contexts
from httpx2 import Response
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import Case, openapi
from schemathesis.core import NotSet
from schemathesis.core.result import Ok
from schemathesis.generation import GenerationMode
from schemathesis.schemas import APIOperation

from api.app import OPENAPI, create_app
from api.identity import HEADER
from domain.permissions import QUESTIONS, Reads
from tests.api.doors import Doors
from tests.api.test_permissions import path_of, permitted
from tests.attacks.test_every_role_on_every_route import Things, everybody, things, things_of
from tests.scenarios.cast import Someone

__all__ = ["things"]

TIMES: Final = int(os.environ.get("DOORSTEP_FUZZ", "1"))
ROLES: Final = (
    "head",
    "dsl",
    "ddsl",
    "slt",
    "officer",
    "office",
    "business_manager",
    "teacher",
    "governor",
    "administrator",
    "trust_reader",
    "of another school",
)
SEES_NO_CHILD: Final = frozenset({"governor", "administrator", "trust_reader", "of another school"})
_WAITED_FOR: Final = "at_least"
"""An index that the log has not reached is waited for: asked by one role only, or the waiting is all that is done."""
_BUSY: Final = 503
_FAULT: Final = 500
_REFUSED: Final = 403


class Asker:
    """Asks as one person, with what is really there in every other request."""

    def __init__(self, doors: Doors, things: Things, key: str, who: Someone) -> None:
        """Name what there is."""
        self.doors, self.key, self.who, self.things = doors, key, who, things
        self.ids = {"pupil": things.pupil, "visit": things.visit, "trip": things.trip, "concern": things.concern}
        self.ids |= {"event": things.event, "subject": things.pupil, "person": doors.school.colleague.id}
        self.dice = Random(7)  # noqa: S311 - the same each time
        self.asked = 0
        self.no_child = {
            path_of(route)
            for route in iter_route_contexts(create_app(doors.runtime).routes)
            if "{school}" in path_of(route)
            for asks in permitted(route.dependant)
            if QUESTIONS[asks.question].reads is Reads.NO_CHILD
        }

    def ask(self, case: Case[Any]) -> None:
        """Send it, and look at what comes back."""
        path: Mapping[str, Any] = {**(case.path_parameters or {}), "school": self.doors.school.slug}
        body: object = case.body
        if self.dice.random() < 0.5:
            path = {name: self.ids.get(name, value) for name, value in path.items()}
            body = _with_ids(body, {name: str(one) for name, one in self.ids.items()})
        query = dict(case.query or {})
        if self.key != "dsl":
            query.pop(_WAITED_FOR, None)
        answer = self.send(case, path, query, body)
        self.asked += 1
        said = (
            f"{self.key}: {case.method} {case.path} {path} {query} {body!r}: {answer.status_code} {answer.text[:300]}"
        )
        assert answer.status_code < _FAULT or (answer.status_code == _BUSY and "Still saving" in answer.text), said
        if self.key in SEES_NO_CHILD or answer.status_code == _REFUSED or case.path in self.no_child:
            assert not [name for name in self.things.names if name in answer.text], said

    def send(self, case: Case[Any], path: Mapping[str, Any], query: dict[str, Any], body: object) -> Response:
        """The request, as a program sends it."""
        address = case.path
        for name, value in path.items():
            address = address.replace(f"{{{name}}}", _quoted(value))
        headers = {**_plain(case.headers or {}), HEADER: str(self.who.id)}
        given: dict[str, Any] = {} if isinstance(body, NotSet) else {"content": _written(body)}
        return self.doors.client.request(case.method, address, params=_params(query), headers=headers, **given)


def _with_ids(body: object, ids: Mapping[str, str]) -> object:
    if not isinstance(body, dict):
        return body
    found = {name: ids.get(name, value) for name, value in body.items()}
    return {**found, **({"pupils": [ids["pupil"]]} if "pupils" in body else {})}


def _written(body: object) -> bytes:
    return body if isinstance(body, bytes) else json.dumps(body).encode()


def _quoted(value: object) -> str:
    return "".join(c if c.isascii() and (c.isalnum() or c in "-_.~") else _percent(c) for c in str(value)) or "-"


def _percent(character: str) -> str:
    return "".join(f"%{byte:02X}" for byte in character.encode("utf-8", "surrogatepass"))


def _plain(headers: Mapping[str, Any]) -> dict[str, str]:
    """What a client can send at all."""
    return {
        n: v for n, v in headers.items() if isinstance(v, str) and v.isascii() and v.isprintable() and v.strip() == v
    }


def _params(query: Mapping[str, Any]) -> dict[str, Any]:
    return {n: v if isinstance(v, str | int | float | list) else str(v) for n, v in query.items()}


@pytest.fixture(scope="module")
def operations(doors: Doors) -> list[APIOperation[Any, Any, Any, Any]]:
    document = doors.client.get(OPENAPI).json()
    schema = openapi.from_dict(document)
    found = [result.ok() for result in schema.get_all_operations() if isinstance(result, Ok)]
    assert len(found) > 90
    return [one for one in found if not one.path.endswith("/stream")]  # a live feed has no end


@pytest.fixture(scope="module")
def askers(doors: Doors) -> Mapping[str, Asker]:
    made = things_of(doors)
    people = {**everybody(doors), "of another school": doors.other.dsl}
    doors.settle()
    return {key: Asker(doors, made, key, people[key]) for key in ROLES}


@pytest.mark.timeout(3600 if TIMES > 2 else 300)
@pytest.mark.parametrize("key", ROLES)
def test_nothing_that_is_sent_is_a_fault_of_ours_or_tells_a_name(
    key: str, askers: Mapping[str, Asker], operations: list[APIOperation[Any, Any, Any, Any]]
) -> None:
    asker = askers[key]
    every = 1 if TIMES > 1 or key in SEES_NO_CHILD else 2
    mine = operations[ROLES.index(key) % every :: every]
    for number, operation in enumerate(mine):
        _ask_anything(asker, operation, number + ROLES.index(key) // every)
    assert asker.asked >= len(mine)


def _ask_anything(asker: Asker, operation: APIOperation[Any, Any, Any, Any], turn: int) -> None:
    wanted = (GenerationMode.NEGATIVE, GenerationMode.POSITIVE)[
        turn % 2 :
    ]  # each operation both ways, by turns of roles
    for mode in wanted:
        with suppress(Unsatisfiable):  # there is nothing that its schema does not allow
            _ask(asker, operation, mode, turn)
            return


def _ask(asker: Asker, operation: APIOperation[Any, Any, Any, Any], mode: GenerationMode, turn: int) -> None:
    @seed(turn)
    @settings(
        max_examples=TIMES,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(generation_mode=mode))
    def ask(case: Case[Any]) -> None:
        asker.ask(case)

    ask()
