"""The command line: `doorstep serve|demo|migrate|rebuild|export|policy ..|school ..|keys check|seal|log verify`."""

import asyncio
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import click

from accounts.openid import OpenId
from accounts.openid_settings import providers_from_environ
from api import logs
from api.account_commands import account
from api.app import create_app
from api.backup_commands import backup, restore
from api.command_parts import aside, sentences, var_option
from api.export_files import export_to
from api.first_administrator import set_up_link
from api.installation import bring_up_to_date, database, opened
from api.keys_commands import keys
from api.ledger_places import ledger_places, sealed, signing_key
from api.log_commands import log_group, seal
from api.origin import Origin, origin_from_environ
from api.people_commands import people
from api.policy_commands import policy
from api.progress import progress, progress_of_each
from api.runtime import Runtime, utc_now
from api.school_commands import school
from api.school_import import school_import
from api.serving import listen, serve
from api.status_command import status
from commands.demonstration.load import is_loaded, load
from commands.policy_files import read_all
from eventlog.alone import alone
from eventlog.errors import MigrationChanged
from eventlog.garbage import collect_seldom
from eventlog.migrate import installation_kind
from eventlog.settings import DatabaseUrls
from eventlog.store import Store
from projections.rebuild import rebuild as rebuild_one
from projections.registry import PROJECTIONS
from projections.runner import Runner
from reactors.sealing import Sealing

LOADING: Final = "load the demonstration"
"""What only one program at a time does to a database."""
_ANOTHER_LOADS: Final = (
    "Another `doorstep demo` is loading the schools into this database. Waiting until it is done ..."
)
_port = click.option(
    "--port", type=click.IntRange(1, 65535), default=8000, show_default=True, help="Port to answer on."
)


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
def main() -> None:
    """Doorstep: who from school is out on a home visit, whether they are back, and what happened there.

    To see it, run `doorstep demo`: it needs nothing else, and everybody in it is invented.

    A school's own installation needs a PostgreSQL server (15 or newer) and five settings that say how to reach it:
    DOORSTEP_DATABASE_URL, DOORSTEP_MIGRATE_DATABASE_URL, DOORSTEP_PROJECTOR_DATABASE_URL,
    DOORSTEP_KEYS_DATABASE_URL (a database of its own) and DOORSTEP_SEALER_DATABASE_URL. Each may come from a file
    instead, with _FILE after its name. A sixth, DOORSTEP_KEY_FILE, names the file with the keys that open all that is
    personal in the log: it is made on a new installation, and a copy of it belongs in a safe place of its own.
    Run `doorstep migrate` once after each update, then `doorstep serve`.

    Every command may be run while Doorstep is serving: none of them stops it.
    """
    collect_seldom()


@main.command()
@_port
@var_option
def demo(port: int, var: Path) -> None:
    """Show Doorstep with five invented schools, on this machine only.

    The first start loads the schools and two terms of visits; that takes up to a minute. Ctrl-C stops everything;
    what you did in it is still there at the next start.
    """
    with sentences():
        read_all()
    with sentences(), listen("127.0.0.1", port) as listener, _until_stopped(), database(var, click.echo) as urls:
        try:
            bring_up_to_date(urls, "demonstration")
        except MigrationChanged as error:
            message = (
                f"{error}\nA demonstration that an earlier state of Doorstep made can be made anew, because everybody in"
                f" it is invented: remove the folder {var.absolute()} and start again."
            )
            raise click.ClickException(message) from error
        _load_once(urls)
        places = ledger_places(var)
        sealing = Sealing(urls.sealer, places.ledgers, signing_key(places), utc_now, places.evidence)
        with logs.written(), Runtime.open(urls, "demonstration") as runtime, sealed(sealing):
            serve(create_app(runtime), runtime, listener, lambda: click.echo(_open(port)))


@main.command("serve")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to answer on; 0.0.0.0 for all.")
@_port
@click.option(
    "--log-level",
    type=click.Choice(logs.LEVELS),
    default="warning",
    show_default=True,
    help="How much it writes to stderr about itself. It never writes what somebody typed or is called.",
)
@var_option
def serve_(host: str, port: int, log_level: str, var: Path) -> None:
    """Serve a school's own installation.

    Run `doorstep migrate` first, and add a school by `doorstep school add`. While nobody has an account yet, it prints a
    link that works once: the first administrator sets up their account with it and invites everybody else.

    DOORSTEP_ORIGIN is the address that people type (https://visits.school.uk): it answers under no other name, and wants a
    proxy that speaks TLS in front of it. Without it, it answers on this machine only, as http://localhost. DOORSTEP_PROXIES
    names the networks of such proxies, whose word is taken for the address that somebody signs in from.

    People may sign in by their account at Microsoft Entra, Google Workspace or another OpenID Connect provider: the settings
    DOORSTEP_ENTRA_..., DOORSTEP_GOOGLE_... and DOORSTEP_OPENID_... are in docs/for/technicians.md.
    """
    with sentences():
        read_all()
        origin = origin_from_environ(os.environ)
        openid = OpenId(providers_from_environ(os.environ))
    with (
        sentences(),
        listen(host, port) as listener,
        _until_stopped(),
        database(var, click.echo) as urls,
        logs.written(log_level),
        Runtime.open(urls, "live") as runtime,
    ):
        link = set_up_link(runtime, origin, port)
        serve(
            create_app(runtime, origin, openid),
            runtime,
            listener,
            lambda: click.echo(_serving(host, port, origin, link)),
        )


