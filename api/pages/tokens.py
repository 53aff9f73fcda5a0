"""Tokens by which programs act for somebody: the register's nightly import, a sheet on the staff room's wall."""

from datetime import timedelta
from typing import Annotated, Final

import msgspec
from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from accounts.api_tokens import LONGEST, ApiToken, new_token_id
from api import access_log
from api.http.commands import PUBLIC
from api.identity import Acquainted, runtime_of
from api.pages.flash import Done, keep
from api.pages.frame import page
from api.permitted import by_page
from domain.access.commands import KeepTokenEnded, KeepTokenMade
from domain.command import CommandKind
from domain.permissions import NOT_BY_A_TOKEN, QUESTIONS, Question, may, permission_of
from domain.refusal import NotPermitted, Unknown
from domain.roles import Role, in_words
from domain.times import LONDON

router = APIRouter(prefix="/schools/{school}/tokens", include_in_schema=False)

_DAYS: Final = 90


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """One token."""

    id: str
    name: str
    who: str
    """For whom it acts; "" for the person who looks."""
    role: str
    allows: str
    until: str
    used: str


class Choice(msgspec.Struct, frozen=True, kw_only=True):
    """Something that a token may name."""

    name: str
    says: str


class Group(msgspec.Struct, frozen=True, kw_only=True):
    """Choices of one kind."""

    title: str
    choices: tuple[Choice, ...]


class Typed(msgspec.Struct, frozen=True, kw_only=True):
    """What was typed, to be shown again."""

    name: str = ""
    ticked: frozenset[str] = frozenset()
    days: str = str(_DAYS)
    error: str = ""
    """What to put right; "" for nothing."""


NOTHING_TYPED: Final = Typed()


@router.get("")
def mine(request: Request, me: Annotated[Acquainted, by_page(Question.TOKENS)], role: str = "") -> HTMLResponse:
    """The tokens that count, and a form for another one in the role that is chosen."""
    return _page(request, me, role=role)


@router.post("")
def make(
    request: Request,
    me: Annotated[Acquainted, by_page(Question.TOKENS)],
    role: Annotated[str, Form(max_length=40)],
    name: Annotated[str, Form(max_length=80)] = "",
    allows: Annotated[tuple[str, ...], Form()] = (),
    days: Annotated[str, Form(max_length=4)] = "",
) -> HTMLResponse:
    """A new token: shown this once."""
    runtime, held = runtime_of(request), _role(me, role)
    offered = {choice.name for group in _offered(me, held) for choice in group.choices}
    for_days = int(days) if days.isdecimal() else 0
    says = ""
    if not name.strip():
        says = "Say what the token is for"
    elif not allows or not set(allows) <= offered:
        says = "Tick what the program may do"
    elif not 1 <= for_days <= LONGEST.days:
        says = f"Give a number of days, {LONGEST.days} at most"
    if says:
        typed = Typed(name=name, ticked=frozenset(allows), days=days, error=says)
        return _page(request, me, role=role, typed=typed)
    token, until = new_token_id(), me.now + timedelta(days=for_days)
    kept = KeepTokenMade(token=token, role=held, allows=tuple(sorted(allows)), until=until)
    access_log.done_by(runtime, me, kept)
    # That it was made is on record here; a crash before the next line leaves no token.
    made = runtime.accounts.tokens.make(token, me.slug, me.id, name.strip(), held, allows, me.now, until)
    return _page(request, me, role=role, made=made)


@router.post("/{token}/end")
def end(request: Request, me: Annotated[Acquainted, by_page(Question.ONE_TOKEN)], token: str) -> Response:
    """Take a token back: one's own, or anybody's by whoever looks after accounts."""
    runtime = runtime_of(request)
    found = next((one for one in _seen(request, me) if str(one.id) == token), None)
    if found is None:
        raise Unknown("token")
    access_log.done_by(runtime, me, KeepTokenEnded(token=found.id, staff=found.staff))
    runtime.accounts.tokens.end(found.id, me.slug, me.now)
    response = RedirectResponse(f"/schools/{me.slug}/tokens", status_code=303)
    keep(response, me.slug, Done(says=f"“{found.name}” opens nothing any more", command_id="", index=0))
    return response


def _seen(request: Request, me: Acquainted) -> tuple[ApiToken, ...]:
    every = runtime_of(request).accounts.tokens.of_school(me.slug, me.now)
    return tuple(one for one in every if one.staff == me.id or me.may_any(Question.TOKENS))


def _role(me: Acquainted, role: str) -> Role:
    held = next((one for one in me.person.roles_at(me.now) if one.value == role), None)
    if held is None:
        message = "A token acts in a role that you hold"
        raise NotPermitted(message)
    return held


def _offered(me: Acquainted, role: Role) -> tuple[Group, ...]:
    """What the role may ask and send at this school."""
    roles = tuple(one for one in me.person.roles if one.role is role)
    person, policy = msgspec.structs.replace(me.person, roles=roles), me.policy
    questions = tuple(
        Choice(name=one.value, says=QUESTIONS[one].says)
        for one in Question
        if one not in NOT_BY_A_TOKEN and may(person, permission_of(one), me.now, policy)
    )
    sent: dict[CommandKind, list[Choice]] = {kind: [] for kind in CommandKind}
    for name, command in sorted(PUBLIC.items()):
        if command in NOT_BY_A_TOKEN:
            continue
        if command.KIND is CommandKind.FACT or may(person, permission_of(command), me.now, policy):
            summary = (command.__doc__ or name).strip().split("\n", 1)[0]
            sent[command.KIND].append(Choice(name=name, says=summary))
    groups = (
        Group(title="Ask", choices=questions),
        Group(title="Plan", choices=(*sent[CommandKind.PLAN], *sent[CommandKind.CLOSING])),
        Group(title="Report what happened", choices=tuple(sent[CommandKind.FACT])),
    )
    return tuple(group for group in groups if group.choices)


def _page(
    request: Request, me: Acquainted, *, role: str = "", made: str = "", typed: Typed = NOTHING_TYPED
) -> HTMLResponse:
    held = me.person.roles_at(me.now)
    chosen = next((one for one in held if one.value == role), held[0] if held else None)
    return page(
        request,
        me,
        "tokens.html",
        status=422 if typed.error else 200,
        tokens=tuple(_line(me, one) for one in _seen(request, me)),
        roles=tuple((one.value, in_words(one)) for one in held),
        role=chosen.value if chosen is not None else "",
        groups=_offered(me, chosen) if chosen is not None else (),
        made=made,
        typed=typed,
    )


def _line(me: Acquainted, token: ApiToken) -> Line:
    whose = me.directory.people.get(token.staff)
    return Line(
        id=str(token.id),
        name=token.name,
        who="" if token.staff == me.id else (whose.name if whose is not None else "somebody who is not known"),
        role=in_words(token.role),
        allows=", ".join(sorted(token.allows)),
        until=f"{token.expires_at.astimezone(LONDON):%d %B %Y}".lstrip("0"),
        used=f"{token.used_at.astimezone(LONDON):%d %B %Y, %H:%M}".lstrip("0") if token.used_at else "",
    )
