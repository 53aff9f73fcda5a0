"""What the OpenAPI document says beyond FastAPI's own: schemas of our structs, problem details, who is asking."""

from collections.abc import Mapping
from functools import cache
from typing import Any, Final

import msgspec
from fastapi import FastAPI

from api.identity import HEADER
from api.problems import PROBLEM, Problem
from domain.command import Command

KEY_HEADER: Final = "Idempotency-Key"
_REF: Final = "#/components/schemas/{name}"

IDENTITY: Final[Mapping[str, Any]] = {
    "name": HEADER,
    "in": "header",
    "required": True,
    "schema": {"type": "string", "format": "uuid"},
    "description": "In the demonstration only: the id of the member of staff who acts (`GET .../people` lists them).",
}

_SENDER: Final[Mapping[str, Any]] = {
    "at": {
        "type": "string",
        "description": "When it happened, where that is not now: London time (2026-11-20T14:50) or with its offset.",
        "examples": ["2026-11-20T14:50"],
    },
    "device_at": {
        "type": "string",
        "description": "When a phone queued it, by the phone's own clock.",
        "examples": ["2026-11-20T14:50:12Z"],
    },
    "said_by": {
        "type": "string",
        "format": "uuid",
        "description": "Who said it, where it was said by telephone and is typed by the sender.",
    },
}

_SAID: Final[Mapping[int, str]] = {
    401: "Nobody named: the header Doorstep-Demo-Person is missing.",
    403: "This person's role does not allow it, or the person is of another school.",
    404: "No such school, visit, trip, person, concern or event here.",
    409: "Still needed: `requirements` lists everything at once. Or the id was used before for something else.",
    413: "Larger than 256 KiB.",
    422: "Cannot be read: `errors` names every field and what was expected. Nothing was stored.",
    503: "The log cannot be reached: send it again under the same id.",
}


def json_of(kind: type) -> dict[str, Any]:
    """The `content` of an answer of this type."""
    return {"content": {"application/json": {"schema": _schema_of(kind)}}}


PROBLEMS: Final[Mapping[int | str, dict[str, Any]]] = {
    status: {"description": says, "content": {PROBLEM: {"schema": {"$ref": _REF.format(name="Problem")}}}}
    for status, says in _SAID.items()
}
"""The problem answers, by status."""

_components: dict[str, Any] = {}


def _schema_of(kind: Any) -> dict[str, Any]:
    (schema,), found = msgspec.json.schema_components((kind,), ref_template=_REF)
    _components.update(found)
    return schema


@cache
def request_schema(kind: type[Command]) -> dict[str, Any]:
    """The schema of a command's body: its fields, and what may be said of every command."""
    schema = _schema_of(kind)
    own = _components.pop(kind.__name__, schema)
    properties = {**own.get("properties", {}), **_SENDER}
    return {**own, "properties": properties}


def document(app: FastAPI) -> None:
    """Let the app's OpenAPI document carry the schemas that its routes refer to."""
    plain = app.openapi

    def whole() -> dict[str, Any]:
        made = plain()
        schemas = made.setdefault("components", {}).setdefault("schemas", {})
        schemas.update(_components)
        schemas["Problem"] = _problem_schema()
        return made

    app.openapi = whole  # type: ignore[method-assign]  # as FastAPI's documentation says


def _problem_schema() -> dict[str, Any]:
    schema = _schema_of(Problem)
    own = dict(_components.pop("Problem", schema))
    own["properties"] = {name: of for name, of in own["properties"].items() if name != "headers"}
    return own
