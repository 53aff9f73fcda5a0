"""`doorstep backup` and `doorstep restore`: two folders out of the databases, and back into empty ones."""

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import click

from api.command_parts import aside, sentences, var_option
from api.installation import database, opened
from api.ledger_places import LedgerPlaces, ledger_places, source_of
from api.progress import progress
from commands.after_restore import TOPIC, in_words, tell_in_the_log
from commands.bus import Bus
from commands.erasure import Erasures
from commands.policy_files import clauses
from commands.storage import tell_of_migrations
from domain.times import LONDON
from eventlog.backup.epochs import Lost
from eventlog.backup.errors import BackupFailed, BackupUnusable, KeysMissing, NotEmpty
from eventlog.backup.parts import Part
from eventlog.backup.restoring import Places, Restored, unfinished
from eventlog.backup.restoring import restore as restore_into
from eventlog.backup.taking import back_up
from eventlog.backup.trying import scratch
from eventlog.backup.upkeep import note
from eventlog.codec import Unreadable
from eventlog.ledger.ledgers import Ledgers
from eventlog.ledger.signing import make_key, read_key
from eventlog.settings import DatabaseUrls
from eventlog.store import Store
from projections.registry import PROJECTIONS
from projections.runner import Runner

_folder = click.Path(file_okay=False, path_type=Path)


@click.command()
@click.option("--out", required=True, type=_folder, help="Folder to put the backup in; it is made where it is missing.")
@var_option
def backup(out: Path, var: Path) -> None:
    """Back up the log of every school, and its keys apart.

    Doorstep may go on serving. Two folders are written: one that ends in -log, to be kept for as long as the records
    are, and one that ends in -keys, to be kept apart from it and for days only. The key file is in neither: keep a
    copy of it in a safe place of its own. Exit code 1 where somebody has to look at what was found on the way.
    """
    with _said(), database(var, aside) as urls:
        with progress("Events") as advance:
            made = back_up(urls, out.absolute(), ledger_places(var).ledgers, advance)
        note(urls, "backup", made.log, made.made_at)
        for school in made.schools:
            with source_of(urls, school.slug) as source:
                source.leaves(school.sealed)  # The checkpoint in the backup leaves the house with it.
        events = sum(school.events for school in made.schools)
        click.echo(f"{_schools(len(made.schools))} and {_events(events)} are backed up.")
        click.echo(f"  the log:  {made.log}")
        click.echo(f"  the keys: {made.keys}\nKeep the two apart. The key file is in neither of them: {urls.key_file}")
        _complain(made.warnings)


@click.command()
@click.option("--from", "from_", required=True, type=_folder, help="The -log folder of a backup.")
@click.option("--keys", type=_folder, help="Its -keys folder; without it, the one beside the log, if it is there.")
@click.option(
    "--without-lost-keys", is_flag=True, help="Restore also what nobody has the keys for: it can be proved, not read."
)
@click.option("--new-signing-key", is_flag=True, help="Make a signing key, where the old one is lost.")
@click.option(
    "--test", "only_test", is_flag=True, help="Only try it out, on a database server made for it and thrown away."
)
@click.option(
    "--test-on",
    metavar="NAME",
    help="The same on your own server, in the empty databases NAME and NAME_keys; they are emptied.",
)
@var_option
def restore(
    from_: Path,
    keys: Path | None,
    without_lost_keys: bool,  # noqa: FBT001 - click passes flags so
    new_signing_key: bool,  # noqa: FBT001 - as above
    only_test: bool,  # noqa: FBT001 - as above
    test_on: str | None,
    var: Path,
) -> None:
    """Restore a backup into an empty database, or with --test see whether it could be.

    Put the key file and, if there are such, the second place of the keys and the ledger back first. Every line is
    verified: the gapless index, each envelope, the hashes against the checkpoint and the ledger. What was erased since
    the backup was made stays erased. Where sealed events are missing, this says how many.
    """
    with _said(), database(var, click.echo) as urls:
        if only_test or test_on is not None:
            _try_out(urls, from_, keys, ledger_places(var), test_on)
            return
        if left := unfinished(urls, TOPIC, ledger_places(var).ledgers):
            click.echo("A restore was interrupted here after it had loaded the log: this finishes it.")
            _complain(_finish(urls, left, None))
            return
        log = Part(from_, "log")
        places = _places(ledger_places(var), make=new_signing_key)
        with progress("Events") as advance:
            done = restore_into(
                urls, log, _keys_part(from_, keys), places, advance, without_lost_keys=without_lost_keys
            )
        note(urls, "restore", from_.absolute(), done.made_at)
        click.echo(_restored(done))
        _complain([*_finish(urls, done.lost, done.made_at), *done.says])


