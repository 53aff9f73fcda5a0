"""The forms about the family's background: what was looked up, the agencies that were spoken to, and who interprets."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from api.identity import Acquainted
from api.pages.parts import NO_YES, Action, Input
from api.pages.templating import moment, short_day
from api.pages.words import listed, sentence
from domain.policy import Policy
from domain.visit.rules.background import AGENCIES, CONSIDERED, all_of_it, look_ups, what_is
from domain.visit.rules.family import SUPPORT, families_of, other_language
from domain.visit.state import VisitState
from projections.board_words import name_of
from projections.earlier_visits import EarlierVisit

MOST_EARLIER: Final = 6
"""Earlier visits named on a form or a page; of more it says how many."""
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
    words = "All looked up, and no other agency or difficulty is known" if spared else "All of it was looked up"
    return _one_tap(words, visit, f"Background looked up: {label}", looked_up=codes, not_needed=spared)


def considered(visit: VisitState, label: str) -> Action:
    """One tap: another agency was considered, and the school goes itself (SP-08)."""
    return _one_tap("Considered: the school goes itself", visit, f"Background kept: {label}", looked_up=(CONSIDERED,))


def no_agency(visit: VisitState, label: str) -> Action:
    """One tap: no other agency works with the family."""
    return _one_tap("No other agency works with them", visit, f"Background kept: {label}", not_needed=(AGENCIES,))


def _one_tap(words: str, visit: VisitState, says: str, **codes: tuple[str, ...]) -> Action:
    return Action(
        label=words,
        command="check-background",
        fields={"visit": str(visit.id), **codes, "says": says},
        style="primary",
    )


def looked_up(policy: Policy, visit: VisitState, label: str, earlier: Sequence[EarlierVisit] | None) -> Action:
    """Point by point, what nobody has looked up yet; all of it again once it was. What was ticked before stands.

    `earlier`: the visits before this one; None for who may not see them.
    """
    before = visit.background.looked_up if visit.background is not None else ()
    every = look_ups(policy)
    options = {one.code: (one.code, sentence(one.says).rstrip(".")) for one in every}
    left = tuple(option for code, option in options.items() if code not in before)
    spared = tuple(options[one.code] for one in every if one.may_not_apply)
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
                options=left or tuple(options.values()),
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
    more = (f"{len(earlier) - MOST_EARLIER} more",) if len(earlier) > MOST_EARLIER else ()
    return f"Earlier visits in this log: {listed([*map(_one, earlier[:MOST_EARLIER]), *more])}."


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


def no_interpreter(visit: VisitState, label: str, *, likely: bool) -> Action:
    """One tap: nobody is needed to interpret at this door. `likely`: the school does not hold that the family needs somebody."""
    return Action(
        label="No interpreter is needed" if likely else "No interpreter is needed this time",
        command="arrange-interpreter",
        fields={"visit": str(visit.id), "needed": "no", "says": f"Kept, no interpreter needed: {label}"},
        style="primary" if likely else "secondary",
    )


def interpreter_comes(visit: VisitState, label: str) -> Action:
    """Who was asked for an interpreter, and who comes."""
    known = visit.interpreting
    asked = known if known is not None and known.needed else None
    return Action(
        label="An interpreter was asked for",
        command="arrange-interpreter",
        fields={"visit": str(visit.id), "says": f"Interpreter kept: {label}"},
        confirm=f"Who interprets on the visit to {label}?",
        inputs=(
            Input(
                name="asked_of",
                label="Who was asked?",
                options=tuple((one.value, sentence(words).rstrip(".")) for one, words in SUPPORT.items()),
                value=asked.asked_of.value if asked is not None else "",
            ),
            Input(
                name="who",
                label="Who comes?",
                hint="May stay empty while nobody is named.",
                value=asked.who if asked is not None else "",
            ),
            Input(name="note", label="Anything to know (may stay empty)"),
        ),
        button="Keep this",
    )


def who_interprets(me: Acquainted, visit: VisitState, *, reads: bool) -> Iterable[str]:
    """The language of the home, for those who read of the family, and what is on record about an interpreter, in sentences."""
    for family in families_of(visit, me.directory.pupils) if reads else ():
        spoken, needs = other_language(family), family.interpreter_needed
        if spoken or needs:
            yield f"{spoken or 'Language not known'}{'; an interpreter is needed' if needs else ''}"
    known = visit.interpreting
    if known is None:
        return
    if not known.needed:
        yield "None is needed for this visit"
    elif known.who:
        yield f"{known.who} comes ({SUPPORT[known.asked_of]} was asked)"
    else:
        yield f"{sentence(SUPPORT[known.asked_of]).rstrip('.')} was asked; nobody is named yet"
    yield f"{name_of(me.directory, known.by)} at {moment(known.at, me.now)}"


def how_it_stands(me: Acquainted, visit: VisitState) -> Iterable[str]:
    """What was looked up, by whom and when, in sentences; nothing where nobody has looked."""
    known = visit.background
    if known is None:
        return
    if known.looked_up:
        yield f"Looked up: {'; '.join(what_is(code) for code in known.looked_up)}"
    if known.not_needed:
        yield f"Does not apply: {'; '.join(what_is(code) for code in known.not_needed)}"
    yield f"{name_of(me.directory, known.by)} at {moment(known.at, me.now)}"
