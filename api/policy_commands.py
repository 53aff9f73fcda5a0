"""`doorstep policy ..`: look at policy files, compare them, and adopt one at a school."""

import asyncio
import textwrap
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Final

import click

from api.command_parts import sentences, var_option
from api.export_files import somebody
from api.installation import database
from api.runtime import Runtime
from commands.bus import Sender
from commands.ids import new_command_id
from commands.opening import adoption
from commands.policy_compare import ClauseChanged, Difference, compare, compare_clauses
from commands.policy_files import PolicyFileError, load_policy, load_policy_file, policy_keys
from commands.policy_words import PolicyRow
from commands.policy_writing import policy_text
from domain.policy import Policy, Source
from domain.refusal import Incomplete
from domain.times import AmbiguousTime, NonexistentTime, london, parse_instant
from eventlog.migrate import installation_kind
from projections import settings_touch
from projections.directory import Directory

WIDTH: Final = 100
NOW: Final = "now"


class PolicyWord(click.ParamType[Policy]):
    """One of the five policies by its key, or the file of a school's own."""

    name = "policy"

    def convert(self, value: str | Policy, param: click.Parameter | None, ctx: click.Context | None) -> Policy:
        """The policy. A file with faults is refused with all of them, line by line."""
        if isinstance(value, Policy):
            return value
        if value in policy_keys():
            try:
                return load_policy(value)
            except PolicyFileError as error:
                raise click.ClickException(str(error)) from error
        if Path(value).is_file():
            return checked(Path(value))
        message = f"{value} is neither a file nor one of {', '.join(policy_keys())}."
        raise click.BadParameter(message, ctx, param)


def checked(file: Path) -> Policy:
    """The policy of a file; where it cannot be used, everything that is wrong with it is told, and the program ends."""
    try:
        return load_policy_file(file, str(file))
    except PolicyFileError as error:
        for fault in error.errors:
            click.echo(str(fault), err=True)
        number = len(error.errors)
        message = f"{file} cannot be used: {number} {'thing is' if number == 1 else 'things are'} wrong with it."
        raise click.ClickException(message) from None


class Instant(click.ParamType[datetime | None]):
    """An instant as people type it: `now`, or a day and a time in London."""

    name = "instant"

    def convert(
        self, value: str | datetime, param: click.Parameter | None, ctx: click.Context | None
    ) -> datetime | None:
        """None for now."""
        if isinstance(value, datetime) or value == NOW:
            return value if isinstance(value, datetime) else None
        try:
            return parse_instant(value)
        except AmbiguousTime:
            says = f"{value} happens twice that night: add +00:00 or +01:00."
        except NonexistentTime:
            says = f"{value} does not happen: the clocks go forward that night."
        except ValueError:
            says = f'{value} is no instant: write now, or a day and a time, "2027-01-04 08:00".'
        raise click.BadParameter(says, ctx, param)


@click.group()
def policy() -> None:
    """Look at policy files, compare them, and adopt one."""


@policy.command("check")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, readable=True, path_type=Path))
def check(file: Path) -> None:
    """Say whether FILE, a policy in YAML, can be used; if not, everything that is wrong with it, line by line.

    Settings that contradict each other are named in pairs, with their clauses.
    """
    found = checked(file)
    by = {source: sum(one.source is source for one in found.settings.values()) for source in Source}
    click.echo(
        f"{file} is well: {found.title}.\n{len(found.settings)} settings: {by[Source.CLAUSE]} from a clause,"
        f" {by[Source.READING]} our reading, {by[Source.DEFAULT]} Doorstep's default."
    )


@policy.command("diff")
@click.argument("first", metavar="A", type=PolicyWord())
@click.argument("second", metavar="B", type=PolicyWord())
def diff(first: Policy, second: Policy) -> None:
    """Compare two policies setting by setting, in words.

    A and B are files, or st_patricks, leyland, william_lilley, norbury or scargill.
    """
    click.echo(f"A: {first.title}\nB: {second.title}\n")
    for line in differences(first, second, "A", "B"):
        click.echo(line)


