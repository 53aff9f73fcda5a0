"""Which restricted cases is somebody inside of, and what did they raise themselves?

Who is inside depends on who holds which role now, so it is worked out with each answer (`domain.case.inside`): always
over what all cases say of it, whichever case was asked for. So a case that others are in and one that there is not are
found in the same way (DV-08). Nobody's answer here is part of anybody else's.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Final, Literal

import msgspec
from msgspec.structs import replace

from domain.case import events as e
from domain.case.inside import Circle, Inside, inside
from domain.case.state import Kind, circle_after, kind_of
from domain.envelope import Envelope, Recorded
from domain.erasure import events as er
from domain.ids import CaseId, EventId, StaffId, StreamKind, TripId, VisitId
from domain.roles import Role
from domain.shared.events import DeskWordSigned, EventCorrected, KeptAsSent
from domain.staff.state import Person
from projections.directory import Directory
from projections.projection import Projection
from projections.rows import Past, Rows
from projections.views import View

NAME: Final = "restricted_cases"
What = Literal[
    "raised", "noted", "answered", "let in", "left out", "named", "closed", "taken back", "kept as sent", "signed"
]


class Step(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One thing that happened in a case."""

    what: What
    at: datetime
    """As stated."""
    by: StaffId
    """Whose word it is."""
    typed_by: StaffId | None = None
    role: Role
    text: str = ""
    person: StaffId | None = None


