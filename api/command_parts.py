"""What the commands of `doorstep` share: the folder of the database, and errors that are sentences."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import click

from api.first_administrator import NoSuchAccountError
from api.serving import CannotListenError
from commands.policy_files import PolicyFileError
from domain.refusal import NotPermitted, Refused, Unknown
from domain.staff.state import Person
from eventlog.embedded_postgres import EmbeddedPostgresError
from eventlog.errors import (
    LogUnavailable,
    MigrationChanged,
    NotMigrated,
    RolesMissing,
    SchoolExists,
    SchoolRemoved,
    SchoolSlugUnusable,
    UnknownSchool,
    WrongInstallation,
)
from eventlog.keys.errors import KeyAltered, KeyFileUnusable, KeyLost, SecondPlaceUnusable
from eventlog.ledger.signing import KeyUnusable
from eventlog.settings import SettingsUnclearError
from projections.directory import Directory

SENTENCES: Final = (
    CannotListenError,
    EmbeddedPostgresError,
    KeyAltered,
    KeyFileUnusable,
    KeyLost,
    KeyUnusable,
    LogUnavailable,
    MigrationChanged,
    NoSuchAccountError,
    NotMigrated,
    PolicyFileError,
    RolesMissing,
    SchoolExists,
    SchoolRemoved,
    SchoolSlugUnusable,
    SecondPlaceUnusable,
    SettingsUnclearError,
    UnknownSchool,
    WrongInstallation,
)
"""Errors whose message is a sentence for the person at the terminal."""

var_option = click.option(
    "--var",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("var"),
    envvar="DOORSTEP_VAR",
    show_default=True,
    help="Folder of the database that comes with Doorstep. Not used where DOORSTEP_DATABASE_URL names a server.",
)


@contextmanager
def sentences() -> Iterator[None]:
    """Errors that are sentences are shown as such, without a traceback."""
    try:
        yield
    except SENTENCES as error:
        raise click.ClickException(str(error)) from error
    except NotPermitted as error:
        raise click.ClickException(f"{error.says}.") from error
    except Refused as error:
        raise click.ClickException("\n".join(f"{one.says}." for one in error.unmet)) from error
    except Unknown as error:
        raise click.ClickException(f"Nobody, or more than one {error.kind}, is called so at this school.") from error


def aside(says: str) -> None:
    """Not part of the answer, which may go into another program."""
    click.echo(says, err=True)


def person_named(directory: Directory, name: str) -> Person:
    """The one member of staff of this name, however it is written. Raises Unknown where nobody, or more than one, is called so."""
    found = [one for one in directory.people.values() if one.here and one.name.casefold() == name.strip().casefold()]
    if len(found) != 1:
        raise Unknown("person")
    return found[0]
