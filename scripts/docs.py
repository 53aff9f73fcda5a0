"""Writes the pages that are made from the code: docs/events.md. With --check, only says whether they are current."""

import sys
from pathlib import Path
from typing import get_args, get_type_hints

import msgspec

from domain.catalogue import ROOMS
from domain.command import Command
from domain.decisions import COMMANDS
from domain.event import Event

ROOT = Path(__file__).resolve().parent.parent
EVENTS_PAGE = ROOT / "docs" / "events.md"

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
    "school": "School: settings and exports",
    "staff": "Staff: roles and numbers",
    "pupil": "Pupil and family",
    "shared": "In any stream",
    "erasure": "Keeping and erasing somebody's data",
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


def events_page() -> str:
    """The whole page."""
    return "\n".join([_HEAD, *_events(), *_commands(), ""])


def main() -> int:
    """Write, or with --check compare: 1 where the page is out of date."""
    page = events_page()
    if "--check" in sys.argv:
        current = EVENTS_PAGE.read_text(encoding="utf-8") if EVENTS_PAGE.exists() else ""
        if current != page:
            sys.stderr.write("docs/events.md is out of date: run `make docs`.\n")
            return 1
        return 0
    EVENTS_PAGE.write_text(page, encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
