"""`doorstep school`: which schools there are; one added, taken out whole, checked, or let go."""

import asyncio
import secrets
from base64 import b32encode
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import click

from accounts.accounts import Accounts
from api.command_parts import aside, person_named, sentences, var_option
from api.first_administrator import join, somebody_named
from api.installation import database, opened
from api.ledger_places import ledger_places, source_of
from api.log_parts import told_as_sentences
from api.policy_commands import PolicyWord
from api.progress import progress_of_each
from api.runtime import utc_now
from commands.bus import Bus
from commands.opening import open_school
from commands.policy_files import clauses, load_policy, policy_keys, read_all
from commands.removal import Removing
from commands.whole_export import Asked, Exporting
from domain.policy import Policy
from eventlog.age import Identity, NotAKey, Passphrase, Recipient, read_identity, read_recipient
from eventlog.ledger.verifier import Misused
from eventlog.ledger.verifier import read_key as read_verifier_key
from eventlog.migrate import removed_schools
from eventlog.removal import NotNow, finish
from eventlog.whole.checking import check_whole
from eventlog.whole.shapes import ExportUnusable

LEAST: Final = 16
"""Characters of a passphrase that somebody chose."""
_new = click.Path(path_type=Path)
_there = click.Path(path_type=Path, exists=True, file_okay=False)
_file = click.Path(path_type=Path, exists=True, dir_okay=False)
passphrase_option = click.option("--passphrase-file", type=_file, help="A file with the passphrase, and nothing else.")


@click.group()
def school() -> None:
    """Look at the schools of this installation; add one, take one out whole, let one go."""


@school.command("list")
@var_option
def school_list(var: Path) -> None:
    """List the schools: short name, name and whose policy, one a line."""
    with sentences():
        read_all()
    with sentences(), database(var, aside) as urls, opened(urls) as store:
        bus = Bus(store, clauses())
        rows = [(one.slug, one.name, _title(bus, one.slug, one.policy_key)) for one in store.schools()]
    widths = [max((len(row[column]) for row in rows), default=0) for column in range(2)]
    for slug, name, title in rows:
        click.echo(f"{slug:<{widths[0]}}  {name:<{widths[1]}}  {title}")


def _title(bus: Bus, slug: str, key: str) -> str:
    """Whose settings the school adopted last; before it did, whose it was added with."""
    _, known = bus.knowledge(slug).at_head()
    if known.policies:
        return max(known.policies, key=lambda one: one.version).title
    return load_policy(key).title if key in policy_keys() else key


@school.command("add")
@click.argument("slug")
@click.argument("name")
@click.argument("adopted", metavar="POLICY", type=PolicyWord())
@click.option("--administrator", help="Sign-in name of somebody with an account: administrator of the new school too.")
@var_option
def school_add(slug: str, name: str, adopted: Policy, administrator: str | None, var: Path) -> None:
    """Add a school with a policy as its first settings.

    SLUG is its short name in addresses: small letters, digits and underscores. NAME is its name on every page.
    POLICY is st_patricks, leyland, william_lilley, norbury or scargill, or the file of the school's own, with a key, a title
    and clauses of its own (docs/policy-files.md). Where nobody has an account yet, the first
    administrator, who sets up their account by the link that `doorstep serve` prints, becomes administrator of every school
    that is there by then; of a school that is added later, whom --administrator names.
    """
    with sentences(), database(var, click.echo) as urls, opened(urls) as store:
        bus, accounts = Bus(store, clauses()), Accounts.open(store.pool, store.keyrings.keks)
        found = somebody_named(bus, accounts, administrator) if administrator else None
        asyncio.run(open_school(bus, urls, slug, name, adopted, utc_now()))
        click.echo(f"{name} is added as {slug}.")
        if found is not None and slug not in accounts.people.links(found[0].id):
            accounts.people.link(found[0].id, slug, join(bus, slug, found[1], found[0].id), utc_now())
            click.echo(f"{found[1]} is its administrator.")


