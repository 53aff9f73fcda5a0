"""The office's form of a day's visits, for paper: where the school's document has one (Leyland's six columns, LJ-73)."""

from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime
from typing import Annotated, Final

import msgspec
from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from api.identity import Acquainted, runtime_of
from api.pages.flash import at_least
from api.pages.frame import page
from api.pages.templating import hm, short_day
from api.pages.words import in_words, sentence
from api.permitted import by_page
from domain.ids import VisitId
from domain.permissions import Question
from domain.times import day_of
from projections import visits
from projections.visit_form import FormRow, columns_of, visit_form

router = APIRouter(include_in_schema=False)


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One row as the page shows it: for each column the lines of its cell; none is left to write in."""

    visit: VisitId
    cells: tuple[tuple[str, ...], ...]


def has_form(me: Acquainted) -> bool:
    """Whether the school's document has the form, and this person may read it."""
    return (
        bool(me.directory.policies) and bool(columns_of(me.directory.policy_at(me.now))) and me.may(Question.VISIT_FORM)
    )


@router.get("/schools/{school}/visit-form")
def shown(request: Request, me: Annotated[Acquainted, by_page(Question.VISIT_FORM)], day: str = "") -> HTMLResponse:
    """The form of a day in London; of today where none is named, or none that there is."""
    with runtime_of(request).view(me.slug, visits.NAME, at_least=at_least(request)) as view:
        found = visit_form(view, me.directory, me.now, _named(day, me.now))
    return page(
        request,
        me,
        "visit_form.html",
        wide=True,
        day=found.day,
        columns=tuple(_HEADINGS.get(code) or sentence(in_words(code)).rstrip(".") for code in found.columns),
        rows=tuple(Row(visit=row.visit, cells=tuple(cell(code, row) for code in found.columns)) for row in found.rows),
        setting=me.directory.policy_at(me.now).setting("visit_form_columns"),
    )


def _named(day: str, now: datetime) -> date:
    try:
        return date.fromisoformat(day)
    except ValueError:
        return day_of(now)


def cell(code: str, row: FormRow) -> tuple[str, ...]:
    """The lines of one cell; none where nothing is known yet, or for a column of the school's own that nothing fills."""
    fill = _FILLS.get(code)
    return tuple(fill(row)) if fill is not None else ()


def _departed(row: FormRow) -> Iterable[str]:
    left = {p.name: p.left_at for p in row.people if p.left_at is not None}
    if len(set(left.values())) == 1:
        yield _moment(next(iter(left.values())))
    else:
        yield from (f"{name}: {_moment(at)}" for name, at in left.items())


def _start(row: FormRow) -> Iterable[str]:
    if row.agreed_at is not None:
        yield f"Agreed for {hm(row.agreed_at)}"
    if row.arrived_at is not None:
        yield f"At the door {hm(row.arrived_at)}"
    if row.planned_minutes is not None:
        yield f"{row.planned_minutes} minutes"
    elif row.back_by is not None:
        yield f"Back by {hm(row.back_by)}"


def _staff(row: FormRow) -> Iterable[str]:
    return (f"{p.name}: {p.mobile or 'no number held'}" for p in row.people)


def _address(row: FormRow) -> Iterable[str]:
    return (line for line in (row.address, *row.telephones) if line)


def _returned(row: FormRow) -> Iterable[str]:
    back = [p for p in row.people if p.back_at is not None]
    if len(back) == len(row.people) and len({(p.back_at, p.by_voice) for p in back}) == 1:
        yield _back(back[0].back_at, by_voice=back[0].by_voice)
    else:
        yield from (f"{p.name}: {_back(p.back_at, by_voice=p.by_voice)}" for p in back)


def _back(at: datetime | None, *, by_voice: bool) -> str:
    return "" if at is None else f"{_moment(at)}{', safe by voice' if by_voice else ''}"


def _moment(at: datetime) -> str:
    return f"{short_day(at)}, {hm(at)}"


_HEADINGS: Final[Mapping[str, str]] = {
    "departed_at": "Date and time of departure",
    "visit_start_and_expected_length": "Start of the visit, and how long it should last",
    "staff_name_and_mobile": "Who visits, and mobile number",
    "pupil_or_family": "Pupil or family",
    "address_and_phone": "Address and telephone",
    "returned_at": "Time back",
}
_FILLS: Final[Mapping[str, Callable[[FormRow], Iterable[str]]]] = {
    "departed_at": _departed,
    "visit_start_and_expected_length": _start,
    "staff_name_and_mobile": _staff,
    "pupil_or_family": lambda row: row.pupils,
    "address_and_phone": _address,
    "returned_at": _returned,
}
