"""Every event in school words: a title, a sentence, what somebody typed, and a coloured state. All timelines use it.

Exhaustive over `domain.catalogue.EVENTS` (a test holds it): a new event does not type-check without its words.
"""

from collections.abc import Mapping
from typing import assert_never
from uuid import UUID

from api.pages.templating import day, short_day
from api.pages.wording_absence import absence_words
from api.pages.wording_access import access_words
from api.pages.wording_case import case_words
from api.pages.wording_erasure import erasure_words
from api.pages.wording_glass import glass_words
from api.pages.wording_governing import GoverningEvent, governing_words
from api.pages.wording_names import Beside, EventWords, Names, beside, said
from api.pages.wording_staff import staff_words
from api.pages.wording_trip import trip_words
from api.pages.wording_visit import visit_words
from api.pages.words import CONCERNS, TOLD_BY, listed, role_in_words, sentence
from domain.access.events import AccessEvent
from domain.case.events import CaseEvent
from domain.concern import events as concern
from domain.concern.events import ConcernEvent
from domain.envelope import Recorded
from domain.erasure.events import ErasureEvent
from domain.event import Erased, Event
from domain.glass.events import GlassEvent
from domain.ids import VisitId
from domain.policy import Source
from domain.pupil import events as pupil
from domain.pupil.events import PupilEvent
from domain.pupil.upn import is_temporary
from domain.removal.events import RemovalEvent
from domain.school import events as school
from domain.school.events import SchoolEvent
from domain.shared import events as shared
from domain.shared.events import SharedEvent
from domain.staff.events import StaffEvent
from domain.trip.events import TripEvent
from domain.visit.events import VisitEvent
from projections.directory import Directory
from projections.history_lines import Line

__all__ = ["EventWords", "describe_event", "describe_line"]


def describe_event(recorded: Recorded, known: Directory, streets: Mapping[VisitId, str] | None = None) -> EventWords:
    """The event in school words. `streets` names doors by visit id, where the page knows them.

    `body` is safe for anybody who may see the plan; `note` holds what somebody typed, for those who may read notes.
    An event that cannot be read (see `eventlog.codec.Unreadable`) is said to be so.
    """
    return words_of(recorded.event, Names(known, beside(recorded.envelope), streets or {}))


def describe_line(line: Line, known: Directory, streets: Mapping[VisitId, str] | None = None) -> EventWords:
    """A line of a history (`projections.history_lines`) in school words; as `describe_event`."""
    author = line.said_by.by if line.said_by is not None else line.by
    about = Beside(author=author.id, stream=UUID(line.stream_id), occurred_at=line.occurred_at)
    return words_of(line.event, Names(known, about, streets or {}))


def words_of(event: Event, names: Names) -> EventWords:  # noqa: C901, PLR0911 - one return a room
    """The words of any event."""
    if isinstance(event, TripEvent):
        return trip_words(event, names)
    if isinstance(event, VisitEvent):
        return visit_words(event, names)
    if isinstance(event, ConcernEvent):
        return _concern(event, names)
    if isinstance(event, CaseEvent):
        return case_words(event, names)
    if isinstance(event, SchoolEvent):
        return _school(event, names)
    if isinstance(event, StaffEvent):
        return staff_words(event, names)
    if isinstance(event, PupilEvent):
        return _pupil(event)
    if isinstance(event, SharedEvent):
        return _shared(event, names)
    if isinstance(event, AccessEvent):
        return access_words(event, names)
    if isinstance(event, GlassEvent):
        return glass_words(event, names)
    if isinstance(event, ErasureEvent | RemovalEvent | Erased):
        return erasure_words(event, names)
    return _unreadable(event)


def _unreadable(event: Event) -> EventWords:
    topic = getattr(event, "topic", "")
    body = f"This part of the record cannot be read{f' ({topic})' if topic else ''}. Everything else still can."
    return EventWords(title="Cannot be read", body=body, tag="unreadable")


