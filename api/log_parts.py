"""What the commands about a school's proof share: its ledger and its log, and reasons told as sentences."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from api.command_parts import aside, sentences
from api.installation import database
from api.ledger_places import ledger_places, source_of
from eventlog.ledger.ledger import Ledger, LedgerInUse, NoLedger
from eventlog.ledger.postgres import PostgresSource
from eventlog.ledger.receipts import NotYetSealed
from eventlog.ledger.signing import KeyUnusable
from eventlog.ledger.verifier import Refused
from eventlog.settings import DatabaseUrls


@contextmanager
def sealed_log(school: str, var: Path) -> Iterator[tuple[Ledger, DatabaseUrls, PostgresSource]]:
    """A school's ledger, and its log. The ledger comes first: where there is none, no database is made for the asking."""
    ledger = ledger_places(var).ledger(school)
    with database(var, aside) as urls, source_of(urls, school) as source:
        yield ledger, urls, source


@contextmanager
def told_as_sentences() -> Iterator[None]:
    """As `reasons`, where a refusal is one of them."""
    with reasons():
        try:
            yield
        except Refused as refused:
            at = "" if refused.index is None else f" at index {refused.index}"
            message = f"Refused{at}: {refused.reason}."
            raise click.ClickException(message) from refused


@contextmanager
def reasons() -> Iterator[None]:
    """Reasons why there is no evidence are sentences for the person at the terminal."""
    with sentences():
        try:
            yield
        except (KeyUnusable, LedgerInUse, NoLedger, NotYetSealed, ValueError) as error:
            raise click.ClickException(str(error)) from error
        except FileExistsError as error:
            message = f"{error.filename or error} is there already. Nothing was written: choose another place."
            raise click.ClickException(message) from error
