"""What may be told by telephone about a door of a trip on the board."""

from collections.abc import Iterator, Mapping

from api.pages.board_forms import WHEN, whose_ticks, whose_word
from api.pages.board_model import ActionGroup
from api.pages.doing import PEOPLE
from api.pages.parts import Action, Input
from api.pages.words import ADULTS, CANCEL_REASONS, CHECK_INS, SAFETY_KINDS
from domain.trip.events import CheckIn
from projections.board_shapes import BoardDoor, BoardLine
from projections.board_words import joined

_OF_PEOPLE = ("arrive", "enter-home", "leave-property")
_STILL_THERE = ("ahead", "door", "no_answer", "inside")


def at_doors(line: BoardLine) -> tuple[ActionGroup, ...]:
    """One group a door."""
    made = (ActionGroup(title=f"At {door.street}", actions=tuple(_at(line, door))) for door in line.doors)
    return tuple(group for group in made if group.actions)


def _at(line: BoardLine, door: BoardDoor) -> Iterator[Action]:
    at = door.at
    if at == "alone":
        yield _told(line, door, "Child no longer alone", "child-not-alone", "the child is in safe hands", _text())
    else:
        yield _told(
            line, door, "Child here, no adult", "child-alone", "a child is there and no adult", _text(), "warning"
        )
    if at == "ahead":
        yield _told(line, door, "Arrived", "arrive", "arrived")
    if at in ("ahead", "door"):
        yield _told(line, door, "No answer", "no-answer", "nobody answered")
    if at in ("ahead", "door", "no_answer"):
        yield _told(line, door, "Gone inside", "enter-home", "went inside", _choice("adult", "Who is at home?", ADULTS))
    if at in (*_STILL_THERE, "alone"):
        yield _told(line, door, "Left the house", "leave-property", "left the house")
    if not line.trip.startswith("visit-"):
        kinds = {kind.value: words for kind, words in CHECK_INS.items()}
        made = _choice(
            "when", "Which call was it?", kinds, CheckIn.LEFT_PROPERTY if at == "left" else CheckIn.BEFORE_ENTRY
        )
        yield _told(line, door, "They rang school", "check-in", "rang school", made, trip=True)
    if at in _STILL_THERE:
        reasons = {reason.value: words for reason, words in CANCEL_REASONS.items()}
        yield _told(
            line, door, "Called off", "cancel-visit", "called the visit off", _choice("reason", "Why?", reasons)
        )
        kinds = {kind.value: words for kind, words in SAFETY_KINDS.items()}
        unsafe = _choice("kind", "What made it unsafe?", kinds)
        yield _told(
            line, door, "Called off: not safe", "cancel-for-safety", "called the visit off, not safe", unsafe, "warning"
        )


def _told(
    line: BoardLine,
    door: BoardDoor,
    label: str,
    command: str,
    words: str,
    asked: Input | None = None,
    style: str = "secondary",
    *,
    trip: bool = False,
) -> Action:
    """A fact about a door; what is true of people, the office says of all of them, or of some."""
    people = tuple(p for p in line.people if p.state == "out") or line.people
    names = joined([p.name for p in people]) or "The visitors"
    says = f"{names}, {door.street}: {words}"
    fields: dict[str, str | int | tuple[str, ...]] = {"visit": door.visit, "says": says}
    if trip:
        fields["trip"] = line.trip
    inputs = [asked] if asked is not None else []
    if command in _OF_PEOPLE and len(people) > 1:
        fields["says"] = f"{PEOPLE}, {door.street}: {words}"
        inputs.insert(0, whose_ticks(people, "Who?"))
    if len(people) == 1:
        fields["said_by"] = people[0].id
    elif style == "warning":
        # Of a child alone, or of danger, nothing more is asked than anybody can answer at once.
        options = (("", "Not said"), *((p.id, p.name) for p in people))
        inputs.append(Input(name="said_by", label="Who said so?", options=options))
    else:
        inputs.extend(whose_word(people))
    return Action(
        label=label,
        command=command,
        fields=fields,
        confirm=f"{says}.",
        inputs=(*inputs, WHEN),
        style=style,  # type: ignore[arg-type]  # one of `Action.style`
    )


def _choice(name: str, label: str, words: Mapping[str, str], chosen: str = "") -> Input:
    options = tuple((value, said[:1].upper() + said[1:]) for value, said in words.items())
    first = () if chosen else (("", "Not said"),)
    return Input(name=name, label=label, options=(*first, *options), value=chosen)


def _text() -> Input:
    return Input(name="text", label="What they said", kind="textarea")
