"""What the OpenAPI document says beyond FastAPI's own: schemas of our structs, problem details, who is asking.

The schemas are made when somebody asks for the document, all in one go: a start has no time for it, and two structs
of one name in different files are told apart only when they are named together.
"""

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
_PLACE: Final = "x-doorstep-struct"

IDENTITY: Final[Mapping[str, Any]] = {
    "name": HEADER,
    "in": "header",
    "required": True,
    "schema": {"type": "string", "format": "uuid"},
    "description": "In the demonstration only: the id of the member of staff who acts (`GET .../people` lists them).",
}

_A_TIME: Final[Mapping[str, Any]] = {
    "type": "string",
    "description": "London time (2026-11-20T14:50), or with its offset (2026-11-20T14:50:00Z).",
    "examples": ["2026-11-20T14:50"],
}
_SENDER: Final[Mapping[str, Any]] = {
    "at": {**_A_TIME, "description": f"When it happened, where that is not now. {_A_TIME['description']}"},
    "device_at": {**_A_TIME, "description": "When a phone queued it, by the phone's own clock."},
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
    503: "The log cannot be reached (send it again under the same id), or does not show yet what `at_least` asks for.",
}

_structs: Final[list[Any]] = [Problem]


def schema_of(kind: Any) -> dict[str, Any]:
    """Stands for the schema of a struct (or of a collection of them) until somebody asks for the document."""
    if kind not in _structs:
        _structs.append(kind)
    return {_PLACE: _structs.index(kind)}


def json_of(kind: Any) -> dict[str, Any]:
    """The `content` of an answer of this type."""
    return {"content": {"application/json": {"schema": schema_of(kind)}}}


PROBLEMS: Final[Mapping[int, dict[str, Any]]] = {
    status: {"description": says, "content": {PROBLEM: {"schema": schema_of(Problem)}}}
    for status, says in _SAID.items()
}
"""The problem answers, by status."""


def document(app: FastAPI) -> None:
    """Let the app's OpenAPI document carry the schemas that its routes refer to."""
    plain = app.openapi

    @cache
    def whole() -> dict[str, Any]:
        made = plain()
        schemas, components = msgspec.json.schema_components(tuple(_structs), ref_template=_REF)
        for kind, schema in zip(_structs, schemas, strict=True):
            if isinstance(kind, type) and issubclass(kind, Command):
                _as_a_body(components[schema["$ref"].rpartition("/")[2]])
        components[schemas[0]["$ref"].rpartition("/")[2]]["properties"].pop("headers")
        made.setdefault("components", {}).setdefault("schemas", {}).update(components)
        made["paths"] = _in_place(made["paths"], schemas)
        for path in made["paths"].values():
            for operation in path.values():
                _without_other_problems(operation["responses"])
        for unused in ("HTTPValidationError", "ValidationError"):
            made["components"]["schemas"].pop(unused, None)
        return made

    app.openapi = whole  # type: ignore[method-assign]  # as FastAPI's documentation says


def _as_a_body(component: dict[str, Any]) -> None:
    """A command's fields, and what may be said of every command."""
    component["properties"] = {name: _times(of) for name, of in component.get("properties", {}).items()}
    component["properties"].update(_SENDER)


def _times(schema: Any) -> Any:
    """Times as this API reads them, not only as the JSON Schema format has them."""
    if isinstance(schema, dict):
        if schema.get("format") == "date-time":
            return {**schema, **_A_TIME, "format": "doorstep-time"}
        return {name: _times(part) for name, part in schema.items()}
    return [_times(part) for part in schema] if isinstance(schema, list) else schema


def _in_place(document: Any, schemas: tuple[dict[str, Any], ...]) -> Any:
    if isinstance(document, dict):
        if _PLACE in document:
            return schemas[document[_PLACE]]
        return {name: _in_place(part, schemas) for name, part in document.items()}
    return [_in_place(part, schemas) for part in document] if isinstance(document, list) else document


def _without_other_problems(responses: dict[str, Any]) -> None:
    """FastAPI's own words for what cannot be read are never sent: ours are."""
    found = responses.get("422", {}).get("content", {})
    if "HTTPValidationError" in str(found):
        responses["422"] = dict(responses.get("422", {}), description=_SAID[422])
        responses["422"]["content"] = {PROBLEM: {"schema": {"$ref": _REF.format(name="Problem")}}}
