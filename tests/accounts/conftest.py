from collections.abc import Iterator

import pytest
from argon2.profiles import CHEAPEST

from accounts.accounts import Accounts
from accounts.hashing import Hasher
from domain.catalogue import EVENTS
from eventlog.migrate import migrate
from eventlog.settings import DatabaseUrls
from eventlog.store import Store

CHEAP = Hasher(CHEAPEST)
"""For tests that are about something else than the hash."""


@pytest.fixture(scope="module")
def store(module_database_urls: DatabaseUrls) -> Iterator[Store]:
    migrate(module_database_urls, "live")
    with Store.open(module_database_urls, EVENTS) as opened:
        yield opened


@pytest.fixture(scope="module")
def accounts(store: Store) -> Accounts:
    return Accounts.open(store.pool, store.keyrings.keks, CHEAP)
