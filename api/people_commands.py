"""`doorstep people`: bringing pupils, families and staff in from a file of the school's own system."""

import asyncio
from pathlib import Path

import click

from api.command_parts import aside, sentences, var_option
from api.export_files import somebody
from api.identity import Acquainted
from api.installation import database
from api.people_words import MISSING, brought_in, in_numbers
from api.progress import progress
from api.runtime import Runtime
from commands.people.bringing_in import BroughtIn, bring_in
from commands.people.comparing import Comparison, compare, read_file
from commands.people.file import LIMIT, WINDOWS, FileRefused, What, too_large
from commands.people.layouts import Layout, layouts, read_layout
from commands.people.rows import Asked
from commands.policy_files import PolicyFileError
from domain.pupil.commands import BringInPupil
from domain.staff.commands import BringInStaff
from domain.times import LONDON
from eventlog.migrate import installation_kind


@click.group()
def people() -> None:
    """Bring pupils, families and staff in."""


@people.command("import")
@click.argument("school")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, readable=True, path_type=Path))
@click.option("--dry-run", is_flag=True, help="Only say what would change.")
@click.option("--staff", "of_staff", is_flag=True, help="The file is about staff, not about pupils.")
@click.option(
    "--map", "layout", help=f"How its columns are named: {', '.join(layouts())}, or a file of your own in YAML."
)
@click.option("--windows", is_flag=True, help=f"The file comes from Excel on Windows ({WINDOWS}), not in UTF-8.")
@click.option("--no-phone", default="", help="Why the families without a telephone number in it have none.")
@click.option(
    "--roll", is_flag=True, help="Take those off roll whom the file says have left; put back on who is in it."
)
@click.option("--by", help="Name of the member of staff who brings them in; without it Doorstep itself.")
@var_option
def import_(  # noqa: PLR0913 - one argument an option
    school: str,
    file: Path,
    layout: str | None,
    no_phone: str,
    by: str | None,
    var: Path,
    *,
    dry_run: bool,
    of_staff: bool,
    windows: bool,
    roll: bool,
) -> None:
    """Bring FILE in at SCHOOL: CSV as Arbor, Bromcom or SIMS write it, or a DfE Common Transfer File (pupils).

    The whole file is looked at first: where anything is wrong with it every fault is told with line and column, and nothing
    is changed. Brought in again, only what has changed since is kept; where it was cut short, begin it again. Nobody is
    removed because a file does not name them. What people are called is written nowhere here: the page "Bring people in"
    shows it.
    """
    what = What.STAFF if of_staff else What.PUPILS
    with sentences(), database(var, aside) as urls:
        chosen = _chosen(layout)
        runtime = Runtime.open(urls, installation_kind(urls) or "live")
        try:
            me = somebody(runtime, school, by)
            me.refuse_unless(
                BringInStaff if of_staff else BringInPupil,
                "They may not bring people in: ask the school office or the head",
            )
            data = _bytes(file)
            today = runtime.now().astimezone(LONDON).date()
            told = read_file(data, what, chosen, WINDOWS if windows else "")
            compared = compare(told, what, Asked(no_phone_reason=no_phone, roll=roll), me.directory, today)
            click.echo(in_numbers(compared, dry_run=True) if dry_run else "", nl=dry_run)
            if not dry_run:
                click.echo(brought_in(what, asyncio.run(_bring_in(runtime, me, data, compared))))
            _beside(compared)
        except FileRefused as error:
            for fault in error.faults:
                click.echo(f"{file}, {fault.place}: expected {fault.expected}.", err=True)
            number = len(error.faults)
            things = "1 thing is" if number == 1 else f"{number} things are"
            message = f"{things} wrong with {file}. Nothing was changed."
            raise click.ClickException(message) from None
        finally:
            runtime.stop()


async def _bring_in(runtime: Runtime, me: Acquainted, data: bytes, compared: Comparison) -> BroughtIn:
    async with runtime.store.committing():
        with progress(f"Bringing in {compared.what.value}") as advance:
            return await bring_in(runtime.bus, me.slug, data, compared, me.sender, advance)


def _chosen(layout: str | None) -> dict[str, Layout]:
    every = dict(layouts())
    if layout is None or layout in every:
        return every if layout is None else {layout: every[layout]}
    path = Path(layout)
    if not path.is_file():
        message = f"{layout} is neither a header map that comes with Doorstep ({', '.join(every)}) nor a file"
        raise click.BadParameter(message)
    try:
        return {"own": read_layout(path.read_text(encoding="utf-8"), layout)}
    except UnicodeDecodeError:
        raise click.BadParameter(f"{layout} is not a text in UTF-8") from None
    except PolicyFileError as error:
        raise click.ClickException(str(error)) from None


def _bytes(file: Path) -> bytes:
    if file.stat().st_size > LIMIT:
        raise too_large()
    return file.read_bytes()


def _beside(compared: Comparison) -> None:
    """What a person should look at, in numbers."""
    for says, number in (
        (MISSING[compared.what], len(compared.missing)),
        ("the file says have left, and are still here (--roll takes pupils off roll)", compared.number("left")),
        ("are in the file and are off roll here (--roll puts them back)", compared.number("off roll")),
        ("are in the file and have left the staff here", compared.number("gone")),
        ("have the name and date of birth of a child with another UPN", sum(row.namesake for row in compared.rows)),
    ):
        if number:
            aside(f"{number} {says}.")
    if compared.unread:
        aside(f"Columns not read: {', '.join(compared.unread)}.")
