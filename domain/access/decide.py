"""Readings are kept, never weighed: no policy has a say, and only that a record is there is looked up."""

from uuid import UUID

from domain.access import commands as c
from domain.access import events as e
from domain.envelope import Decision, Entry
from domain.event import Event
from domain.ids import PupilId, access_stream, concern_stream, trip_stream, visit_stream
from domain.refusal import Unknown
from domain.situation import Situation
from domain.times import LONDON


def keep_reading(command: c.KeepReading, s: Situation) -> Decision:
    """A record was opened. Raises Unknown for one that the school does not have.

    One that holds an event which cannot be read, or of which only the skeleton is left, is a record all the same.
    """
    if command.kind is not None and command.record is not None:
        kind, record, pupils = command.kind, command.record, _known(command.shown, s)
    else:
        kind, record, pupils = _opened(command, s)
    return _kept(s, e.RecordRead(kind=kind, record=record, page=command.page, pupils=pupils, device=command.device))


def keep_search(command: c.KeepSearch, s: Situation) -> Decision:
    """A search, with the children shown."""
    found = max(command.found, len(command.shown))
    return _kept(s, e.Searched(page=command.page, pupils=_known(command.shown, s), found=found, device=command.device))


def keep_list(command: c.KeepList, s: Situation) -> Decision:
    """A list, with the children on it."""
    return _kept(s, e.ListRead(page=command.page, pupils=_known(command.shown, s), device=command.device))


def keep_export(command: c.KeepExport, s: Situation) -> Decision:
    """Something that leaves as a file or as text."""
    taken = e.Exported(
        page=command.page,
        kind=command.kind,
        record=command.record,
        keys=command.keys,
        pupils=_known(command.shown, s),
        device=command.device,
    )
    return _kept(s, taken)


def keep_print(command: c.KeepPrint, s: Situation) -> Decision:
    """Something that leaves for paper."""
    printed = e.Printed(
        page=command.page,
        kind=command.kind,
        record=command.record,
        pupils=_known(command.shown, s),
        device=command.device,
    )
    return _kept(s, printed)


def keep_refusal(command: c.KeepRefusal, s: Situation) -> Decision:
    """Somebody was turned away, also from what does not exist: the answer is the same, and so is what is kept."""
    refused = e.AccessRefused(
        page=command.page, why=command.why, kind=command.kind, record=command.record, device=command.device
    )
    return _kept(s, refused)


def keep_sign_in(command: c.KeepSignIn, s: Situation) -> Decision:
    """Somebody signed in."""
    return _kept(s, e.SignedIn(how=command.how, device=command.device))


def keep_sign_out(command: c.KeepSignOut, s: Situation) -> Decision:
    """Somebody signed out."""
    return _kept(s, e.SignedOut(how=command.how, device=command.device))


def keep_sign_in_refused(command: c.KeepSignInRefused, s: Situation) -> Decision:
    """Somebody could not sign in as this person."""
    return _kept(s, e.SignInRefused(why=command.why, device=command.device))


def keep_invitation(command: c.KeepInvitation, s: Situation) -> Decision:
    """A link was given."""
    return _kept(s, e.Invited(staff=command.staff, device=command.device))


def keep_invitation_used(command: c.KeepInvitationUsed, s: Situation) -> Decision:
    """A link was used."""
    return _kept(s, e.InvitationUsed(purpose=command.purpose, device=command.device))


def keep_restoring_asked(command: c.KeepRestoringAsked, s: Situation) -> Decision:
    """The first of two people."""
    return _kept(s, e.RestoringAsked(staff=command.staff, device=command.device))


def keep_restoring_confirmed(command: c.KeepRestoringConfirmed, s: Situation) -> Decision:
    """The second of two people."""
    confirmed = e.RestoringConfirmed(staff=command.staff, asked_by=command.asked_by, device=command.device)
    return _kept(s, confirmed)


def keep_sessions_ended(command: c.KeepSessionsEnded, s: Situation) -> Decision:
    """Somebody was signed out by somebody else."""
    return _kept(s, e.SessionsEnded(staff=command.staff, device=command.device))


def keep_proof_changed(command: c.KeepProofChanged, s: Situation) -> Decision:
    """A password, a passkey or the printed codes."""
    return _kept(s, e.ProofChanged(what=command.what, device=command.device))


def keep_token_made(command: c.KeepTokenMade, s: Situation) -> Decision:
    """A token was made."""
    made = e.TokenMade(
        token=command.token,
        role=command.role,
        allows=command.allows,
        until=command.until or s.now,
        device=command.device,
    )
    return _kept(s, made)


def keep_token_ended(command: c.KeepTokenEnded, s: Situation) -> Decision:
    """A token was taken back."""
    return _kept(s, e.TokenEnded(token=command.token, staff=command.staff, device=command.device))


def keep_screen_made(command: c.KeepScreenMade, s: Situation) -> Decision:
    """A link for a wall board was made."""
    return _kept(s, e.ScreenMade(screen=command.screen, device=command.device))


def keep_screen_ended(command: c.KeepScreenEnded, s: Situation) -> Decision:
    """A wall board was signed out."""
    return _kept(s, e.ScreenEnded(screen=command.screen, device=command.device))


def keep_opened_elsewhere(command: c.KeepOpenedElsewhere, s: Situation) -> Decision:
    """Another school was opened; why stands there."""
    opened = e.OpenedElsewhere(
        school=command.school, glass=command.glass, until=command.until or s.now, device=command.device
    )
    return _kept(s, opened)


def _kept(s: Situation, event: Event) -> Decision:
    return (Entry(access_stream(s.acting.actor, s.now.astimezone(LONDON).date()), event),)


def _known(pupils: tuple[PupilId, ...], s: Situation) -> tuple[PupilId, ...]:
    """Each child of this school once."""
    return tuple(pupil for pupil in dict.fromkeys(pupils) if pupil in s.pupils)


def _opened(command: c.KeepReading, s: Situation) -> tuple[e.RecordKind, UUID, tuple[PupilId, ...]]:
    """What was opened, and whom it is about."""
    left = s.unreadable | s.erased
    if command.visit is not None:
        visit = s.visits.get(command.visit)
        if visit is not None and visit.exists:
            return e.RecordKind.VISIT, command.visit, visit.pupils
        if visit_stream(command.visit) in left:
            return e.RecordKind.VISIT, command.visit, ()
        raise Unknown("visit")
    if command.pupil is not None and command.pupil in s.pupils:
        return e.RecordKind.PUPIL, command.pupil, (command.pupil,)
    if command.staff is not None and command.staff in s.people:
        return e.RecordKind.STAFF, command.staff, ()
    if command.trip is not None and ((s.trip is not None and s.trip.exists) or trip_stream(command.trip) in left):
        doors = s.trip_visits(s.trip) if s.trip is not None else ()
        return e.RecordKind.TRIP, command.trip, tuple(dict.fromkeys(p for door in doors for p in door.pupils))
    if command.concern is not None and (
        (s.concern is not None and s.concern.exists) or concern_stream(command.concern) in left
    ):
        return e.RecordKind.CONCERN, command.concern, _of_concern(s)
    raise Unknown("record")


def _of_concern(s: Situation) -> tuple[PupilId, ...]:
    """The children a concern is about: those of its door where it names none."""
    if s.concern is None or s.concern.pupils or s.concern.visit is None:
        return s.concern.pupils if s.concern is not None else ()
    door = s.visits.get(s.concern.visit)
    return door.pupils if door is not None else ()
