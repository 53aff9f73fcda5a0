"""The policy as a document: when it is reviewed, what governors signed, who was told, and what waits for its keeper."""

from datetime import date
from typing import Annotated

import msgspec
from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from api.identity import Acquainted, runtime_of
from api.pages.flash import at_least
from api.pages.frame import page
from api.pages.parts import Action
from api.pages.policy import review_in_words
from api.pages.policy_calendar_actions import (
    acknowledge,
    answer,
    confirm_arrangements,
    keep_review,
    link,
    name_keepers,
    share,
    unlink,
)
from api.pages.settings_first import settings_of
from api.pages.templating import short_day
from api.pages.words import GOVERNORS_PARTS, INCIDENTS, REVIEW_OUTCOMES, audiences, listed, sentence
from api.permitted import by_page
from domain.ids import StaffId
from domain.permissions import Question
from domain.school.commands import DecideAmendment
from domain.school.record import Acknowledged, Arranged, Reviewed, Shared
from projections.history_lines import who
from projections.policy_calendar import NAME, AfterIncident, PolicyCalendar, policy_calendar

router = APIRouter(include_in_schema=False)


class IncidentLine(msgspec.Struct, frozen=True, kw_only=True):
    """An incident, and whether the policy changes for it."""

    says: str
    answer: str
    """What was decided, by whom and why; "" while nobody has."""
    actions: tuple[Action, ...]


class PastLine(msgspec.Struct, frozen=True, kw_only=True):
    """One line of what happened to the policy."""

    when: str
    says: str


class LinkedLine(msgspec.Struct, frozen=True, kw_only=True):
    """A document that the policy is read with."""

    title: str
    edition: str
    gone: Action | None


@router.get("/schools/{school}/policy/calendar")
def calendar(request: Request, me: Annotated[Acquainted, by_page(Question.POLICY_CALENDAR)]) -> HTMLResponse:
    """What waits for the keeper first; then the reviews, who was told, and what the policy is read with."""
    policy = settings_of(me)
    answers = me.may(DecideAmendment)
    with runtime_of(request).view(me.slug, NAME, at_least=at_least(request)) as view:
        found = policy_calendar(view, me.directory, me.now, answers=answers)
    offered = (
        keep_review(me, found.review),
        acknowledge(me, policy),
        confirm_arrangements(me, policy),
        share(me, policy),
        name_keepers(me, found),
        link(me),
    )
    return page(
        request,
        me,
        "policy_calendar.html",
        found=found,
        review_says=review_in_words(found.review),
        keeper=_keeper(found),
        incidents=tuple(_incident(one, me) for one in found.incidents),
        past=tuple(_past(found, me)),
        linked=tuple(
            LinkedLine(title=one.title, edition=one.edition, gone=unlink(me, one)) for one in found.record.linked
        ),
        actions=tuple(one for one in offered if one is not None),
    )


def _keeper(found: PolicyCalendar) -> str:
    committee = f" Responsible committee of governors: {found.committee}." if found.committee else ""
    name = f": {found.keeper}" if found.keeper else ""
    return f"Kept by {found.owner}{name}.{committee}"


def _incident(one: AfterIncident, me: Acquainted) -> IncidentLine:
    kinds = listed([INCIDENTS[kind] for kind in one.kinds])
    answer_says = ""
    if one.answer is not None:
        decided = "The policy changes" if one.answer.amend else "The policy stays as it is"
        why = f": {one.answer.why}" if one.answer.why else ""
        answer_says = sentence(f"{decided}, {_by(me, one.answer.by)}, {short_day(one.answer.on)}{why}")
    return IncidentLine(
        says=f"{kinds[:1].upper()}{kinds[1:]}, {short_day(one.at)}{f', told by {one.by.name}' if one.by else ''}",
        answer=answer_says,
        actions=() if one.answer is not None else answer(me, one.event),
    )


def _past(found: PolicyCalendar, me: Acquainted) -> list[PastLine]:
    """Reviews, signatures and sharings, the latest day first."""
    record = found.record
    lines: list[tuple[date, str, Reviewed | Acknowledged | Arranged | Shared]] = [
        *((one.on, f"Reviewed, signed {one.signature}: {REVIEW_OUTCOMES[one.outcome]}", one) for one in record.reviews),
        *(
            (one.on, f"Governors {GOVERNORS_PARTS.get(one.part, 'signed for it')}, signed {one.signature}", one)
            for one in record.acknowledged
        ),
        *((one.on, "Safeguarding arrangements confirmed", one) for one in record.arranged),
        *(
            (one.on, f"Shared: {audiences(one.audience)}{f', {one.where}' if one.where else ''}", one)
            for one in record.shared
        ),
    ]
    lines.sort(key=lambda line: line[0], reverse=True)
    return [
        PastLine(when=short_day(on), says=f"{says}. Version {one.version}; put on record by {_by(me, one.by)}.")
        for on, says, one in lines
    ]


def _by(me: Acquainted, person: StaffId) -> str:
    return who(me.directory.people, person).name
