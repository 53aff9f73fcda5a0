"""docs/events.md: every event and every command."""

from typing import get_args, get_type_hints

import msgspec

from domain.catalogue import ROOMS
from domain.command import Command
from domain.decisions import COMMANDS
from domain.event import Event

_HEAD = """\
# Events and commands

Made from the code by `make docs`; a test says when it is out of date. An event is a fact in the past tense. Its topic
never changes; a new shape is a new version. The envelope (who, in which role, when it happened and when it was
recorded) lies beside every event and is not repeated here: see `domain/envelope.py`.

*Personal* fields hold names, addresses or free text. *Subject* says whose data key will encrypt them.
"""

_ROOM_WORDS = {
    "trip": "Trip: one sign-out, who is going, and the safety timer",
    "visit": "Visit: one door and the pupils behind it",
    "concern": "Concern: a worry about a child",
    "case": "Case: an allegation, a complaint or a use of force, open to a few",
    "school": "School: settings and exports",
    "staff": "Staff: roles and numbers",
    "pupil": "Pupil and family",
    "access": "Access: who read what, one stream a person a day",
    "glass": "Break-glass: a DSL of another school reads here, in that person's own stream",
    "shared": "In any stream",
    "erasure": "Keeping and erasing somebody's data",
    "removal": "Removing a whole school",
}


def _type_name(annotation: object) -> str:
    if annotation is type(None):
        return "nothing"
    args = get_args(annotation)
    if args and not isinstance(annotation, type):
        origin = getattr(annotation, "__origin__", None)
        inner = ", ".join(_type_name(arg) for arg in args if arg is not Ellipsis)
        if origin in (tuple, dict):
            return f"{'list' if origin is tuple else 'map'} of {inner}"
        return " or ".join(_type_name(arg) for arg in args)
    return getattr(annotation, "__name__", str(annotation))


def _summary(documented: type) -> str:
    text = (documented.__doc__ or "").strip().split("\n\n")[0]
    return " ".join(text.split())


def _fields(event: type[Event]) -> str:
    hints = get_type_hints(event)
    lines = []
    for field in msgspec.structs.fields(event):
        personal = " (personal)" if field.name in event.PERSONAL else ""
        lines.append(f"`{field.name}`: {_type_name(hints[field.name])}{personal}")
    return "; ".join(lines) or "none"


def _events() -> list[str]:
    out: list[str] = []
    for room, events in ROOMS.items():
        out += [f"## {_ROOM_WORDS[room]}", ""]
        for event in events:
            out += [
                f"### {event.__name__}",
                "",
                f"`{event.TOPIC}`, subject {event.SUBJECT.value}. {_summary(event)}",
                "",
                f"Fields: {_fields(event)}.",
                "",
            ]
    return out


def _commands() -> list[str]:
    out = [
        "## Commands",
        "",
        "Each is a route of the API: `POST /api/v1/schools/{school}/commands/<name>`. A *plan* is refused until the",
        "school's policy is met; a *fact* never is; a *closing* is refused until complete.",
        "",
        "| Command | Kind | What it says |",
        "|---|---|---|",
    ]
    shown: list[type[Command]] = [c for c in COMMANDS.values() if not c.INTERNAL]
    rows = sorted(shown, key=lambda command: command.NAME)
    return out + [f"| `{command.NAME}` | {command.KIND.value} | {_summary(command)} |" for command in rows]


def page() -> str:
    """The whole page."""
    return "\n".join([_HEAD, *_events(), *_commands(), ""])
