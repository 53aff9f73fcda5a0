"""The DSL's desk: what needs me today, and a page for each list."""

from typing import Annotated

import msgspec
from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from api.identity import Acquainted, runtime_of
from api.pages.choices import find_pupils
from api.pages.dsl_model import (
    AloneLine,
    ConcernLine,
    DangerLine,
    DeviationLine,
    NobodySeenLine,
    NotSeenLine,
    alone_line,
    concern_line,
    danger_line,
    deviation_line,
    nobody_seen_line,
    not_seen_line,
)
from api.pages.flash import at_least
from api.pages.frame import page
from api.pages.parts import Action, Input
from api.pages.policy import review_in_words
from api.pages.saying_seen import Asked, asked
from api.pages.templating import moment
from api.pages.wording import EventWords, describe_event
from api.pages.words import NOT_SEEN_DECISIONS
from api.permitted import by_page
from domain.ids import Stream
from domain.permissions import Question
from domain.school.review import review
from domain.shared.commands import SettleSpokenWord
from domain.times import day_of
from projections import (
    children_alone,
    children_not_seen,
    concerns,
    deviations,
    dsl_history,
    notices,
    spoken_words,
    visits,
)
from projections.history_lines import who
from projections.history_links import visits_of
from projections.not_said import for_the_dsl, nobody_seen
from projections.outsiders import not_reviewed
from projections.spoken_words import Spoken
from projections.views import View

router = APIRouter(include_in_schema=False)

FIRST = 5
"""Lines of each list on the first page."""


class SpokenLine(msgspec.Struct, frozen=True, kw_only=True):
    """A word that was typed for somebody, as the page shows it."""

    what: str
    says: str
    said_by: str
    typed_by: str
    at: str
    href: str
    """The history it stands in; "" where there is none."""
    settle: Action | None = None
    """To say what was done about a disowned word; None where nothing is to be done."""
    settled: str = ""
    """What was done, by whom and when."""


