"""Restricted cases as sentences, and what those inside may do from there."""

from collections.abc import Iterable

import msgspec

from api.identity import Acquainted
from api.pages.choices import staff_options, with_role
from api.pages.parts import Action, Input, TimelineItem
from api.pages.templating import moment
from api.pages.wording_case import KINDS
from api.pages.words import in_words, listed, role_in_words
from domain.case import commands as c
from domain.case.inside import may_be_let_in
from domain.case.rules.closing import closing_needs
from domain.case.rules.route import clauses_of
from domain.case.state import CaseState
from domain.ids import StaffId
from domain.roles import who_counts_as
from projections.board_words import name_of
from projections.restricted_cases import CaseShown, Gone, Step, What, Words
from projections.who_looked import WhoLooked

_TITLES: dict[What, str] = {
    "raised": "Raised",
    "noted": "Note",
    "answered": "Answer given",
    "let in": "Let in",
    "left out": "Left out",
    "named": "Named as whom it is about",
    "closed": "Closed",
    "taken back": "Taken back by whoever raised it",
    "kept as sent": "Kept as it was sent",
    "signed": "Signed, typed at the front desk",
}


class CaseLine(msgspec.Struct, frozen=True, kw_only=True):
    """A case in a list."""

    href: str
    title: str
    says: str
    open: bool


