"""`doorstep people import`: what it says, what it never says, and killed in the middle."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.api.test_command_line import doorstep
from tests.checks import check_log
from tests.databases import settings_of
from tests.people_files import a_csv, upn_of
from tests.scenarios.harness import World
from tests.scenarios.stock import Stock

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def world(stock: Stock) -> Iterator[World]:
    with stock.world() as opened:
        yield opened


def a_file(folder: Path, data: bytes) -> str:
    path = folder / "pupils.csv"
    path.write_bytes(data)
    return str(path)


def test_a_dry_run_an_import_and_the_same_again(world: World, tmp_path: Path) -> None:
    school = world.school("NH")
    file = a_file(tmp_path, a_csv(3))
    dry = doorstep("people", "import", school.slug, file, "--dry-run", urls=world.urls)
    assert dry.stdout == "3 pupils in the file: 3 new, 0 changed, 0 as they were. Nothing was changed.\n", dry.output
    assert "1 are on roll and not in the file" in dry.stderr
    done = doorstep("people", "import", school.slug, file, "--by", school.office.name, urls=world.urls)
    assert "Pupils brought in: 3 new, 0 changed, 0 as they were.\n" in done.stdout, done.output
    assert school.events()[-1].envelope.actor == school.office.id
    again = doorstep("people", "import", school.slug, file, urls=world.urls)
    assert "0 new, 0 changed, 3 as they were" in again.stdout
    for said in (dry.output, done.output, again.output):
        assert "Quillfeather" not in said
        assert "Ava" not in said


def test_a_broken_file_is_refused_with_line_and_reason_and_repeats_no_value(world: World, tmp_path: Path) -> None:
    school = world.school("NH")
    head = school.log.head()
    broken = a_csv(3).replace(upn_of(1).encode(), b"A999000000001")
    answer = doorstep("people", "import", school.slug, a_file(tmp_path, broken), urls=world.urls)
    assert answer.exit_code == 1
    assert "line 3, column A (UPN): expected a UPN whose check letter fits" in answer.stderr
    assert "1 thing is wrong" in answer.stderr
    assert "A999000000001" not in answer.output
    assert "Quillfeather" not in answer.output
    assert school.log.head() == head


def test_who_may_not_and_a_map_that_is_none(world: World, tmp_path: Path) -> None:
    school = world.school("NH")
    file = a_file(tmp_path, a_csv(1))
    refused = doorstep("people", "import", school.slug, file, "--by", school.teacher.name, urls=world.urls)
    assert "They may not bring people in" in refused.output
    assert (
        "neither a header map" in doorstep("people", "import", school.slug, file, "--map", "x", urls=world.urls).output
    )


def test_a_file_of_200_mb_is_refused_before_it_is_read(world: World, tmp_path: Path) -> None:
    school = world.school("NH")
    path = tmp_path / "large.xml"
    with path.open("wb") as file:
        file.truncate(200 * 1024 * 1024)
    answer = doorstep("people", "import", school.slug, str(path), urls=world.urls)
    assert answer.exit_code == 1
    assert "at most 16 MiB" in answer.stderr


def test_killed_in_the_middle_and_begun_again_every_child_is_there_once(world: World, tmp_path: Path) -> None:
    school = world.school("NH")
    number = 200
    program = [sys.executable, "-c", "from api.cli import main; main()", "people", "import", school.slug]
    head = school.log.head()
    with subprocess.Popen(
        [*program, a_file(tmp_path, a_csv(number))],
        cwd=ROOT,
        env={**os.environ, **settings_of(world.urls)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as process:
        until = time.monotonic() + 60
        while school.log.head() < head + 20 and time.monotonic() < until:
            time.sleep(0.005)
        process.send_signal(signal.SIGKILL)
    there = sum(p.family_name == "Quillfeather" for p in school.known.pupils.values())
    assert 0 < there < number, "it was killed in the middle"
    answer = doorstep("people", "import", school.slug, a_file(tmp_path, a_csv(number)), urls=world.urls)
    assert f"{number - there} new, 0 changed, {there} as they were" in answer.stdout, answer.output
    upns = sorted(p.upn for p in school.known.pupils.values() if p.family_name == "Quillfeather")
    assert upns == sorted(upn_of(n) for n in range(number))
    check_log(school.log)
