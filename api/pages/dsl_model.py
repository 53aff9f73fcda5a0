"""The DSL's lists as sentences: what waits, what was decided, how long it took."""

from collections.abc import Iterable
from datetime import datetime

import msgspec

from api.identity import Acquainted
from api.pages.notices import ABOUT, tell
from api.pages.parts import Action, Input
from api.pages.templating import moment, short_day
from api.pages.words import CONCERNS, INSTEAD, NOT_SEEN_DECISIONS, in_words, listed, role_in_words
from domain.times import day_of
from domain.visit.events import Outcome
from domain.visit.rules.seen import Because
from projections.children_alone import ChildAlone
from projections.children_not_seen import ChildNotSeen
from projections.concerns import Concern
from projections.deviations import Deviation
from projections.doors import Child
from projections.history_lines import Who
from projections.not_said import NobodySeen
from projections.notices import DAYS, SAFEGUARDING, Danger

_BECAUSE = {
    Because.OUTCOME: "not seen",
    Because.NO_ANSWER: "nobody answered",
    Because.REFUSED: "the family refused",
    Because.NOT_APPROVED: "the school said no to the visit",
    Because.CANCELLED: "called off at the door",
    Because.CANCELLED_FOR_SAFETY: "called off because it was not safe",
    Because.NOT_SAID: "they left the house, and nobody has said whether the child was seen",
}


_FOUND = {
    Outcome.ADULT_ONLY: "only an adult was seen",
    Outcome.NO_ANSWER: "nobody answered",
    Outcome.MOVED: "the family has moved",
    Outcome.REFUSED: "the family refused",
}


class NotSeenLine(msgspec.Struct, frozen=True, kw_only=True):
    """A child not seen, as the page shows it."""

    child: ChildNotSeen
    because: str
    purpose: str
    due: str
    decision: str
    when_decided: str
    refusal: str
    """Why the school said no to the visit, and what is done instead; "" for any other cause."""


def not_seen_line(child: ChildNotSeen, now: datetime) -> NotSeenLine:
    """The sentences about one child."""
    told = _FOUND.get(child.outcome) if child.outcome is not None else None
    when = ""
    if child.decided_at is not None:
        late = "" if child.same_day else ", not on the same day"
        when = f"{child.decided_by_name}, {moment(child.decided_at, now)}{late}"
    return NotSeenLine(
        child=child,
        because=f"{told or _BECAUSE[child.because]}, {moment(child.since, now)}",
        purpose=in_words(child.purpose) if child.purpose else "",
        due="Decide today" if not child.overdue else f"Was to be decided on {short_day(child.since)}",
        decision=NOT_SEEN_DECISIONS[child.decision] if child.decision is not None else "",
        when_decided=when,
        refusal=_refusal(child) if child.because is Because.NOT_APPROVED else "",
    )


def _refusal(child: ChildNotSeen) -> str:
    said = f"{child.refused_by_name or 'Somebody'} said no: “{child.refused_why}”." if child.refused_why else ""
    code = child.refused_instead
    done = INSTEAD.get(code, code.replace("_", " ")).rstrip(".") if code else "nothing was named"
    return f"{said} Instead: {done}.".strip()


class NobodySeenLine(msgspec.Struct, frozen=True, kw_only=True):
    """A visit where nobody answered and that is not written up, as the page shows it."""

    about: str
    when: str
    href: str


def nobody_seen_line(one: NobodySeen, me: Acquainted) -> NobodySeenLine:
    """The sentences about one such visit."""
    return NobodySeenLine(
        about=", ".join(part for part in (listed(one.pupils), one.street) if part),
        when=f"nobody answered, {moment(one.since, me.now)}" + (f" · {listed(one.people)} went" if one.people else ""),
        href=f"/schools/{me.slug}/visits/{one.visit}",
    )


class DangerLine(msgspec.Struct, frozen=True, kw_only=True):
    """A danger that the DSL has not ticked off, as the page shows it."""

    says: str
    about: str
    when: str
    href: str
    """The notices, as far back as it is."""
    know: Action | None
    """To say that one knows of it; None for whom no notice is meant."""