class Desk(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that waits."""

    undecided: tuple[NotSeenLine, ...]
    decided: tuple[NotSeenLine, ...]
    open: tuple[ConcernLine, ...]
    actioned: tuple[ConcernLine, ...]
    alone: tuple[AloneLine, ...]
    not_as_policy: tuple[DeviationLine, ...]
    advice: tuple[DeviationLine, ...]
    reviewed: tuple[DeviationLine, ...]
    disowned: tuple[SpokenLine, ...]
    settled: tuple[SpokenLine, ...]
    """Disowned words that somebody looked into."""
    unanswered: tuple[SpokenLine, ...]
    not_said: tuple[Asked, ...]
    """Children of whom nobody has said whether they were seen, and for whom nothing is to be decided yet."""
    dangers: tuple[DangerLine, ...]
    """Danger and 999 that the DSL has not ticked off."""
    nobody_seen: tuple[NobodySeenLine, ...]
    """Visits where nobody answered, which wait for their write-up."""

    @property
    def overdue(self) -> int:
        """How many children were to be decided for on an earlier day."""
        return sum(line.child.overdue for line in self.undecided)

    @property
    def still_alone(self) -> tuple[AloneLine, ...]:
        """Children of whom nobody has said that they are in safe hands."""
        return tuple(line for line in self.alone if line.alone.open)


NAMES = (
    children_not_seen.NAME,
    concerns.NAME,
    children_alone.NAME,
    deviations.NAME,
    spoken_words.NAME,
    dsl_history.NAME,
    visits.NAME,
    notices.NAME,
)


def _desk(request: Request, me: Acquainted, here: str) -> Desk:
    with runtime_of(request).view(me.slug, *NAMES, at_least=at_least(request)) as view:
        return _ask(view, request, me, here)


def _ask(view: View, request: Request, me: Acquainted, here: str) -> Desk:
    now, known = me.now, me.directory
    unseen = children_not_seen.children_not_seen(view, known, now)
    worries = concerns.concerns(view, known)
    noted = deviations.deviations(view, known)
    return Desk(
        undecided=tuple(not_seen_line(child, now) for child in unseen.undecided),
        decided=tuple(not_seen_line(child, now) for child in unseen.decided),
        open=tuple(concern_line(one, now) for one in worries.open),
        actioned=tuple(concern_line(one, now) for one in worries.actioned),
        alone=tuple(alone_line(one, now) for one in children_alone.children_alone(view, known)),
        not_as_policy=tuple(deviation_line(one, now, here) for one in noted.not_as_policy),
        advice=tuple(deviation_line(one, now, here) for one in noted.advice),
        reviewed=tuple(deviation_line(one, now, here) for one in noted.reviewed),
        disowned=tuple(_spoken(view, request, me, one) for one in reversed(spoken_words.disowned(view))),
        settled=tuple(_spoken(view, request, me, one) for one in spoken_words.settled(view)[:20]),
        not_said=asked(for_the_dsl(view, known), now, f"/schools/{me.slug}/visits/{{visit}}", may_say=False),
        dangers=tuple(danger_line(one, me) for one in notices.dangers(view, known)),
        nobody_seen=tuple(nobody_seen_line(one, me) for one in nobody_seen(view, known)),
        unanswered=tuple(_spoken(view, request, me, one) for one in spoken_words.unanswered_past_their_day(view, now)),
    )


def _spoken(view: View, request: Request, me: Acquainted, one: Spoken) -> SpokenLine:
    recorded = runtime_of(request).store.log(me.slug).event(one.event)
    visits = visits_of(view, Stream(one.stream_kind, one.stream))
    words = describe_event(recorded, me.directory) if recorded is not None else EventWords(title="An entry")
    people = me.directory.people
    return SpokenLine(
        what=words.title,
        says=words.body,
        said_by=who(people, one.said_by).name,
        typed_by=who(people, one.typed_by).name,
        at=moment(one.at, me.now),
        href=f"/schools/{me.slug}/visits/{visits[0]}/history#event-{one.event}" if visits else "",
        settle=_settle(me, one) if one.answer == "disowned" and not one.settled else None,
        settled=_settled(me, one),
    )


def _settle(me: Acquainted, one: Spoken) -> Action:
    said_by, typed_by = (who(me.directory.people, person).name for person in (one.said_by, one.typed_by))
    return Action(
        label="Say what was done",
        command=SettleSpokenWord.NAME,
        fields={
            "event": str(one.event),
            "next": f"/schools/{me.slug}/dsl/spoken-words",
            "says": f"What was done about the word typed for {said_by} is kept",
        },
        inputs=(
            Input(
                name="action",
                label="What was done about it",
                kind="textarea",
                hint=f"Whom you spoke to, {said_by} or {typed_by}, and what is true",
                required=True,
            ),
        ),
        button="Keep it",
    )


def _settled(me: Acquainted, one: Spoken) -> str:
    if one.settled_by is None or one.settled_at is None:
        return ""
    return f"“{one.settled}” {who(me.directory.people, one.settled_by).name}, {moment(one.settled_at, me.now)}"


@router.get("/schools/{school}/dsl")
def home(request: Request, me: Annotated[Acquainted, by_page(Question.DSL)], q: str = "") -> HTMLResponse:
    """What needs me today, and the way to a child's chronology."""
    desk = _desk(request, me, f"/schools/{me.slug}/dsl")
    found = find_pupils(me.directory, q, ())
    unkept = runtime_of(request).later.overdue(me.slug)
    return page(
        request,
        me,
        "dsl.html",
        desk=desk,
        first=FIRST,
        found=found,
        late=_late_review(me),
        unkept=unkept,
        from_outside=not_reviewed(me.directory) if me.may(Question.GLASSES) else 0,
        may_open=me.may(Question.BREAK_GLASS),
    )


def _late_review(me: Acquainted) -> str:
    """That the policy is past its review, in words; "" where it is not, or none is adopted yet."""
    known = me.directory
    due = review(known.policy_at(me.now), day_of(me.now), known.record) if known.policies else None
    return review_in_words(due) if due is not None and due.overdue else ""


@router.get("/schools/{school}/dsl/children-not-seen")
def unseen(request: Request, me: Annotated[Acquainted, by_page(Question.DSL)]) -> HTMLResponse:
    """Children not seen, with the decision's form."""
    here = f"/schools/{me.slug}/dsl/children-not-seen"
    answers = tuple((str(code), words) for code, words in NOT_SEEN_DECISIONS.items())
    may_decide = me.fills("DSL|DDSL")
    desk = _desk(request, me, here)
    return page(request, me, "children_not_seen.html", desk=desk, answers=answers, may_decide=may_decide, here=here)


@router.get("/schools/{school}/dsl/concerns")
def worries(request: Request, me: Annotated[Acquainted, by_page(Question.DSL)]) -> HTMLResponse:
    """Open and actioned concerns, and children found alone."""
    return page(request, me, "concerns.html", desk=_desk(request, me, f"/schools/{me.slug}/dsl/concerns"))


@router.get("/schools/{school}/dsl/deviations")
def noted(request: Request, me: Annotated[Acquainted, by_page(Question.DSL)]) -> HTMLResponse:
    """Deviations to look at, and those that were."""
    return page(request, me, "deviations.html", desk=_desk(request, me, f"/schools/{me.slug}/dsl/deviations"))


@router.get("/schools/{school}/dsl/spoken-words")
def spoken(request: Request, me: Annotated[Acquainted, by_page(Question.DSL)]) -> HTMLResponse:
    """Words that were disowned, or not answered by the end of their day."""
    return page(request, me, "spoken_words.html", desk=_desk(request, me, f"/schools/{me.slug}/dsl/spoken-words"))
