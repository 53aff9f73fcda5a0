"""The visit list: every visit that nobody has left for yet, as it is signed (SP-37). Asked of the rows of `projections.visits`."""

from collections.abc import Iterator
from datetime import date, datetime
from typing import LiteralString

import msgspec

from domain.ids import PupilId, VisitId
from domain.pupil.events import Telephone
from domain.pupil.state import Pupil
from domain.visit.as_read import last_change
from domain.visit.rules.signed_list import row_signed, signer, why_unsigned
from projections.board_words import name_of
from projections.directory import Directory
from projections.views import View
from projections.visit_stages import Listed
from projections.visits import NAME, Planned, planned


class ListedParent(msgspec.Struct, frozen=True, kw_only=True):
    """A parent or carer with their numbers."""

    name: str
    """As they give it, with the title that they give."""
    relation: str
    telephones: tuple[Telephone, ...]


class ListedPupil(msgspec.Struct, frozen=True, kw_only=True):
    """A pupil of a row, with the parents and the attendance record."""

    pupil: PupilId
    name: str
    class_name: str
    address: str
    """As held for the pupil; the row's own address is where the visit goes."""
    parents: tuple[ListedParent, ...]
    telephone: str
    """At home, where it is nobody's own."""
    no_telephone: str
    """Why there is none; "" where there is one, or nobody said."""
    absent: tuple[date, ...]
    """The days absent that are held, the newest last."""
    unexplained: int
    """On how many of them nobody knows why."""


class ListRow(msgspec.Struct, frozen=True, kw_only=True):
    """One visit of the list."""

    visit: VisitId
    pupils: tuple[ListedPupil, ...]
    address: str
    purpose: str
    """The purpose's code."""
    why: str
    """What for, in the words of whoever asked."""
    asked_by: str
    leave_at: datetime | None
    back_by: datetime | None
    people: tuple[str, ...]
    """Names of who's going."""
    signed: bool
    """Whether it is signed as it stands now."""
    signed_by: str
    signed_at: datetime | None
    typed_by: str
    """Who typed the signature, where it was given by telephone."""
    unsigned: str
    """Why an earlier signature counts no more."""
    seen: int
    """The last change that the row shows: it goes along with its signature (`domain.visit.as_read`)."""


class VisitList(msgspec.Struct, frozen=True, kw_only=True):
    """The list as it stands."""

    signer: str
    """The policy's role word of whoever signs; "" where the policy has no visit list, and then there are no rows."""
    rows: tuple[ListRow, ...]
    """The soonest to leave first, those with no time last."""


def list_to_sign(view: View, known: Directory, now: datetime) -> VisitList:
    """Every visit that is planned or OK to go and that nobody has left for, where the policy has a list."""
    word = signer(known.policy_at(now))
    if not word:
        return VisitList(signer="", rows=())
    where: LiteralString = "kind = 'listed' AND body->>'stage' IN ('planning', 'cleared') ORDER BY (body->>'asked')::bigint, key COLLATE \"C\""
    found = planned(view, known, now, view.where(NAME, Listed, where))
    rows = (_row(one, known) for one in found)
    return VisitList(signer=word, rows=tuple(sorted(rows, key=lambda r: (r.leave_at is None, r.leave_at or now))))


def _row(one: Planned, known: Directory) -> ListRow:
    visit, signature = one.visit, one.visit.signature
    by_phone = signature is not None and signature.typed_by != signature.person
    return ListRow(
        visit=visit.id,
        pupils=tuple(_pupil(known.pupils[p]) for p in visit.pupils if p in known.pupils),
        address=visit.address,
        purpose=visit.purpose,
        why=visit.purpose_text,
        asked_by=one.line.requested_by,
        leave_at=one.trip.leave_at,
        back_by=one.trip.back_by,
        people=tuple(name_of(known, p) for p in one.trip.team),
        signed=row_signed(visit, known.pupils),
        signed_by=name_of(known, signature.person) if signature is not None else "",
        signed_at=signature.at if signature is not None else None,
        typed_by=name_of(known, signature.typed_by) if signature is not None and by_phone else "",
        unsigned=why_unsigned(visit, known.pupils),
        seen=last_change(visit, known.pupils),
    )


def _pupil(pupil: Pupil) -> ListedPupil:
    return ListedPupil(
        pupil=pupil.id,
        name=pupil.name,
        class_name=" ".join(part for part in (pupil.year_group, pupil.class_name) if part),
        address=pupil.address,
        parents=tuple(_parents(pupil)),
        telephone=pupil.phone,
        no_telephone=pupil.phone_none_reason,
        absent=tuple(one.day for one in pupil.absences),
        unexplained=sum(1 for one in pupil.absences if not one.explanation),
    )


def _parents(pupil: Pupil) -> Iterator[ListedParent]:
    for carer in pupil.carers:
        yield ListedParent(name=carer.called, relation=carer.relation, telephones=carer.telephones)
