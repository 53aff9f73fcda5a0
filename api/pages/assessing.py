"""The form of a risk assessment, with the school's own columns and its standing sheet filled in; and how one is shown."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

import msgspec

from api.identity import Acquainted
from api.pages.parts import Action, Folded, Input
from api.pages.reading_visits import reads_notes
from api.pages.templating import moment
from api.pages.words import risk_answer, sentence
from commands.policy_definitions import definitions
from commands.policy_words import key_in_words
from domain.policy import Policy
from domain.refusal import Requirement
from domain.staff.state import Person
from domain.trip.state import TripState
from domain.visit.assessment import HOME_VISIT, LONE_WORKER, Assessment
from domain.visit.rules.risk import (
    VISITING_STAFF,
    assessors,
    awaits_oversight,
    counts,
    held_of,
    overseers,
    that_counts,
    who_decides_if_high,
)
from domain.visit.rules.risk_form import CHOICES, HAZARD, SETTING, VIOLENCE, columns, judged_by_row, so_far
from domain.visit.state import VisitState
from projections.board_words import name_of
from projections.directory import Directory

_LONG = ("existing_controls", "further_controls", "controls", "measures")


class ShownRow(msgspec.Struct, frozen=True, kw_only=True):
    """One row of a kept sheet, each column that it answers with its heading."""

    title: str
    """The hazard; "" where the form has none."""
    cells: tuple[tuple[str, str], ...]
    """(column, what it says)."""


class ShownAssessment(msgspec.Struct, frozen=True, kw_only=True):
    """One assessment of a visit, as far as the person who looks may read it."""

    says: str
    """Which version, by whom, when, how high, and who oversaw it."""
    different: str
    """What is different today; "" for nothing."""
    rows: tuple[ShownRow, ...]


def assess_home_visit(me: Acquainted, policy: Policy, trip: TripState, visit: VisitState, label: str) -> Action:
    """The school's form, as it was kept last: one tap where all is so.

    For whom the policy does not ask, and for whoever may not read what was kept, a way to say what is new.
    """
    before, reads = that_counts(policy, visit, trip), reads_notes(me, visit, trip, awaited=False)
    own = before is None or before.as_sheet or before.by == me.id or reads
    if not may_assess(me, policy, trip) or (not own and before is not None and before.sheet):
        return _report(visit, label)
    sheet = so_far(policy, before.sheet if before is not None else ())
    rows = sheet if HAZARD in columns(policy) else ()
    hazards = {f"sheet.{place}.{HAZARD}": row[HAZARD] for place, row in enumerate(rows)}
    whose = "our sheet" if before is None or before.as_sheet else "it was kept"
    as_sheet = f"all as {whose}? Open a line only where it is not" if rows else "go through it, then answer here"
    return Action(
        label="Assess the risk again" if before is not None else "Risk assessment",
        command="assess-risk",
        fields={"visit": str(visit.id), "kind": HOME_VISIT, **hazards, "says": f"Risk assessment kept: {label}"},
        confirm=f"Risk assessment for the visit to {label}: {as_sheet}",
        inputs=tuple(_questions(policy, sheet)),
        folded=(*(_standing(policy, place, row) for place, row in enumerate(rows)), *_one_more(policy, len(rows))),
        button="All this is so: keep it" if rows else "Keep this assessment",
    )


def may_assess(me: Acquainted, policy: Policy, trip: TripState) -> bool:
    """Whether this person's assessment is the one that the policy asks for."""
    held = held_of(me.person, assessors(policy), me.now)
    return counts(policy, trip, me.id, held.role if held is not None else None)


def of_risk(known: Directory, policy: Policy, trip: TripState, need: Requirement, now: datetime) -> tuple[Person, ...]:
    """Those who assess, or oversee: whoever goes, where the policy says so."""
    if need.setting == "lone_visit":
        return known.holders("SLT", now)
    asked = {"risk.overseen": overseers, "risk.high": who_decides_if_high}.get(need.code, assessors)
    words = asked(policy)
    going = [known.people[p] for p in trip.team if p in known.people] if VISITING_STAFF in words else []
    return tuple({p.id: p for p in (*going, *(p for word in words for p in known.holders(word, now)))}.values())


def _report(visit: VisitState, label: str) -> Action:
    return Action(
        label="Report a new risk",
        command="assess-risk",
        fields={
            "visit": str(visit.id),
            "kind": HOME_VISIT,
            "says": f"Kept, and the assessment is to be amended: {label}",
        },
        confirm=f"Something new about the visit to {label}. The risk assessment is amended before anybody sets off",
        inputs=(Input(name="different_today", label="What is new?", kind="textarea", required=True), _level()),
        button="Report it",
    )


def assess_lone_worker(visit: VisitState, label: str) -> Action:
    """The lone-worker assessment."""
    return Action(
        label="Lone-worker assessment",
        command="assess-risk",
        fields={"visit": str(visit.id), "kind": LONE_WORKER, "says": f"Lone-worker assessment kept: {label}"},
        confirm=f"Lone-worker assessment for the visit to {label}: go through it, then answer here",
        inputs=(_different(), _level()),
        button="Keep this assessment",
    )


