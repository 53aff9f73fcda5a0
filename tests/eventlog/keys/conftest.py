"""A key database with its key file: one for a file's tests, each with a school of its own, or one for a test alone."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import pytest

from eventlog.keys.keyring import Keyring
from eventlog.keys.keyrings import Keyrings
from eventlog.keys.schema import migrate_keys
from eventlog.settings import DatabaseUrls, key_places


@pytest.fixture(scope="module")
def urls(module_database_urls: DatabaseUrls) -> DatabaseUrls:
    """An installation's key database and key file, shared by a file's tests."""
    migrate_keys(module_database_urls)
    return module_database_urls


@pytest.fixture
def own_urls(database_urls: DatabaseUrls, tmp_path: Path) -> DatabaseUrls:
    """A new installation of a test's own, with nothing prepared."""
    return replace(database_urls, **key_places(tmp_path / "keys" / "key-file"))


@pytest.fixture
def keyrings(urls: DatabaseUrls) -> Iterator[Keyrings]:
    """The keyrings of one process."""
    with Keyrings.open(urls) as opened:
        yield opened


@pytest.fixture
def keyring(keyrings: Keyrings) -> Keyring:
    """The keyring of a new school."""
    return keyrings.of(f"elm_{uuid4().hex[:8]}")
