"""`doorstep keys`: look after what makes the personal part of the log readable."""

from pathlib import Path

import click

from accounts.rows import Rows
from accounts.secret import wrap_anew
from api.command_parts import aside, sentences, var_option
from api.installation import database, opened
from api.progress import progress
from eventlog.keys.keyrings import Keyrings
from eventlog.keys.restoring import restore_from_copy
from eventlog.keys.rotation import rotate


@click.group()
def keys() -> None:
    """Look after the keys that make the personal part of the log readable.

    They lie in three places, and whoever has one of them has nothing: the data keys, wrapped, in the key database
    and a second time in a folder; what unwraps them, in the key file (DOORSTEP_KEY_FILE).
    """


@keys.command()
@var_option
def check(var: Path) -> None:
    """Say whether the key file opens the keys of every school, and whether both places of keys agree.

    Exit code 0 where all is well. What a crash left half done is finished on the way.
    """
    with sentences(), database(var, aside) as urls, Keyrings.open(urls) as keyrings:
        schools = keyrings.database.schools()
        for school in schools:
            keyrings.of(school)
        for sentence in keyrings.disagreements:
            click.echo(sentence, err=True)
        if keyrings.disagreements:
            message = "The keys have to be looked after."
            raise click.ClickException(message)
        click.echo(
            f"The keys of every school ({len(schools)}) are well. The key file is {urls.key_file}: keep a copy apart."
        )


@keys.command("rotate")
@var_option
def rotate_(var: Path) -> None:
    """Put a new key into the key file, and wrap every data key anew. The log is not touched.

    Doorstep may go on serving. Interrupted, it goes on where it was when it is run again. Copy the key file to its
    safe place afterwards; keep the old copy for as long as older backups of the key database are kept.
    """
    with sentences(), database(var, aside) as urls, opened(urls) as store:
        rows = Rows(store.pool)
        with progress("Data keys") as advance:
            new = rotate(store.keyrings, advance, also=lambda keks: wrap_anew(rows, keks))
        click.echo(f"Everything is wrapped by the key {new} now. Copy {urls.key_file} to its safe place again.")


@keys.command()
@var_option
def restore(var: Path) -> None:
    """Bring a lost or older key database up from the second place of the keys.

    Stop Doorstep first. What was erased stays erased, whichever of the two places says so. Running it again changes
    nothing. Exit code 1 where a key is left that nobody can open.
    """
    with sentences(), database(var, aside) as urls:
        done = restore_from_copy(urls)
        for one in done:
            click.echo(f"{one.school}: {one.keys} data keys and {one.erased} erasures restored.")
            for key_id in one.lost:
                click.echo(f"{one.school}: the data key {key_id} cannot be opened by anybody.", err=True)
            for sentence in one.says:
                click.echo(sentence, err=True)
        if any(one.lost or one.says for one in done):
            message = "Not everything could be restored."
            raise click.ClickException(message)
        if not done:
            click.echo(f"There is nothing to restore from in {urls.key_copy}.")
