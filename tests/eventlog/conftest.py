"""A migrated database for each test file, and a school of its own for each test."""

from collections.abc import Iterator
from uuid import uuid4

import pytest

from eventlog.log import PostgresLog
from eventlog.migrate import add_school
from eventlog.settings import DatabaseUrls
from eventlog.store import Store
from tests.checks import check_log
from tests.eventlog.examples import EVENTS


@pytest.fixture(scope="module")
def urls(migrated_urls: DatabaseUrls) -> DatabaseUrls:
    """A migrated demonstration database without schools."""
    return migrated_urls


@pytest.fixture(scope="module")
def store(urls: DatabaseUrls) -> Iterator[Store]:
    """An open store."""
    with Store.open(urls, EVENTS) as opened:
        yield opened


@pytest.fixture
def slug(urls: DatabaseUrls) -> str:
    """A new school."""
    name = f"school_{uuid4().hex[:12]}"
    add_school(urls, name, "Elm Park Primary", "norbury")
    return name


@pytest.fixture
def log(store: Store, slug: str) -> Iterator[PostgresLog]:
    """The log of a new school, verified whole after the test."""
    opened = store.log(slug)
    yield opened
    check_log(opened)