def oversee(me: Acquainted, policy: Policy, trip: TripState, visit: VisitState, label: str) -> Iterable[Action]:
    """Somebody senior lets it stand, once it is there and was made by another."""
    made = that_counts(policy, visit, trip)
    if made is None or awaits_oversight(policy, visit, trip, me.person, me.now) is None:
        return
    read_it = "Read its rows first, and what is different today"
    yield Action(
        label="Oversee the risk assessment",
        command="oversee-risk",
        fields={
            "visit": str(visit.id),
            "version": str(made.version),
            "says": f"Risk assessment overseen: {label}",
        },
        confirm=f"The risk assessment for the visit to {label} by {name_of(me.directory, made.by)}, risk {made.level}. {read_it}",
        inputs=(Input(name="note", label="Anything to add (may stay empty)"),),
        button="I have read it and it stands",
    )


def shown(
    me: Acquainted, policy: Policy, trip: TripState, visit: VisitState, *, reads: bool
) -> Iterable[ShownAssessment]:
    """The assessment that counts, after whatever was reported since; newest first.

    What was typed is shown to those who may read it (`reads`), and to whoever typed it.
    """
    it_counts = that_counts(policy, visit, trip)
    for made in reversed(visit.assessments):
        if made.kind == HOME_VISIT:
            yield _shown(me, policy, made, reads=reads or made.by == me.id)
            if made is it_counts:
                return


def _shown(me: Acquainted, policy: Policy, made: Assessment, *, reads: bool) -> ShownAssessment:
    over = me.directory.people.get(made.overseen_by) if made.overseen_by is not None else None
    seen = (
        f"; overseen by {over.name} at {moment(made.overseen_at, me.now)}"
        if over is not None and made.overseen_at
        else ""
    )
    sheet = ". All as our sheet" if made.as_sheet else ""
    version = f"Version {made.version} by" if made.version > 1 else "By"
    return ShownAssessment(
        says=f"{version} {name_of(me.directory, made.by)} at {moment(made.at, me.now)}, risk {made.level}{seen}{sheet}",
        different=made.different_today if reads else "",
        rows=tuple(_shown_row(columns(policy), row) for row in made.sheet) if reads else (),
    )


def _shown_row(asked: Iterable[str], row: Mapping[str, str]) -> ShownRow:
    """Every column of the form in its order, and what an earlier form asked besides."""
    every = dict.fromkeys((*asked, *row))
    cells = tuple((column_in_words(c), risk_answer(c, row.get(c, "")) or "nothing said") for c in every if c != HAZARD)
    return ShownRow(title=sentence(column_in_words(row.get(HAZARD, ""))).rstrip("."), cells=cells)


def column_in_words(code: str) -> str:
    """A column, or a hazard of a policy file, as people read it."""
    return key_in_words(definitions().settings[SETTING], code)


def _questions(policy: Policy, sheet: Sequence[Mapping[str, str]]) -> Iterable[Input]:
    if VIOLENCE in columns(policy):
        for column in columns(policy):
            yield _cell(0, column, sheet[0].get(column, ""))
        return
    yield _different()
    if not judged_by_row(policy):
        yield _level()


def _standing(policy: Policy, place: int, row: Mapping[str, str]) -> Folded:
    """One hazard of the sheet, closed: opened only where today it is not so."""
    rest = [column for column in columns(policy) if column != HAZARD]
    said = "; ".join(_in_a_line(c, row[c]) for c in rest if row.get(c))
    return Folded(
        label=sentence(column_in_words(row[HAZARD])).rstrip("."),
        says=said,
        inputs=tuple(_cell(place, column, row.get(column, "")) for column in rest),
    )


def _in_a_line(column: str, said: str) -> str:
    """As in "severity major", for an answer that says nothing without its column; else what was typed."""
    return f"{column_in_words(column)} {risk_answer(column, said)}" if column in CHOICES else said


def _one_more(policy: Policy, place: int) -> Iterable[Folded]:
    if HAZARD in columns(policy):
        yield Folded(label="Another hazard", says="", inputs=tuple(_cell(place, c, "") for c in columns(policy)))


def _cell(place: int, column: str, value: str) -> Input:
    options = CHOICES.get(column, ())
    words = tuple((one, sentence(one.replace("_", " ")).rstrip(".")) for one in options)
    return Input(
        name=f"sheet.{place}.{column}",
        label=sentence(column_in_words(column)).rstrip("."),
        kind="textarea" if column in _LONG else "text",
        value=value,
        options=(("", "Not said"), *words) if options else (),
        required=column == VIOLENCE,
    )


def _different() -> Input:
    return Input(
        name="different_today",
        label="Anything different today?",
        kind="textarea",
        hint="A person, an animal, the way there, the light. Leave empty where nothing is",
    )


def _level() -> Input:
    return Input(
        name="level",
        label="The risk that remains is",
        options=(("acceptable", "Acceptable"), ("high", "High: ask before anybody goes")),
    )
