"""`doorstep policy ..` as a technician types it, and a school added from a file of its own."""

import re
from pathlib import Path

import pytest

from eventlog.migrate import migrate
from eventlog.settings import DatabaseUrls
from tests.api.test_command_line import doorstep
from tests.databases import Databases, waiting_for_the_disk
from tests.policies_example import HILL_TOP
from tests.scenarios.harness import World


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """The sixth policy, in a file."""
    written = tmp_path / "hill_top.yaml"
    written.write_text(HILL_TOP, encoding="utf-8")
    return written


def test_a_file_of_ones_own_is_checked_and_what_contradicts_is_told_with_its_line(file: Path) -> None:
    assert "is well: Hill Top Primary home visit policy." in doorstep("policy", "check", str(file)).output
    with_pupil = "  with_pupil: {value: [second_staff], from: clause, clauses: [HT-02], force: must}\n"
    no_colleague = HILL_TOP.replace("value: [staff, agency_professional]", "value: [agency_professional]")
    file.write_text(no_colleague + with_pupil, encoding="utf-8")
    refused = doorstep("policy", "check", str(file))
    assert refused.exit_code == 1
    assert "cannot be used: 2 things are wrong with it" in refused.output
    assert re.search(r"line \d+: with_pupil \(HT-02\) and companion_kinds \(HT-03\) cannot both hold", refused.output)
    assert re.search(r"line \d+: lone_visit \(HT-02\) and companion_kinds \(HT-03\) cannot both hold", refused.output)


def test_two_policies_are_compared_in_words_keys_and_files_alike(file: Path) -> None:
    answer = doorstep("policy", "diff", "norbury", str(file))
    assert answer.exit_code == 0, answer.output
    said = " ".join(answer.output.split())
    assert "A: Norbury High home visit policy B: Hill Top Primary home visit policy" in said
    assert "Wait when nobody is in (wait_absent_min) A: 20 minutes (advice: warns only; Doorstep's default:" in said
    assert "B: 15 minutes (must; HT-06)" in said
    assert "lone_visit" not in said, "both never let anybody go alone"
    assert re.search(r"\d+ settings differ, \d+ are the same\.", said)
    assert "0 settings differ, 63 are the same." in doorstep("policy", "diff", str(file), str(file)).output
    nowhere = doorstep("policy", "diff", "norbury", "nowhere")
    assert nowhere.exit_code == 2
    assert "nowhere is neither a file nor one of st_patricks, leyland" in nowhere.output


def test_a_school_is_added_from_a_file_and_listed_with_its_own_title(
    file: Path, database_urls: DatabaseUrls, postgres: Databases
) -> None:
    migrate(database_urls, "live")
    with waiting_for_the_disk(postgres):
        for _ in range(2):
            added = doorstep("school", "add", "hill_top", "Hill Top Primary", str(file), urls=database_urls)
            assert added.exit_code == 0, added.output
    listed = doorstep("school", "list", urls=database_urls).output
    assert re.fullmatch(r"hill_top +Hill Top Primary +Hill Top Primary home visit policy\n", listed)
    shown = doorstep("policy", "show", "hill_top", urls=database_urls)
    assert shown.exit_code == 0, shown.output
    file.write_text(shown.stdout, encoding="utf-8")
    assert "is well: Hill Top Primary home visit policy." in doorstep("policy", "check", str(file)).output


def test_a_policy_is_adopted_in_the_headteachers_name_after_a_dry_run(file: Path, database_urls: DatabaseUrls) -> None:
    with World(database_urls) as world:
        school = world.school("norbury")
        school.ask()
        slug, head, teacher = school.slug, school.head.name, school.teacher.name
        words = ("policy", "adopt", slug, str(file), "--why", "the governors met on Monday")
        dry = doorstep(*words, "--by", head, "--dry-run", urls=database_urls)
        assert dry.exit_code == 0, dry.output
        assert "Then: 15 minutes (must; HT-06)" in dry.output
        assert "Visits that have not left: 1, of which 1 would need something else then." in dry.output
        assert dry.output.endswith("Nothing was adopted.\n")
        refused = doorstep(*words, "--by", teacher, urls=database_urls)
        assert refused.exit_code == 1
        assert "headteacher" in refused.output
        assert school.policy.version == 1
        past = doorstep(*words, "--by", head, "--from", "2020-01-01 08:00", urls=database_urls)
        assert "--from: expected now or later" in past.output
        unclear = doorstep(*words, "--by", head, "--from", "2027-10-31 01:30", urls=database_urls)
        assert "happens twice that night" in unclear.output
        later = doorstep(*words, "--by", head, "--from", "2099-01-05 08:00", urls=database_urls)
        assert later.exit_code == 0, later.output
        assert "Version 2 of the settings is adopted, from Monday 05 January 2099, 08:00 on" in later.output
        assert [one.version for one in school.known.coming(school.now)] == [2]
        now = doorstep(*words, "--by", head, urls=database_urls)
        assert "Version 3 of the settings is adopted, from now on: Hill Top Primary home visit policy." in now.output
