"""Readings are kept in the reader's own stream of the day, say ids only, and ask no policy."""

from datetime import UTC, date, datetime
from uuid import uuid4

import pytest

from domain.access import commands as c
from domain.access import events as e
from domain.access.events import RecordKind
from domain.decisions import COMMANDS, decide
from domain.envelope import Acting
from domain.event import Event
from domain.ids import (
    DOORSTEP,
    CommandId,
    ConcernId,
    PupilId,
    SchoolSlug,
    StaffId,
    TripId,
    VisitId,
    access_stream,
    visit_stream,
)
from domain.policy import Policy
from domain.pupil.state import Pupil
from domain.refusal import Unknown
from domain.roles import Role
from domain.situation import Situation
from domain.staff.state import Person

READER, CHILD = StaffId(uuid4()), PupilId(uuid4())
NOON = datetime(2026, 7, 1, 12, tzinfo=UTC)


def situation(now: datetime = NOON, **known: object) -> Situation:
    """What is known when READER looks at something."""
    acting = Acting(actor=READER, role=Role.DSL, command_id=CommandId(uuid4()), occurred_at=now)
    return Situation(
        school=SchoolSlug("elm_park"),
        acting=acting,
        now=now,
        policy=Policy(key="", title="", version=0, settings={}, clauses={}),
        people={READER: Person(id=READER)},
        pupils={CHILD: Pupil(id=CHILD)},
        **known,  # type: ignore[arg-type]  # fields of Situation
    )


@pytest.mark.parametrize(
    ("command", "event"),
    [
        (
            c.KeepReading(pupil=CHILD, page="chronology", device="front desk"),
            e.RecordRead(kind=RecordKind.PUPIL, record=CHILD, page="chronology", pupils=(CHILD,), device="front desk"),
        ),
        (
            c.KeepSearch(page="ask for a visit", shown=(CHILD, CHILD), found=4),
            e.Searched(page="ask for a visit", pupils=(CHILD,), found=4),
        ),
        (c.KeepList(page="concerns", shown=(CHILD, PupilId(uuid4()))), e.ListRead(page="concerns", pupils=(CHILD,))),
        (c.KeepExport(page="export file", keys=("a.b.c",)), e.Exported(page="export file", keys=("a.b.c",))),
        (c.KeepPrint(page="history"), e.Printed(page="history")),
        (c.KeepSignIn(how="passkey"), e.SignedIn(how="passkey")),
        (c.KeepSignOut(how="idle"), e.SignedOut(how="idle")),
        (c.KeepSignInRefused(), e.SignInRefused(why=e.WhyNotSignedIn.SECRET)),
        (c.KeepInvitation(staff=READER, device="a Mac"), e.Invited(staff=READER, device="a Mac")),
        (c.KeepInvitationUsed(purpose="invite"), e.InvitationUsed(purpose="invite")),
        (c.KeepRestoringAsked(staff=READER), e.RestoringAsked(staff=READER)),
        (
            c.KeepRestoringConfirmed(staff=READER, asked_by=DOORSTEP),
            e.RestoringConfirmed(staff=READER, asked_by=DOORSTEP),
        ),
        (c.KeepSessionsEnded(staff=READER), e.SessionsEnded(staff=READER)),
        (c.KeepProofChanged(what="password"), e.ProofChanged(what="password")),
    ],
    ids=lambda one: type(one).__name__,
)
def test_it_is_kept_in_the_readers_own_stream_of_the_day(command: c.AccessCommand, event: Event) -> None:
    (entry,) = decide(command, situation())
    assert entry.event == event
    assert entry.stream == access_stream(READER, date(2026, 7, 1))


def test_the_day_is_londons() -> None:
    half_past_midnight = datetime(2026, 7, 1, 23, 30, tzinfo=UTC)
    (entry,) = decide(c.KeepSignIn(how="pin"), situation(half_past_midnight))
    assert entry.stream == access_stream(READER, date(2026, 7, 2))


@pytest.mark.parametrize(
    "command",
    [
        c.KeepReading(pupil=PupilId(uuid4())),
        c.KeepReading(visit=VisitId(uuid4())),
        c.KeepReading(trip=TripId(uuid4())),
        c.KeepReading(concern=ConcernId(uuid4())),
        c.KeepReading(staff=StaffId(uuid4())),
        c.KeepReading(),
    ],
    ids=["pupil", "visit", "trip", "concern", "staff", "nothing"],
)
def test_a_record_that_the_school_does_not_have_is_unknown(command: c.KeepReading) -> None:
    with pytest.raises(Unknown):
        decide(command, situation())


def test_one_that_cannot_be_read_or_is_erased_is_a_record_all_the_same() -> None:
    visit = VisitId(uuid4())
    left = frozenset({visit_stream(visit)})
    for known in (situation(unreadable=left), situation(erased=left)):
        (entry,) = decide(c.KeepReading(visit=visit, page="history"), known)
        assert entry.event == e.RecordRead(kind=RecordKind.VISIT, record=visit, page="history")


def test_a_refusal_is_kept_whether_there_is_such_a_record_or_not() -> None:
    visit = uuid4()
    (entry,) = decide(c.KeepRefusal(page="history", kind=RecordKind.VISIT, record=visit), situation())
    assert entry.event == e.AccessRefused(page="history", why=e.WhyRefused.ROLE, kind=RecordKind.VISIT, record=visit)


def test_nobody_says_of_themselves_what_they_read_and_no_text_is_kept() -> None:
    assert all(command.INTERNAL for command in COMMANDS.values() if issubclass(command, c.AccessCommand))
    assert not [event for event in e.EVENTS if event.PERSONAL]
