"""How an installation stands, line by line: what is well, and what somebody has to look at, and what to do about it.

The judging is here, and pure; `status_command` gathers. Nobody in a school is named: these lines may be sent by mail.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final, NamedTuple

from api.health import Health
from domain.times import LONDON
from eventlog.backup.upkeep import Done, What
from eventlog.integrity import ClockStep, Sealed

BACKUP_EVERY: Final = timedelta(days=2)
"""A backup a day, and one that failed."""
TEST_EVERY: Final = timedelta(days=120)
"""Once a term, and the holidays."""
KEEP_KEYS: Final = timedelta(days=14)
"""For so long may the keys part of a backup be kept: an erased key must not live on in it."""
SEALED_WITHIN: Final = timedelta(minutes=1)
"""A sealer that is well takes a moment."""
CLOCK_TOLD: Final = timedelta(days=14)
"""For so long a clock that was put back asks for attention; then it is told, and nothing more."""
_LEAST_FREE: Final = 2 * 1024**3
_LEAST_SHARE: Final = 0.05
_GIGABYTE: Final = 1024**3


class Line(NamedTuple):
    """One thing, and whether it is well."""

    well: bool
    what: str
    says: str


def well(what: str, says: str) -> Line:
    """Nothing has to be done."""
    return Line(well=True, what=what, says=says)


def wrong(what: str, says: str) -> Line:
    """Somebody has to look at it."""
    return Line(well=False, what=what, says=says)


class Disk(NamedTuple):
    """The disk that a folder is on, in bytes."""

    folder: Path
    what: str
    free: int
    total: int


def of_restore(last: Mapping[What, Done], now: datetime) -> Line | None:
    """That this log came from a restore; None where it never did."""
    done = last.get("restore")
    if done is None:
        return None
    says = (
        f"this log came from a restore {_since(now - done.at)} ago, {_when(done.at)}, from the backup of"
        f" {_when(done.made_at)}: {done.place}."
    )
    return well("Restored", says)


def of_backup(last: Mapping[What, Done], now: datetime) -> Line:
    """The last backup; one that was made before this log was restored does not hold what came since."""
    done, restored = last.get("backup"), last.get("restore")
    if restored is not None and (done is None or done.at < restored.at):
        says = (
            f"none has been made since this log was restored from the backup of {_when(restored.made_at)}. Make one:"
            " doorstep backup --out FOLDER"
        )
        return wrong("Backup", says)
    if done is None:
        return wrong("Backup", "there has never been one. Make one: doorstep backup --out FOLDER")
    says = f"the last one was made {_since(now - done.at)} ago, {_when(done.at)}: {done.place}"
    if now - done.at > BACKUP_EVERY:
        return wrong("Backup", f"{says}. That is too long ago: find out why none was made since.")
    return well("Backup", f"{says}.")


def of_test_restore(last: Mapping[What, Done], now: datetime) -> Line:
    """The last time that a backup was tried out."""
    done = last.get("test restore")
    newest = last.get("backup")
    how = f"doorstep restore --test --from {'THE_LOG_FOLDER' if newest is None else newest.place}"
    if done is None:
        says = f"no backup has ever been tried out, so nobody knows whether one can be restored. Try one: {how}"
        return wrong("Test restore", says)
    says = (
        f"the backup of {_when(done.made_at)} was restored and read whole {_since(now - done.at)} ago, {_when(done.at)}"
    )
    if now - done.at > TEST_EVERY:
        return wrong("Test restore", f"{says}. Once a term is well: {how}")
    return well("Test restore", f"{says}.")


def of_kept_keys(last: Mapping[What, Done], names: Iterable[str], now: datetime) -> Line | None:
    """Keys parts beside the last backup that ought to be gone; None where there are none."""
    done = last.get("backup")
    old = sorted(name for name in names if (made := _made(name)) is not None and now - made > KEEP_KEYS)
    if done is None or not old:
        return None
    number = "1 keys folder is" if len(old) == 1 else f"{len(old)} keys folders are"
    says = (
        f"{number} older than {KEEP_KEYS.days} days in {Path(done.place).parent} (the oldest is {old[0]}). Delete them: what is"
        " erased must not live on in one. The log folders stay."
    )
    return wrong("Old keys", says)


def of_disk(disk: Disk) -> Line:
    """Whether there is room."""
    says = f"{disk.free / _GIGABYTE:,.1f} GB of {disk.total / _GIGABYTE:,.1f} GB are free where {disk.what} lies ({disk.folder})"
    if disk.free < _LEAST_FREE or disk.free < disk.total * _LEAST_SHARE:
        return wrong("Disk", f"{says}. Make room: on a full disk nothing can be stored.")
    return well("Disk", f"{says}.")


def of_keys(schools: int, disagreements: Sequence[str]) -> Iterable[Line]:
    """Whether the keys open, and both places of them agree."""
    if not disagreements:
        number = "the only school" if schools == 1 else f"all {schools} schools"
        yield well("Keys", f"the key file opens the keys of {number}, and both places of keys agree.")
    for sentence in disagreements:
        yield wrong("Keys", sentence)


def of_sealer(found: Sealed, now: datetime) -> Line:
    """Whether a school's log is sealed up to now."""
    what = f"Proof of {found.school}"
    if found.refused is not None:
        says = (
            f"the sealer refuses to sign since it found this: {found.refused}. Somebody may have changed the database or the signing key."
            f" Unless it says what to do, change nothing more, and ask: doorstep log verify --school {found.school}"
        )
        return wrong(what, says)
    waiting = None if found.waiting_since is None else now - found.waiting_since
    if waiting is not None and waiting > SEALED_WITHIN:
        says = (
            f"{found.head - found.sealed} of {found.head} events wait to be sealed, the first of them for {_since(waiting)}."
            " Is the sealer running? doorstep seal"
        )
        return wrong(what, says)
    behind = found.head - found.sealed
    says = "all" if behind == 0 else f"all but the last {behind}"
    return well(what, f"{says} of {found.head} events are sealed.")


