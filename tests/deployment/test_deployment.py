"""The containers: docker-compose.yml, the Dockerfile and the script that makes the roles."""

import json
import os
import re
import shutil
import subprocess
import time
import tomllib
from collections.abc import Iterator
from importlib import import_module
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Any

import click
import pytest
import yaml
from jsonschema import Draft7Validator
from psycopg import connect
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from api.origin import origin_from_environ
from eventlog.postgres_files import PORT, SUPERUSER
from eventlog.postgres_programs import place_for
from eventlog.postgres_server import Server
from eventlog.settings import PREFIXES, from_environ, sealer_from_environ
from tests.databases import folder_for_a_server

ROOT = Path(__file__).parents[2]
SCHEMA = Path(__file__).with_name("compose_spec") / "compose-spec.json"
SERVE = ["doorstep", "serve", "--host", "0.0.0.0", "--port", "8000"]  # noqa: S104 - inside the container
PROXY = ["caddy", "run", "--config", "/etc/caddy/Caddyfile", "--adapter", "caddyfile"]
MIGRATE = ["doorstep", "migrate"]
SEAL = ["doorstep", "seal", "--make-key"]


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    """docker-compose.yml, read."""
    read: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
    return read


@pytest.fixture
def new_server() -> Iterator[Server]:
    """A server as PostgreSQL's image makes it: a superuser, and none of our roles."""
    with folder_for_a_server(in_memory=True) as var:
        server = Server(place_for(var, lambda _: None), lambda _: None)
        server.files.prepare()
        server._init()
        server._spawn()
        try:
            deadline = time.monotonic() + 30
            while not server._takes_superuser():
                assert time.monotonic() < deadline, server._last_words()
                time.sleep(0.02)
            yield server
        finally:
            server.shut_down()


def test_the_compose_file_is_what_the_compose_specification_says(compose: dict[str, Any]) -> None:
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    assert [error.message for error in Draft7Validator(schema).iter_errors(compose)] == []


def test_a_compose_file_with_a_mistake_would_be_refused(compose: dict[str, Any]) -> None:
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    app = {**compose["services"]["app"], "healthchek": {}}
    assert list(Draft7Validator(schema).iter_errors({**compose, "services": {"app": app}}))


def test_each_service_runs_the_command_that_the_tests_run(compose: dict[str, Any]) -> None:
    assert compose["services"]["app"]["command"] == SERVE
    assert compose["services"]["migrate"]["command"] == MIGRATE
    assert compose["services"]["sealer"]["command"] == SEAL
    assert compose["services"]["proxy"]["command"] == PROXY
    dockerfile = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    assert json.loads(dockerfile.rpartition("CMD ")[2]) == SERVE


@pytest.mark.parametrize("command", [SERVE, MIGRATE, SEAL], ids=["serve", "migrate", "seal"])
def test_the_command_line_knows_each_services_command(command: list[str]) -> None:
    main: click.Group = import_module("api.cli").main
    context = click.Context(main)
    name, subcommand, rest = main.resolve_command(context, command[1:])
    assert subcommand is not None
    subcommand.make_context(name, list(rest), parent=context)


def test_the_settings_given_to_each_service_are_complete(compose: dict[str, Any], tmp_path: Path) -> None:
    for service in ("app", "migrate"):
        environment = dict(compose["services"][service]["environment"])
        for name, value in environment.items():
            if name.endswith("_PASSWORD_FILE"):
                secret = Path(value).name
                assert secret in compose["services"][service]["secrets"]
                role = secret.removeprefix("doorstep_").removesuffix("_password")
                (tmp_path / secret).write_text(f"{role}'s", encoding="utf-8")
                environment[name] = str(tmp_path / secret)
        urls = from_environ(environment)
        assert urls is not None
        for role in PREFIXES:
            parts = conninfo_to_dict(getattr(urls, role))
            name = "doorstep_keys" if role == "keys" else "doorstep"
            assert parts == {"host": "db", "user": f"doorstep_{role}", "password": f"{role}'s", "dbname": name}
        for place in (urls.key_file, urls.key_copy):
            assert str(Path(place).parent) in _mounted(compose["services"][service])
            assert str(Path(place).parent) not in _mounted(compose["services"]["db"]), "the database sees no key"