def _concern(event: ConcernEvent, names: Names) -> EventWords:
    match event:
        case concern.ConcernRaised():
            about = listed([names.pupil(p) for p in event.pupils]) or "a child"
            kind = f": {CONCERNS.get(event.category, event.category)}" if event.category else ""
            off = "" if event.on_roll else " The child is not on this school's roll."
            note = said(event.child_described, event.text)
            return EventWords(
                title="Concern raised", body=f"A concern for {about}{kind}.{off}", note=note, tag="concern"
            )
        case concern.ConcernActioned():
            title = "Concern acted on" if event.closes else "Concern acted on, still open"
            return EventWords(title=title, body="What was done about the concern.", note=said(event.action, event.why))
        case _:
            assert_never(event)


def _school(event: SchoolEvent, names: Names) -> EventWords:  # noqa: PLR0911 - one return an event
    if isinstance(event, GoverningEvent):
        return governing_words(event, names)
    match event:
        case school.SettingsAdopted():
            body = f"{event.title}, version {event.version}, from {names.when(event.effective_from)}."
            return EventWords(title="Policy settings adopted", body=body, note=event.why)
        case school.RecordExported():
            how = {"pasted": "pasted as text", "csv": "written to a file"}.get(event.how, event.how)
            records = "1 record" if len(event.keys) == 1 else f"{len(event.keys)} records"
            typed = f", reference {event.reference}" if event.reference else ""
            system = "a neutral file" if event.system == "neutral_file" else event.system
            return EventWords(title="Sent to the school's records", body=f"{records} for {system}, {how}{typed}.")
        case school.ExportTakenBack():
            return EventWords(title="Export taken back", body=f"Taken back by hand: {event.key}.", note=event.why)
        case school.TermDatesSet():
            spell = f" from {day(event.terms[0].first)} to {day(event.terms[-1].last)}" if event.terms else ""
            body = f"The school's terms{spell} were written down."
            return EventWords(title="Term dates", body=body)
        case school.PeopleBroughtIn():
            body = f"From the school's own system: {event.new} new, {event.changed} changed, {event.same} as they were."
            return EventWords(title=f"{event.what.capitalize()} brought in", body=body)
        case school.ReportMade():
            return EventWords(title="Governors' report made", body=f"For {event.term}.")
        case school.StorageMigrated():
            release = "A new release of Doorstep changed how this record is stored"
            body = f"{release}; what is in it is untouched." if event.before else "The place for this record was made."
            return EventWords(title="Storage brought up to date", body=body)
        case school.LogRestored():
            return _restored(event, names)
        case _:
            assert_never(event)


def _restored(event: school.LogRestored, names: Names) -> EventWords:
    made = f" of {names.when(event.backup_made_at)}" if event.backup_made_at is not None else ""
    missing = {None: "How many entries after it are missing is not known", 1: "1 entry after it is missing"}.get(
        event.missing, f"{event.missing} entries after it are missing"
    )
    if event.missing == 0:
        body = (
            f"From what was kept{made}, up to entry {event.restored}; nothing that was sealed is missing. What follows is signed"
            " anew, and the last checkpoint from before is kept here."
        )
        return EventWords(title="The record was brought to where it is now", body=body)
    body = f"Restored from the backup{made}, up to entry {event.restored}. {missing}; the old checkpoint is kept here."
    return EventWords(title="The record was restored from a backup", body=body)


