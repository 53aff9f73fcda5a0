"""What bringing people in changes, in words that page and command line share. No name is in them."""

from typing import Final

from commands.people.bringing_in import BroughtIn
from commands.people.comparing import Comparison
from commands.people.file import What

MISSING: Final = {
    What.PUPILS: "are on roll and not in the file: nobody is taken off roll for that",
    What.STAFF: "are on the staff and not in the file: nobody is removed for that",
}


def in_numbers(compared: Comparison, *, dry_run: bool) -> str:
    """What a comparison found: "214 pupils: 210 new, 4 changed, 0 as they are"."""
    whole = counts(compared.number("new"), compared.number("changed"), len(compared.rows) - len(compared.to_send))
    return (
        f"{len(compared.rows)} {compared.what.value} in the file: {whole}.{' Nothing was changed.' if dry_run else ''}"
    )


def brought_in(what: What, done: BroughtIn) -> str:
    """What came of it."""
    return f"{what.value.capitalize()} brought in: {counts(done.new, done.changed, done.same)}."


def counts(new: int, changed: int, same: int) -> str:
    """Three numbers in a row."""
    return f"{new} new, {changed} changed, {same} as they were"
