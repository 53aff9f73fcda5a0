"""Broken glasses as pages show them: to the school that is read at, and to whoever reads there."""

from collections.abc import Iterable
from typing import Final

import msgspec

from api.identity import Acquainted
from api.pages.board_model import OutsiderHere
from api.pages.parts import Action, Input
from api.pages.templating import moment
from api.pages.wording_glass import who_and_until
from domain.glass.commands import EndGlass, ReviewGlass
from domain.glass.state import Glass
from domain.staff.state import Person
from projections.board_words import name_of

_PLAIN: Final = "by a plain word, as this is a demonstration"


class Opened(msgspec.Struct, frozen=True, kw_only=True):
    """One broken glass, for the school that was read at."""

    id: str
    who: str
    """“Dora Deane, DSL of Beckside Primary, until 15:20”."""
    reason: str
    when: str
    confirmed: str
    """How they proved again who they are: “with a passkey, on Firefox on Windows”."""
    ended: str
    """Who ended it before its time, and when; "" for nobody."""
    review: str
    """What the school said of it; "" before it did."""
    end: Action | None
    """To end it; None once it is over."""
    say: Action | None
    """To say how it was; None while it is open, afterwards, and for whoever may not."""
    glass: Glass


def line(me: Acquainted, person: Person, glass: Glass) -> Opened:
    """One of them, with what this person may do about it."""
    by = _PLAIN if glass.confirmed_by == "plain" else f"with a {glass.confirmed_by}, on {glass.device}"
    here = f"/schools/{me.slug}/dsl/emergency"
    return Opened(
        id=str(glass.id),
        who=who_and_until(person.name, glass),
        reason=glass.reason,
        when=moment(glass.begins, me.now),
        confirmed=by,
        ended=_ended(me, glass),
        review=_review(me, glass),
        end=end(person.name, glass, here) if glass.open_at(me.now) and me.may(EndGlass) else None,
        say=_say(person.name, glass, here) if glass.waits_for_review(me.now) and me.may(ReviewGlass) else None,
        glass=glass,
    )


def outsiders_here(school: str, found: Iterable[tuple[Person, Glass]]) -> tuple[OutsiderHere, ...]:
    """Those who read here now, as the board tells of them."""
    back = f"/schools/{school}/board"
    return tuple(
        OutsiderHere(
            id=str(glass.id),
            who=who_and_until(person.name, glass),
            reason=glass.reason,
            end=end(person.name, glass, back),
        )
        for person, glass in found
    )


def end(name: str, glass: Glass, back: str) -> Action:
    """To end it at once."""
    return Action(
        label="End it now",
        command=EndGlass.NAME,
        fields={"event": str(glass.id), "next": back, "says": f"{name} can read nothing here any more"},
        style="warning",
    )


def _ended(me: Acquainted, glass: Glass) -> str:
    if glass.ended_at is None or glass.ended_at >= glass.until:
        return ""
    return f"Ended by {name_of(me.directory, glass.ended_by)}, {moment(glass.ended_at, me.now)}"


def _review(me: Acquainted, glass: Glass) -> str:
    if glass.reviewed_at is None:
        return ""
    how = "Proper" if glass.proper else "Not proper"
    return (
        f"{how}, says {name_of(me.directory, glass.reviewed_by)}, {moment(glass.reviewed_at, me.now)}: “{glass.review}”"
    )


def _say(name: str, glass: Glass, back: str) -> Action:
    return Action(
        label="Say whether it was proper",
        command=ReviewGlass.NAME,
        fields={"event": str(glass.id), "next": back, "says": f"What you say of {name}'s reading here is kept"},
        inputs=(
            Input(
                name="proper",
                label="Was it proper?",
                options=(("", "Choose"), ("yes", "Proper"), ("no", "Not proper")),
                required=True,
            ),
            Input(
                name="note",
                label="Why",
                kind="textarea",
                hint="Whom you spoke to, whether it could not have waited, and what follows",
                required=True,
            ),
        ),
        button="Keep it",
    )


def lines(me: Acquainted, found: Iterable[tuple[Person, Glass]]) -> tuple[Opened, ...]:
    """All of these, as `line`."""
    return tuple(line(me, person, glass) for person, glass in found)
