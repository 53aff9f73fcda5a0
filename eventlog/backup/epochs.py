"""What was sealed and is not in the restored log, and the epoch that goes on from there.

The sealer's ledger lies outside the database, so it knows of events that a backup is too old to hold. A log that lacks
some of them cannot go on under the same origin: it would be a fork of what was signed. It goes on under the next epoch,
and the old epoch's last checkpoint stays in the log as evidence of what is missing.
"""

from datetime import datetime
from pathlib import Path
from typing import Any, Final, NamedTuple

from psycopg import Connection
from psycopg.rows import tuple_row
from psycopg.sql import SQL, Identifier

from eventlog.backup.errors import BackupUnusable
from eventlog.backup.manifest import BackedUp
from eventlog.backup.walking import Walk
from eventlog.ledger.ledger import Ledger
from eventlog.ledger.ledgers import every_epoch
from eventlog.ledger.verifier import (
    Evidence,
    Refused,
    open_checkpoint,
    parse_checkpoint,
    parse_note,
    parse_origin,
    parse_vkey,
)
from eventlog.migrate import log_schema


class Outside(NamedTuple):
    """What is known of a school's log apart from its events: by the ledger outside, and by the backup's checkpoint."""

    signed: Ledger | None
    """The last one under which anything was signed; None where there is no ledger any more."""
    opened: Ledger | None
    """The next epoch's, where a restore that was interrupted has opened it already."""
    own: Ledger | None
    """That of the backup's own epoch: the log must be what it holds, as far as both go."""
    evidence: tuple[Evidence, ...]
    """The checkpoint in the backup."""
    note: bytes | None
    """The same, as a signed note."""

    def walk(self, school: str) -> Walk:
        """What the school's events have to pass."""
        own, signed = self.own, self.signed
        return Walk(
            school, self.evidence, None if own is None else own.tree(), None if signed is None else signed.tree()
        )


class Lost(NamedTuple):
    """What is missing of a school's log, and how it goes on."""

    school: str
    restored: int
    """Events that were restored."""
    missing: int | None
    """Events that were sealed and are not there; None where nobody knows, because the ledger is lost too."""
    epoch: int
    """The epoch that is opened now."""
    old_checkpoint: str
    """The last checkpoint of the epoch before, a signed note."""


def look_outside(
    installation: str, school: BackedUp, ledgers: Path, note: bytes | None, vkey: bytes | None, file: str
) -> Outside:
    """What the ledger outside and the backup's checkpoint (with its verifier key) say.

    Raises BackupUnusable where the two are of different logs, Refused where the ledger is not whole.
    """
    origin = f"{installation}/doorstep/{school.slug}/{school.epoch}"
    found = every_epoch(ledgers, school.slug)
    last = max(found, default=0)
    # Earlier epochs may be another installation's, from which the school was brought here; the last one never is.
    if found and not found[last].checkpoint.origin.startswith(f"{installation}/doorstep/{school.slug}/"):
        reason = f"it is a backup of {origin}, and the ledger in {found[last].folder} is that of {found[last].checkpoint.origin}"
        raise BackupUnusable(reason)
    opened = found.pop(last) if last > school.epoch and found[last].checkpoint.size == 0 else None
    signed = found.get(max(found, default=0))
    own = found.get(school.epoch)
    return Outside(signed, opened, own, _evidence(origin, note, vkey, own, file), note)


def _evidence(
    origin: str, note: bytes | None, vkey: bytes | None, ledger: Ledger | None, file: str
) -> tuple[Evidence, ...]:
    if note is None:
        return ()
    try:
        own = None if vkey is None else parse_vkey(vkey.decode().removesuffix("\n"))
        if own is not None and ledger is not None and own != ledger.key:
            reason = f"its key is another than that of the ledger in {ledger.folder}: {ledger.key}"
            raise BackupUnusable(reason, file=file, line=1)
        key = ledger.key if ledger is not None else own
        # Without a ledger and a key only the root can be held against the events, not who signed it.
        found = parse_checkpoint(parse_note(note).text) if key is None else open_checkpoint(note, [key]).checkpoint
    except (Refused, UnicodeDecodeError) as refused:
        raise BackupUnusable(str(refused), file=file, line=1) from refused
    if found.origin != origin:
        reason = f"the checkpoint is of {found.origin}, and the log of {origin}"
        raise BackupUnusable(reason, file=file, line=1)
    return (Evidence(name="the checkpoint of this backup", checkpoint=found),)


def loss(school: BackedUp, outside: Outside, common: int, now: datetime) -> Lost | None:
    """What is missing, where the log has so many events in `common` with what was last signed; None for nothing.

    Where the ledger is lost nobody here knows which epochs there were after the backup's: then the next one is numbered by
    the moment, `now` in UTC (20261122153000). A number that was counted on could have been used, and signed under, before.
    """
    signed, opened = outside.signed, outside.opened
    if signed is not None:
        missing, note, last = signed.checkpoint.size - common, signed.note, int(signed.folder.name)
        if opened is None and last == school.epoch and not missing:
            return None
        epoch = last + 1 if opened is None else int(opened.folder.name)
        return Lost(school.slug, school.events, missing, epoch, note.decode())
    if outside.note is None:
        return None
    # Sealed, and the ledger is gone: what was signed after the backup was made nobody here knows.
    epoch = max(school.epoch + 1, int(f"{now:%Y%m%d%H%M%S}")) if opened is None else int(opened.folder.name)
    return Lost(school.slug, school.events, None, epoch, outside.note.decode())


def not_told(connection: Connection[Any], topic: str, ledgers: Path) -> tuple[Lost, ...]:
    """Epochs that a restore has opened and whose log does not say so yet: it was interrupted there.

    `topic` is that of the event which tells of it. What is missing is known where the old epoch's ledger is there. As the owner of the tables; nothing where nothing is prepared.
    """
    cursor = connection.cursor(row_factory=tuple_row)
    if cursor.execute("SELECT to_regclass('doorstep.school')").fetchone() == (None,):
        return ()
    found = []
    for (slug,) in cursor.execute("SELECT slug FROM doorstep.school ORDER BY slug").fetchall():
        schema = log_schema(slug)
        query = _NOT_TOLD.format(
            epoch=Identifier(schema, "epoch"), event=Identifier(schema, "event"), head=Identifier(schema, "head")
        )
        for epoch, note, head in cursor.execute(query, {"topic": topic}).fetchall():
            last = parse_checkpoint(parse_note(note.encode()).text)
            known = (ledgers / slug / str(parse_origin(last.origin).epoch)).is_dir()
            found.append(Lost(slug, head, max(0, last.size - head) if known else None, epoch, note))
    return tuple(found)


_NOT_TOLD: Final = SQL(
    "SELECT epoch, old_checkpoint, (SELECT last_index FROM {head}) FROM {epoch} WHERE epoch > 1 ORDER BY epoch DESC"
    " LIMIT greatest(0, (SELECT count(*) FROM {epoch} WHERE epoch > 1)"
    " - (SELECT count(*) FROM {event} WHERE topic = %(topic)s))"
)
