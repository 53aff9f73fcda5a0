"""Writes eventlog/manifest.txt and manifest_keys.txt: what the catalogue holds after this release's migrations. Run it after adding one."""

from pathlib import Path

from eventlog.manifest import describe
from eventlog.migrate import add_school, migrate
from eventlog.migrating import connected
from eventlog.surroundings import describe_keys
from tests.databases import fresh_database, server_for_tests

FOLDER = Path(__file__).resolve().parent.parent / "eventlog"


def main() -> None:
    """Make a school in a fresh database, and write down what it is."""
    with server_for_tests() as server, fresh_database(server) as urls:
        migrate(urls, "demonstration")
        school = add_school(urls, "elm_park", "Elm Park Primary", "norbury")
        with connected(urls.app) as connection:
            log = describe(connection, school.slug)
        with connected(urls.keys) as connection:
            keys = describe_keys(connection)
    for name, found in (("manifest.txt", log), ("manifest_keys.txt", keys)):
        (FOLDER / name).write_text(found.text, encoding="utf-8")
        print(f"{name}: {len(found.lines)} lines, sha256 {found.sha256}")


if __name__ == "__main__":
    main()