class Words(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody said when they raised a case; its key is the case. They see this of it, and nothing after."""

    case: CaseId
    kind: Kind
    at: datetime
    by: StaffId
    typed_by: StaffId
    visit: VisitId | None = None
    trip: TripId | None = None
    about: tuple[StaffId, ...] = ()
    about_described: str = ""
    child_described: str = ""
    from_whom: str = ""
    text: str = ""
    why_last_resort: str = ""
    force_used: str = ""
    injury_prevented: str = ""
    harm: bool | None = None
    route: str = ""
    unreadable: dict[str, str] = {}
    """What could not be read of it, by field, as it was sent."""
    told: tuple[StaffId, ...] = ()


class Around(msgspec.Struct, frozen=True, kw_only=True):
    """What a case says of who is inside; its key is the case."""

    case: CaseId
    circle: Circle
    open: bool = True


class Hold(msgspec.Struct, frozen=True, kw_only=True):
    """A legal hold that stands."""

    event: EventId
    by: StaffId
    at: datetime
    why: str


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """An erasure that somebody inside asked for."""

    event: EventId
    by: StaffId
    at: datetime
    confirmed: bool = False


class Case(msgspec.Struct, frozen=True, kw_only=True):
    """Everything of a case but how it began; its key is the case."""

    case: CaseId
    steps: tuple[Step, ...] = ()
    last_at: datetime
    closed_at: datetime | None = None
    outcome: str = ""
    why_last_resort: str = ""
    """As it was said when it was closed."""
    taken_back: bool = False
    """Whoever raised it said that it was a mistaken tap; it stays."""
    holds: tuple[Hold, ...] = ()
    asked: Asked | None = None


class Gone(msgspec.Struct, frozen=True, kw_only=True):
    """A case that was erased; its key is the case. Who was inside went with it: the two who erased it see that."""

    case: CaseId
    at: datetime
    rule: str
    asked_by: StaffId
    confirmed_by: StaffId


def fold(recorded: Recorded, rows: Rows, _past: Past) -> None:
    """Rows of one case; none of another, and none of anything else."""
    envelope, event = recorded
    case = CaseId(envelope.stream.id)
    if isinstance(event, er.AboutErasure):
        _about_erasure(case, event, envelope, rows)
        return
    around = rows.get("around", case, Around) or Around(case=case, circle=Circle())
    closed = isinstance(event, e.CaseClosed)
    circle = circle_after(around.circle, event, envelope.recorded_at)  # type: ignore[arg-type]  # the stream holds only its own kinds
    rows.put("around", case, replace(around, circle=circle, open=around.open and not closed))
    known = rows.get("case", case, Case) or Case(case=case, last_at=envelope.occurred_at)
    known = replace(known, last_at=max(known.last_at, envelope.occurred_at))
    step = _step(recorded)
    if step is not None:
        known = replace(known, steps=(*known.steps, step))
    if isinstance(event, e.CaseClosed):
        known = replace(
            known, closed_at=envelope.occurred_at, outcome=event.outcome, why_last_resort=event.why_last_resort
        )
    if isinstance(event, EventCorrected):
        known = replace(known, taken_back=True)
    rows.put("case", case, known)
    _words(case, recorded, rows)


def _words(case: CaseId, recorded: Recorded, rows: Rows) -> None:
    """What was said at the beginning, with what could not be read of it."""
    envelope, event = recorded
    said = rows.get("words", case, Words)
    if isinstance(event, e.Beginning):
        given = {name: getattr(event, name) for name in _SAID if hasattr(event, name)}
        rows.put("words", case, replace(said or _nothing_yet(case, envelope), kind=kind_of(event), **given))
    elif isinstance(event, KeptAsSent):
        known = said or _nothing_yet(case, envelope)
        rows.put("words", case, replace(known, unreadable={**known.unreadable, **event.unreadable}))


_SAID: Final = tuple(name for name in Words.__struct_fields__ if name not in {"case", "kind", "at", "by", "typed_by"})


def _nothing_yet(case: CaseId, envelope: Envelope) -> Words:
    return Words(case=case, kind="", at=envelope.occurred_at, by=envelope.person, typed_by=envelope.actor)


def _step(recorded: Recorded) -> Step | None:
    envelope, event = recorded
    said = _says(event)
    if said is None:
        return None
    what, text, person = said
    return Step(
        what=what,
        at=envelope.occurred_at,
        by=envelope.person,
        typed_by=envelope.actor if envelope.said_by is not None else None,
        role=envelope.role,
        text=text,
        person=person,
    )


def _says(event: object) -> tuple[What, str, StaffId | None] | None:  # noqa: PLR0911 - one arm an event
    match event:
        case e.CaseNoted():
            return ("answered" if event.answer else "noted", event.text, None)
        case e.PersonLetIn():
            return ("let in", event.why, event.person)
        case e.PersonLeftOut():
            return ("left out", event.why, event.person)
        case e.PersonNamed():
            return ("named", "", event.person)
        case e.CaseClosed():
            return ("closed", event.outcome, None)
        case EventCorrected():
            return ("taken back", event.reason, None)
        case KeptAsSent():
            return ("kept as sent", event.says, None)
        case DeskWordSigned():
            return ("signed", event.name, None)
        case _ if isinstance(event, e.Beginning):
            return ("raised", "", None)
        case _:
            return None  # no other event has a place in a case


def _about_erasure(case: CaseId, event: er.AboutErasure, envelope: Envelope, rows: Rows) -> None:
    if isinstance(event, er.PersonalDataErased):
        for kind in ("around", "case", "words"):
            rows.delete(kind, case)
        gone = Gone(
            case=case,
            at=envelope.recorded_at,
            rule=event.rule,
            asked_by=event.asked_by,
            confirmed_by=event.confirmed_by,
        )
        rows.put("gone", case, gone)
        return
    known = rows.get("case", case, Case)
    if known is None:
        return  # Erased already: nothing of it is left to hold.
    match event:
        case er.RetentionHoldPlaced():
            hold = Hold(event=envelope.event_id, by=envelope.person, at=envelope.occurred_at, why=event.why)
            known = replace(known, holds=(*known.holds, hold))
        case er.RetentionHoldLifted():
            known = replace(known, holds=tuple(one for one in known.holds if one.event != event.hold))
        case er.ErasureAsked():
            known = replace(known, asked=Asked(event=envelope.event_id, by=envelope.person, at=envelope.occurred_at))
        case er.ErasureConfirmed():
            known = replace(known, asked=replace(known.asked, confirmed=True) if known.asked is not None else None)
    rows.put("case", case, known)


PROJECTION = Projection(
    name=NAME,
    version=1,
    kinds=frozenset({StreamKind.CASE}),
    fold=fold,
    shows_readings=True,
    indexes=(
        "((body->>'by')) WHERE kind = 'words'",
        "((body->>'typed_by')) WHERE kind = 'words'",
    ),
)


class CaseShown(msgspec.Struct, frozen=True, kw_only=True):
    """A case, to somebody inside."""

    words: Words
    case: Case
    handlers: tuple[StaffId, ...]
    """They let in, leave out, name and close."""
    named: tuple[StaffId, ...]
    """Let in by name: they read, and write things down."""
    circle: Circle
    unreadable: bool
    """Whether something in it cannot be read: what came after is not here."""

    @property
    def inside(self) -> tuple[StaffId, ...]:
        """Everybody inside."""
        return (*self.handlers, *self.named)


class MyCases(msgspec.Struct, frozen=True, kw_only=True):
    """What one person sees of restricted cases."""

    open: tuple[CaseShown, ...]
    """Those that they are inside of, the newest first."""
    closed: tuple[CaseShown, ...]
    mine: tuple[Words, ...]
    """What they raised, or typed, themselves: in their own words, the newest first."""
    gone: tuple[Gone, ...]
    """Those that they had a part in erasing."""


def cases_of(view: View, directory: Directory, person: Person, now: datetime) -> MyCases:
    """All that somebody sees."""
    found = _shown(view, _inside_of(view, directory, person, now))
    return MyCases(
        open=tuple(one for one in found if one.case.closed_at is None),
        closed=tuple(one for one in found if one.case.closed_at is not None),
        mine=own_words(view, person.id),
        gone=view.where(
            NAME,
            Gone,
            "kind = 'gone' AND %(person)s IN (body->>'asked_by', body->>'confirmed_by') ORDER BY key",
            person=str(person.id),
        ),
    )


def one_case(view: View, directory: Directory, person: Person, now: datetime, case: CaseId) -> CaseShown | None:
    """The case, to somebody inside; None for anybody else, as for a case that there is not."""
    around = _inside_of(view, directory, person, now)
    if case not in around:
        return None
    found = _shown(view, {case: around[case]})
    return found[0] if found else None


def ids_inside(view: View, directory: Directory, person: Person, now: datetime) -> frozenset[CaseId]:
    """The cases that somebody is inside of."""
    return frozenset(_inside_of(view, directory, person, now))


def how_many_open(view: View, directory: Directory, person: Person, now: datetime) -> int:
    """How many open cases somebody is inside of."""
    return sum(around.open for around, _ in _inside_of(view, directory, person, now).values())


def own_words(view: View, person: StaffId) -> tuple[Words, ...]:
    """What somebody raised, or typed for another."""
    rows = view.where(
        NAME,
        Words,
        "kind = 'words' AND (body->>'by' = %(person)s OR body->>'typed_by' = %(person)s)",
        person=str(person),
    )
    return tuple(sorted(rows, key=lambda one: (one.at, one.case), reverse=True))


def _inside_of(view: View, directory: Directory, person: Person, now: datetime) -> dict[CaseId, tuple[Around, Inside]]:
    people = {**directory.people, person.id: person}  # in the roles that they act in here: a token's is one
    every = ((one, inside(one.circle, people, now)) for one in view.all(NAME, "around", Around))
    return {one.case: (one, who) for one, who in every if person.id in who.everybody}


def _shown(view: View, around: Mapping[CaseId, tuple[Around, Inside]]) -> tuple[CaseShown, ...]:
    if not around:
        return ()
    keys = [str(one) for one in around]
    cases = view.where(NAME, Case, "kind = 'case' AND key = ANY(%(keys)s)", keys=keys)
    words = _by_case(view.where(NAME, Words, "kind = 'words' AND key = ANY(%(keys)s)", keys=keys))
    lost = {one.stream_id for one in view.quarantined(NAME)}
    found = [
        CaseShown(
            words=words[one.case],
            case=one,
            handlers=tuple(sorted(around[one.case][1].handlers)),
            named=tuple(sorted(around[one.case][1].named)),
            circle=around[one.case][0].circle,
            unreadable=str(one.case) in lost,
        )
        for one in cases
        if one.case in words
    ]
    return tuple(sorted(found, key=lambda one: (one.words.at, one.words.case), reverse=True))


def _by_case(words: Iterable[Words]) -> dict[CaseId, Words]:
    return {one.case: one for one in words}