def of_tables(school: str, differences: Sequence[str]) -> Line:
    """Whether the tables of a school's log are as this release made them: `eventlog/manifest.txt`."""
    what = f"Tables of {school}"
    if not differences:
        return well(what, "they are as this release made them: owners, rights, triggers, functions and roles.")
    more = f" (and {len(differences) - 1} more)" if len(differences) > 1 else ""
    says = (
        f"they are NOT as this release made them: {differences[0]}{more}. Planning and exports are stopped there. Somebody"
        f" changed the database: find out who and why, and ask: doorstep log verify --school {school}"
    )
    return wrong(what, says)


def of_settings(found: Sequence[str]) -> Line:
    """Whether "stored" means on the disk, and whether the key database is as this release made it."""
    if not found:
        return well("Settings", "what is stored is on the disk, and the key database is as this release made it.")
    more = f" (and {len(found) - 1} more)" if len(found) > 1 else ""
    return wrong("Settings", f"{found[0]}{more}. Planning and exports are stopped until it is put right.")


def of_clock(school: str, steps: Sequence[ClockStep], now: datetime) -> Line:
    """Whether the database server's clock was put back while a school's log was written."""
    what = f"Clock of {school}"
    if not steps:
        return well(what, "it has never gone back between two events.")
    last = max(steps, key=lambda one: one.event)
    times = "once" if len(steps) == 1 else f"{len(steps)} times"
    says = (
        f"the database server's clock went back {times}, the last time by {_long(last.by)} at least before event {last.event}"
        f" ({_when(last.at)} by that clock). The order of events is their index; the times of recording around it mislead."
    )
    # By the time before each step: by its own, what somebody dated far enough back would never ask for attention.
    if any(now - (one.at + one.by) < CLOCK_TOLD for one in steps):
        advice = (
            " See that the server keeps its time from a time server (timedatectl). If it does, somebody may have put in what"
            f" they dated back: ask: doorstep log verify --school {school}"
        )
        return wrong(what, says + advice)
    return well(what, says)


def of_server(url: str, health: Health | None, reason: str = "") -> Line:
    """Whether a server answers there, and what it says of itself; `reason` is why it does not."""
    if health is None:
        says = f"nobody answers at {url} ({reason}). Start it: doorstep serve. If it runs elsewhere, say where: --url"
        return wrong("Server", says)
    complaint = _complaint(health)
    if complaint:
        return wrong("Server", f"it answers at {url}, and {complaint}")
    return well("Server", f"it answers at {url}, and the overdue watch looked within the last five seconds.")


def _complaint(health: Health) -> str:
    """What a server says is wrong with itself, the worst of it; "" where it is well."""
    if not health.database:
        return "does not reach the database."
    if not health.watch:
        return "the OVERDUE WATCH STANDS STILL: nobody is told of staff who are not back. Ring who is out, and start it again."
    if health.altered:
        return f"planning and exports are stopped at {_schools(health.altered)}: the lines above say why."
    if health.sealer in {"refusing", "stopped"}:
        return f"says that the sealer is {health.sealer}: the lines above say more."
    if health.status != "well":
        return f"its pages trail the log by {health.behind} events. Start it again if that stays so."
    return ""


def _since(age: timedelta) -> str:
    minutes = int(age.total_seconds() // 60)
    for size, what, least in ((1440, "day", 2), (60, "hour", 1), (1, "minute", 1)):
        if (number := minutes // size) >= least:
            return f"1 {what}" if number == 1 else f"{number} {what}s"
    return "less than a minute"


def _long(by: timedelta) -> str:
    seconds = by.total_seconds()
    return f"{seconds:.1f} seconds" if seconds < 60 else _since(by)  # noqa: PLR2004 - a minute


def _when(at: datetime) -> str:
    return f"{at.astimezone(LONDON):%d %B %Y, %H:%M}".removeprefix("0")


def _schools(number: int) -> str:
    return "1 school" if number == 1 else f"{number} schools"


def _made(name: str) -> datetime | None:
    """When a backup was made, by its folder's name."""
    try:
        return datetime.strptime(name, "doorstep-%Y%m%dT%H%M%SZ-keys").replace(tzinfo=UTC)
    except ValueError:
        return None
