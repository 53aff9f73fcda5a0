"""Choosing who one is. In the demonstration only: everybody is invented, and nobody proves anything."""

from collections.abc import Iterable
from datetime import datetime
from typing import Annotated
from urllib.parse import parse_qs

import msgspec
from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from starlette.exceptions import HTTPException

from api.identity import COOKIE, Acquainted, runtime_of
from api.pages.frame import page
from api.pages.menu import landing
from api.permitted import by_page
from api.runtime import Runtime
from api.who_asks import acquaint
from domain.permissions import Question
from domain.roles import Role, in_words
from domain.staff.state import Person
from eventlog.migrate import School

router = APIRouter(include_in_schema=False)
landing_router = APIRouter(include_in_schema=False)
"""The first page of each school, in the demonstration and elsewhere."""

_FIRST = (Role.HEADTEACHER, Role.DSL, Role.DDSL, Role.SLT, Role.ATTENDANCE_OFFICER, Role.OFFICE_MANAGER)
_LAST = (Role.TEACHER, Role.AGENCY_PROFESSIONAL, Role.GOVERNOR, Role.TRUST_READER, Role.ADMINISTRATOR)
_BEGIN_WITH = (Role.TEACHER, Role.OFFICE_MANAGER, Role.HEADTEACHER, Role.DSL, Role.GOVERNOR)
"""The kinds of work shown first: visitor, office, head, DSL, governor."""


class Choice(msgspec.Struct, frozen=True, kw_only=True):
    """A person one may be."""

    id: str
    name: str
    roles: str
    job: str


class SchoolChoice(msgspec.Struct, frozen=True, kw_only=True):
    """A school, whose policy it runs, and its people."""

    slug: str
    name: str
    policy: str
    first: tuple[Choice, ...]
    """One person for each kind of work: a good place to begin."""
    others: tuple[Choice, ...]


@router.get("/")
def choose(request: Request) -> HTMLResponse:
    """The schools and their people."""
    runtime = runtime_of(request)
    schools = tuple(_school(runtime, school) for school in runtime.schools())
    return page(request, None, "choose.html", schools=schools, chosen=request.cookies.get(COOKIE, ""))


@router.post("/choose")
async def chosen(request: Request) -> Response:
    """Keep who one is, and go to that person's first page.

    Raises as `acquaint`, and HTTPException for a form with more fields than the page has.
    """
    try:
        form = parse_qs((await request.body()).decode(errors="replace"), max_num_fields=10)
    except ValueError:
        raise HTTPException(400, "This form has too many fields. Choose again who you are") from None
    slug, named = (form.get(field, [""])[0] for field in ("school", "person"))
    me = acquaint(runtime_of(request), slug, named)
    response = RedirectResponse(landing(me), status_code=303)
    response.set_cookie(COOKIE, str(me.id), path="/", httponly=True, samesite="strict")
    return response


@landing_router.get("/schools/{school}")
@landing_router.get("/schools/{school}/")
def first_page(me: Annotated[Acquainted, by_page(Question.SCHOOL)]) -> RedirectResponse:
    """The page that this person begins with."""
    return RedirectResponse(landing(me), status_code=303)


def _school(runtime: Runtime, school: School) -> SchoolChoice:
    directory = runtime.directory(school.slug)
    now = runtime.now()
    try:
        policy = directory.policy_at(now).title
    except LookupError:
        policy = ""
    people = sorted((p for p in directory.people.values() if p.here), key=lambda p: _order(p, now))
    by_role = {role: p for role in _BEGIN_WITH for p in reversed(people) if p.main_role(now) is role}
    first = tuple(by_role[role] for role in _BEGIN_WITH if role in by_role)
    return SchoolChoice(
        slug=school.slug,
        name=school.name,
        policy=policy,
        first=tuple(_choice(p, now) for p in first),
        others=tuple(_choice(p, now) for p in people if p not in first),
    )


def _choice(person: Person, now: datetime) -> Choice:
    roles = _in_words(person.roles_at(now) or (person.role_word(now),))
    return Choice(id=str(person.id), name=person.name, roles=roles, job=person.job)


def _order(person: Person, now: datetime) -> tuple[int, str]:
    role = person.main_role(now)
    if role in _FIRST:
        return _FIRST.index(role), person.name
    after = len(_FIRST)
    return (after + 1 + _LAST.index(role) if role in _LAST else after), person.name


def _in_words(roles: Iterable[str]) -> str:
    words = (in_words(role).removeprefix("the ").removeprefix("a member of ").removeprefix("a ") for role in roles)
    said = ", ".join(dict.fromkeys(words))
    return said[:1].upper() + said[1:]