class WordsLine(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody said when they raised a case."""

    title: str
    says: str
    about: str
    facts: tuple[tuple[str, str], ...]
    """What was said, by what was asked."""
    told: str
    """Who was told when it was raised; "" for nobody."""
    visit: str
    """The visit's id; "" without one."""


class InsideLine(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody inside."""

    name: str
    why: str
    opened: str


def case_line(me: Acquainted, one: CaseShown) -> CaseLine:
    """A case as a list shows it."""
    about = _names(me, one.circle.about) or one.words.about_described
    title = f"{KINDS[one.words.kind].capitalize()}{f': {about}' if about else ''}"
    closed = f", closed {moment(one.case.closed_at, me.now)}" if one.case.closed_at is not None else ""
    return CaseLine(
        href=f"/schools/{me.slug}/cases/{one.case.case}",
        title=title,
        says=f"raised {moment(one.words.at, me.now)}{closed}",
        open=one.case.closed_at is None,
    )


def words_line(me: Acquainted, one: Words) -> WordsLine:
    """What somebody said, in their own words."""
    harm = {True: "yes", False: "no", None: ""}[one.harm]
    asked = (
        ("Who complained", one.from_whom),
        ("What happened", one.text),
        ("Which child", one.child_described),
        ("Why force was the last resort", one.why_last_resort),
        ("What force was used", one.force_used),
        ("What injury it prevented", one.injury_prevented),
        ("Was the child hurt or distressed", harm),
        *((f"Kept as it was sent: {name.replace('_', ' ')}", text) for name, text in one.unreadable.items()),
    )
    typed = f", typed by {name_of(me.directory, one.typed_by)}" if one.typed_by != one.by else ""
    return WordsLine(
        title=KINDS[one.kind].capitalize(),
        says=f"raised by {name_of(me.directory, one.by)}{typed}, {moment(one.at, me.now)}",
        about=", ".join(part for part in (_names(me, one.about), one.about_described) if part),
        facts=tuple((label, text) for label, text in asked if text),
        told=listed([with_role(me, person) for person in one.told]),
        visit=str(one.visit or ""),
    )


def inside_lines(me: Acquainted, one: CaseShown, looks: WhoLooked) -> tuple[InsideLine, ...]:
    """Who is inside, why, and since when they know: nobody counts as told before they opened it (law 4)."""
    opened: dict[StaffId, str] = {}
    for look in reversed(looks.looks):
        opened.setdefault(look.by.id, f"opened it {moment(look.at, me.now)}")
    return tuple(
        InsideLine(
            name=with_role(me, person),
            why="handles it" if person in one.handlers else "let in by name",
            opened=opened.get(person, "has not opened it yet: tell them"),
        )
        for person in sorted(one.inside, key=lambda p: (name_of(me.directory, p), p))
    )


def steps(me: Acquainted, one: CaseShown) -> tuple[TimelineItem, ...]:
    """What happened in the case, the newest first."""
    return tuple(_step(me, step) for step in reversed(one.case.steps))


def _step(me: Acquainted, step: Step) -> TimelineItem:
    typed = f" (typed by {name_of(me.directory, step.typed_by)})" if step.typed_by is not None else ""
    whom = f": {name_of(me.directory, step.person)}" if step.person is not None else ""
    return TimelineItem(
        title=f"{_TITLES[step.what]}{whom}",
        occurred_at=step.at,
        by=f"{name_of(me.directory, step.by)}{typed}",
        body=step.text,
    )


def gone_lines(me: Acquainted, gone: Iterable[Gone]) -> tuple[str, ...]:
    """Cases that were erased, to the two who did it."""
    return tuple(
        f"A restricted case was erased {moment(one.at, me.now)} under the rule “{one.rule}”. Asked for by"
        f" {name_of(me.directory, one.asked_by)}, confirmed by {name_of(me.directory, one.confirmed_by)}."
        for one in gone
    )


def acts(me: Acquainted, one: CaseShown) -> tuple[Action, ...]:
    """What this person may do: write down, and for those who handle it all the rest."""
    note = _action(
        me, one, c.NoteCase, "Write something down", (Input(name="text", label="Note", kind="textarea", required=True),)
    )
    if me.id not in one.handlers:
        return (note, *_confirming(me, one))
    answer = Input(name="text", label="What they were answered, by whom and how", kind="textarea", required=True)
    answers = (
        (_action(me, one, c.NoteCase, "Say what whoever complained was answered", (answer,), answer="true"),)
        if one.words.kind == "complaint"
        else ()
    )
    return (note, *answers, *_people(me, one), *_closing(me, one), *_erasing(me, one))


def _people(me: Acquainted, one: CaseShown) -> tuple[Action, ...]:
    here = [p for p in sorted(me.directory.people.values(), key=lambda p: (p.name, p.id)) if p.here]
    may = [p for p in here if p.id not in {*one.inside, *one.circle.about} and may_be_let_in(p, me.now)]
    why = Input(name="why", label="Why", kind="textarea")

    def who(label: str, people: list[StaffId]) -> Input:
        chosen = [p for p in here if p.id in people]
        return Input(name="person", label=label, options=staff_options(me, chosen, nobody="Choose"), required=True)

    named = [p.id for p in here if p.id not in one.circle.about]
    return (
        _action(me, one, c.LetIntoCase, "Let somebody in", (who("Whom to let in", [p.id for p in may]), why)),
        _action(me, one, c.LeaveOutOfCase, "Leave somebody out", (who("Whom to leave out", [*one.inside]), why)),
        _action(me, one, c.NameInCase, "Say whom it is about: they are left out", (who("Whom it is about", named),)),
    )


def _closing(me: Acquainted, one: CaseShown) -> tuple[Action, ...]:
    if one.case.closed_at is not None:
        return ()
    state = CaseState(
        id=one.case.case,
        version=1,
        kind=one.words.kind,
        route=one.words.route,
        why_last_resort=one.words.why_last_resort,
        answered=any(step.what == "answered" for step in one.case.steps),
    )
    unmet = closing_needs(me.policy, state, "") if me.policy is not None else ()
    last = Input(name="why_last_resort", label="Why force was the last resort", kind="textarea", required=True)
    asks = Input(name="outcome", label="What came of it. “None” is an answer", kind="textarea", required=True)
    inputs = (asks, *((last,) if any(need.code == "case.last_resort" for need in unmet) else ()))
    return (_action(me, one, c.CloseCase, "Say what came of it, and close it", inputs, style="primary"),)


def _erasing(me: Acquainted, one: CaseShown) -> tuple[Action, ...]:
    why = Input(name="why", label="Why", kind="textarea", required=True)
    out = [
        _action(
            me, one, c.ReleaseCase, f"Lift the legal hold of {moment(hold.at, me.now)}", (why,), event=str(hold.event)
        )
        for hold in one.case.holds
    ]
    out.append(_action(me, one, c.HoldCase, "Put on legal hold: it is not erased until that is lifted", (why,)))
    asked = one.case.asked
    if asked is None:
        plain = Input(name="why", label="Anything to add", kind="textarea")
        out.append(_action(me, one, c.AskCaseErasure, "Ask for it to be erased", (plain,)))
    return (*out, *_confirming(me, one))


def _confirming(me: Acquainted, one: CaseShown) -> tuple[Action, ...]:
    """The second person's word, where somebody else inside asked for it."""
    asked = one.case.asked
    if asked is None or asked.confirmed or asked.by == me.id:
        return ()
    says = (
        f"{name_of(me.directory, asked.by)} asked for it. Everything in this case is erased, and nobody can undo that."
    )
    return (
        _action(me, one, c.ConfirmCaseErasure, "Confirm that it is erased", (), confirm=says, event=str(asked.event)),
    )


def _action(
    me: Acquainted,
    one: CaseShown,
    command: type[c.NoteCase | c.LetIntoCase | c.LeaveOutOfCase | c.NameInCase | c.CloseCase | c.AboutCase],
    label: str,
    inputs: tuple[Input, ...],
    *,
    confirm: str = "",
    style: str = "secondary",
    **fields: str,
) -> Action:
    # Whoever leaves themselves out is led to the list: the case's own address is nothing to them from then on.
    leaves = command in (c.LeaveOutOfCase, c.NameInCase, c.ConfirmCaseErasure)
    back = f"/schools/{me.slug}/cases{'' if leaves else f'/{one.case.case}'}"
    return Action(
        label=label,
        command=command.NAME,
        fields={"case": str(one.case.case), "next": back, "says": "It is kept in the case", **fields},
        inputs=inputs,
        confirm=confirm,
        style="primary" if style == "primary" else "secondary",
    )


def route_of(me: Acquainted, one: CaseShown) -> str:
    """Who or which policy of the school's a case is handled by, with the clause: "complaints procedure (SP-69)"."""
    route, policy = one.words.route, me.policy
    said = role_in_words(route) if who_counts_as(route) else in_words(route)
    cited = clauses_of(policy, one.words.kind) if policy is not None else ()
    return f"{said} ({', '.join(cited)})" if cited else said


def keeping(me: Acquainted, one: CaseShown) -> tuple[str, ...]:
    """What holds it, and who asked for it to be erased."""
    held = (f"On legal hold: {name_of(me.directory, hold.by)}, {moment(hold.at, me.now)}." for hold in one.case.holds)
    asked = one.case.asked
    if asked is None:
        return tuple(held)
    waits = "it is erased within a few minutes" if asked.confirmed else "a second person inside confirms it"
    return (
        *held,
        f"{name_of(me.directory, asked.by)} asked for this case to be erased, {moment(asked.at, me.now)}: {waits}.",
    )


def _names(me: Acquainted, people: Iterable[StaffId]) -> str:
    return listed([name_of(me.directory, person) for person in people])