def test_the_sealer_has_a_user_and_a_key_of_its_own_and_no_other_roles_password(compose: dict[str, Any]) -> None:
    sealer = compose["services"]["sealer"]
    assert sealer["secrets"] == ["doorstep_sealer_password"]
    assert {name for name in sealer["environment"] if "DATABASE" in name} == {
        "DOORSTEP_SEALER_DATABASE_URL",
        "DOORSTEP_SEALER_DATABASE_PASSWORD_FILE",
    }
    signing = str(Path(sealer["environment"]["DOORSTEP_SEALING_KEY_FILE"]).parent)
    assert signing in _mounted(sealer)
    for name in ("db", "migrate", "app"):
        assert signing not in _mounted(compose["services"][name])
    uid, gid = sealer["user"].split(":")
    dockerfile = _read("Dockerfile")
    assert f"--uid {uid}" in dockerfile
    assert (uid, gid) not in re.findall(r"^USER (\d+):(\d+)$", dockerfile, re.MULTILINE)


def test_the_sealer_starts_with_its_own_connection_alone(tmp_path: Path) -> None:
    file = tmp_path / "password"
    file.write_text("the sealer's", encoding="utf-8")
    environment = {
        "DOORSTEP_SEALER_DATABASE_URL": "postgresql://doorstep_sealer@db/doorstep",
        "DOORSTEP_SEALER_DATABASE_PASSWORD_FILE": str(file),
    }
    url = sealer_from_environ(environment)
    assert url is not None
    assert conninfo_to_dict(url)["password"] == "the sealer's"
    assert sealer_from_environ({}) is None


def test_every_secret_is_a_file_and_no_password_stands_in_the_compose_file(compose: dict[str, Any]) -> None:
    for name, secret in compose["secrets"].items():
        assert secret == {"file": f"./secrets/{name}"}
    for service in compose["services"].values():
        assert set(service.get("secrets", [])) <= set(compose["secrets"])
        for name, value in service["environment"].items():
            assert "PASSWORD" not in name or value.startswith("/run/secrets/")
            assert not re.search(r"://[^/@]*:[^/@]*@", value)


def test_everything_that_is_mounted_into_a_container_exists(compose: dict[str, Any]) -> None:
    for service in compose["services"].values():
        for mount in service.get("volumes", []):
            source = mount.split(":")[0]
            assert (ROOT / source).exists() if source.startswith(".") else source in compose["volumes"]


def test_every_lasting_service_has_a_health_check_and_only_the_proxy_is_reached_from_outside(
    compose: dict[str, Any],
) -> None:
    services = compose["services"]
    for name in ("db", "app", "proxy"):
        assert services[name]["healthcheck"]["test"][0] == "CMD"
    assert compose["networks"]["inside"] == {"internal": True}
    assert [name for name, one in services.items() if "ports" in one] == ["proxy"]
    assert services["proxy"]["ports"] == ["80:80", "443:443"]
    assert [name for name, one in services.items() if "front" in one["networks"]] == ["app", "proxy"]
    assert services["proxy"].get("secrets", []) == []


def test_the_app_believes_the_proxy_alone_in_who_asks(compose: dict[str, Any]) -> None:
    services = compose["services"]
    (believed,) = origin_from_environ({"DOORSTEP_PROXIES": services["app"]["environment"]["DOORSTEP_PROXIES"]}).proxies
    own = services["proxy"]["networks"]["front"]["ipv4_address"]
    assert believed == f"{own}/32"
    assert ip_address(own) in ip_network(compose["networks"]["front"]["ipam"]["config"][0]["subnet"])


