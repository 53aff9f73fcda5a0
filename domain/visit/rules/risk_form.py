"""The form of a school's risk assessment: its columns, what its standing sheet says already, and what differs today.

A school whose document has no form is asked for no row: the standing sheet holds, and "anything different today?" is asked.

Clauses: LJ-34, LJ-74 to LJ-78, WL-47, WL-48, WL-50, WL-53, WL-55, WL-57, NH-22.
"""

from collections.abc import Mapping, Sequence
from typing import Final

from domain.policy import Policy, Source
from domain.refusal import Incomplete

SETTING: Final = "risk_form"
HAZARD: Final = "hazard"
VIOLENCE: Final = "violence_risk"
Row = Mapping[str, str]
"""One row of the form, by column."""

CHOICES: Final[Mapping[str, tuple[str, ...]]] = {
    "severity": ("minor", "moderate", "major"),
    "likelihood": ("low", "medium", "high"),
    "risk_level": ("low", "medium", "high"),
    VIOLENCE: ("none_known", "found"),
}
"""The columns that have only these answers. The level of a risk is a person's judgement: nothing is worked out from the others."""
_HIGH: Final = frozenset({("risk_level", "high"), (VIOLENCE, "found")})


def columns(policy: Policy) -> tuple[str, ...]:
    """The columns that the school's own document has, in its order; none where it has no form."""
    form = policy.setting(SETTING)
    return () if form.source is Source.DEFAULT else tuple(form.value["columns"])


def standing_sheet(policy: Policy) -> tuple[Row, ...]:
    """The rows as the school's sheet holds them before anybody looks at one visit; a form without hazards is one row."""
    asked = columns(policy)
    if not asked:
        return ()
    form = policy.value(SETTING)
    preset: Mapping[str, Row] = {row[HAZARD]: row for row in form.get("presets") or ()}
    if HAZARD not in asked:
        return ({},)
    rows = ({HAZARD: hazard, **preset.get(hazard, {})} for hazard in form.get("hazards") or ())
    return tuple({column: row[column] for column in asked if row.get(column)} for row in rows)


def judged_by_row(policy: Policy) -> bool:
    """Whether the form itself asks how high the risk is; where it does not, one question beside it does."""
    return any(column in columns(policy) for column, _ in _HIGH)


def so_far(policy: Policy, before: Sequence[Row]) -> tuple[dict[str, str], ...]:
    """The sheet to begin from: the standing rows as the version before has them, and the hazards that it added.

    `before` are the rows of the version that counts; none where nothing was kept yet.
    """
    asked = columns(policy)
    held = [{column: row[column] for column in asked if row.get(column)} for row in before]
    if HAZARD not in asked:
        return tuple(held) or tuple(dict(row) for row in standing_sheet(policy))
    about = {row[HAZARD]: row for row in held if HAZARD in row}
    standing = tuple(about.pop(row[HAZARD], dict(row)) for row in standing_sheet(policy))
    return (*standing, *about.values())


def filled_in(policy: Policy, said: Sequence[Row], before: Sequence[Row] = ()) -> tuple[dict[str, str], ...]:
    """The whole sheet: the rows so far, each replaced by what was said of its hazard, and hazards that are new.

    Raises Incomplete for a column that the form does not have, an answer that a column does not take, a hazard twice, and
    for a form that asks whether violence is to be expected and was not answered.
    """
    asked = columns(policy)
    if not asked:
        return tuple(dict(row) for row in said)
    for place, row in enumerate(said):
        _readable(asked, place, row)
    if HAZARD not in asked:
        rows = tuple(dict(row) for row in said) or so_far(policy, before)
    else:
        about = {row[HAZARD]: dict(row) for row in said}
        if len(about) < len(said):
            raise Incomplete("sheet", "each hazard once")
        rows = (*(about.pop(row[HAZARD], row) for row in so_far(policy, before)), *about.values())
    if VIOLENCE in asked and not all(row.get(VIOLENCE) for row in rows):
        raise Incomplete("sheet", "whether violence is to be expected: none_known or found")
    return rows


def _readable(asked: Sequence[str], place: int, row: Row) -> None:
    if set(row) - set(asked):
        raise Incomplete("sheet", f"only the columns of this school's form: {', '.join(asked)}")
    if HAZARD in asked and not row.get(HAZARD, "").strip():
        raise Incomplete(f"sheet.{place}.{HAZARD}", "what the hazard is, in a word or two")
    for column, answers in CHOICES.items():
        if column in row and row[column] not in answers:
            raise Incomplete("sheet", f"{column}: one of {', '.join(answers)}")


def as_the_sheet(policy: Policy, rows: Sequence[Row]) -> bool:
    """Whether the rows say what the standing sheet says anyway."""
    return bool(rows) and tuple(rows) == tuple(dict(row) for row in standing_sheet(policy))


def high(rows: Sequence[Row]) -> bool:
    """Whether a row was judged high, or violence is to be expected."""
    return any(item in _HIGH for row in rows for item in row.items())
