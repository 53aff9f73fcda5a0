"""The database's superuser, for tests that attack: only the embedded server hands one out."""

import pytest
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from eventlog.embedded_postgres import EmbeddedPostgres
from eventlog.settings import DatabaseUrls
from tests.databases import Databases

NO_SUPERUSER = "the server that DOORSTEP_DATABASE_URL points to gives no superuser: unset it to run these as well"


def superuser_of(server: Databases, urls: DatabaseUrls) -> str:
    """How the superuser reaches the database of `urls`. Leaves the test out, visibly, where there is none to be had."""
    if not isinstance(server, EmbeddedPostgres):
        pytest.skip(NO_SUPERUSER)
    return make_conninfo(server.superuser_url, dbname=str(conninfo_to_dict(urls.app)["dbname"]))
