"""A key database with its key file, for each test."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from eventlog.keys.keyring import Keyring
from eventlog.keys.keyrings import Keyrings
from eventlog.keys.schema import migrate_keys
from eventlog.settings import DatabaseUrls, key_places


@pytest.fixture
def urls(database_urls: DatabaseUrls, tmp_path: Path) -> DatabaseUrls:
    """A new installation's key database and key file."""
    made = replace(database_urls, **key_places(tmp_path / "keys" / "key-file"))
    migrate_keys(made)
    return made


@pytest.fixture
def keyrings(urls: DatabaseUrls) -> Iterator[Keyrings]:
    """The keyrings of one process."""
    with Keyrings.open(urls) as opened:
        yield opened


@pytest.fixture
def keyring(keyrings: Keyrings) -> Keyring:
    """The keyring of a new school."""
    return keyrings.of("elm")
