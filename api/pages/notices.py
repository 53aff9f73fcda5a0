"""Who must be told. Everything here is pending: Doorstep does not send or ring anyone yet."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, Final

import msgspec
from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import HTMLResponse

from api.identity import Acquainted, person_of, runtime_of
from api.pages.flash import at_least
from api.pages.frame import page
from api.pages.menu import Area, refuse_unless_seen
from api.pages.settings_first import settings_of
from api.pages.words import listed, role_in_words
from projections.notices import NAME, Notice, Told, notices

router = APIRouter(include_in_schema=False)

NOT_SENT: Final = "Doorstep does not send or ring anyone yet"
_DAYS: Final = (1, 7, 30)

ABOUT: Final[Mapping[str, str]] = {
    "concern": "A concern was raised",
    "concern_not_on_roll": "A concern about a child who is not on roll",
    "child_alone": "A child is alone, with no adult",
    "child_not_seen": "A child was not seen: decide today what is done",
    "declined": "The family declined a safeguarding visit",
    "safety_cancellation": "A visit was called off for safety",
    "danger": "Danger was reported",
    "emergency": "999 was called",
    "clearance_voided": "OK to go no longer counts: something changed",
    "left_without_ok": "Staff left without OK to go",
    "stand_down": "No longer needed: reach the people who are out",
    "disowned": "Somebody says they never said what was typed for them",
    "told_beforehand": "A visit is planned: the safeguarding team hears beforehand",
    "appointment_changed": "The appointment was changed",
    "running_late": "The visitors are running late",
}
SPEED: Final[Mapping[str, str]] = {
    "immediate": "immediately",
    "asap": "as soon as possible",
    "today": "today",
    "beforehand": "beforehand",
}
CHANNELS: Final[Mapping[str, str]] = {"email": "by email", "telephone": "by telephone"}


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """One message that somebody has to pass on."""

    who: str
    role: str
    how: str
    number: str
    nobody: bool
    """Nobody at school holds the role."""


class Card(msgspec.Struct, frozen=True, kw_only=True):
    """Something that happened, with its messages."""

    told: Told
    heading: str
    where: str
    speed: str
    lines: tuple[Line, ...]


@router.get("/schools/{school}/notices")
def list_notices(
    request: Request,
    me: Annotated[Acquainted, Depends(person_of)],
    days: Annotated[int, Query(ge=1, le=366)] = 7,
) -> HTMLResponse:
    """What happened lately and who must be told, newest first."""
    refuse_unless_seen(me, Area.NOTICES)
    settings_of(me)
    since = me.now - timedelta(days=days)
    with runtime_of(request).view(me.slug, NAME, at_least=at_least(request)) as view:
        found = notices(view, me.directory, since=since)
    return page(
        request,
        me,
        "notices.html",
        cards=tuple(_card(one) for one in found),
        days=days,
        choices=tuple(d for d in _DAYS if d != days),
        not_sent=NOT_SENT,
    )


def _card(told: Told) -> Card:
    speeds = dict.fromkeys(notice.speed for notice in told.notices)
    return Card(
        told=told,
        heading=ABOUT[told.about],
        where=", ".join(part for part in (listed(told.pupils), told.street) if part),
        speed=SPEED[next(iter(speeds))],
        lines=tuple(_line(notice, told) for notice in told.notices),
    )


def _line(notice: Notice, told: Told) -> Line:
    roles = listed([role_in_words(word) for word in notice.words])
    how = listed([CHANNELS.get(c, f"in {c}") for c in notice.channels])
    match notice.kind:
        case "person":
            return Line(who=notice.name, role=roles, how=how, number=notice.number, nobody=False)
        case "family":
            family = f"The family of {listed(told.pupils)}" if told.pupils else "The family"
            return Line(who=family, role="", how=how, number="", nobody=False)
        case "outside":
            return Line(who=roles[:1].upper() + roles[1:], role="the DSL decides", how=how, number="", nobody=False)
        case "nobody":
            return Line(who=roles[:1].upper() + roles[1:], role="", how=how, number="", nobody=True)
