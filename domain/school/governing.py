"""Decisions about the policy as a document: its reviews, governors' part, who is told, what an incident changes."""

from datetime import date

from domain.envelope import Decision, Entry
from domain.event import Event
from domain.ids import school_stream
from domain.refusal import Incomplete, Unknown
from domain.school import commands as c
from domain.school import events as e
from domain.school.due import due_by
from domain.school.incidents import is_incident
from domain.situation import Situation
from domain.times import day_of


def record_policy_review(command: c.RecordPolicyReview, s: Situation) -> Decision:
    """A review, signed and dated; the next one is due when the reviewer says, or when the cycle says (SP-72, DV-16)."""
    _has_come("reviewed_on", command.reviewed_on, s)
    due = _due(command)
    if due is not None and due <= command.reviewed_on:
        raise Incomplete("next_due", "a month or season after the review")
    event = e.PolicyReviewRecorded(
        reviewed_on=command.reviewed_on,
        signature=command.signature,
        outcome=command.outcome,
        due=due,
        safeguarding=command.safeguarding,
        version=s.policy.version,
        why=command.why,
    )
    return _told(s, event)


def _due(command: c.RecordPolicyReview) -> date | None:
    try:
        return due_by(command.next_due) if command.next_due.strip() else None
    except ValueError:
        raise Incomplete("next_due", "a month such as 2027-03, or a season such as Spring 2027") from None


def acknowledge_policy(command: c.AcknowledgePolicy, s: Situation) -> Decision:
    """Governors did what the school's policy gives them to do (SP-73, LJ-01, LJ-10, SC-07)."""
    _has_come("on", command.on, s)
    part = s.policy.value("governor_role")
    return _told(
        s, e.PolicyAcknowledged(on=command.on, part=part, signature=command.signature, version=s.policy.version)
    )


def confirm_arrangements(command: c.ConfirmArrangements, s: Situation) -> Decision:
    """The head says that safeguarding arrangements are in place (SC-10)."""
    _has_come("on", command.on, s)
    return _told(s, e.ArrangementsConfirmed(on=command.on, version=s.policy.version))


def share_policy(command: c.SharePolicy, s: Situation) -> Decision:
    """Somebody was told, or it was published: which version (SP-03, SP-05, LJ-03, LJ-14, SC-02, SC-04)."""
    _has_come("on", command.on, s)
    version = s.policy.version if command.version is None else command.version
    if version > s.policy.version:
        raise Incomplete("version", f"a version that is in force: at most {s.policy.version}")
    audience = tuple(dict.fromkeys(command.audience))
    return _told(s, e.PolicyShared(on=command.on, audience=audience, where=command.where, version=version))


def name_policy_keepers(command: c.NamePolicyKeepers, s: Situation) -> Decision:
    """Who keeps the text, and which committee is responsible (WL-02, WL-03, NH-02)."""
    if command.owner is not None and (command.owner not in s.people or not s.people[command.owner].here):
        raise Unknown("person")
    if command.owner is None and not command.owner_name.strip() and not command.committee.strip():
        raise Incomplete("owner", "somebody here, a name, or a committee")
    event = e.PolicyKeepersNamed(
        owner=command.owner, owner_name=command.owner_name.strip(), committee=command.committee.strip()
    )
    return _told(s, event)


def register_linked_policy(command: c.RegisterLinkedPolicy, s: Situation) -> Decision:
    """Another document by its title, so that a newer edition takes the place of an older one."""
    event = e.LinkedPolicyRegistered(
        title=command.title.strip(), edition=command.edition.strip(), on=day_of(s.at), gone=command.gone
    )
    return _told(s, event)


def decide_amendment(command: c.DecideAmendment, s: Situation) -> Decision:
    """The answer to "amend?" beside an incident (SP-70, SC-44). Raises Unknown for an event that tells of none."""
    if not s.targets or not is_incident(s.targets[0].event):
        raise Unknown("incident")
    event = e.AmendmentDecided(incident=command.event, on=day_of(s.at), amend=command.amend, why=command.why)
    return _told(s, event)


def _told(s: Situation, event: Event) -> Decision:
    return (Entry(school_stream(s.school), event),)


def _has_come(field: str, day: date, s: Situation) -> None:
    if day > day_of(s.now):
        raise Incomplete(field, "a day that has come")