@policy.command("show")
@click.argument("school")
@var_option
def show(school: str, var: Path) -> None:
    """Write the settings in force at SCHOOL as a policy file.

    SCHOOL is its short name. Put it into a file (doorstep policy show hill_top > ours.yaml), change it, look at it with
    `doorstep policy check` and `diff`, and adopt it.
    """
    with sentences(), database(var, lambda says: click.echo(says, err=True)) as urls:
        runtime = Runtime.open(urls, installation_kind(urls) or "live")
        try:
            click.echo(policy_text(_in_force(runtime.directory(school), runtime.now())), nl=False)
        finally:
            runtime.stop()


@policy.command("adopt")
@click.argument("school")
@click.argument("new", metavar="FILE", type=PolicyWord())
@click.option("--from", "start", type=Instant(), default=NOW, show_default=True, help="When it comes into force.")
@click.option("--by", required=True, help="Name of the headteacher who decided it.")
@click.option("--why", required=True, help="Why, as it goes on record.")
@click.option("--dry-run", is_flag=True, help="Show what would change, and adopt nothing.")
@var_option
def adopt(school: str, new: Policy, start: datetime | None, *, by: str, why: str, dry_run: bool, var: Path) -> None:
    """Adopt FILE as the settings of SCHOOL, from an instant on.

    What changes is shown setting by setting. Nothing that has happened is judged by the new settings, and trips that are
    under way go on under those they left with. A version for later shows as coming until then.
    """
    with sentences(), database(var, lambda says: click.echo(says, err=True)) as urls:
        runtime = Runtime.open(urls, installation_kind(urls) or "live")
        try:
            _adopt(runtime, school, new, start, by=by, why=why, dry_run=dry_run)
        finally:
            runtime.stop()


def _adopt(
    runtime: Runtime, school: str, new: Policy, start: datetime | None, *, by: str, why: str, dry_run: bool
) -> None:
    me = somebody(runtime, school, by)
    before = _in_force(me.directory, start or me.now)
    for line in differences(before, new, "Now" if start is None else "Until then", "Then"):
        click.echo(line)
    runtime.runner(school).catch_up()
    with runtime.view(school, settings_touch.NAME) as view:
        touch = settings_touch.touching(view, me.directory, me.now, new)
    click.echo(
        f"Visits that have not left: {touch.ahead}, of which {len(touch.touched)} would need something else then."
        f" Visits that are out, and go on under the settings they left with: {len(touch.out)}."
    )
    if dry_run:
        click.echo("Nothing was adopted.")
        return
    version = me.directory.newest + 1
    command = adoption(new, version=version, effective_from=start, why=why)
    try:
        asyncio.run(runtime.bus.send(school, command, Sender(me.id, new_command_id())))
    except Incomplete as error:
        message = f"--from: expected {error.expected}."
        raise click.ClickException(message) from error
    when = "from now on" if start is None else f"from {london(start):%A %d %B %Y, %H:%M} on"
    click.echo(f"Version {version} of the settings is adopted, {when}: {new.title}.")


def _in_force(known: Directory, when: datetime) -> Policy:
    try:
        return known.policy_at(when)
    except LookupError:
        message = "This school has adopted no settings yet."
        raise click.ClickException(message) from None


def differences(before: Policy, after: Policy, first: str, second: str) -> Sequence[str]:
    """The comparison, line by line."""
    found = compare(before, after)
    lines = [line for one in found for line in _lines(one, first, second)]
    same = len(after.settings) - len(found)
    differ = f"{len(found)} setting{' differs' if len(found) == 1 else 's differ'}"
    lines.append(f"{differ}, {same} {'is' if same == 1 else 'are'} the same.")
    changed = compare_clauses(before, after) if before.key == after.key else ()
    return (*lines, *(line for one in changed for line in _clause_lines(one)))


def _lines(found: Difference, first: str, second: str) -> Sequence[str]:
    return (
        f"{found.label} ({found.name})",
        _row(first, found.before),
        _row(second, found.after),
        "",
    )


def _row(which: str, row: PolicyRow) -> str:
    says = f"{row.value} ({row.force}; {row.source.rstrip('.')})"
    return textwrap.fill(says, WIDTH, initial_indent=f"  {which}: ", subsequent_indent=" " * (len(which) + 4))


def _clause_lines(changed: ClauseChanged) -> Sequence[str]:
    if not changed.before:
        return (f"New clause {changed.id}: {changed.after}",)
    if not changed.after:
        return (f"Clause {changed.id} is gone: {changed.before}",)
    return (f"Clause {changed.id} now says: {changed.after}",)
