"""How long records stay, as sentences: what may be erased, what is held, what waits for a second person, what is gone."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Final

from api.identity import Acquainted
from api.pages.choices import names_of, with_role
from api.pages.erasure_shapes import AskedLine, ChaseLine, DoneLine, DueLine, HoldLine, Keeping
from api.pages.leaving_school import leaving_form
from api.pages.parts import Action, Input
from api.pages.templating import moment, short_day
from api.pages.words import listed, roles_in_words, sentence
from domain.erasure.allowed import CONFIRMED_BY, belongings, rule_in_force, still_needed
from domain.erasure.belongings import Asked, Done, Hold
from domain.erasure.commands import AskErasure, ConfirmErasure, LiftHold, PlaceHold
from domain.erasure.events import ToChase
from domain.erasure.retention import NONE
from domain.ids import PupilId, StaffId, Stream, StreamKind
from domain.permissions import Question
from domain.school.commands import TakeBackExport
from domain.situation import Situation

SEEN: Final = {
    StreamKind.PUPIL: Question.ERASURE_OF,
    StreamKind.STAFF: Question.ERASURE_OF_STAFF,
    StreamKind.VISIT: Question.ERASURE_OF,
    StreamKind.TRIP: Question.ERASURE_OF,
    StreamKind.CONCERN: Question.ERASURE_OF_A_CONCERN,
}
"""What is asked of each kind: those whom the rules let ask or confirm may, and of concerns only who may read them."""
KINDS: Final = {
    StreamKind.PUPIL: "Pupils",
    StreamKind.STAFF: "Staff",
    StreamKind.VISIT: "Visits",
    StreamKind.TRIP: "Trips to no door that is still kept",
    StreamKind.CONCERN: "Concerns",
}


_SUBJECT: Final = {
    StreamKind.PUPIL: "a pupil",
    StreamKind.STAFF: "a member of staff",
    StreamKind.VISIT: "a visit",
    StreamKind.TRIP: "a trip",
    StreamKind.CONCERN: "a concern",
}
"""Somebody or something erased: no name of it is left."""


def sees(me: Acquainted, kind: StreamKind) -> bool:
    """Whether the person sees what is kept of a kind."""
    return kind in SEEN and me.may(SEEN[kind])


def rule_in_words(s: Situation) -> str:
    """The school's own rule; "" before it has entered one."""
    rule = rule_in_force(s)
    return "" if rule == NONE else rule


def name_of(me: Acquainted, s: Situation, stream: Stream) -> str:
    """A subject, as a sentence names it."""
    match stream.kind:
        case StreamKind.PUPIL:
            pupil = me.directory.pupils.get(PupilId(stream.id))
            return pupil.name if pupil is not None else "a pupil"
        case StreamKind.STAFF:
            person = me.directory.people.get(StaffId(stream.id))
            return person.name if person is not None else "somebody"
        case StreamKind.TRIP:
            kept = belongings(s).streams.get(stream)
            return f"trip of {short_day(kept.last_at)}" if kept is not None and kept.last_at is not None else "a trip"
        case _:
            what = "visit to" if stream.kind is StreamKind.VISIT else "concern about"
            children = belongings(s).about(stream)
            return f"{what} {names_of(me.directory, children) if children else 'a child not named'}"


def address(me: Acquainted, stream: Stream) -> str:
    """The page about one subject."""
    return f"/schools/{me.slug}/erasure/{stream.kind}/{stream.id}"


def hold_lines(me: Acquainted, s: Situation, held: Iterable[tuple[Stream, Hold]], here: str) -> tuple[HoldLine, ...]:
    """Legal holds that stand, the newest first; those of kinds that this person does not see are left out."""
    shown = [(stream, hold) for stream, hold in held if sees(me, stream.kind)]
    return tuple(_hold(me, s, stream, hold, here) for stream, hold in sorted(shown, key=lambda one: one[1].at)[::-1])


