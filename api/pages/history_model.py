"""What the pages of a history show beside its lines: filters, the instant asked about, facts, corrections."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Final

import msgspec

from api.identity import Acquainted
from api.pages.choices import names_of
from api.pages.dsl_model import who_in_role
from api.pages.parts import Action, FieldError, Input
from api.pages.templating import moment
from api.pages.words import in_words
from commands.reading_values import EARLIEST, LATEST
from domain.ids import EventId
from domain.shared.corrections import texts_of, times_of
from domain.times import LONDON, AmbiguousTime, NonexistentTime, london, parse_instant
from projections.dsl_history import VisitHistory
from projections.history_lines import Line

SHOWN: Final[Mapping[str, str]] = {
    "all": "Everything",
    "visit": "At the door and planning",
    "trip": "The trip",
    "concern": "Concerns",
    "flags": "Flags",
}
OF_A_CHILD: Final[Mapping[str, str]] = {
    "all": "Everything",
    "visit": "Visits",
    "concern": "Concerns",
    "pupil": "Family details",
    "flags": "Flags",
}


class Moment(msgspec.Struct, frozen=True, kw_only=True):
    """The instant that somebody asks about."""

    typed: str
    at: datetime | None
    error: FieldError | None = None
    note: str = ""

    @property
    def local(self) -> str:
        """The instant as a London date-and-time field shows it; what was typed where it could not be read."""
        return f"{london(self.at):%Y-%m-%dT%H:%M}" if self.at is not None else self.typed


def moment_of(typed: str) -> Moment:
    """What was typed as an instant; a time that comes twice that night is read as the later one, and says so."""
    if not typed.strip():
        return Moment(typed="", at=None)
    local = typed.strip()
    try:
        instant = parse_instant(local)
        if EARLIEST <= instant < LATEST:
            return Moment(typed=local, at=instant)
        says = "Ask about a time between the years 2000 and 2100"
    except AmbiguousTime:
        later = datetime.fromisoformat(local).replace(tzinfo=LONDON, fold=1)
        return Moment(typed=local, at=later, note="This time came twice that night: here is the second one, GMT")
    except NonexistentTime:
        says = "The clocks went forward that night, and this time never was. Ask about one before or after it"
    except (ValueError, OverflowError):
        says = "Give the day and the time, like 20 November 2026 10:42"
    return Moment(typed=local, at=None, error=FieldError(field="known-at", says=says))


def flagged(line: Line) -> bool:
    """Whether a line carries something to look at."""
    doubtful = line.said_by is not None and line.said_by.state != "confirmed"
    return bool(line.late or line.deviations or line.corrections or line.kept or line.taken_back or doubtful)


def chosen(lines: Iterable[Line], show: str) -> tuple[Line, ...]:
    """The lines of one filter."""
    if show == "flags":
        return tuple(line for line in lines if flagged(line))
    return tuple(line for line in lines if show in {"all", line.stream_kind})


def facts_of(me: Acquainted, found: VisitHistory) -> tuple[tuple[str, str], ...]:
    """The state of the visit and its trip, as the events up to then add up to: (what, value)."""
    visit, now = found.visit, found.known_at or me.now
    people = me.directory.people
    out = [
        ("For", _purpose(visit.purpose, safeguarding=visit.safeguarding)),
        ("Asked for", moment(visit.requested_at, now) if visit.requested_at else "not asked for: a fact came first"),
        ("At the door", moment(visit.arrived_at, now) if visit.arrived_at else ""),
        ("Went inside", moment(visit.entered_at, now) if visit.entered_at else ""),
        ("Left the house", moment(visit.left_at, now) if visit.left_at else ""),
        ("Called off", moment(visit.cancelled.at, now) if visit.cancelled else ""),
        ("Not approved", moment(visit.refused_at, now) if visit.refused_at else ""),
        ("Written up", moment(visit.recorded_at, now) if visit.recorded_at else ""),
    ]
    for trip in found.trips:
        out_now = [people[p].name for p in trip.out if p in people]
        if out_now:
            out.append(("Out", ", ".join(out_now)))
        elif trip.departed:
            out.append(("Everybody", "back, or safe by voice"))
        if trip.open_alarms:
            out.append(("Alarm", "not resolved"))
    return tuple((what, value) for what, value in out if value)


def _purpose(code: str, *, safeguarding: bool) -> str:
    words = in_words(code) if code else ""
    return f"{words}, a safeguarding visit" if safeguarding and "safeguarding" not in words else words


def review_action(me: Acquainted, found: VisitHistory, here: str) -> Action | None:
    """The form that marks a history as reviewed; None for who may not, where nothing is new, and for earlier instants."""
    if found.known_at is not None or not found.news_since or not me.fills("DSL|DDSL", "headteacher"):
        return None
    street = f", {found.visit.street}" if found.visit.street else ""
    says = f"{names_of(me.directory, found.visit.pupils)}{street}: history marked as reviewed"
    return Action(
        label="Mark as reviewed",
        command="review-history",
        fields={"visit": str(found.visit.id), "next": here, "says": says},
        inputs=(Input(name="note", label="Note (you may leave it empty)", kind="textarea"),),
        confirm="You have read this history. Its flags stay.",
        button="Mark as reviewed",
    )


def reviewed_words(me: Acquainted, found: VisitHistory) -> str:
    """Who reviewed it last, and what came since."""
    if found.reviewed_at is None or found.reviewed_by is None:
        return "Nobody has reviewed this history yet."
    news = f"{found.news_since} entries since then." if found.news_since != 1 else "One entry since then."
    since = "" if not found.news_since else f" {news}"
    return f"Reviewed by {who_in_role(found.reviewed_by)}, {moment(found.reviewed_at, me.now)}.{since}"


def corrections_of(line: Line, back: str) -> tuple[Action, ...]:
    """What can be put right about a line: it never happened, another time, or a correction of it was itself wrong."""
    reason = Input(name="reason", label="Why (kept beside it)", kind="textarea", required=True)
    when = f"{london(line.occurred_at):%Y-%m-%dT%H:%M}"
    time = Input(name="true_time", label="When it truly happened", kind="datetime-local", value=when, required=True)
    put_right = Action(
        label="It happened at another time",
        command="correct-event",
        fields={"event": str(line.event_id), "next": back, "says": "The true time is kept; both times stay visible"},
        inputs=(time, reason),
        button="Put the time right",
    )
    words = tuple(_words_and_times(line, reason, back))
    never = _take_back(line.event_id, "It never happened", "It stays visible, struck through, with your reason.", back)
    undo = tuple(
        _take_back(
            one.event_id,
            f"Take back {one.by.name}'s correction",
            "What was corrected stands again. Everything stays visible.",
            back,
        )
        for one in line.corrections
        if not one.undone
    )
    return (*(() if line.taken_back else (put_right, *words, never)), *undo)


def _words_and_times(line: Line, reason: Input, back: str) -> Iterable[Action]:
    """What it says may be put right too: a form for each of its texts and stated times, with what stands now."""
    right = {one.field: one for c in line.corrections if not c.undone for one in c.put_right}
    for name, said in texts_of(line.event).items():
        text = right[name].text if name in right else said
        if text:
            words = Input(
                name=f"texts.{name}", label="What it ought to say", kind="textarea", value=text, required=True
            )
            yield _say_right(line, f"The words are wrong: {in_words(name)}", (words, reason), back)
    for name, stated in times_of(line.event).items():
        at = right[name].at if name in right else stated
        if at is not None:
            typed = f"{london(at):%Y-%m-%dT%H:%M}"
            time = Input(
                name=f"times.{name}", label="The time that was meant", kind="datetime-local", value=typed, required=True
            )
            yield _say_right(line, "It names the wrong time", (time, reason), back)


def _say_right(line: Line, label: str, inputs: tuple[Input, ...], back: str) -> Action:
    says = "What it ought to say is kept; both stay visible"
    fields = {"event": str(line.event_id), "next": back, "says": says}
    return Action(label=label, command="correct-event", fields=fields, inputs=inputs, button="Put it right")


def _take_back(event: EventId, label: str, confirm: str, back: str) -> Action:
    return Action(
        label=label,
        command="correct-event",
        fields={"event": str(event), "retracts": "true", "next": back, "says": "Taken back; it stays visible"},
        inputs=(Input(name="reason", label="Why (kept beside it)", kind="textarea", required=True),),
        confirm=confirm,
        button="Take it back",
        style="warning",
    )
