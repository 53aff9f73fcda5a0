"""Who must be told, and whom a person says they told. Doorstep does not send or ring anyone yet."""

from collections.abc import Mapping
from typing import Annotated, Final

import msgspec
from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse

from api.identity import Acquainted, runtime_of
from api.pages.flash import at_least
from api.pages.frame import page
from api.pages.parts import Action, Input
from api.pages.settings_first import settings_of
from api.pages.templating import short_day
from api.pages.wording_glass import who_and_until
from api.pages.words import TOLD_BY, listed, role_in_words
from api.permitted import by_page
from domain.permissions import Question
from domain.shared.commands import SayTold
from domain.times import day_of, hm
from projections.notices import DAYS, NAME, Notice, Told, lately, notices

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
    "absence_flagged": "An absence is to be looked into",
    "glass_broken": "Somebody of another school opened our records",
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
    told: str
    """“told by Pat Office at 10:40, by telephone”; "" while it waits."""
    note: str
    tell: Action
    """To say that they were told."""


class Card(msgspec.Struct, frozen=True, kw_only=True):
    """Something that happened, with its messages."""

    told: Told
    heading: str
    where: str
    reason: str
    """Why somebody of another school opened the records; "" for anything else."""
    speed: str
    lines: tuple[Line, ...]


@router.get("/schools/{school}/notices")
def list_notices(
    request: Request,
    me: Annotated[Acquainted, by_page(Question.NOTICES)],
    days: Annotated[int, Query(ge=1, le=366)] = DAYS,
) -> HTMLResponse:
    """What happened lately and who must be told, newest first."""
    settings_of(me)
    with runtime_of(request).view(me.slug, NAME, at_least=at_least(request)) as view:
        found = notices(view, me.directory, since=lately(me.now, days))
    me.looks.about.update(one for told in found for one in (told.visit, told.trip, told.concern) if one is not None)
    me.looks.shown.update(one for told in found for one in told.pupil_ids)
    return page(
        request,
        me,
        "notices.html",
        cards=tuple(_card(one, me, days) for one in found),
        days=days,
        choices=tuple(d for d in _DAYS if d != days),
        not_sent=NOT_SENT,
        waiting=sum(not t.taken_back and any(n.status == "pending" for n in t.notices) for t in found),
    )


def _card(told: Told, me: Acquainted, days: int) -> Card:
    speeds = dict.fromkeys(notice.speed for notice in told.notices)
    return Card(
        told=told,
        heading=ABOUT[told.about],
        where=_where(told),
        reason=told.opened.glass.reason if told.opened is not None else "",
        speed=SPEED[next(iter(speeds))],
        lines=tuple(_line(notice, told, me, days) for notice in told.notices),
    )


def _where(told: Told) -> str:
    if told.opened is not None:
        return who_and_until(told.opened.name, told.opened.glass)
    return ", ".join(part for part in (listed(told.pupils or told.people), told.street) if part)


def _line(notice: Notice, told: Told, me: Acquainted, days: int) -> Line:
    roles = listed([role_in_words(word) for word in notice.words])
    who, role = _whom(notice, told, roles)
    by = ""
    if notice.told_at is not None:
        day = "" if day_of(notice.told_at) == day_of(me.now) else f" on {short_day(notice.told_at)}"
        how = TOLD_BY.get(notice.told_how, notice.told_how)
        by = f"told by {notice.told_by}{day} at {hm(notice.told_at)}, {how}"
        if notice.kind == "person" and notice.told_by == notice.name:
            by = f"{notice.told_by} says that they know, since {hm(notice.told_at)}{day}"
    return Line(
        who=who,
        role=role,
        how=listed([CHANNELS.get(c, f"in {c}") for c in notice.channels]),
        number=notice.number,
        nobody=notice.kind == "nobody",
        told=by,
        note=notice.told_note,
        tell=tell(notice, told, who, me, f"/schools/{me.slug}/notices?days={days}"),
    )


def _whom(notice: Notice, told: Told, roles: str) -> tuple[str, str]:
    """Who is to be told, and as what."""
    match notice.kind:
        case "person":
            return notice.name, roles
        case "family":
            return f"The family of {listed(told.pupils)}" if told.pupils else "The family", ""
        case "outside":
            return roles[:1].upper() + roles[1:], "the DSL decides"
        case "nobody":
            return roles[:1].upper() + roles[1:], ""


def tell(notice: Notice, told: Told, who: str, me: Acquainted, back: str) -> Action:
    """The words of a person who told somebody; it is theirs, with its time, and may be corrected like any other."""
    whom = {"person": str(notice.person)} if notice.person is not None else {"word": notice.words[0]}
    asked = next((c for c in notice.channels if c in TOLD_BY), "telephone")
    channels = sorted(TOLD_BY.items(), key=lambda pair: pair[0] != asked)
    mine = notice.person == me.id
    where = _where(told)
    return Action(
        label="I know of this" if mine else f"Say that {who} was told",
        command=SayTold.NAME,
        fields={
            "event": str(told.event),
            "about": told.about,
            **whom,
            "next": back,
            "says": f"{who} {'knows' if mine else 'was told'}: {ABOUT[told.about]}{f'. {where}' if where else ''}",
        },
        inputs=(
            Input(name="channel", label="How", options=tuple(channels)),
            Input(
                name="at",
                label="When, if not just now",
                kind="datetime-local",
                hint="Leave it empty for now",
            ),
            Input(name="note", label="What was said, if that matters", kind="textarea"),
        ),
        button="I know" if mine else "They were told",
    )
