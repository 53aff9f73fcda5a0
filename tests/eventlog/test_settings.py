"""Connection settings from the environment."""

from pathlib import Path

import pytest
from psycopg.conninfo import conninfo_to_dict

from eventlog.settings import PREFIXES, DatabaseUrls, SettingsUnclearError, from_environ

ROLES = {
    f"{prefix}_URL": f"postgresql://doorstep_{role}:secret@db/doorstep{'_keys' if role == 'keys' else ''}"
    for role, prefix in PREFIXES.items()
}
ALL = {**ROLES, "DOORSTEP_KEY_FILE": "/etc/doorstep/key-file"}


def test_with_nothing_set_the_embedded_server_is_used() -> None:
    assert from_environ({"PATH": "/bin", "DOORSTEP_DATABASE_URL": ""}) is None


def test_each_role_has_its_own_connection() -> None:
    urls = from_environ(ALL)
    assert urls is not None
    for role in PREFIXES:
        assert conninfo_to_dict(getattr(urls, role))["user"] == f"doorstep_{role}"


@pytest.mark.parametrize("missing", sorted(ROLES))
def test_a_missing_sibling_is_named_and_so_is_what_to_do(missing: str) -> None:
    with pytest.raises(SettingsUnclearError, match=rf"Not set: {missing}\. .* set none of them"):
        from_environ({name: url for name, url in ALL.items() if name != missing})


def test_a_whole_connection_may_come_from_a_file(tmp_path: Path) -> None:
    secret = tmp_path / "url"
    secret.write_text(f"{ALL['DOORSTEP_KEYS_DATABASE_URL']}\n", encoding="utf-8")
    rest = {name: url for name, url in ALL.items() if name != "DOORSTEP_KEYS_DATABASE_URL"}
    assert from_environ({**rest, "DOORSTEP_KEYS_DATABASE_URL_FILE": str(secret)}) == from_environ(ALL)


def test_a_password_may_come_from_a_file_whatever_is_in_it(tmp_path: Path) -> None:
    secret = tmp_path / "password"
    secret.write_text("it's a \\ p@ss/word\n", encoding="utf-8")
    urls = from_environ({**ALL, "DOORSTEP_DATABASE_PASSWORD_FILE": str(secret)})
    assert urls is not None
    assert conninfo_to_dict(urls.app)["password"] == "it's a \\ p@ss/word"


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"DOORSTEP_DATABASE_URL_FILE": "/somewhere"}, "are both set"),
        ({"DOORSTEP_DATABASE_PASSWORD_FILE": "/nowhere/at/all"}, "cannot be read as text"),
        (
            {"DOORSTEP_DATABASE_URL": "", "DOORSTEP_DATABASE_PASSWORD_FILE": "/x"},
            "is set, but DOORSTEP_DATABASE_URL is not",
        ),
        (
            {"DOORSTEP_DATABASE_URL": "host=db password=hunter2 doorstep"},
            "cannot be read. It looks like this",
        ),
    ],
)
def test_what_cannot_be_read_is_told_without_the_password(settings: dict[str, str], sentence: str) -> None:
    with pytest.raises(SettingsUnclearError, match=sentence) as told:
        from_environ({**ALL, **settings})
    assert "hunter2" not in str(told.value)


def test_an_empty_secret_file_is_told(tmp_path: Path) -> None:
    empty = tmp_path / "password"
    empty.write_text("\n", encoding="utf-8")
    with pytest.raises(SettingsUnclearError, match="is empty"):
        from_environ({**ALL, "DOORSTEP_DATABASE_PASSWORD_FILE": str(empty)})


def test_connections_are_never_shown_with_their_passwords() -> None:
    urls = from_environ(ALL)
    assert "secret" not in repr(urls)


def test_the_same_roles_reach_another_database() -> None:
    urls = DatabaseUrls(**{role: ALL[f"{prefix}_URL"] for role, prefix in PREFIXES.items()}).for_database("other")
    assert {role: conninfo_to_dict(getattr(urls, role))["dbname"] for role in PREFIXES} == {
        **dict.fromkeys(PREFIXES, "other"),
        "keys": "other_keys",
    }


def test_the_keys_have_a_database_of_their_own_and_the_roles_reach_both() -> None:
    urls = from_environ({**ALL, "DOORSTEP_KEYS_DATABASE_URL": "postgresql://doorstep_keys:secret@vault:6000/apart"})
    assert urls is not None
    assert conninfo_to_dict(urls.keys_migrate) == {
        "host": "vault", "port": "6000", "dbname": "apart", "user": "doorstep_migrate", "password": "secret",
    }  # fmt: skip
    assert conninfo_to_dict(urls.keys_in_log) == {
        "host": "db", "dbname": "doorstep", "user": "doorstep_keys", "password": "secret",
    }  # fmt: skip


def test_a_key_database_that_is_not_named_is_called_after_the_log() -> None:
    urls = from_environ({**ALL, "DOORSTEP_KEYS_DATABASE_URL": "host=db user=doorstep_keys password=secret"})
    assert urls is not None
    assert conninfo_to_dict(urls.keys)["dbname"] == "doorstep_keys"


def test_keys_in_the_logs_own_database_are_refused() -> None:
    url = "postgresql://doorstep_keys:secret@db/doorstep"
    with pytest.raises(SettingsUnclearError, match="database of their own, doorstep_keys for example"):
        from_environ({**ALL, "DOORSTEP_KEYS_DATABASE_URL": url})


def test_the_key_file_and_the_second_place_are_settings() -> None:
    urls = from_environ(ALL)
    assert urls is not None
    assert (urls.key_file, urls.key_copy) == ("/etc/doorstep/key-file", "/etc/doorstep/data-keys")
    apart = from_environ({**ALL, "DOORSTEP_KEY_COPY": "/var/lib/elsewhere"})
    assert apart is not None
    assert (apart.key_file, apart.key_copy) == ("/etc/doorstep/key-file", "/var/lib/elsewhere")


def test_a_server_of_ones_own_without_a_key_file_is_refused() -> None:
    with pytest.raises(SettingsUnclearError, match=r"Not set: DOORSTEP_KEY_FILE, .* Keep a copy of it apart"):
        from_environ(ROLES)


def test_a_seeded_history_need_not_wait_for_the_disk_and_keeps_the_other_options() -> None:
    url = "postgresql://doorstep_app@db/doorstep?options=-c%20statement_timeout%3D5s"
    urls = from_environ({**ALL, "DOORSTEP_DATABASE_URL": url})
    assert urls is not None
    hurried = urls.not_waiting_for_the_disk()
    assert conninfo_to_dict(hurried.app)["options"] == "-c statement_timeout=5s -c synchronous_commit=off"
    assert (hurried.migrate, hurried.projector, hurried.keys, hurried.sealer) == (
        urls.migrate,
        urls.projector,
        urls.keys,
        urls.sealer,
    )
