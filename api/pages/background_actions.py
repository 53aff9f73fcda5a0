"""The forms about the family's background: what was looked up, and the agencies that were spoken to."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from api.identity import Acquainted
from api.pages.parts import NO_YES, Action, Input
from api.pages.templating import hm, short_day
from api.pages.words import listed, sentence
from domain.policy import Policy
from domain.visit.rules.background import AGENCIES, CONSIDERED, all_of_it, look_ups, what_is
from domain.visit.state import VisitState
from projections.board_words import name_of
from projections.earlier_visits import EarlierVisit

LISTED: Final = 6
"""Earlier visits named on a form; of more it says how many."""
_ENDED: Final[Mapping[str, str]] = {
    "recorded": "recorded",
    "refused": "not approved",
    "cancelled": "called off",
    "cancelled_for_safety": "called off for safety",
}
"""How a visit ended, by `projections.visits.ending_of`."""


def all_known(policy: Policy, visit: VisitState, label: str) -> Action:
    """One tap: all was looked up, and what may not apply does not."""
    codes, spared = all_of_it(policy)
    return Action(
        label="All looked up, and no other agency or difficulty is known" if spared else "All of it was looked up",
        command="check-background",
        fields={
            "visit": str(visit.id),
            "looked_up": codes,
            "not_needed": spared,
            "says": f"Background looked up: {label}",
        },
        style="primary",
    )


def considered(visit: VisitState, label: str) -> Action:
    """One tap: another agency was considered, and the school goes itself (SP-08)."""
    return Action(
        label="Considered: the school goes itself",
        command="check-background",
        fields={"visit": str(visit.id), "looked_up": (CONSIDERED,), "says": f"Background kept: {label}"},
        style="primary",
    )


def no_agency(visit: VisitState, label: str) -> Action:
    """One tap: no other agency works with the family."""
    return Action(
        label="No other agency works with them",
        command="check-background",
        fields={"visit": str(visit.id), "not_needed": (AGENCIES,), "says": f"Background kept: {label}"},
        style="primary",
    )


def looked_up(policy: Policy, visit: VisitState, label: str, earlier: Sequence[EarlierVisit] | None) -> Action:
    """Point by point, what nobody has looked up yet; all of it again once it was. What was ticked before stands.

    `earlier`: the visits before this one; None for who may not see them.
    """
    before = visit.background.looked_up if visit.background is not None else ()
    asked = tuple((one.code, sentence(one.says).rstrip(".")) for one in look_ups(policy))
    left = tuple(one for one in asked if one[0] not in before)
    spared = tuple((one.code, sentence(one.says).rstrip(".")) for one in look_ups(policy) if one.may_not_apply)
    does_not_apply = Input(
        name="not_needed",
        label="What does not apply here?",
        kind="checkboxes",
        options=spared,
    )
    return Action(
        label="Background, point by point",
        command="check-background",
        fields={"visit": str(visit.id), "says": f"Background kept: {label}"},
        confirm=f"What was looked up before the visit to {label}?",
        inputs=(
            Input(
                name="looked_up",
                label="Looked up",
                kind="checkboxes",
                hint=in_this_log(earlier) if earlier is not None else "",
                options=left or asked,
            ),
            *((does_not_apply,) if spared else ()),
            Input(name="note", label="What was found (may stay empty)", kind="textarea"),
        ),
        button="Keep this",
    )


def in_this_log(earlier: Sequence[EarlierVisit]) -> str:
    """The earlier visits to these pupils and this address that are in this log, in a sentence."""
    if not earlier:
        return "No earlier visit to them or to this address is in this log."
    more = (f"{len(earlier) - LISTED} more",) if len(earlier) > LISTED else ()
    return f"Earlier visits in this log: {listed([*map(_one, earlier[:LISTED]), *more])}."


def _one(visit: EarlierVisit) -> str:
    day = short_day(visit.asked_at) if visit.asked_at is not None else "one without a day"
    address = "" if visit.same_pupil else "to this address"
    said = " ".join(part for part in (address, _ENDED.get(visit.ending, "")) if part)
    return f"{day} ({said})" if said else day


def agency_spoken_to(visit: VisitState, label: str) -> Action:
    """Whom the school spoke to at another agency, and what that agency does with the family."""
    return Action(
        label="An agency was spoken to",
        command="record-agency-liaison",
        fields={"visit": str(visit.id), "says": f"Agency kept: {label}"},
        confirm=f"Another agency that works with the family: {label}",
        inputs=(
            Input(name="agency", label="Which agency?", required=True),
            Input(name="worker", label="Who there?", required=True),
            Input(name="agency_role", label="What do they do with the family?", kind="textarea", required=True),
            Input(name="contacted_at", label="At what time? (empty: now)", kind="time"),
            Input(name="shared_aim", label="What do we aim at together? (may stay empty)"),
            Input(name="joint", label="Does somebody of theirs come along?", options=NO_YES, value="no"),
        ),
        button="Keep this",
    )


def how_it_stands(me: Acquainted, visit: VisitState) -> Iterable[str]:
    """What was looked up, by whom and when, in sentences; nothing where nobody has looked."""
    known = visit.background
    if known is None:
        return
    if known.looked_up:
        yield f"Looked up: {'; '.join(what_is(code) for code in known.looked_up)}"
    if known.not_needed:
        yield f"Does not apply: {'; '.join(what_is(code) for code in known.not_needed)}"
    yield f"{name_of(me.directory, known.by)} at {hm(known.at)} on {short_day(known.at)}"