def _hold(me: Acquainted, s: Situation, stream: Stream, hold: Hold, here: str) -> HoldLine:
    name = name_of(me, s, stream)
    lift = Action(
        label="Lift the hold",
        command=LiftHold.NAME,
        fields={"event": str(hold.event), "next": here, "says": f"The legal hold on {name} is lifted"},
        confirm=f"The legal hold on {name} is over. From then on the school's own rule counts again.",
        inputs=(Input(name="why", label="Why it is over", kind="textarea", required=True),),
        button="Lift the hold",
    )
    return HoldLine(
        name=name,
        href=address(me, stream),
        says=f"Placed by {with_role(me, hold.by)}, {moment(hold.at, me.now)}",
        why=hold.why,
        lift=lift if me.may(LiftHold) else None,
    )


def asked_line(me: Acquainted, s: Situation, stream: Stream, asked: Asked, here: str) -> AskedLine:
    """An erasure that waits for a second person."""
    name, words = name_of(me, s, stream), CONFIRMED_BY[stream.kind]
    instead = ""
    if me.id == asked.by:
        instead = f"You asked for it: somebody else confirms it, {roles_in_words(words)}."
    elif me.id == stream.id:
        instead = "Nobody confirms the erasure of their own data."
    elif not me.fills(*words):
        instead = f"It is confirmed by {roles_in_words(words)}."
    return AskedLine(
        name=name,
        href=address(me, stream),
        says=f"Asked for by {with_role(me, asked.by)}, {moment(asked.at, me.now)}",
        why=asked.why,
        rule=asked.rule,
        confirm=None if instead else _confirm(me, s, stream, asked, here),
        instead=instead,
    )


def _confirm(me: Acquainted, s: Situation, stream: Stream, asked: Asked, here: str) -> Action:
    name, others = name_of(me, s, stream), len(belongings(s).belonging_to(stream)) - 1
    goes = f", and {_number(others, 'record')} with it (visits, trips, concerns)" if others else ""
    return Action(
        label="Confirm the erasure",
        command=ConfirmErasure.NAME,
        fields={
            "event": str(asked.event),
            "next": here,
            "says": f"Confirmed: {name} is erased within a few minutes{goes}",
        },
        confirm=(
            f"Everything personal about {name} is erased{goes}. Nobody can undo this, once the keys in older backups are"
            " deleted, as they must be after 14 days."
        ),
        button="Erase it",
        style="warning",
    )


def due_line(me: Acquainted, s: Situation, stream: Stream, until: date) -> DueLine:
    """Something that may be erased now."""
    return DueLine(
        name=name_of(me, s, stream),
        href=address(me, stream),
        says=f"kept until {short_day(until)} by the school's rule",
    )


def done_line(me: Acquainted, s: Situation, done: Done, here: str) -> DoneLine:
    """An erasure that was carried out, with the records to chase."""
    erased = done.erased
    kinds = (StreamKind.VISIT, StreamKind.TRIP, StreamKind.CONCERN)
    counts = [sum(one.kind is kind for one in erased.streams[1:]) for kind in kinds]
    parts = [_number(count, kind.value) for count, kind in zip(counts, kinds, strict=True) if count]
    return DoneLine(
        name=listed([_SUBJECT[done.subject.kind], *parts]),
        href=address(me, done.subject),
        says=(
            f"Erased {moment(done.at, me.now)} under the rule “{erased.rule}”. Asked for by {with_role(me, erased.asked_by)},"
            f" confirmed by {with_role(me, erased.confirmed_by)}"
        ),
        chase=tuple(_chase(me, s, one, here) for one in erased.exports),
    )


def _number(count: int, word: str) -> str:
    return f"{count} {word}" if count == 1 else f"{count} {word}s"