def test_the_address_that_people_type_has_no_default_and_is_the_same_for_both(compose: dict[str, Any]) -> None:
    asked = [compose["services"][name]["environment"]["DOORSTEP_ORIGIN"] for name in ("app", "proxy")]
    assert asked[0] == asked[1]
    assert asked[0].startswith("${DOORSTEP_ORIGIN:?")
    assert "as https://visits.school.uk}" in asked[0]


def test_the_image_runs_as_an_unprivileged_user_with_the_locked_packages() -> None:
    dockerfile = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    last_stage = dockerfile.rpartition("FROM ")[2]
    users = re.findall(r"^USER (\d+):(\d+)$", last_stage, re.MULTILINE)
    assert users
    assert "0" not in users[-1]
    pins = {
        re.search(r"uv==([\d.]+)", dockerfile),
        re.search(r"^UV=([\d.]+)$", _read("scripts/setup.sh"), re.MULTILINE),
    }
    assert len({pin and pin[1] for pin in pins}) == 1
    packages = tomllib.loads(_read("pyproject.toml"))["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]
    for package in packages:
        assert f"COPY {package} {package}\n" in dockerfile
        assert f"!{package}\n" in _read(".dockerignore")


def test_made_secrets_are_random_and_private_and_a_second_run_keeps_them(
    tmp_path: Path, compose: dict[str, Any]
) -> None:
    (tmp_path / "docker").mkdir()
    script = shutil.copy2(ROOT / "docker/make-secrets.sh", tmp_path / "docker")
    runs = []
    for _ in range(2):
        subprocess.run(["/bin/sh", script], check=True, capture_output=True)
        runs.append({file.name: file.read_text(encoding="utf-8") for file in (tmp_path / "secrets").iterdir()})
    assert runs[0] == runs[1]
    assert set(runs[0]) == set(compose["secrets"])
    assert len(set(runs[0].values())) == len(runs[0])
    assert all(len(password) > 24 for password in runs[0].values())
    assert (tmp_path / "secrets").stat().st_mode & 0o077 == 0


def test_the_init_script_makes_roles_that_log_in_with_their_secrets(new_server: Server, tmp_path: Path) -> None:
    for role in PREFIXES:
        (tmp_path / f"doorstep_{role}_password").write_text(f"it's {role}'s \\ \"secret\"\n", encoding="utf-8")
    _run_init_script(new_server, tmp_path)
    for role in PREFIXES:
        url = make_conninfo(
            new_server.files.superuser_url("doorstep"), user=f"doorstep_{role}", password=f"it's {role}'s \\ \"secret\""
        )
        with connect(url) as connection:
            row = connection.execute("SELECT has_database_privilege(current_database(), 'CREATE')").fetchone()
            assert row == (role == "migrate",)


def test_the_init_script_stops_at_a_missing_secret_and_names_it(new_server: Server, tmp_path: Path) -> None:
    done = _run_init_script(new_server, tmp_path, check=False)
    assert done.returncode == 1
    assert "doorstep_app_password is missing or empty. Run docker/make-secrets.sh" in done.stderr


def _run_init_script(server: Server, secrets: Path, *, check: bool = True) -> subprocess.CompletedProcess[str]:
    files = server.files
    return subprocess.run(
        ["/usr/bin/env", "bash", ROOT / "docker/make-roles.sh"],
        check=check,
        capture_output=True,
        text=True,
        env={
            "PATH": f"{server.place.programs}:{os.environ['PATH']}",
            "PGHOST": str(files.socket_folder()),
            "PGPORT": str(PORT),
            "PGPASSWORD": files.passwords()[SUPERUSER],
            "DOORSTEP_SQL": str(ROOT / "eventlog"),
            "DOORSTEP_SECRETS": str(secrets),
        },
    )


def _mounted(service: dict[str, Any]) -> list[str]:
    return [mount.split(":")[1] for mount in service["volumes"]]


def _read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")
