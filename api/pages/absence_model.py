"""What the page of absences shows: the flags that stand, who is absent today, and the trip that is proposed."""

from collections.abc import Collection, Iterable, Sequence

import msgspec

from api.identity import Acquainted
from api.pages.choices import PupilChoice, names_of, pupil_line
from api.pages.parts import Action, Input
from api.pages.templating import short_day
from api.pages.wording_absence import times
from api.pages.words import in_words, listed, sentence
from domain.ids import PupilId
from domain.policy import Source
from domain.pupil.absence import Absence, Flag
from domain.pupil.state import Pupil
from domain.roles import Role
from domain.staff.state import Person
from domain.times import day_of
from projections.views import View
from projections.visit_stages import Listed, Stage, microseconds
from projections.visits import asked_about


class FlagCard(msgspec.Struct, frozen=True, kw_only=True):
    """One absence that is to be looked into."""

    pupil: PupilChoice
    says: str
    """ "Not in school on 19 and 20 November, nobody has said why; the family was tried twice in vain"."""
    proposed: str
    """The visit's purpose, in words."""
    clauses: tuple[str, ...]
    source: Source
    ticked: bool
    asked_for: str
    """Where the visit stands that somebody asked for since; "" where nobody has."""
    href: str
    explain: Action


class AbsentLine(msgspec.Struct, frozen=True, kw_only=True):
    """One child who is absent today."""

    pupil: PupilChoice
    says: str
    explain: Action | None
    """None where it is explained."""
    more: Action
    """To add what is known since: another try, seen, spoken to."""


class AbsencesView(msgspec.Struct, frozen=True, kw_only=True):
    """All that `absences.html` shows."""

    flags: tuple[FlagCard, ...]
    absent: tuple[AbsentLine, ...]
    proposed: tuple[str, ...]
    """The ids of the two who are proposed to go."""
    open_today: bool
    triggers: bool
    """Whether the school's policy wants anything looked into by itself."""


class Home(msgspec.Struct, frozen=True, kw_only=True):
    """One door to knock at."""

    pupils: tuple[PupilId, ...]
    purpose: str
    why: str
    tried: str


_STAGES = {
    Stage.PLANNING: "A visit is asked for",
    Stage.CLEARED: "A visit is OK to go",
    Stage.OUT: "Somebody is on the way, or there",
    Stage.TO_WRITE_UP: "A visit was made, and is to be written up",
    Stage.CLOSED: "A visit was made, or was turned down",
}


def standing(me: Acquainted) -> tuple[tuple[Pupil, Flag], ...]:
    """The flags that nobody has explained, of pupils on roll; the newest day first, then by name."""
    found = [(p, flag) for p in me.directory.pupils.values() if p.on_roll for flag in p.flags if not flag.closed]
    # Of one child the flag of most days says it all.
    widest = {(p.id, flag.days[-1]): (p, flag) for p, flag in sorted(found, key=lambda one: len(one[1].days))}
    return tuple(sorted(widest.values(), key=lambda one: (-one[1].days[-1].toordinal(), one[0].name, one[0].id)))


def absences_view(view: View, me: Acquainted, ticked: Collection[str] | None) -> AbsencesView:
    """The page; `ticked` are the flags ticked when the form was sent, None where it was not."""
    today, calendar = day_of(me.now), me.directory.calendar
    flags = standing(me)
    asked = asked_about(view, [p.id for p, _ in flags])
    policy = me.directory.policy_at(me.now)
    return AbsencesView(
        flags=tuple(_card(me, pupil, flag, asked, ticked) for pupil, flag in flags),
        absent=tuple(
            _line(me, pupil, absence)
            for pupil in sorted(me.directory.pupils.values(), key=lambda p: (p.name, p.id))
            for absence in pupil.absences
            if absence.day == today and pupil.on_roll
        ),
        proposed=tuple(str(p.id) for p in _proposed(me)),
        open_today=calendar.open_on(today),
        triggers=bool(policy.value("absence_triggers")),
    )


def homes_of(me: Acquainted, ticked: Collection[str]) -> Iterable[Home]:
    """The doors behind the flags that were ticked: children of one address and one reason are one visit."""
    doors: dict[tuple[str, str], list[tuple[Pupil, Flag]]] = {}
    for pupil, flag in standing(me):
        if str(pupil.id) in ticked:
            doors.setdefault((pupil.address.casefold() or str(pupil.id), flag.purpose), []).append((pupil, flag))
    for (_, purpose), found in doors.items():
        whys = [f"{p.name}: {_says(p, flag)}" if len(found) > 1 else _says(p, flag) for p, flag in found]
        tries = max(_of(p, flag).tries for p, flag in found)
        yield Home(
            pupils=tuple(p.id for p, _ in found),
            purpose=purpose,
            why=". ".join(whys),
            tried=f"Tried {times(tries)} in vain" if tries else "",
        )


