"""Whether the whole school is to go from here, as sentences: who asked, what stands against it, and how to say no."""

from collections.abc import Mapping
from typing import Final

import msgspec

from api.identity import Acquainted
from api.pages.parts import Action, Input
from api.pages.templating import moment, short_day
from api.pages.wording_removal import GROUNDS
from api.pages.words import roles_in_words
from domain.refusal import Requirement
from domain.removal.allowed import WAITING, still_needed
from domain.removal.commands import AskRemoval, ConfirmRemoval, WithdrawRemoval
from domain.removal.events import Ground
from domain.removal.state import Removal
from domain.situation import Situation
from projections.board_words import name_of

_SHORT: Final[Mapping[Ground, str]] = {
    Ground.MOVED: "They went to a new home",
    Ground.KEPT_LONG_ENOUGH: "The rule keeps none of them",
}


class GoingLine(msgspec.Struct, frozen=True, kw_only=True):
    """A removal of the school that was asked for."""

    heading: str
    ground: str
    says: str
    why: str
    confirm: Action | None
    withdraw: Action | None
    instead: str
    """Who confirms it, where this person may not, or who carries it out; "" where they may confirm it."""
    needed: tuple[Requirement, ...]
    """What stands against it now."""


class Going(msgspec.Struct, frozen=True, kw_only=True):
    """What the page says about the school's own going."""

    line: GoingLine | None
    ask: Action | None


def going(me: Acquainted, s: Situation) -> Going:
    """As somebody who may look at how long records are kept sees it."""
    if s.removal is not None:
        return Going(line=_line(me, s, s.removal), ask=None)
    return Going(line=None, ask=_ask(me) if me.may(AskRemoval) else None)


def _ask(me: Acquainted) -> Action:
    return Action(
        label="Ask for the school to be removed from here",
        command=AskRemoval.NAME,
        fields={"next": f"/schools/{me.slug}/erasure", "says": "Asked for. A second person confirms it"},
        confirm=(
            f"{me.school.name} is to be removed from here with all its records. A second person confirms it, and then"
            f" {WAITING.days} days pass in which anybody who may can say no."
        ),
        inputs=(
            Input(name="ground", label="Why they may go", options=tuple((g.value, says) for g, says in _SHORT.items())),
            Input(name="why", label="To whom, and who decided it", kind="textarea", required=True),
        ),
        button="Ask for it",
    )


def _line(me: Acquainted, s: Situation, found: Removal) -> GoingLine:
    asked = f"Asked for by {name_of(me.directory, found.by)}, {moment(found.at, me.now)}"
    if found.not_before is None:
        may = me.may(ConfirmRemoval) and me.id != found.by
        return GoingLine(
            heading="The school is to be removed from here: a second person has to confirm it",
            ground=GROUNDS[found.ground],
            says=asked,
            why=found.why,
            confirm=_confirm(me, found) if may else None,
            withdraw=_withdraw(me, found) if me.may(WithdrawRemoval) else None,
            instead="" if may else f"It is confirmed by somebody else: {roles_in_words(me.words_of(ConfirmRemoval))}.",
            needed=still_needed(s, found.ground),
        )
    by = "" if found.confirmed_by is None else f", confirmed by {name_of(me.directory, found.confirmed_by)}"
    return GoingLine(
        heading=f"The school is to be removed from here, from {short_day(found.not_before)} on",
        ground=GROUNDS[found.ground],
        says=f"{asked}{by}",
        why=found.why,
        confirm=None,
        withdraw=_withdraw(me, found) if me.may(WithdrawRemoval) else None,
        instead="Whoever looks after Doorstep carries it out then, with the export of all records in hand.",
        needed=still_needed(s, found.ground),
    )


def _confirm(me: Acquainted, found: Removal) -> Action:
    return Action(
        label="Confirm the removal",
        command=ConfirmRemoval.NAME,
        fields={
            "event": str(found.asked),
            "next": f"/schools/{me.slug}/erasure",
            "says": f"Confirmed. {WAITING.days} days from now the school may be removed; until then it can be withdrawn",
        },
        confirm=(
            f"All records of {me.school.name} are to go from here. After {WAITING.days} days nobody can undo it, and what"
            " is left of them is the export that the school takes with it."
        ),
        button="Confirm the removal",
        style="warning",
    )


def _withdraw(me: Acquainted, found: Removal) -> Action:
    return Action(
        label="The school stays",
        command=WithdrawRemoval.NAME,
        fields={"event": str(found.asked), "next": f"/schools/{me.slug}/erasure", "says": "The school stays here"},
        confirm=f"{me.school.name} stays here, with all its records.",
        inputs=(Input(name="why", label="Why it stays", kind="textarea", required=True),),
        button="It stays",
    )
