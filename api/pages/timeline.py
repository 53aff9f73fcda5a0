"""A history's lines as the `timeline` macro shows them: school words, both times, whose word, what was not as policy."""

from collections.abc import Callable, Iterable, Mapping

from api.pages.parts import TimelineItem, TimelineNote
from api.pages.templating import hm, short_day
from api.pages.wording import describe_line
from api.pages.words import in_words, listed, role_in_words, sentence
from domain.ids import VisitId
from domain.policy import Source
from projections.directory import Directory
from projections.history_lines import Correction, Deviation, Line, PutRight

MayRead = Callable[[Line], bool]
"""Whether the reader of the page may read what was typed in a line."""


def timeline_items(
    lines: Iterable[Line], known: Directory, streets: Mapping[VisitId, str], may_read: MayRead
) -> tuple[TimelineItem, ...]:
    """The lines in the order given. What was typed is left out where `may_read` says no."""
    return tuple(_item(line, known, streets, reads=may_read(line)) for line in lines)


def _item(line: Line, known: Directory, streets: Mapping[VisitId, str], *, reads: bool) -> TimelineItem:
    words = describe_line(line, known, streets)
    return TimelineItem(
        id=str(line.event_id),
        title=words.title,
        body=words.whole if reads else words.body,
        by=_by(line),
        occurred_at=line.occurred_at,
        recorded_at=line.recorded_at,
        tags=(words.tag,) if words.tag else (),
        notes=tuple(_notes(line, reads=reads)),
        struck=line.taken_back,
    )


def _by(line: Line) -> str:
    """Who, in which role, for whom; and who typed it, where it was said by telephone."""
    role = role_in_words(line.by.role) if line.by.role is not None else ""
    for article in ("the ", "a member of ", "a "):
        role = role.removeprefix(article)
    deputy = f", deputising for {line.deputising_for.name}" if line.deputising_for is not None else ""
    if line.said_by is None:
        return ", ".join(part for part in (line.by.name, role) if part and part != "doorstep") + deputy
    said = {
        "awaiting": "not confirmed yet" if not line.said_by.past_day else "not confirmed by the end of the day",
        "confirmed": "confirmed",
        "disowned": f"{line.said_by.by.name} says they never said it",
    }[line.said_by.state]
    spoke = ", ".join(part for part in (line.said_by.by.name, role) if part)
    return f"{spoke}{deputy}, by telephone; typed by {line.by.name}; {said}"


def _notes(line: Line, *, reads: bool) -> Iterable[TimelineNote]:
    if line.said_by is not None and line.said_by.state == "disowned" and line.said_by.reason and reads:
        yield TimelineNote(text=f"“{line.said_by.reason}”", late=True)
    if line.device_at is not None and line.late:
        yield TimelineNote(text=f"Waited in a phone since {hm(line.device_at)} by the phone's clock.", late=True)
    if line.stated_at != line.occurred_at:
        first = f"{hm(line.stated_at)} on {short_day(line.stated_at)}"
        yield TimelineNote(text=f"First stated as {first}.")
    for deviation in line.deviations:
        yield from _deviation(deviation, reads=reads)
    for kept in line.kept:
        typed = f": {'; '.join(f'{k}: {v}' for k, v in kept.unreadable.items())}" if reads and kept.unreadable else ""
        yield TimelineNote(text=f"{sentence(kept.says).rstrip('.')}{typed}.")
    for correction in line.corrections:
        yield _correction(correction, reads=reads)


def _deviation(deviation: Deviation, *, reads: bool) -> Iterable[TimelineNote]:
    if deviation.source is Source.DEFAULT:
        head = "Doorstep advice not followed"
    else:
        head = f"Not as policy {listed(list(deviation.clauses))}".strip()
    gone = " (taken back)" if deviation.taken_back else ""
    reason = f" “{deviation.reason}”" if deviation.reason and reads else ""
    yield TimelineNote(
        text=f"{head}{gone}: {deviation.says}.{reason}", source=deviation.source, clauses=deviation.clauses
    )
    for one in deviation.explanations:
        why = f": “{one.reason}”" if reads else "."
        yield TimelineNote(text=f"{one.by.name} added why{why}")


def _correction(correction: Correction, *, reads: bool) -> TimelineNote:
    right = "; ".join(_put_right(one, reads=reads) for one in correction.put_right)
    what = "took this back" if correction.takes_back else f"put it right ({right})" if right else "put the time right"
    undone = ", which was itself taken back" if correction.undone else ""
    reason = f": “{correction.reason}”" if correction.reason and reads else "."
    at = f"{hm(correction.recorded_at)} on {short_day(correction.recorded_at)}"
    return TimelineNote(text=f"{correction.by.name} {what} at {at}{undone}{reason}")


def _put_right(one: PutRight, *, reads: bool) -> str:
    """What it ought to have said; the words themselves for those who may read notes."""
    label = in_words(one.field)
    if one.at is not None:
        return f"{label}: {hm(one.at)} on {short_day(one.at)}"
    return f"{label}: “{one.text}”" if reads else label