@school.command("export")
@click.argument("slug")
@click.option("--to", required=True, type=_new, help="Folder to write; it must not be there yet.")
@click.option("--by", required=True, help="Name of the headteacher, the DSL or the deputy who asks for it.")
@click.option("--why", required=True, help="Why it goes out; it is kept in the school's log.")
@passphrase_option
@click.option("--recipient", help="A public key of age (age1...): only its holder can open the data keys.")
@var_option
def school_export(
    slug: str, to: Path, by: str, why: str, passphrase_file: Path | None, recipient: str | None, var: Path
) -> None:
    """Write everything that a school has here into a folder: its proved log, the same readable, its keys and its policy.

    That it is done, by whom and why, is the last event in it. The folder appears when it is whole; only its owner can read
    it. It holds children's names in clear. The data keys are sealed: for the new home's public key (--recipient), by a
    passphrase of yours, or by one that is made now and shown once. Doorstep may go on serving, and something must be
    sealing (doorstep seal). After a kill give the same command again.
    """
    if not why.strip():
        raise click.BadParameter("Say why it goes out.", param_hint="--why")
    with told_as_sentences(), exports_as_sentences():
        sealed_for, made = _sealed_for(passphrase_file, recipient)
        if to.exists():
            raise FileExistsError(0, "is there already", str(to))
        with database(var, aside) as urls, opened(urls) as store, source_of(urls, slug) as source:
            bus = Bus(store, clauses())
            person = person_named(bus.knowledge(slug).at_head()[1], by)
            exporting = Exporting(bus, urls, ledger_places(var).ledgers, source)
            with progress_of_each(f"Everything of {slug}:") as told:
                written = exporting.export(slug, to.absolute(), Asked(person.id, why.strip(), sealed_for), told)
            source.leaves(written.described.events)  # Its checkpoint leaves the house with it.
    click.echo(f"{number_of_events(written.described.events)} of {slug} and {written.keys} data keys are in {to}.")
    click.echo(f"Check it: doorstep school check {to}")
    if made:
        click.echo("The data keys in it open by this passphrase, which is shown once and kept nowhere. Write it down:")
        click.echo(f"\n    {made}\n")
    if written.unreadable:
        message = f"{number_of_events(written.unreadable)} cannot be read with the keys that are there: they are in it as they are."
        raise click.ClickException(message)


@school.command("check")
@click.argument("folder", type=_there)
@click.option(
    "--key", "keys", multiple=True, help="The log's verifier key, or a file with it, as you hold it yourself."
)
@passphrase_option
@click.option("--identity", type=_file, help="File with the private key of age that the data keys are sealed for.")
def school_check(folder: Path, keys: tuple[str, ...], passphrase_file: Path | None, identity: Path | None) -> None:
    """Say whether FOLDER, a school's whole export, is whole: every file, every event and every proof.

    With --passphrase-file or --identity each event is opened anew as well. It needs no database.
    """
    with told_as_sentences(), exports_as_sentences(), progress_of_each(f"{folder}:") as told:
        by = opens(passphrase_file, identity)
        found = check_whole(folder, [read_verifier_key(one) for one in keys], by, told)
    click.echo(
        f"HOLDS: {number_of_events(found.events)} of {found.name} ({found.school}), each as it was sealed under {found.origin},"
        " and the readable ones are these."
    )
    if not keys:
        click.echo(
            "The signature is by the key in the folder itself: compare it with the one that you hold, or give --key."
        )
    if by is None:
        click.echo(f"Whether the data keys open them was not looked at: they are sealed for {found.keys_for}.")
    else:
        click.echo("The data keys open each event to just what is readable.")


