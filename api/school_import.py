"""`doorstep school import`: a school's whole export into this installation."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path

import click

from accounts.accounts import Accounts
from api.backup_commands import read_everything
from api.command_parts import aside, var_option
from api.first_administrator import join, somebody_named
from api.installation import database, opened
from api.ledger_places import ledger_places
from api.log_parts import told_as_sentences
from api.progress import progress_of_each
from api.school_commands import exports_as_sentences, number_of_events, opens, passphrase_option
from commands.after_restore import TOPIC, tell_in_the_log
from commands.bus import Bus
from commands.erasure import Erasures
from commands.policy_files import clauses
from commands.storage import tell_of_migrations
from domain.ids import school_stream
from domain.removal.state import standing
from eventlog.backup.epochs import Lost
from eventlog.backup.restoring import unfinished
from eventlog.ledger.signing import read_key
from eventlog.settings import DatabaseUrls
from eventlog.whole.bringing import Places, bring
from eventlog.whole.shapes import read_described

_there = click.Path(path_type=Path, exists=True, file_okay=False)
_file = click.Path(path_type=Path, exists=True, dir_okay=False)


@click.command("import")
@click.argument("folder", type=_there)
@passphrase_option
@click.option("--identity", type=_file, help="File with the private key of age that the data keys are sealed for.")
@click.option("--administrator", help="Sign-in name of somebody with an account: administrator of the school too.")
@var_option
def school_import(
    folder: Path, passphrase_file: Path | None, identity: Path | None, administrator: str | None, var: Path
) -> None:
    """Bring a school in from FOLDER, its whole export: the log as it was sealed, its keys, and what lies beside.

    First all of it is verified, as by `school check` with the keys. The log keeps every index and hash; what was signed at its old
    home goes on verifying, and what follows is signed under the next epoch, which this installation's name is in. The school keeps
    its short name, and is refused where that is taken. Accounts are not brought in: its people are invited anew. All of it is done
    or nothing; after a kill give the same command again. It must not go on being used where it came from.
    """
    with told_as_sentences(), exports_as_sentences():
        by = opens(passphrase_file, identity)
        if by is None:
            message = "Give --passphrase-file or --identity: without its data keys nobody could read the school here."
            raise click.UsageError(message)
        slug = read_described(folder).school
        with database(var, aside) as urls:
            places = ledger_places(var)
            left = _left(urls, slug, places.ledgers)
            if left:
                click.echo(f"The import of {slug} was interrupted after it was loaded: this finishes it.")
            else:
                with progress_of_each(f"{folder}:") as told:
                    bring(folder, by, Places(urls, places.ledgers, read_key(places.key_file)), told)
                left = _left(urls, slug, places.ledgers)
            says = _finish(urls, left, read_described(folder).made_at, administrator)
    click.echo(f"{slug} is here, with {number_of_events(left[0].restored)}, each as it was sealed.")
    click.echo(
        f"From here on it is signed under epoch {left[0].epoch}. Keep the ledgers of the earlier ones beside it."
    )
    click.echo(
        "Invite its people: no account came with it. Destroy the export and its passphrase once nobody needs them."
    )
    for sentence in says:
        click.echo(sentence, err=True)
    if says:
        message = "It is done, and somebody has to look at what is said above."
        raise click.ClickException(message)


def _left(urls: DatabaseUrls, slug: str, ledgers: Path) -> list[Lost]:
    """What the school's log does not tell of yet."""
    return [one for one in unfinished(urls, TOPIC, ledgers) if one.school == slug]


def _finish(urls: DatabaseUrls, left: list[Lost], made_at: datetime, administrator: str | None) -> list[str]:
    """What comes after the school is there, which may be done again; what somebody has to look at."""
    slug = left[0].school
    with opened(urls) as store:
        bus, accounts = Bus(store, clauses()), Accounts.open(store.pool, store.keyrings.keks)
        found = somebody_named(bus, accounts, administrator) if administrator else None
        Erasures(store, bus, urls).reapply(slug)
        tell_of_migrations(store, slug, datetime.now(UTC))
        if found is not None:
            accounts.people.link(found[0].id, slug, join(bus, slug, found[1], found[0].id), datetime.now(UTC))
        says = read_everything(store, slug)
        if (removal := standing(store.log(slug).read(school_stream(store.log(slug).school)))) is not None:
            decided = "is decided" if removal.confirmed_by is not None else "was asked for"
            says.append(
                f"In its log stands that its removal {decided}: from where it came. On the page “How long records are kept” the"
                " head, the DSL, a deputy, the business manager or SLT says that it stays here."
            )
        # Last of all: until the log says so, the same command comes here again.
        for one in left:
            asyncio.run(tell_in_the_log(bus, one, made_at))
    return says
