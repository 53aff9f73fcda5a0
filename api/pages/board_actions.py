"""What somebody at school may do about a line of the board: a button for every fact that is told by telephone.

Each repeats the person's name and the street before it is sent. A visitor's own word travels with the visitor as the
one who said it; what the school itself does (ringing, telling senior staff) is the word of whoever types it.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime

import msgspec

from api.pages.board_forms import WHEN, about, said, spoken, where, who, who_is_out, whose_ticks, whose_word, word_of
from api.pages.board_model import ActionGroup
from api.pages.doing import PEOPLE
from api.pages.door_actions import at_doors
from api.pages.parts import Action, Input
from api.pages.templating import hm
from api.pages.words import CONTACT_RESULTS
from domain.times import later
from domain.trip.events import CheckIn, ContactResult
from projections.board_shapes import BoardLine, BoardPerson, BoardStep
from projections.board_words import joined

LATER = (15, 30)
"""Minutes by which the back-by time may be moved with one tap."""
_NOTE = Input(name="note", label="What they said", kind="textarea")


def wanted_now(line: BoardLine, now: datetime) -> tuple[Action, ...]:
    """What is wanted of somebody at this moment."""
    return tuple(_wanted(line, now))


def by_telephone(line: BoardLine, now: datetime) -> tuple[ActionGroup, ...]:
    """Everything else that may have been told by telephone, in groups."""
    if not _is_trip(line):
        return at_doors(line)
    groups = (
        ActionGroup(title="Who left, who is back", actions=tuple(_comings_and_goings(line))),
        *at_doors(line),
        ActionGroup(title="The agreed call", actions=_agreed_call_to_come(line, now)),
        ActionGroup(title="Back-by time", actions=tuple(_back_by(line, now)) if not line.ask_still else ()),
        ActionGroup(title="You rang them", actions=() if line.alarm else tuple(_contacts(line))),
        ActionGroup(title="Danger, 999, stand down", actions=tuple(_grave(line))),
    )
    return tuple(group for group in groups if group.actions)


def _is_trip(line: BoardLine) -> bool:
    return not line.trip.startswith("visit-")


def _wanted(line: BoardLine, now: datetime) -> Iterator[Action]:
    if not _is_trip(line):
        return
    if line.alarm is not None and not line.alarm.taken_by:
        yield Action(
            label="I'm dealing with it",
            command="take-alarm",
            fields=about(line, says=f"You are dealing with it: {who(line)}, {where(line)}"),
            style="primary",
        )
    if line.agreed_call_at is not None and now > line.agreed_call_at:
        yield from _agreed_call(line)
    if line.ask_still:
        yield from _back_by(line, now)
    if line.danger:
        yield said(line, "Danger is over", "danger-over", f"{who(line)}, {where(line)}: safe now")
    if line.alarm is not None:
        yield from _contacts(line)
        yield from _told_senior(line)
        if not line.danger:
            yield _worried(line)


# -- people ---------------------------------------------------------------------------------------------------


def _comings_and_goings(line: BoardLine) -> Iterator[Action]:
    inside = tuple(p for p in line.people if p.state in ("not left", "said so", "back", "safe by voice"))
    yield from _each(line, inside, "Left school", "depart", "left school for")
    out = who_is_out(line)
    yield from _each(line, out, "Back at school", "return-to-school", "is back at school from")
    yield from _each(
        line,
        out,
        "Safe, going straight home",
        "safe-by-voice",
        "is safe and going straight home from",
    )


def _each(line: BoardLine, people: Sequence[BoardPerson], label: str, command: str, one: str) -> Iterator[Action]:
    """One button for each, on their own word; and where they are several, one that asks of whom, and who said so."""
    if len(people) > 1:
        says = f"{label} {'for' if command == 'depart' else 'from'} {where(line)}"
        yield Action(
            label=f"{label}: several of them",
            command=command,
            fields=about(line, says=f"{says}: {PEOPLE}"),
            confirm=f"{says}: {joined([p.name for p in people])}, or who of them?",
            inputs=(whose_ticks(people, "Who?"), *whose_word(people), WHEN),
        )
    for person in people:
        says = f"{person.name} {one} {where(line)}"
        yield Action(
            label=f"{label}: {person.name}",
            command=command,
            fields=about(line, says=says, people=(person.id,)) | word_of((person,)),
            confirm=f"{says}.",
            inputs=(WHEN,),
        )


# -- the back-by time -------------------------------------------------------------------------------------------


def _back_by(line: BoardLine, now: datetime) -> Iterator[Action]:
    out = who_is_out(line)
    if not out or line.back_by is None:
        return
    if line.ask_still:
        says = f"{who(line)}, {where(line)}: still back by {line.back_by_words}"
        yield spoken(line, f"Still {line.back_by_words}: yes", "keep-back-by", says, out, style="primary")
    # From a time that has passed, later means from now, on the whole minute.
    base = max(line.back_by, now.replace(second=0, microsecond=0))
    for minutes in LATER:
        new = later(base, minutes=minutes)
        says = f"{who(line)}, {where(line)}: back by {hm(new)} instead of {line.back_by_words}"
        yield spoken(line, f"+{minutes}: {hm(new)}", "move-back-by", says, out, back_by=new.isoformat())


# -- the call that was agreed -----------------------------------------------------------------------------------


def _agreed_call(line: BoardLine) -> Iterator[Action]:
    """They rang at the time that was fixed when the whereabouts were left."""
    if who_is_out(line):
        says = f"{who(line)}, {where(line)}: made the call agreed for {line.agreed_call_words}"
        label = f"The call agreed for {line.agreed_call_words} has come"
        action = spoken(line, label, "check-in", says, who_is_out(line), when=CheckIn.AGREED_TIME.value)
        yield msgspec.structs.replace(action, inputs=(*action.inputs, WHEN))


def _agreed_call_to_come(line: BoardLine, now: datetime) -> tuple[Action, ...]:
    return tuple(_agreed_call(line)) if line.agreed_call_at is not None and now <= line.agreed_call_at else ()


# -- ringing ----------------------------------------------------------------------------------------------------


def _contacts(line: BoardLine) -> Iterator[Action]:
    for person in who_is_out(line):
        number = f" on {person.mobile}" if person.mobile else ""
        says = f"You rang {person.name}{number}, out at {where(line)}"
        yield Action(
            label=f"You rang {person.name}",
            command="attempt-contact",
            fields=about(line, says=says, step="staff_mobile", person=person.id),
            confirm=f"{says}. What came of it?",
            inputs=(_RESULT, _NEW_TIME, _NOTE),
        )
    for step in line.steps:
        if step.visit:
            yield _rang_home(line, step)


def _rang_home(line: BoardLine, step: BoardStep) -> Action:
    street = step.whom or "the house"
    says = f"You rang the home at {street} about {who(line)}"
    person = Input(
        name="person",
        label="Whom did you speak to, if any of them?",
        options=(("", "None of them"), *((p.id, p.name) for p in who_is_out(line))),
    )
    return Action(
        label=f"You rang the home at {street}",
        command="attempt-contact",
        fields=about(line, says=says, step=step.code, visit=step.visit),
        confirm=f"{says}. What came of it?",
        inputs=(_RESULT, person, _NEW_TIME, _NOTE),
    )


_RESULT = Input(
    name="result",
    label="What came of it?",
    options=(
        (ContactResult.NO_ANSWER.value, "No answer"),
        *(
            (r.value, CONTACT_RESULTS[r][:1].upper() + CONTACT_RESULTS[r][1:])
            for r in ContactResult
            if r is not ContactResult.NO_ANSWER
        ),
    ),
    hint="Only “spoke to them: safe” settles anything, and for that person only",
)
_NEW_TIME = Input(name="back_by", label="Their new back-by time", kind="time", hint="If they gave one")


def _told_senior(line: BoardLine) -> Iterator[Action]:
    for step in line.steps:
        if step.person and step.state in ("due", "later") and step.code.startswith("inform_"):
            says = f"{step.whom} was told about {who(line)}, {where(line)}"
            yield Action(
                label=f"Told {step.whom}",
                command="inform-senior",
                fields=about(line, says=says, told=step.person),
                confirm=f"{says}, and acts now.",
            )


def _worried(line: BoardLine) -> Action:
    return Action(
        label="Worried: go to senior staff at once",
        command="report-danger",
        fields=about(line, says=f"You are worried about {who(line)}, {where(line)}"),
        confirm=f"You are worried about {who(line)}, {where(line)}: senior staff are told at once.",
        inputs=(Input(name="text", label="Why?", kind="textarea"),),
        style="warning",
    )


# -- grave things -----------------------------------------------------------------------------------------------


def _grave(line: BoardLine) -> Iterator[Action]:
    people, at = who(line), where(line)
    yield said(
        line,
        "They are not safe",
        "report-danger",
        f"{people}, {at}: not safe",
        (Input(name="text", label="What they said", kind="textarea"),),
        style="warning",
    )
    if line.alarm is None and who_is_out(line):
        yield _worried(line)
    yield said(
        line,
        "999 was called",
        "emergency-call",
        f"999 was called for {people}, {at}",
        (Input(name="service", label="Which service?", options=_SERVICES),),
        style="warning",
    )
    if who_is_out(line) and not line.stand_down:
        says = f"Stand-down for {people}, {at}: somebody must reach them"
        yield Action(
            label="Stand down: no longer needed",
            command="stand-down",
            fields=about(line, says=says),
            confirm=f"{says}. Their back-by time runs on.",
            inputs=(Input(name="why", label="Why?"),),
        )
    if not line.danger and line.state == "danger":
        yield said(line, "Danger is over", "danger-over", f"{people}, {at}: safe now")


_SERVICES = (("", "Not known"), ("police", "Police"), ("ambulance", "Ambulance"), ("fire", "Fire"))
