"""The figures of a trust's schools, one beside another. Never a name, and no sum: a sum would undo what each school masks."""

from typing import Annotated

import msgspec
from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import HTMLResponse

from api.governors_words import total
from api.identity import Acquainted, runtime_of
from api.pages.frame import page
from api.pages.governors import asked_term
from api.permitted import PermittedAcross
from domain.permissions import Question
from projections.governors import NAME, report
from projections.governors_policy import Answer

router = APIRouter(include_in_schema=False)


class SchoolFigures(msgspec.Struct, frozen=True, kw_only=True):
    """What one school's governors read of the term."""

    name: str
    href: str
    total: str
    answers: tuple[Answer, ...]


@router.get("/trust")
def trust(
    request: Request,
    readers: Annotated[tuple[Acquainted, ...], Depends(PermittedAcross(Question.TRUST))],
    term: Annotated[str, Query(max_length=20)] = "",
) -> HTMLResponse:
    """Each school's plain answers and how many visits there were, in this term or another."""
    wanted = asked_term(readers[0], term)
    schools = []
    for me in sorted(readers, key=lambda one: one.school.name):
        if me.policy is None:
            continue
        with runtime_of(request).view(me.slug, NAME) as view:
            found = report(view, me.directory, wanted, school=me.school.name, now=me.now)
        schools.append(
            SchoolFigures(
                name=me.school.name,
                href=f"/schools/{me.slug}/governors?term={wanted.code}",
                total=total(found),
                answers=found.answers,
            )
        )
    return page(request, None, "trust.html", schools=tuple(schools), term=wanted)
