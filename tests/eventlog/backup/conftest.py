"""An installation with two schools, sealed, and empty databases to restore into."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from eventlog.settings import DatabaseUrls
from tests.databases import Databases
from tests.eventlog.backup.installation import ELM, OAK, Installation, another


@pytest.fixture
def here(database_urls: DatabaseUrls, tmp_path: Path) -> Installation:
    """An installation that has been in use."""
    made = Installation(database_urls, tmp_path)
    made.prepare()
    made.write(ELM)
    made.write(OAK, visits=2)
    made.seal()
    return made


@pytest.fixture
def there(postgres: Databases, tmp_path: Path) -> Iterator[Installation]:
    """The same folders, and empty databases."""
    with another(postgres, tmp_path) as made:
        yield made
