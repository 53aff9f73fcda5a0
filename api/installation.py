"""Which database a command of `doorstep` uses: an existing PostgreSQL where settings name one, else the one that comes along."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from commands.storage import tell_of_migrations
from domain.catalogue import EVENTS
from eventlog.embedded_postgres import embedded
from eventlog.migrate import InstallationKind, installation_kind, migrate
from eventlog.removal import finish
from eventlog.settings import DatabaseUrls, from_environ, sealer_from_environ, with_key_settings
from eventlog.store import Store


@contextmanager
def database(var: Path, say: Callable[[str], None]) -> Iterator[DatabaseUrls]:
    """How to reach the database, for as long as the block lasts.

    Where `DOORSTEP_DATABASE_URL` and its siblings are set, that server is used; otherwise the embedded one in `var`,
    which is started if nobody runs it yet, and which goes on running if somebody else uses it at the end.
    Raises SettingsUnclearError, EmbeddedPostgresError.
    """
    existing = from_environ(os.environ)
    if existing is not None:
        yield existing
        return
    with embedded(var, say) as server:
        yield with_key_settings(server.urls, os.environ)


@contextmanager
def sealer_url(var: Path, say: Callable[[str], None]) -> Iterator[str]:
    """How the sealer reaches the log, for as long as the block lasts: by its own setting, else as `database`."""
    own = sealer_from_environ(os.environ)
    if own is not None:
        yield own
        return
    with database(var, say) as urls:
        yield urls.sealer


@contextmanager
def opened(urls: DatabaseUrls) -> Iterator[Store]:
    """The store over a migrated database of either kind. Raises as `Store.open`."""
    with Store.open(urls, EVENTS) as store:
        yield store


def bring_up_to_date(urls: DatabaseUrls, kind: InstallationKind | None = None) -> InstallationKind:
    """Migrate the database as what it is, and tell each school's log of it; an empty one becomes `kind`, else a live one.

    Its mark. Raises as `migrate` and `Store.open`.
    """
    kind = kind or installation_kind(urls) or "live"
    migrate(urls, kind)
    finish(urls)  # A removal that was cut short.
    with opened(urls) as store:
        for school in store.schools():
            if store.log(school.slug).head():  # One with nothing in it yet is told when it is opened.
                tell_of_migrations(store, school.slug, datetime.now(UTC))
    return kind
