"""Carrying out the removal of a school that two people decided and nobody withdrew (DV-11).

Everything is looked at again at that moment: that nothing stands against it, that the waiting time is over, and that the
export is whole and has all there is, event by event. Then `eventlog.removal` lets the school go, and its keys after it.
"""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Final, NamedTuple

from commands.bus import Bus
from commands.gathering import about_erasure
from commands.ids import new_command_id
from domain.envelope import Acting
from domain.ids import DOORSTEP, SchoolSlug
from domain.need import always
from domain.refusal import Refused
from domain.removal.allowed import still_needed
from domain.removal.events import Ground
from domain.removal.state import Removal
from domain.roles import Role
from domain.times import LONDON
from eventlog.ledger.ledger import Ledger
from eventlog.ledger.sealer import LogSource
from eventlog.removal import Ordered, finish, remove
from eventlog.settings import DatabaseUrls
from eventlog.whole.checking import check_whole
from eventlog.whole.shapes import READABLE, Described, ExportUnusable, read_described
from eventlog.whole.writing import readable_now

Progress = Callable[[str, int, int], None]
_WHO: Final = ("DSL|DDSL", "headteacher")


class Removing(NamedTuple):
    """What a removal is carried out with."""

    bus: Bus
    urls: DatabaseUrls
    ledger: Ledger
    """The school's own, outside PostgreSQL: the export is held against it, and it stays."""
    source: LogSource

    def carry_out(self, school: SchoolSlug, export: Path, progress: Progress) -> Ordered:
        """Let the school go. What of it stays on record. Blocks.

        Raises Refused with everything that stands against it; ExportUnusable, eventlog's Refused and Misused for an export that is
        not whole or not all there is; NotNow where something came in between; UnknownSchool, LogUnavailable and the errors of
        the keys: after those the same command, and every start, goes on with it.
        """
        removal = self._decided(school)
        described = self._whole(school, export, progress)
        ordered = self._ordered(school, removal, described)
        remove(self.urls, ordered)
        finish(self.urls)
        return ordered

    def _decided(self, school: SchoolSlug) -> Removal:
        """The removal, if nothing stands against it now. Raises Refused."""
        bus, now = self.bus, self.bus.now()
        bus.integrity.of(school)  # Looked at before `refuse` can know.
        bus.integrity.refuse(school)
        acting = Acting(actor=DOORSTEP, role=Role.SYSTEM, command_id=new_command_id(), occurred_at=now)
        s = about_erasure(bus.store.log(school), bus.knowledge(school).at_head()[1], acting, now)
        if s.removal is None or s.removal.not_before is None:
            says = "Nobody has decided that this school goes: one person asks for it, and a second one confirms it"
            raise Refused((always("removal.not_confirmed", says, who=_WHO),))
        unmet = still_needed(s, s.removal.ground)
        if now < s.removal.not_before:
            says = f"The waiting time runs until {_when(s.removal.not_before)}: until then anybody who may can say no"
            unmet = (*unmet, always("removal.waiting", says))
        if unmet:
            raise Refused(unmet)
        return s.removal

    def _whole(self, school: SchoolSlug, export: Path, progress: Progress) -> Described:
        """What the export holds, if that is all there is now. Raises ExportUnusable, eventlog's Refused and Misused."""
        described, store = read_described(export), self.bus.store
        if (described.school, described.installation) != (school, store.installation()):
            message = f"{export} is the export of {described.origin}, and not of {school} here."
            raise ExportUnusable(message)
        head = store.log(school).head()
        if described.events != head or self.ledger.checkpoint.size != head:
            message = (
                f"{export} has {described.events} events, and the school has {head} now: something was written down since."
                " Export the school again, in a quiet moment."
            )
            raise ExportUnusable(message)
        check_whole(export, [self.ledger.key], progress=progress)
        root = self.ledger.tree().root(head)
        if root != self.ledger.checkpoint.root:
            message = f"The ledger in {self.ledger.folder} is not whole."
            raise ExportUnusable(message)
        found = next(one.sha256 for one in described.files if one.file == READABLE)
        if found != readable_now(self.source, store.keyrings.of(school), head):
            message = f"{export}: {READABLE} is not what the log says now. Export the school again."
            raise ExportUnusable(message)
        return described

    def _ordered(self, school: SchoolSlug, removal: Removal, described: Described) -> Ordered:
        if removal.order is None or removal.confirmed_by is None:
            message = "a removal that is not confirmed is not carried out"
            raise ValueError(message)
        return Ordered(
            school=school,
            order=removal.order,
            ground=Ground(removal.ground).value,
            asked_by=removal.by,
            confirmed_by=removal.confirmed_by,
            events=described.events,
            checkpoint=self.ledger.note.decode(),
        )


def _when(at: datetime) -> str:
    local = at.astimezone(LONDON)
    return f"{local.day} {local:%B %Y, %H:%M}"
