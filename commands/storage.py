"""What happens to the tables under a school's log is an event in it: `StorageMigrated`.

The log itself says what it was told, so a crash between a migration and its event is made good the next time, and
asking again appends nothing.
"""

from datetime import datetime
from uuid import uuid5

from commands.ids import new_event_id
from domain.envelope import Acting
from domain.ids import DOORSTEP, CommandId, school_stream
from domain.roles import Role
from domain.school.events import StorageMigrated
from eventlog.seam import NewEvent, Write
from eventlog.store import Store


def tell_of_migrations(store: Store, slug: str, now: datetime) -> StorageMigrated | None:
    """Append which migrations were applied that this school's log does not speak of yet; None where it knows of all.

    `now` is UTC-aware. Blocks: for callers outside an event loop, after `eventlog.migrate`.
    Raises UnknownSchool, LogUnavailable.
    """
    log = store.log(slug)
    stream = school_stream(log.school)
    told = [one.event for one in log.read(stream) if isinstance(one.event, StorageMigrated)]
    known = {name for event in told for name in event.migrations}
    news = tuple(name for name in store.migrations(slug) if name not in known)
    if not news:
        return None
    event = StorageMigrated(migrations=news, before=told[-1].after if told else "", after=store.manifest(slug).sha256)
    # The same news have the same id: of two programs that tell them together, one does.
    command_id = CommandId(uuid5(DOORSTEP, f"storage of {slug}: {' '.join(news)}"))
    acting = Acting(actor=DOORSTEP, role=Role.SYSTEM, command_id=command_id, occurred_at=now)
    new = NewEvent(new_event_id(), event, acting, policy_version=0)
    log.append_now(command_id, " ".join(news).encode(), [Write(stream, None, (new,))])
    # After this line it is durable; a crash before it leaves a migrated school whose log is told next time.
    return event
