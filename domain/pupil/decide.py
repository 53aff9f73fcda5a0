"""Decisions about pupils."""

from collections.abc import Sequence

from domain.envelope import Decision, Entry
from domain.ids import PupilId, pupil_stream
from domain.need import always
from domain.pupil import commands as c
from domain.pupil import events as e
from domain.pupil.absence import Absence, Raised, raised, with_absence
from domain.pupil.bringing_in import BY_WHAT_KNOWN, SEVERAL_FIT, SeveralFit, the_same, told
from domain.pupil.events import Carer, telephones_of
from domain.pupil.family import UNREACHABLE, too_much, unreachable
from domain.pupil.held import CHANGED, mark_of
from domain.pupil.state import Pupil
from domain.pupil.upn import fault_of, tidied
from domain.refusal import Incomplete, Refused, Unknown
from domain.situation import Situation, last_day
from domain.times import day_of


def admit_pupil(command: c.AdmitPupil, s: Situation) -> Decision:
    """A pupil is put on the register, with what is held about the family."""
    upn = _upn(command.upn)
    _of_a_family(command.carers)
    stream = pupil_stream(PupilId(s.new_id("pupil")))
    admitted = e.PupilAdmitted(
        given_name=command.given_name,
        family_name=command.family_name,
        born=command.born,
        year_group=command.year_group,
        class_name=command.class_name,
        upn=upn,
        on_roll=command.on_roll,
    )
    if not (command.carers or command.address or command.phone):
        return (Entry(stream, admitted),)
    family = e.FamilyProfileRecorded(carers=command.carers, address=command.address, phone=command.phone)
    return (Entry(stream, admitted), Entry(stream, family))


def take_off_roll(command: c.TakeOffRoll, s: Situation) -> Decision:
    """A pupil leaves. One who is not on roll is not taken off it; nor is anybody before the day has come."""
    _on_roll(command.pupil, s)
    event = e.PupilLeftRoll(on=last_day(command.on, s), moved_to=command.moved_to)
    return (Entry(pupil_stream(command.pupil), event),)


def record_family(command: c.RecordFamily, s: Situation) -> Decision:
    """What is held about the family."""
    held = s.pupils.get(command.pupil)
    if held is None:
        raise Unknown("pupil")
    _of_a_family(command.carers)
    if command.seen and command.seen != mark_of(held):
        says = "Somebody else changed what is held about this family since you opened it: read it as it is now"
        raise Refused((always(CHANGED, says, who=("school_office",)),))
    if unreachable(telephones_of(command.phone, command.carers), command.phone_none_reason):
        raise Incomplete("phone_none_reason", UNREACHABLE)
    event = e.FamilyProfileRecorded(
        carers=command.carers,
        address=command.address,
        phone=command.phone,
        phone_none_reason=command.phone_none_reason,
        language=command.language,
        interpreter_needed=command.interpreter_needed,
        notes=command.notes,
        literacy_support=command.literacy_support,
    )
    return (Entry(pupil_stream(command.pupil), event),)


def bring_in_pupil(command: c.BringInPupil, s: Situation) -> Decision:
    """A pupil as the school's own system tells of them: what is new about them, and nothing where nothing is."""
    _upn(command.upn)
    _of_a_family(command.carers)
    if command.born is None and not command.upn:
        raise Incomplete("born", BY_WHAT_KNOWN)
    if command.on_roll is False:
        last_day(command.left_on, s)
    try:
        held = the_same(s.pupils.values(), command)
    except SeveralFit:
        raise Refused((always("pupil.several_fit", SEVERAL_FIT, who=("school_office",)),)) from None
    stream = pupil_stream(PupilId(s.new_id("pupil")) if held is None else held.id)
    return tuple(Entry(stream, event) for event in told(held, command))


def report_absence(command: c.ReportAbsence, s: Situation) -> Decision:
    """A pupil on roll is not in school on a school day; what the policy wants looked into is flagged (SC-27, SC-30).

    A blank takes nothing back that was said of that day before.
    """
    pupil = _on_roll(command.pupil, s)
    today = day_of(s.now)
    day = command.day or today
    if day > today:
        raise Incomplete("day", "a day that has come")
    if not s.calendar.open_on(day):
        raise Incomplete("day", "a school day: a weekday in term on which the school is open")
    held = next((one for one in pupil.absences if one.day == day), Absence(day=day))
    absence = Absence(
        day=day,
        explanation=command.explanation.strip() or held.explanation,
        tries=max(command.tries, held.tries),
        reached=command.reached or held.reached,
        seen=command.seen or held.seen,
    )
    if absence in pupil.absences:
        return ()
    stream = pupil_stream(command.pupil)
    reported = e.AbsenceReported(
        day=day, explanation=absence.explanation, tries=absence.tries, reached=absence.reached, seen=absence.seen
    )
    known = with_absence(pupil.absences, absence)
    stand = {flag.purpose: set(flag.days) for flag in pupil.flags if not flag.closed}
    return (
        Entry(stream, reported),
        *(
            Entry(stream, e.AbsenceFlagged(purpose=one.purpose, days=one.days, clauses=_clauses(s, one)))
            for one in raised(s.policy, known, day, s.calendar)
            if not stand.get(one.purpose, set()).intersection(one.days)
        ),
    )


def _clauses(s: Situation, found: Raised) -> tuple[str, ...]:
    """SC-27 speaks of the first day, SC-30 of three in a row; another school's setting cites what it cites."""
    setting = s.policy.setting("absence_triggers")
    own = {"safe_and_well": "SC-27", "three_day_absence": "SC-30"}.get(found.purpose, "")
    return (own,) if own in setting.clauses else setting.clauses


def explain_absence(command: c.ExplainAbsence, s: Situation) -> Decision:
    """Why a pupil was not in school: the days named, or all that wait for an explanation. It closes flags, whenever it comes."""
    pupil = s.pupils.get(command.pupil)
    if pupil is None:
        raise Unknown("pupil")
    waiting = tuple(one.day for one in pupil.absences if not one.explanation)
    days = command.days or waiting
    if strange := [day for day in days if all(one.day != day for one in pupil.absences)]:
        raise Incomplete("days", f"days on which the pupil was away: {strange[0].isoformat()} is none")
    if not days:
        raise Refused((always("absence.none", "No absence of this pupil waits for an explanation"),))
    told = e.AbsenceExplained(days=days, explanation=command.explanation.strip(), who=command.who)
    return (Entry(pupil_stream(command.pupil), told),)


def _on_roll(pupil: PupilId, s: Situation) -> Pupil:
    found = s.pupils.get(pupil)
    if found is None:
        raise Unknown("pupil")
    if not found.on_roll:
        raise Refused((always("pupil.not_on_roll", "This pupil is not on roll", who=("school_office",)),))
    return found


def _of_a_family(carers: Sequence[Carer]) -> None:
    """Raises Incomplete where no family has so many adults, or an adult so long a name."""
    if fault := too_much(carers):
        raise Incomplete(*fault)


def _upn(upn: str) -> str:
    """The UPN as it is kept. Raises Incomplete for one that cannot be."""
    kept = tidied(upn)
    if kept and (expected := fault_of(kept)):
        raise Incomplete("upn", expected)
    return kept