def _pupil(event: PupilEvent) -> EventWords:  # noqa: PLR0911 - one return an event
    match event:
        case pupil.PupilAdmitted():
            on_roll = "put on roll" if event.on_roll else "known to the school, not on roll"
            return EventWords(title="Pupil admitted", body=f"{event.given_name} {event.family_name}: {on_roll}.")
        case pupil.PupilRenamed():
            return EventWords(title="Name changed", body=f"Goes by {event.given_name} {event.family_name} now.")
        case pupil.BirthDateStated():
            return EventWords(title="Date of birth", body=f"Born on {day(event.born)}.")
        case pupil.UpnGiven():
            kind = "A temporary UPN" if is_temporary(event.upn) else "The UPN"
            return EventWords(title="UPN", body=f"{kind} was written down.")
        case pupil.PupilMovedClass():
            return EventWords(title="Year and class", body=sentence(said(event.year_group, event.class_name)))
        case pupil.PupilBackOnRoll():
            return EventWords(title="On roll", body="Is on roll from now on.")
        case pupil.PupilLeftRoll():
            to = f" for {event.moved_to}" if event.moved_to else ""
            return EventWords(
                title="Taken off roll", body=f"Last day on roll {short_day(event.on)}{to}. The record stays."
            )
        case pupil.AbsenceReported() | pupil.AbsenceExplained() | pupil.AbsenceFlagged():
            return absence_words(event)
        case pupil.FamilyProfileRecorded():
            street = event.address.split(",", 1)[0].strip()
            body = f"Family details written down{f', home in {street}' if street else ''}."
            return EventWords(title="Family details", body=body, note=said(event.phone_none_reason, event.notes))
        case _:
            assert_never(event)


def _shared(event: SharedEvent, names: Names) -> EventWords:  # noqa: C901, PLR0911, PLR0912 - one arm an event
    match event:
        case shared.DeviationNoted():
            if event.source is Source.DEFAULT:
                return EventWords(
                    title="Doorstep advice not followed", body=sentence(event.says), note=event.reason, tag="advice"
                )
            title = f"Not as policy {listed(list(event.clauses))}".strip()
            return EventWords(title=title, body=sentence(event.says), note=event.reason, tag="deviation")
        case shared.DeviationExplained():
            return EventWords(title="Reason added", body="Why it was done otherwise.", note=event.reason)
        case shared.EventCorrected():
            if event.texts or event.times:
                body = "An earlier entry said the wrong thing. What it said and what it ought to say both stay visible."
            elif event.retracts:
                body = "An earlier entry never happened. It stays visible, struck through."
            else:
                at = names.when(event.occurred_at) if event.occurred_at else "another time"
                body = f"An earlier entry happened at {at}. Both times stay visible."
            return EventWords(title="Corrected", body=body, note=event.reason, tag="corrected")
        case shared.SpokenWordConfirmed():
            return EventWords(title="“Yes, I said that”", body=f"{names.author} confirmed what was typed for them.")
        case shared.SpokenWordDisowned():
            body = f"{names.author} says they never said it. The DSL is to be told."
            return EventWords(title="“I never said that”", body=body, note=event.reason, tag="disowned")
        case shared.SpokenWordSettled():
            body = f"{names.author} looked into the word that was disowned."
            return EventWords(title="A disowned word was looked into", body=body, note=event.action)
        case shared.PersonTold():
            whom = names.person(event.person) if event.person is not None else role_in_words(event.word)
            body = f"{names.author} told {whom}, {TOLD_BY.get(event.channel, event.channel)}."
            return EventWords(title="Told", body=body, note=event.note)
        case shared.DeskWordSigned():
            who = f"Somebody at the front desk gave the name “{event.name}”" if event.name else names.author
            proof = (
                ", and proved nothing."
                if event.name
                else ": what was typed at the front desk without a name is theirs."
            )
            return EventWords(title="Name put to it", body=f"{who}{proof}")
        case shared.RecordViewed():
            what = event.what.replace("_", " ")
            if what.startswith("refused"):
                body = f"{names.author} was turned away from the {what.removeprefix('refused').strip() or 'record'}."
                return EventWords(title="Turned away", body=body)
            return EventWords(title="Record opened", body=f"{names.author} opened the {what}.")
        case shared.HistoryReviewed():
            return EventWords(
                title="History reviewed", body=f"{names.author} has read it; its flags stay.", note=event.note
            )
        case shared.KeptAsSent():
            kept = " · ".join(f"{name}: {text}" for name, text in event.unreadable.items())
            return EventWords(title="Kept as it was sent", body=sentence(event.says), note=kept, tag="needs_reading")
        case _:
            assert_never(event)
