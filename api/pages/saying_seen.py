"""“Was the child seen?”: the forms that ask it, wherever nobody has said so yet."""

from collections.abc import Iterable
from datetime import datetime

import msgspec

from api.pages.parts import Action, Input
from api.pages.templating import hm, short_day
from api.pages.words import OUTCOMES, listed
from domain.times import day_of
from domain.visit.events import Outcome
from projections.not_said import NotSaid


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """One child of whom nobody has said whether they were seen, as `not_said.html` shows it."""

    question: str
    about: str
    """Where, who went, and since when nobody has said it."""
    href: str
    """The visit's page, or its history."""
    actions: tuple[Action, ...] = ()


def asked(found: Iterable[NotSaid], now: datetime, address: str, *, may_say: bool) -> tuple[Asked, ...]:
    """The questions. `address` holds `{visit}`; who `may_say` finds the answers beside each."""
    return tuple(
        Asked(
            question=f"Was {one.pupil_name} seen?",
            about=_about(one, now),
            href=address.format(visit=one.visit),
            actions=answers(str(one.visit), str(one.pupil), one.pupil_name, one.street) if may_say else (),
        )
        for one in found
    )


def _about(one: NotSaid, now: datetime) -> str:
    day = "" if day_of(one.since) == day_of(now) else f" on {short_day(one.since)}"
    went = listed(list(one.people)) or "somebody"
    ended = "everybody back or safe" if one.back else "left the house"
    return f"{one.street}. {went}: {ended} at {hm(one.since)}{day}"


def answers(visit: str, pupil: str, name: str, street: str) -> tuple[Action, ...]:
    """The answer that is most often true, with one tap; and all others."""
    seen = OUTCOMES[Outcome.SEEN_SPOKEN]
    one_tap = Action(
        label=f"{name} was {seen}",
        command="record-outcome",
        fields={
            "visit": visit,
            "pupil": pupil,
            "outcome": Outcome.SEEN_SPOKEN.value,
            "says": f"{name}, {street}: {seen}",
        },
        style="primary",
    )
    return one_tap, outcome(visit, pupil, name, street, label=f"Something else about {name}")


def outcome(visit: str, pupil: str, name: str, street: str, *, label: str, chosen: str = "") -> Action:
    """What was found for one child, of all that can be; `chosen` is what is known so far."""
    return Action(
        label=label,
        command="record-outcome",
        fields={"visit": visit, "pupil": pupil, "says": f"Kept what was found: {name}, {street}"},
        confirm=f"What was found for {name}, {street}",
        inputs=(
            Input(
                name="outcome",
                label=f"{name} was",
                options=tuple((code.value, words) for code, words in OUTCOMES.items()),
                value=chosen,
            ),
            Input(name="note", label="Anything to add"),
        ),
        button="Keep this",
    )