def _of(pupil: Pupil, flag: Flag) -> Absence:
    return next((one for one in reversed(pupil.absences) if one.day in flag.days), Absence(day=flag.days[-1]))


def _says(pupil: Pupil, flag: Flag) -> str:
    days = listed([short_day(day) for day in flag.days])
    last = _of(pupil, flag)
    why = "" if last.explanation else ", nobody has said why"
    tried = f", the family was tried {times(last.tries)} in vain" if last.tries and not last.reached else ""
    seen = ", seen by nobody of the staff" if len(flag.days) > 1 and not last.seen else ""
    return f"Not in school on {days}{why}{tried}{seen}"


def _card(
    me: Acquainted, pupil: Pupil, flag: Flag, asked: Sequence[Listed], ticked: Collection[str] | None
) -> FlagCard:
    setting = me.directory.policy_at(me.now).setting("absence_triggers")
    since = [one for one in asked if pupil.id in one.pupils and one.asked >= microseconds(flag.at)]
    visit = since[-1] if since else None
    return FlagCard(
        pupil=pupil_line(me.directory, pupil.id),
        says=_says(pupil, flag),
        proposed=sentence(in_words(flag.purpose)).rstrip("."),
        clauses=flag.clauses,
        source=setting.source,
        ticked=visit is None and (ticked is None or str(pupil.id) in ticked),
        asked_for=_STAGES[visit.stage] if visit is not None else "",
        href=f"/schools/{me.slug}/visits/{visit.visit}" if visit is not None else "",
        explain=_explain(me, pupil),
    )


def _line(me: Acquainted, pupil: Pupil, absence: Absence) -> AbsentLine:
    tried = f"the family was tried {times(absence.tries)} in vain" if absence.tries else ""
    said = (
        absence.explanation or "Nobody has said why",
        tried,
        "the family was spoken to" if absence.reached else "",
        "seen by somebody of the staff" if absence.seen else "",
    )
    return AbsentLine(
        pupil=pupil_line(me.directory, pupil.id),
        says=". ".join(sentence(one).rstrip(".") for one in said if one),
        explain=None if absence.explanation else _explain(me, pupil),
        more=report(me, pupil, absence),
    )


def _explain(me: Acquainted, pupil: Pupil) -> Action:
    """Why, or that the child is back: it closes what was flagged."""
    name = names_of(me.directory, (pupil.id,))
    return Action(
        label="Explained, or back in school",
        command="explain-absence",
        fields={"pupil": str(pupil.id), "says": f"Explained: {name}"},
        confirm=f"Why {name} was not in school. It closes what was flagged; a visit that was asked for is called off by you",
        inputs=(
            Input(name="explanation", label="What was said", required=True),
            Input(name="who", label="Who said so?"),
        ),
        button="Keep this",
    )


def report(me: Acquainted, pupil: Pupil, absence: Absence | None = None) -> Action:
    """That a child is not in school today, or what is known of it since."""
    name = names_of(me.directory, (pupil.id,))
    tries = str(absence.tries if absence is not None else 0)
    yes_no = (("", "No, or not known"), ("yes", "Yes"))
    return Action(
        label="Absent today" if absence is None else "Add what is known",
        command="report-absence",
        fields={"pupil": str(pupil.id), "says": f"Absent today: {name}"},
        confirm=f"{name} is not in school today",
        inputs=(
            Input(name="explanation", label="Why, if anybody said", value=""),
            Input(name="tries", label="How often was the family tried in vain?", kind="number", value=tries),
            Input(name="reached", label="Was the family spoken to?", options=yes_no),
            Input(name="seen", label="Has anybody of the staff seen the child today?", options=yes_no),
        ),
        button="Keep this",
    )


def _proposed(me: Acquainted) -> tuple[Person, ...]:
    """An attendance officer and one colleague who may go (SC-28): a proposal, which the form leaves to be changed."""
    officers = me.directory.holders("attendance_officer", me.now)[:1]
    people = (p for p in me.directory.people.values() if p.here and p.works_with_children(me.now))
    others = sorted(
        (p for p in people if p not in officers and p.mobile and not p.holds_none(me.now)),
        key=lambda p: (p.main_role(me.now) is not Role.TEACHER, p.name, p.id),
    )
    return (*officers, *others)[:2]