@school.command("remove")
@click.argument("slug")
@click.option("--export", "folder", required=True, type=_there, help="The school's whole export, made after all else.")
@click.option("--yes", is_flag=True, help="Do not ask for the short name once more.")
@var_option
def school_remove(slug: str, folder: Path, yes: bool, var: Path) -> None:  # noqa: FBT001 - click passes a flag so
    """Remove a school from here, for good: its log, its pages and its data keys.

    Two people of the school decide it (How long records are kept, on the pages): one asks for it, another one confirms it, and
    then fourteen days pass in which anybody who may can say no. It is refused while a legal hold stands, somebody is out, or
    the export is not whole or lacks anything that there is. What stays is that it was here, the ledger and its last checkpoint:
    every proof made before goes on verifying, and its short name is never taken again. Other schools are not touched.
    Killed on the way it is gone on with by the same command, and at every start.
    """
    with told_as_sentences(), exports_as_sentences(), database(var, aside) as urls:
        if slug in finish(urls):
            click.echo(f"The removal of {slug} was cut short, and is finished now.")
            return
        if slug in removed_schools(urls):
            click.echo(f"{slug} was removed already.")
            return
        with opened(urls) as store, source_of(urls, slug) as source:
            log = store.log(slug)  # Raises UnknownSchool before anything is asked.
            if not yes and click.prompt(f"This cannot be undone. Type {slug} to remove it", err=True) != slug:
                message = "That is another name. Nothing was removed."
                raise click.ClickException(message)
            bus, ledger = Bus(store, clauses()), ledger_places(var).ledger(slug)
            with progress_of_each(f"{slug}:") as told:
                ordered = Removing(bus, urls, ledger, source).carry_out(log.school, folder.absolute(), told)
    click.echo(
        f"{slug} is removed, with {number_of_events(ordered.events)}. Its data keys are destroyed in both places."
    )
    click.echo(f"Its ledger stays where it is. Keep it, and {folder}: it is all that there is of the school now.")
    click.echo("Keys parts of backups still hold its keys, wrapped: delete them after 14 days as always.")


def _sealed_for(passphrase_file: Path | None, recipient: str | None) -> tuple[Passphrase | Recipient, str]:
    """Who shall open the keys, and the passphrase where it was made now."""
    if passphrase_file is not None and recipient is not None:
        message = "Give --passphrase-file or --recipient, one of them."
        raise click.UsageError(message)
    if recipient is not None:
        return read_recipient(recipient), ""
    if passphrase_file is not None:
        return _passphrase(passphrase_file), ""
    letters = b32encode(secrets.token_bytes(25)).decode().lower()
    made = "-".join(letters[at : at + 5] for at in range(0, len(letters), 5))
    return Passphrase(made), made


def opens(passphrase_file: Path | None, identity: Path | None) -> Passphrase | Identity | None:
    """What opens the data keys of an export, as it was given; None where neither was. Raises click.UsageError, NotAKey."""
    if passphrase_file is not None and identity is not None:
        message = "Give --passphrase-file or --identity, one of them."
        raise click.UsageError(message)
    if identity is not None:
        return read_identity(identity.read_text(encoding="utf-8"))
    return None if passphrase_file is None else _passphrase(passphrase_file)


def _passphrase(file: Path) -> Passphrase:
    secret = file.read_text(encoding="utf-8").strip()
    if len(secret) < LEAST:
        message = f"The passphrase in {file} is shorter than {LEAST} characters. Leave the option out, and one is made."
        raise click.ClickException(message)
    return Passphrase(secret)


def number_of_events(number: int) -> str:
    """In words."""
    return "1 event" if number == 1 else f"{number} events"


@contextmanager
def exports_as_sentences() -> Iterator[None]:
    """What is wrong with an export is a sentence for the person at the terminal."""
    try:
        yield
    except (ExportUnusable, NotNow) as error:
        raise click.ClickException(str(error)) from error
    except NotAKey as error:
        message = f"{error}."
        raise click.ClickException(message) from error
    except Misused as error:
        message = f"This is no whole export: {error}."
        raise click.ClickException(message) from error
    except BlockingIOError as error:
        message = "Somebody else is writing this folder at this moment. Nothing was written: choose another place."
        raise click.ClickException(message) from error
