"""`doorstep account`: the way back in where nobody at the school can give access any more."""

import asyncio
import os
from pathlib import Path
from typing import Final

import click

from accounts.accounts import Accounts
from accounts.shapes import Purpose
from api.access_log import ACCOUNTS
from api.command_parts import aside, sentences, var_option
from api.first_administrator import somebody_named
from api.installation import database, opened
from api.origin import origin_from_environ
from api.runtime import utc_now
from commands.bus import Bus, Sender
from commands.ids import new_command_id
from commands.policy_files import clauses
from domain.access.commands import KeepRestoringConfirmed
from domain.ids import DOORSTEP

_DEVICE = "the server's command line"
_WHERE: Final = (
    "DOORSTEP_ORIGIN is not set here, so the address that people type is not known. Put it in front of this, as in"
    " https://visits.school.uk/invitation/..., or set it as for doorstep serve and ask again:"
)


@click.group()
def account() -> None:
    """Look after accounts where nobody at the school can."""


@account.command()
@click.argument("name")
@var_option
def restore(name: str, var: Path) -> None:
    """Print a link by which NAME, a sign-in name, gets access again: it works once, for a day.

    For the case that nobody is left at the school who could give it (people and accounts, on the pages): the only
    administrator lost the phone and the printed codes. Whoever has the server could have had everything; that this was
    done is in the log of each of the person's schools.
    """
    with sentences():
        origin = origin_from_environ(os.environ)
    with sentences(), database(var, aside) as urls, opened(urls) as store:
        bus, accounts, now = Bus(store, clauses()), Accounts.open(store.pool, store.keyrings.keks), utc_now()
        found, called = somebody_named(bus, accounts, name)
        links = accounts.people.links(found.id)
        for school, staff in links.items():
            kept = KeepRestoringConfirmed(page=ACCOUNTS, staff=staff, asked_by=DOORSTEP, device=_DEVICE)
            asyncio.run(bus.send(school, kept, Sender(DOORSTEP, new_command_id())))
        school, staff = next(iter(links.items()))
        token = accounts.invitations.make(Purpose.RESTORE, now, school=school, staff=staff)
        click.echo(f"A link for {called}. It works once, until this time tomorrow:")
        if not origin.address:
            click.echo(_WHERE)
        click.echo(f"{origin.address}/invitation/{token}")
