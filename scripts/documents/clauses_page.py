"""docs/clauses.md: every clause of the five documents, where it lives in the code, and the tests that show it."""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Final, NamedTuple

from commands.policy_definitions import School, schools
from commands.policy_files import load_policy
from scripts.documents.clauses import (
    ROOT,
    Clause,
    Scenario,
    Shown,
    clauses,
    not_built_yet,
    scenarios,
    shown_by,
    through_scenarios,
    told_by,
)

_HEAD: Final = """\
# Clauses

Made from the code by `make docs`; a test says when it is out of date. Every clause of the five schools' documents in our
words: how hard it binds (`must`, `should` or `may`, as the document words it), its phase and kind, where it lives (the
settings that carry it, and the files that read them or name the clause) and the tests marked for it; where none is, those
that tell a scenario of it.

`tests/docs/test_clauses.py` fails when a clause of planning (phases setup, request, risk, approve, before, depart and
govern) that a test should show (kinds enforce, confirm, record, notify and report) has none and does not stand in the
list of what is not built yet; it fails as well when one stands there that has a test.
"""
_COLUMNS: Final = (
    "| Clause | What it says | Force | Phase, kind | Where it lives | Its tests |",
    "|---|---|---|---|---|---|",
)
_READ: Final = re.compile(r'(?:\b(?:value|setting)\(|policy,)\s*"([a-z_]+)"')
"""How rules ask for a setting."""
_ID: Final = re.compile(r"\b(?:SP|LJ|WL|NH|SC)-\d\d\b")
_ROOMS: Final = ("domain", "projections", "reactors", "commands", "api")
"""Where a rule is looked for, first of all first."""
_NOT_RULES: Final = frozenset({"policy_rules", "demonstration"})
"""What reads settings to compare them, or to show them off."""
_MOST: Final = 3
"""So many tests are named; of more it is said how many there are."""


class _Homes(NamedTuple):
    """Where clauses live."""

    settings: Mapping[str, tuple[str, ...]]
    """Clause: settings that carry it."""
    readers: Mapping[str, tuple[str, ...]]
    """Setting: files of the first room that reads it."""
    named: Mapping[str, tuple[str, ...]]
    """Clause: files that name it."""


def page() -> str:
    """The whole page."""
    every, told, waiting = clauses(), told_by(), not_built_yet()
    shown = {**through_scenarios(told), **shown_by()}
    homes = _homes()
    out = [
        _HEAD,
        *_waiting(waiting),
    ]
    for school in schools().values():
        mine = [one for one in every if one.id in school.clauses]
        if mine:
            out += ["", f"## {school.name}", "", *_COLUMNS]
            out += [_row(one, school, homes, shown, waiting) for one in mine]
    return "\n".join([*out, *_scenarios(scenarios(), told, waiting), ""])


def _waiting(waiting: Mapping[str, str]) -> Iterator[str]:
    yield from ("## Not built yet", "")
    if not waiting:
        yield "Every clause and scenario of planning that a test should show has one."
        return
    yield from ("Clauses and scenarios of planning that no test shows.", "")
    yield from ("| Clause or scenario | Why |", "|---|---|")
    yield from (f"| {one} | {reason} |" for one, reason in waiting.items())


def _row(one: Clause, school: School, homes: _Homes, shown: Shown, waiting: Mapping[str, str]) -> str:
    clause = school.clauses[one.id]
    says = clause.says.replace("|", "\\|")
    cells = (one.id, says, clause.force, f"{one.phase}, {one.kind}", _home(one.id, homes), _tests(one, shown, waiting))
    return f"| {' | '.join(cells)} |"


def _home(clause: str, homes: _Homes) -> str:
    settings = homes.settings.get(clause, ())
    files = [file for setting in settings for file in homes.readers.get(setting, ())]
    files += homes.named.get(clause, ())
    said = [", ".join(f"`{name}`" for name in settings)] if settings else []
    if files:
        said.append(", ".join(dict.fromkeys(sorted(files))))
    return ": ".join(said) or "nowhere"


def _tests(one: Clause, shown: Shown, waiting: Mapping[str, str]) -> str:
    if one.id in waiting:
        return f"not built yet: {waiting[one.id]}"
    if one.id in shown:
        return _named(shown[one.id])
    if not one.wants_a_test:
        return "no test is marked for it"
    return "none"


def _named(tests: tuple[str, ...]) -> str:
    named = [
        f"{file.removeprefix('tests/')}: {_sentence(name)}" for file, _, name in (t.partition("::") for t in tests)
    ]
    rest = len(named) - _MOST
    return "; ".join(named[:_MOST]) + (f"; and {rest} more" if rest > 0 else "")


def _sentence(name: str) -> str:
    return name.removeprefix("test_").replace("_", " ")


def _scenarios(every: Iterable[Scenario], told: Shown, waiting: Mapping[str, str]) -> Iterator[str]:
    yield from ("", "## Scenarios", "", "What is given, done and seen, told through the door that HTTP uses.", "")
    yield from ("| Scenario | What it tells | Clauses | Told by |", "|---|---|---|---|")
    for one in every:
        by = _named(told[one.id]) if one.id in told else _untold(one, waiting)
        yield f"| {one.id} | {one.title} | {', '.join(one.clauses)} | {by} |"


def _untold(one: Scenario, waiting: Mapping[str, str]) -> str:
    return f"not built yet: {waiting[one.id]}" if one.id in waiting else "not told: of another part"


def _homes() -> _Homes:
    settings: dict[str, dict[str, None]] = {}
    for key in (key for key, school in schools().items() if school.prefix != "DV"):
        for name, setting in load_policy(key).settings.items():
            for clause in setting.clauses:
                settings.setdefault(clause, {})[name] = None
    readers: dict[str, list[tuple[str, str]]] = {}
    named: dict[str, list[str]] = {}
    for file, text in _code():
        for clause in dict.fromkeys(_ID.findall(text)):
            named.setdefault(clause, []).append(file)
        for name in dict.fromkeys(_READ.findall(text)):
            readers.setdefault(name, []).append((file.partition("/")[0], file))
    return _Homes(
        settings={clause: tuple(names) for clause, names in settings.items()},
        readers={name: tuple(file for room, file in files if room == _first(files)) for name, files in readers.items()},
        named={clause: tuple(files) for clause, files in named.items()},
    )


def _first(files: Iterable[tuple[str, str]]) -> str:
    """The room where the rule is: pages and reports that tell the same setting's value are not where it lives."""
    return min((room for room, _ in files), key=_ROOMS.index)


def _code() -> Iterator[tuple[str, str]]:
    for path in sorted(path for room in _ROOMS for path in (ROOT / room).rglob("*.py")):
        if path.parent.name not in _NOT_RULES:
            yield path.relative_to(ROOT).as_posix(), path.read_text(encoding="utf-8")
