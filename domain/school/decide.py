"""Decisions at the school itself."""

from itertools import pairwise

from domain.envelope import Decision, Entry
from domain.ids import school_stream
from domain.need import always
from domain.policy import Policy
from domain.policy_rules import refusals
from domain.refusal import Incomplete, NotPermitted, Refused
from domain.school import commands as c
from domain.school import events as e
from domain.situation import Situation


def adopt_settings(command: c.AdoptSettings, s: Situation) -> Decision:
    """A version of the settings, whole, from an instant on: never one that contradicts itself, nor from an earlier one (DV-03)."""
    start = command.effective_from or s.at
    if start < s.at:
        raise Incomplete("effective_from", "now or later: what has happened is judged by the settings of its own time")
    if command.version != s.adopted + 1:
        says = f"Version {s.adopted} of the settings was adopted meanwhile: compare with that one and adopt again"
        raise Refused((always("settings.overtaken", says, who=("headteacher",)),))
    policy = Policy(
        key=command.policy_key,
        title=command.title,
        version=command.version,
        settings=command.settings,
        clauses=command.own,
    )
    if found := refusals(policy):
        raise Refused(found)
    event = e.SettingsAdopted(
        version=command.version,
        policy_key=command.policy_key,
        title=command.title,
        effective_from=start,
        settings=command.settings,
        why=command.why,
        own=command.own,
    )
    return (Entry(school_stream(s.school), event),)


def export_records(command: c.ExportRecords, s: Situation) -> Decision:
    """Each export is an event. A key that went before stays out; with none left, nothing happens (DV-18)."""
    _concerns_by_those_who_may_read_them(s, command.keys)
    fresh = tuple(key for key in dict.fromkeys(command.keys) if key not in s.exported)
    if not fresh:
        return ()
    event = e.RecordExported(
        system=command.system,
        how=command.how,
        keys=fresh,
        pupils=command.pupils,
        reference=command.reference,
    )
    return (Entry(school_stream(s.school), event),)


def take_back_export(command: c.TakeBackExport, s: Situation) -> Decision:
    """A record was taken back where it had wrongly gone. One that never went cannot be."""
    _concerns_by_those_who_may_read_them(s, (command.key,))
    if command.key not in s.exported:
        says = "This record was not exported, or was taken back already"
        raise Refused((always("export.not_out", says, who=("DSL|DDSL", "school_office")),))
    return (Entry(school_stream(s.school), e.ExportTakenBack(key=command.key, why=command.why)),)


def _concerns_by_those_who_may_read_them(s: Situation, keys: tuple[str, ...]) -> None:
    person = s.speaker
    reads = person is not None and any(person.fills(word, s.now) for word in ("DSL|DDSL", "headteacher"))
    if any(key.startswith("concern.") for key in keys) and not reads:
        message = "Concerns are entered, and taken back, by the DSL, a deputy or the headteacher"
        raise NotPermitted(message)


def keep_report(command: c.KeepReport, s: Situation) -> Decision:
    """A governors' report was made as a file."""
    return (Entry(school_stream(s.school), e.ReportMade(term=command.term, sha256=command.sha256)),)


def set_term_dates(command: c.SetTermDates, s: Situation) -> Decision:
    """The school's terms, in order and apart, and the days in them on which it is closed."""
    terms = tuple(sorted(command.terms, key=lambda term: term.first))
    if any(term.last < term.first for term in terms):
        raise Incomplete("terms", "terms that end after they begin")
    for before, after in pairwise(terms):
        if after.first <= before.last:
            raise Incomplete("terms", f"terms apart: two of them hold {after.first.isoformat()}")
    closed = tuple(sorted(set(command.closed)))
    if outside := [day for day in closed if not any(term.first <= day <= term.last for term in terms)]:
        raise Incomplete("closed", f"days in term: {outside[0].isoformat()} lies in none")
    return (Entry(school_stream(s.school), e.TermDatesSet(terms=terms, closed=closed)),)


def record_brought_in(command: c.RecordBroughtIn, s: Situation) -> Decision:
    """A file from the school's own system was brought in: by whom, when, and how much it changed."""
    event = e.PeopleBroughtIn(
        what=command.what,
        layout=command.layout,
        file=command.file,
        new=command.new,
        changed=command.changed,
        same=command.same,
    )
    return (Entry(school_stream(s.school), event),)


def record_restore(command: c.RecordRestore, s: Situation) -> Decision:
    """The log was restored without all that was sealed: it says so itself, for ever."""
    event = e.LogRestored(
        epoch=command.epoch,
        old_checkpoint=command.old_checkpoint,
        restored=command.restored,
        missing=command.missing,
        backup_made_at=command.backup_made_at,
    )
    return (Entry(school_stream(s.school), event),)