def _try_out(urls: DatabaseUrls, from_: Path, keys: Path | None, places: LedgerPlaces, name: str | None) -> None:
    """Restore elsewhere, read everything, throw it away; and write down that it went well."""
    log, keys_part = Part(from_, "log"), _keys_part(from_, keys)
    with scratch(urls, places.ledgers, aside, name) as (elsewhere, beside):
        with progress("Events") as advance:
            done = restore_into(elsewhere, log, keys_part, beside, advance)
        with opened(elsewhere) as store:
            _complain([*read_everything(store), *done.says])
    note(urls, "test restore", from_.absolute(), done.made_at)
    events = sum(school.events for school in done.schools)
    click.echo(
        f"The backup of {_when(done.made_at)} can be restored: {_schools(len(done.schools))} and {_events(events)},"
        " every line verified and every event read. What it was tried on is thrown away."
    )


def _finish(urls: DatabaseUrls, lost: Sequence[Lost], made_at: datetime | None) -> list[str]:
    """What comes after the log is there, which may be done again; what somebody has to look at."""
    with opened(urls) as store:
        bus = Bus(store, clauses())
        for one in lost:
            asyncio.run(tell_in_the_log(bus, one, made_at))
        erasures = Erasures(store, bus, urls)
        for school in store.schools():
            erasures.reapply(school.slug)
            if store.log(school.slug).head():  # One with nothing in it is told when it is opened.
                tell_of_migrations(store, school.slug, datetime.now(UTC))
        unreadable = read_everything(store)
    for one in lost:
        click.echo(in_words(one))
    return unreadable


def read_everything(store: Store, only: str | None = None) -> list[str]:
    """Make the views of every school, and read every event; a sentence for each school where some cannot be read.

    With `only`, of this one school.
    """
    says = []
    for school in store.schools():
        if only not in (None, school.slug):
            continue
        log = store.log(school.slug)
        unreadable, head = 0, log.head()
        with progress(f"{school.slug}: reading") as advance:
            for number, one in enumerate(log.read_log(), 1):
                unreadable += isinstance(one.event, Unreadable)
                if number % 1_000 == 0 or number == head:
                    advance(number, head)
        with progress(f"{school.slug}: what the pages show") as advance:
            Runner(store, school.slug, PROJECTIONS).catch_up()
            advance(head, head)
        if unreadable:
            says.append(f"{school.slug}: {unreadable} of {head} events cannot be read with the keys that are there.")
    return says


def _restored(done: Restored) -> str:
    events = sum(school.events for school in done.schools)
    what = f"{_schools(len(done.schools))} and {_events(events)}"
    lines = [f"{what} are restored from the backup of {_when(done.made_at)}."]
    lacking = {lost.school for lost in done.lost}
    lines += [
        f"{school.slug}: nothing that was sealed is missing. What was stored after the backup and not sealed is not there."
        for school in done.schools
        if school.slug not in lacking
    ]
    return "\n".join(lines)


def _places(places: LedgerPlaces, *, make: bool) -> Places:
    def ledgers() -> Ledgers:
        if make and not places.key_file.exists():
            places.key_file.parent.mkdir(parents=True, exist_ok=True)
            return Ledgers(places.ledgers, make_key(places.key_file))
        return Ledgers(places.ledgers, read_key(places.key_file))

    return Places(places.ledgers, ledgers)


def _keys_part(log: Path, keys: Path | None) -> Part | None:
    """The keys part that was given, else the one that lies beside the log part."""
    if keys is not None:
        return Part(keys, "keys")
    beside = log.with_name(log.name.removesuffix("-log") + "-keys")
    return Part(beside, "keys") if beside != log and beside.is_dir() else None


def _when(at: datetime) -> str:
    return f"{at.astimezone(LONDON):%d %B %Y, %H:%M}".removeprefix("0")


def _schools(number: int) -> str:
    return "1 school" if number == 1 else f"{number} schools"


def _events(number: int) -> str:
    return "1 event" if number == 1 else f"{number} events"


def _complain(says: Sequence[str]) -> None:
    for sentence in says:
        click.echo(sentence, err=True)
    if says:
        message = "It is done, and somebody has to look at what is said above."
        raise click.ClickException(message)


@contextmanager
def _said() -> Iterator[None]:
    """What is wrong with a backup is a sentence for the person at the terminal."""
    with sentences():
        try:
            yield
        except BackupUnusable as error:
            message = f"{error}\nNothing was restored."
            raise click.ClickException(message) from error
        except (BackupFailed, KeysMissing, NotEmpty) as error:
            raise click.ClickException(str(error)) from error
