"""`doorstep status`: whether backups, keys, disk, proof and server are well, in words; exit code 1 where one is not."""

import shutil
import urllib.error
import urllib.request
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import click
import msgspec

from api import status as judging
from api.command_parts import SENTENCES, aside, sentences, var_option
from api.health import Health
from api.installation import database
from api.ledger_places import ledger_places
from api.status import Disk, Line, well, wrong
from eventlog.backup.upkeep import Done, What, last_done, sealed_schools
from eventlog.integrity import looked_at, settings_looked_at
from eventlog.keys.keyrings import Keyrings
from eventlog.settings import DatabaseUrls

_PATIENCE: Final = 5
_MOST: Final = 10_000


@click.command()
@click.option("--url", default="http://localhost:8000", show_default=True, help="Where Doorstep serves.")
@var_option
def status(url: str, var: Path) -> None:
    """Say whether everything that has to be looked after is well.

    Whether this log came from a restore, the last backup and the last test restore, room on the disks, the keys, how far each school's log is sealed, whether its
    tables are as this release made them, whether the server's clock was put back, and whether the server answers and its
    overdue watch looks. Exit code 1 where something needs attention: what, and what
    to do, is said in its line.
    """
    if not url.startswith(("http://", "https://")):
        message = "--url begins with http:// or https://"
        raise click.UsageError(message)
    with sentences(), database(var, aside) as urls:
        lines = list(look(urls, var, url, datetime.now(UTC)))
    for line in lines:
        click.echo(f"{'well     ' if line.well else 'LOOK HERE'}  {line.what}: {line.says}")
    number = sum(not line.well for line in lines)
    if number:
        click.echo(f"\n{'1 thing needs' if number == 1 else f'{number} things need'} attention.")
        raise SystemExit(1)
    click.echo("\nEverything is well.")


def look(urls: DatabaseUrls, var: Path, url: str, now: datetime) -> Iterator[Line]:
    """Look at everything once. What cannot be looked at is a line of its own, and holds up no other."""
    last: dict[What, Done] = {}
    try:
        last |= last_done(urls)
        schools = sealed_schools(urls)
        found = {one.school: looked_at(urls, one.school) for one in schools}
        settings = judging.of_settings(settings_looked_at(urls))
    except SENTENCES as error:
        yield wrong("Database", str(error))
    else:
        number = "1 school" if len(schools) == 1 else f"{len(schools)} schools"
        yield well("Database", f"it answers, and holds {number}.")
        if (restored := judging.of_restore(last, now)) is not None:
            yield restored
        yield judging.of_backup(last, now)
        yield judging.of_test_restore(last, now)
        if (old := judging.of_kept_keys(last, _beside(last), now)) is not None:
            yield old
        for one in schools:
            differences, steps = found[one.school]
            yield judging.of_sealer(one, now)
            yield judging.of_tables(one.school, differences)
            yield judging.of_clock(one.school, steps, now)
        yield settings
    yield from _keys(urls)
    yield from map(judging.of_disk, _disks(urls, var, last))
    yield _server(url)


def _beside(last: dict[What, Done]) -> Iterable[str]:
    folder = Path(last["backup"].place).parent if "backup" in last else None
    return [path.name for path in folder.iterdir()] if folder is not None and folder.is_dir() else []


def _keys(urls: DatabaseUrls) -> Iterator[Line]:
    try:
        with Keyrings.open(urls) as keyrings:
            schools = keyrings.database.schools()
            for school in schools:
                keyrings.of(school)
            yield from judging.of_keys(len(schools), keyrings.disagreements)
    except SENTENCES as error:
        yield wrong("Keys", str(error))


def _disks(urls: DatabaseUrls, var: Path, last: dict[What, Done]) -> Iterator[Disk]:
    """The disks of what is here; two folders on one disk are one."""
    folders = {
        "the database that comes with Doorstep": var,
        "the second place of the keys": Path(urls.key_copy),
        "the ledger": ledger_places(var).ledgers,
    }
    if "backup" in last:
        folders["the backup"] = Path(last["backup"].place).parent
    seen = set()
    for what, folder in folders.items():
        if folder.is_dir() and (device := folder.stat().st_dev) not in seen:
            seen.add(device)
            found = shutil.disk_usage(folder)
            yield Disk(folder.absolute(), what, found.free, found.total)


def _server(url: str) -> Line:
    try:
        try:
            with urllib.request.urlopen(f"{url}/health", timeout=_PATIENCE) as answer:  # noqa: S310 - http and https only
                body = answer.read(_MOST)
        except urllib.error.HTTPError as unwell:
            body = unwell.read(_MOST)
        return judging.of_server(url, msgspec.json.decode(body, type=Health))
    except msgspec.MsgspecError:
        return judging.of_server(url, None, "what answers there is not Doorstep")
    except (OSError, ValueError) as error:
        reason = getattr(error, "reason", error)
        return judging.of_server(url, None, str(getattr(reason, "strerror", None) or reason).lower())
