"""The school's policy: each of the 63 settings in words, where it comes from, and whether Doorstep applies it yet."""

from collections.abc import Iterable
from itertools import groupby
from typing import Annotated

import msgspec
from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from api.identity import Acquainted
from api.pages.frame import page
from api.pages.settings_first import settings_of
from api.permitted import by_page
from commands.policy_compare import compare, side_by_side
from commands.policy_files import describe, load_policy, policy_keys
from commands.policy_words import PolicyRow
from domain.permissions import Question
from domain.policy import Source
from domain.school.commands import AdoptSettings
from domain.school.review import Review, review
from domain.staff.words import day_in_words
from domain.times import day_of

router = APIRouter(include_in_schema=False)


class Column(msgspec.Struct, frozen=True, kw_only=True):
    """One policy beside the others."""

    title: str
    ours: bool
    """Whether it is this school's, in force now."""


class Group(msgspec.Struct, frozen=True, kw_only=True):
    """The settings under one heading."""

    heading: str
    anchor: str
    rows: tuple[PolicyRow, ...]


@router.get("/schools/{school}/policy")
def policy(request: Request, me: Annotated[Acquainted, by_page(Question.POLICY)]) -> HTMLResponse:
    """The settings in force now, group by group. A late review warns and blocks nothing."""
    in_force = settings_of(me)
    rows = describe(in_force)
    found = review(in_force, day_of(me.now), me.directory.record)
    return page(
        request,
        me,
        "policy.html",
        policy=in_force,
        groups=tuple(groups_of(rows)),
        review=found,
        review_says=review_in_words(found),
        count=len(rows),
        keeps=me.may(Question.ERASURE),
        coming=me.directory.coming(me.now),
        versions=tuple(sorted(me.directory.policies, key=lambda one: one.version, reverse=True)),
        changes=me.may(Question.POLICY_CHANGE),
        adopts=me.may(AdoptSettings),
        in_use=sum(row.in_use for row in rows),
        by_source=tuple((words, sum(r.origin is source for r in rows)) for source, words in _SOURCES),
    )


@router.get("/schools/{school}/policy/beside")
def beside(request: Request, me: Annotated[Acquainted, by_page(Question.POLICY)]) -> HTMLResponse:
    """Ours beside the five that come with Doorstep, setting by setting; those in which they differ first."""
    in_force = settings_of(me)
    five = [load_policy(key) for key in policy_keys()]
    # A school that has adopted one of the five as it is stands there once.
    others = [one for one in five if compare(one, in_force)]
    columns = (in_force, *others)
    rows = side_by_side(columns)
    return page(
        request,
        me,
        "policies_beside.html",
        wide=True,
        columns=tuple(Column(title=one.title, ours=one is in_force) for one in columns),
        otherwise=tuple(row for row in rows if not row.alike),
        alike=tuple(row for row in rows if row.alike),
    )


_SOURCES = (
    (Source.CLAUSE, "from the school's own document"),
    (Source.READING, "our reading of it, to be confirmed by the school"),
    (Source.DEFAULT, "Doorstep's default, where the document is silent"),
)


def groups_of(rows: Iterable[PolicyRow]) -> Iterable[Group]:
    """The rows under their headings, in their order."""
    for place, (heading, found) in enumerate(groupby(rows, key=lambda row: row.group)):
        yield Group(heading=heading, anchor=f"group-{place + 1}", rows=tuple(found))


def review_in_words(found: Review) -> str:
    """When the policy is to be reviewed, as a sentence."""
    last = f"Last reviewed in {_month(found.last)}. " if found.last else ""
    if found.due is None:
        return f"{last}No date is known for the next review; one is due every {found.cycle_months} months."
    day = day_in_words(found.due)
    how = f", reckoned from the last one and a cycle of {found.cycle_months} months" if found.reckoned else ""
    if found.overdue:
        return f"{last}The next review was due by {day}{how}. Visits go on meanwhile: nothing is blocked."
    return f"{last}The next review is due by {day}{how}."


def _month(month: str) -> str:
    names = [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ]
    year, number = month.split("-")
    return f"{names[int(number) - 1]} {year}"
