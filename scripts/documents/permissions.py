"""docs/permissions.md: who may ask and send what, from the one table in `domain/permissions.py`."""

from collections.abc import Iterable
from typing import Final

from domain.command import Command, CommandKind
from domain.permissions import (
    AT_A_DESK,
    COMMANDS,
    NOT_AT_A_DESK,
    NOT_BY_A_TOKEN,
    QUESTIONS,
    Asked,
    Permission,
    Question,
    Scope,
)
from domain.roles import HELD_BY_PEOPLE, Role, in_words, who_counts_as

_HEAD: Final = """\
# Who may do what

Made from the code by `make docs`; a test says when it is out of date, another that every route, command and projection
stands in the table (`domain/permissions.py`), and a third asks every question as every role.

How far a grant reaches: *own*, the trips and visits somebody asked for, goes on, watches over or decides about, and their
own words; *school*, all of their school; *figures*, counts without names, masked where they are small; *inside*,
restricted cases that somebody is part of: to anybody else there is none; *program*,
Doorstep itself; *emergency*, another school of the trust, for an hour at most and told to it at once. A setting of the school's policy in brackets adds the roles that the school's own policy names.

A fact is taken from anybody whom the school knows, whatever their role (law 1): said by somebody with no part in it, it
calms nothing. A plan about one visit or trip is for whoever has a part in it, and for those who plan for the school.
"""
_READS: Final = """\
What an answer shows of children decides what is kept of a reading: *a record* and *records* are kept before the answer
leaves; *who is out* is shown at once and kept as soon as possible; *no child* is not kept as a reading.
*A restricted case* is kept under the case, for those inside, and under no child.
"""
_SCOPES: Final = {
    Scope.OWN: "own",
    Scope.SCHOOL: "school",
    Scope.FIGURES: "figures",
    Scope.TRUST: "trust",
    Scope.EMERGENCY: "emergency",
    Scope.INSIDE: "inside",
    Scope.PROGRAM: "program",
}


def _granted(permission: Permission) -> str:
    parts = []
    for grant in permission:
        words = [
            *(in_words(word) if word != Role.SYSTEM else "Doorstep" for word in grant.words),
            *(f"[{name}]" for name in grant.settings),
        ]
        parts.append(f"{_SCOPES[grant.scope]}: {', '.join(words)}")
    return "; ".join(parts)


def _questions(rows: Iterable[tuple[Question, Asked]]) -> list[str]:
    out = ["## Questions", "", _READS, "| Question | | Who may ask | Shows |", "|---|---|---|---|"]
    return [
        *out,
        *(f"| `{name}` | {asked.says} | {_granted(asked.may)} | {asked.reads.value} |" for name, asked in rows),
    ]


def _commands(rows: Iterable[tuple[type[Command], Permission]]) -> list[str]:
    out = ["## Commands", "", "| Command | Kind | Who may send it |", "|---|---|---|"]
    plans = [(kind, may) for kind, may in rows if kind.KIND is not CommandKind.FACT or kind.INTERNAL]
    return [
        *out,
        *(f"| `{kind.NAME}` | {kind.KIND.value} | {_granted(may)} |" for kind, may in sorted(plans, key=_name)),
    ]


def _facts(rows: Iterable[tuple[type[Command], Permission]]) -> list[str]:
    names = sorted(kind.NAME for kind, _ in rows if kind.KIND is CommandKind.FACT and not kind.INTERNAL)
    return ["## Facts", "", f"From anybody whom the school knows: {', '.join(f'`{name}`' for name in names)}."]


def _name(row: tuple[type[Command], Permission]) -> str:
    return row[0].NAME


def _desk() -> list[str]:
    who = ", ".join(in_words(word) for word in AT_A_DESK)
    shut = sorted(f"`{what.value if isinstance(what, Question) else what.NAME}`" for what in NOT_AT_A_DESK)
    return [
        "## At a front desk",
        "",
        f"By their PIN there act: {who}. Whoever it is acts as the school office and as nothing more. Shut there, although the office",
        f"may: {', '.join(shut)}. While nobody has said who they are the desk shows the board, and facts are taken.",
    ]


def _token() -> list[str]:
    shut = sorted(f"`{what.value if isinstance(what, Question) else what.NAME}`" for what in NOT_BY_A_TOKEN)
    return [
        "## By a token",
        "",
        "A program acts for whoever made its token, in the one role that the token names as long as they hold it, whatever else they are;",
        f"it does and asks what the token names and nothing more. Never: {', '.join(shut)}. A program may raise a case: a fact.",
    ]


def _words() -> list[str]:
    out = [
        "## Role words",
        "",
        "A policy's word, and the roles that may act under it.",
        "",
        "| Word | Roles |",
        "|---|---|",
    ]
    named = {word for asked in QUESTIONS.values() for grant in asked.may for word in grant.words}
    named |= {word for permission in COMMANDS.values() for grant in permission for word in grant.words}
    named |= set(HELD_BY_PEOPLE)
    rows = sorted((word, who_counts_as(word)) for word in named)
    return [*out, *(f"| {in_words(word)} | {', '.join(sorted(roles))} |" for word, roles in rows if roles)]


def page() -> str:
    """The whole page."""
    questions, commands = tuple(QUESTIONS.items()), tuple(COMMANDS.items())
    return "\n".join(
        [
            _HEAD,
            *_questions(questions),
            "",
            *_commands(commands),
            "",
            *_facts(commands),
            "",
            *_desk(),
            "",
            *_token(),
            "",
            *_words(),
            "",
        ]
    )