@main.command("migrate")
@var_option
def migrate_(var: Path) -> None:
    """Bring the database up to this release.

    Run it once on an empty database, and after each update of Doorstep, before serving. Running it again changes
    nothing.
    """
    with sentences(), database(var, click.echo) as urls:
        kind = bring_up_to_date(urls)
        click.echo(f"The database is up to date. It is a {kind} one.")


@main.command()
@click.argument("projection", required=False, type=click.Choice([p.name for p in PROJECTIONS]))
@click.option("--school", help="Short name of one school; without it, all of them.")
@var_option
def rebuild(projection: str | None, school: str | None, var: Path) -> None:
    """Make what the pages show anew, from the events: all of it, or one PROJECTION.

    The old tables answer until the new ones are ready. No event is changed: this is always safe.
    """
    with sentences(), database(var, click.echo) as urls, opened(urls) as store:
        for slug in _slugs(store, school):
            for one in PROJECTIONS:
                if projection in {None, one.name}:
                    with progress(f"{slug}: {one.name.replace('_', ' ')}") as advance:
                        rebuild_one(store, slug, one, advance)


@main.command()
@click.option("--school", required=True, help="Short name of the school.")
@click.option("--out", required=True, type=click.Path(file_okay=False, path_type=Path), help="Folder for the file.")
@click.option("--by", help="Name of the member of staff who asked for it: DSL, deputy, school office or head.")
@var_option
def export(school: str, out: Path, by: str | None, var: Path) -> None:
    """Write the records that wait for CPOMS or MyConcern (or for no system) into a CSV file.

    Each record goes out once: those in the file count as exported, and the school sees when and by whom. Concerns
    are in it only with the name of somebody who may read them: the DSL, a deputy or the head. The file holds
    children's names; nobody but you may read it.
    """
    with sentences(), database(var, aside) as urls:
        runtime = Runtime.open(urls, installation_kind(urls) or "live")
        try:
            made = export_to(runtime, school, out, by)
        finally:
            runtime.stop()
    if made.left_out:
        concerns = "1 concern waits and was" if made.left_out == 1 else f"{made.left_out} concerns wait and were"
        why = "because nobody was named" if by is None else f"because {by} may not read concerns"
        aside(f"{concerns} left out, {why}: --by and the name of the DSL, a deputy or the head.")
    nothing = "Nothing was exported." if made.left_out else "Nothing waits to be exported."
    click.echo(nothing if made.file is None else str(made.file))


main.add_command(account)
main.add_command(backup)
main.add_command(restore)
main.add_command(status)
main.add_command(keys)
main.add_command(seal)
main.add_command(log_group)
main.add_command(policy)
main.add_command(people)
school.add_command(school_import)
main.add_command(school)


@contextmanager
def _until_stopped() -> Iterator[None]:
    """Ctrl-C is the way to stop a server: no error."""
    try:
        yield
    except KeyboardInterrupt:
        pass
    except SystemExit as error:
        if error.code != 128 + signal.SIGTERM:
            raise
    click.echo("Doorstep has stopped. Everything is stored.")


def _load_once(urls: DatabaseUrls) -> None:
    """Load the schools, or go on where an earlier start was stopped; nothing where all of it is there.

    Of several programs that start together one loads, and the others wait until it is done.
    """
    with alone(urls, LOADING, lambda: click.echo(_ANOTHER_LOADS)), opened(urls) as store:
        if is_loaded(store):
            return
        with progress_of_each("Loading five invented schools and two terms of visits (once):") as advance:
            asyncio.run(load(urls, utc_now(), advance))
        with progress("Preparing the pages") as advance:
            schools = store.schools()
            for done, one in enumerate(schools):
                advance(done, len(schools))
                Runner(store, one.slug, PROJECTIONS).catch_up()
            advance(len(schools), len(schools))


def _slugs(store: Store, school: str | None) -> list[str]:
    if school is not None:
        store.log(school)  # Raises UnknownSchool.
        return [school]
    return [one.slug for one in store.schools()]


def _open(port: int) -> str:
    return (
        f"\nDoorstep is ready: open http://localhost:{port}\n"
        "This is a demonstration: every person and visit in it is invented. Ctrl-C stops it."
    )


def _serving(host: str, port: int, origin: Origin, link: str) -> str:
    says = f"Doorstep answers on {host}, port {port}: open {origin.address or f'http://localhost:{port}'}"
    if not link:
        return says
    return (
        f"{says}\n\nNobody has an account yet. Open this link to make the first one, an administrator's. It works once,"
        f" until this time tomorrow; a new start prints another:\n\n    {link}\n"
    )
