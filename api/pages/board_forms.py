"""The parts that the buttons beside a line of the board are made of: whom and where, and whose word it is."""

from collections.abc import Sequence

from api.pages.parts import Action, Input
from projections.board_shapes import BoardLine, BoardPerson
from projections.board_words import joined

NOT_CHOSEN = ("", "Choose who said so")
"""The answer that stands in "Who said so?" beforehand: none, and the form cannot be sent with it."""
WHEN = Input(name="at", label="When?", kind="time", hint="Leave empty for now")


def who_is_out(line: BoardLine) -> tuple[BoardPerson, ...]:
    """Those who left and are not back."""
    return tuple(p for p in line.people if p.state == "out")


def who(line: BoardLine) -> str:
    """Who is out, or going, as a sentence names them."""
    return joined([p.name for p in who_is_out(line) or line.people]) or "the visitors"


def where(line: BoardLine) -> str:
    """The streets of the trip."""
    return joined([door.street for door in line.doors]) or "a place that is not known"


def about(line: BoardLine, says: str, **fields: str | tuple[str, ...]) -> dict[str, str | int | tuple[str, ...]]:
    """The fields of a command about the line's trip, and what the page says once it is stored."""
    return {"trip": line.trip, "says": says, **fields}


def said(
    line: BoardLine,
    label: str,
    command: str,
    says: str,
    inputs: tuple[Input, ...] = (),
    *,
    style: str = "secondary",
) -> Action:
    """Something that a visitor said, or perhaps nobody: an office may know it from elsewhere."""
    people = who_is_out(line) or line.people
    options = (("", "Nobody of them: I say so"), *((p.id, p.name) for p in people))
    word = (Input(name="said_by", label="Who said so?", options=options),) if people else ()
    return Action(
        label=label,
        command=command,
        fields=about(line, says=says),
        confirm=f"{says}.",
        inputs=(*inputs, *word, WHEN),
        style=style,  # type: ignore[arg-type]  # one of `Action.style`
    )


def spoken(
    line: BoardLine,
    label: str,
    command: str,
    says: str,
    people: Sequence[BoardPerson],
    *,
    style: str = "secondary",
    **fields: str,
) -> Action:
    """The word of one of these people."""
    return Action(
        label=label,
        command=command,
        fields=about(line, says=says, **fields) | word_of(people),
        confirm=f"{says}.",
        inputs=whose_word(people),
        style=style,  # type: ignore[arg-type]  # as above
    )


def word_of(people: Sequence[BoardPerson]) -> dict[str, str | int | tuple[str, ...]]:
    """The field that says whose word it is, where it can only be one person's."""
    return {"said_by": people[0].id} if len(people) == 1 else {}


def whose_word(people: Sequence[BoardPerson]) -> tuple[Input, ...]:
    """The question whose word it is, where it may be one of several people's."""
    if len(people) < 2:  # noqa: PLR2004 - with one, it is known who said so
        return ()
    options = (NOT_CHOSEN, *((p.id, p.name) for p in people))
    return (Input(name="said_by", label="Who said so?", options=options, required=True),)


def whose_ticks(people: Sequence[BoardPerson], label: str) -> Input:
    """Of whom it was said: one tick each, nobody's beforehand."""
    return Input(
        name="people",
        label=label,
        kind="checkboxes",
        options=tuple((p.id, p.name) for p in people),
        hint="Tick each person it was said of. Nobody else is settled by it",
        required=True,
    )