def _chase(me: Acquainted, s: Situation, one: ToChase, here: str) -> ChaseLine:
    done, reference = not belongings(s).stands_outside(one.key), belongings(s).reference_of(one.key)
    system = "the neutral file" if one.system == "neutral_file" else one.system
    may = me.may(TakeBackExport) and (not one.key.startswith("concern.") or me.may(Question.DSL))
    tick = Action(
        label="It is erased there",
        command=TakeBackExport.NAME,
        fields={"key": one.key, "next": here, "says": f"Kept: it is erased in {system} too"},
        confirm=f"The record that was sent to {system} on {short_day(one.exported_at)} is erased there as well.",
        inputs=(Input(name="why", label="What was done there, and by whom", required=True),),
        button="Tick it off",
    )
    how = "pasted" if one.how == "pasted" else "in a file"
    return ChaseLine(
        key=one.key,
        says=f"{system[:1].upper()}{system[1:]}, {how} on {short_day(one.exported_at)}"
        + (f", reference {reference}" if reference else ""),
        done=done,
        tick=tick if may and not done else None,
    )


def keeping(me: Acquainted, s: Situation, stream: Stream) -> Keeping:
    """Everything about one subject."""
    found, name, here = belongings(s), name_of(me, s, stream), address(me, stream)
    kept, goes = found.streams[stream], found.belonging_to(stream)
    needed, until = still_needed(s, stream)
    erased = kept.erased and kept.last_at is None
    asked = asked_line(me, s, stream, kept.asked, here) if kept.asked is not None and not kept.confirmed else None
    fields = {"about": str(stream.kind), "subject": str(stream.id), "next": here}
    hold = Action(
        label="Put on legal hold",
        command=PlaceHold.NAME,
        fields={
            **fields,
            "says": sentence(f"{name} is on legal hold: nothing of it is erased until the hold is lifted"),
        },
        confirm=f"Nothing about {name} is erased until somebody lifts the hold, whatever the school's rule says.",
        inputs=(
            Input(
                name="why", label="Who may ask for it: a court, the police, an inquiry", kind="textarea", required=True
            ),
        ),
        button="Place the hold",
    )
    ask = Action(
        label="Ask for it to be erased",
        command=AskErasure.NAME,
        fields={**fields, "says": f"Asked for: {name} is to be erased. A second person confirms it"},
        confirm=f"Everything personal about {name} is to be erased. A second person confirms it; until then nothing happens.",
        inputs=(Input(name="why", label="Anything to add", kind="textarea"),),
        button="Ask for it",
    )
    may_ask = not (needed or erased or kept.asked is not None) and me.may(AskErasure)
    return Keeping(
        name=name,
        kind=stream.kind,
        needed=needed,
        until=until,
        erased=erased,
        with_it=tuple(_goes_along(me, s, one) for one in goes[1:] if sees(me, one.kind)),
        stays=_staying(s, stream, goes),
        holds=hold_lines(me, s, found.holds_over(goes), here),
        asked=asked,
        ordered=kept.confirmed and not erased,
        hold=hold if not erased and me.may(PlaceHold) else None,
        ask=ask if may_ask else None,
        leaving=leaving_form(me, stream, here),
        done=tuple(done_line(me, s, one, here) for one in reversed(found.done) if one.subject == stream),
    )


def _goes_along(me: Acquainted, s: Situation, stream: Stream) -> DueLine:
    kept = belongings(s).streams.get(stream)
    last = kept.last_at if kept is not None else None
    pages = {StreamKind.VISIT: f"visits/{stream.id}/history", StreamKind.TRIP: f"trips/{stream.id}"}
    href = f"/schools/{me.slug}/{pages.get(stream.kind, f'dsl/concerns/{stream.id}')}"
    return DueLine(name=name_of(me, s, stream), href=href, says=f"last entry {short_day(last)}" if last else "")


def _staying(s: Situation, stream: Stream, goes: Sequence[Stream]) -> int:
    if stream.kind is not StreamKind.PUPIL:
        return 0
    found = belongings(s)
    both = (one for one in found.streams if one.kind in (StreamKind.VISIT, StreamKind.CONCERN) and one not in goes)
    return sum(stream.id in found.about(one) for one in both)