def danger_line(one: Danger, me: Acquainted) -> DangerLine:
    """The sentences about one danger."""
    told, now = one.told, me.now
    over = (
        f"they said at {moment(one.over_at, now)} that it is over" if one.over_at else "nobody has said that it is over"
    )
    mine = next((n for n in told.notices if n.person == me.id and SAFEGUARDING & set(n.words)), None)
    days = min(366, max(DAYS, (day_of(now) - day_of(told.at)).days))
    return DangerLine(
        says=ABOUT[told.about],
        about=", ".join(part for part in (listed(told.people), told.street) if part) or "a trip that nobody planned",
        when=f"{moment(told.at, now)}; {over}",
        href=f"/schools/{me.slug}/notices?days={days}",
        know=None if mine is None else tell(mine, told, mine.name, me, f"/schools/{me.slug}/dsl"),
    )


class ConcernLine(msgspec.Struct, frozen=True, kw_only=True):
    """A concern, as a list shows it: no text of it."""

    concern: Concern
    about: str
    kind: str
    raised: str
    lag: str


def concern_line(concern: Concern, now: datetime) -> ConcernLine:
    """The sentences about one concern."""
    return ConcernLine(
        concern=concern,
        about=names(concern.pupils) or concern.child_described or "a child not named",
        kind=CONCERNS.get(concern.category, concern.category) or "not said what kind",
        raised=f"{concern.raised_by.name}, {moment(concern.raised_at, now)}",
        lag=duration(concern.lag_seconds) if concern.lag_seconds is not None else "",
    )


class AloneLine(msgspec.Struct, frozen=True, kw_only=True):
    """A child found alone, as the page shows it."""

    alone: ChildAlone
    about: str
    found: str
    over: str


def alone_line(alone: ChildAlone, now: datetime) -> AloneLine:
    """The sentences about one child found alone."""
    return AloneLine(
        alone=alone,
        about=names(alone.pupils) or "a child",
        found=f"{alone.by.name}, {moment(alone.at, now)}",
        over="" if alone.over_at is None else moment(alone.over_at, now),
    )


class DeviationLine(msgspec.Struct, frozen=True, kw_only=True):
    """A deviation, as the page shows it."""

    deviation: Deviation
    about: str
    when: str
    explain: Action
    review: Action | None
    """For one that no visit's history shows: marked as reviewed right here."""


def deviation_line(one: Deviation, now: datetime, here: str) -> DeviationLine:
    """The sentences about one deviation, and what can be done about it."""
    about = ", ".join(part for part in (names(one.pupils), one.street) if part)
    explain = explain_action(str(one.event), here)
    review = None
    if one.visit is None and one.trip is not None and one.reviewed_at is None:
        review = Action(
            label="Mark as reviewed",
            command="review-history",
            fields={"trip": str(one.trip), "next": here, "says": f"{one.person.name}, {one.says}: reviewed"},
        )
    return DeviationLine(
        deviation=one,
        about=about or "a trip that no visit belongs to",
        when=f"{who_in_role(one.person)}, {moment(one.at, now)}",
        explain=explain,
        review=review,
    )


def explain_action(event: str, back: str) -> Action:
    """Why something was done otherwise, as a form."""
    return Action(
        label="Add the reason",
        command="explain-deviation",
        fields={"event": event, "next": back, "says": "The reason is kept beside it"},
        inputs=(Input(name="reason", label="Why it was done otherwise", kind="textarea", required=True),),
        button="Keep the reason",
    )


def names(children: Iterable[Child]) -> str:
    """Names as a sentence lists them."""
    return listed([child.name for child in children])


def who_in_role(who: Who) -> str:
    """“Amira Khan, attendance officer”."""
    role = role_in_words(who.role) if who.role is not None else ""
    for article in ("the ", "a member of ", "a "):
        role = role.removeprefix(article)
    return ", ".join(part for part in (who.name, role) if part and part != "doorstep")


def duration(seconds: int) -> str:
    """How long something took: “20 min”, “3 h 5 min”, “2 days”.

    >>> duration(59), duration(20 * 60), duration(3 * 3600 + 300), duration(49 * 3600)
    ('under a minute', '20 min', '3 h 5 min', '2 days')
    """
    minutes = seconds // 60
    if minutes < 1:
        return "under a minute"
    if minutes < 60:  # noqa: PLR2004 - an hour
        return f"{minutes} min"
    hours = minutes // 60
    return f"{hours} h {minutes % 60} min" if hours < 48 else f"{hours // 24} days"  # noqa: PLR2004 - two days
