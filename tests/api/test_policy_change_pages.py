"""Other settings on the pages: what they would change and touch, adopted now or later, taken back; policies side by side."""

from collections.abc import Iterator
from datetime import timedelta
from urllib.parse import quote

import pytest
from msgspec.structs import replace

from commands.policy_files import load_policy, load_policy_file, policy_keys, setting_rules
from commands.policy_forms import about, changed_text, parts_of
from commands.policy_writing import policy_text
from domain.policy import Policy
from domain.school.events import SettingsAdopted
from eventlog.settings import DatabaseUrls
from tests.api.pages_example import Doors, Pages, Shown, served_doors
from tests.policies_example import HILL_TOP, policy_called


@pytest.fixture(scope="module")
def doors(module_database_urls: DatabaseUrls) -> Iterator[Doors]:
    with served_doors(module_database_urls) as opened:
        yield opened


@pytest.fixture
def norbury(doors: Doors) -> Pages:
    return doors.open("norbury")


def waiting_less(minutes: int = 5) -> str:
    """Norbury's policy with another wait."""
    policy = load_policy("norbury")
    waits = replace(policy.setting("lone_visit"), name="wait_absent_min", value=minutes)
    return policy_text(replace(policy, settings={**policy.settings, "wait_absent_min": waits}))


def tried(pages: Pages, text: str, who: str = "head") -> Shown:
    """The dry run of a pasted text."""
    return pages.send(pages.get("policy/change", who).forms[-1], text=text)


def in_force(pages: Pages) -> Policy:
    """The school's settings in force."""
    return pages.school.bus.knowledge(pages.school.slug).at_head()[1].policy_at(pages.school.now)


def adopted(pages: Pages) -> list[SettingsAdopted]:
    """What the school adopted, the first one left out."""
    log = pages.runtime.store.log(pages.school.slug)
    return [r.event for r in log.read_log() if isinstance(r.event, SettingsAdopted)][1:]


def test_what_was_compared_is_adopted_from_now_on_with_its_reason(norbury: Pages) -> None:
    shown = tried(norbury, waiting_less())
    assert "1 setting asks something else; 62 are as before. Nothing is adopted yet." in shown.text
    assert "Wait when nobody is in" in shown.text
    assert adopted(norbury) == []
    policy = norbury.send(shown.form("adopt"), why="The governors met on Monday")
    assert "Version 2 of the settings is adopted and in force from now on" in policy.text
    (event,) = adopted(norbury)
    assert (event.version, event.why) == (2, "The governors met on Monday")
    assert event.settings["wait_absent_min"].value == 5
    assert "Version 2, in force since" in norbury.get("policy", "teacher").text


def test_one_setting_is_changed_by_a_form_of_its_shape(norbury: Pages) -> None:
    page = norbury.get("policy/change?setting=check_ins", "head")
    compared = norbury.send(
        page.form("change"), value=["before_entry", "left_property"], clauses="NH-16", **{"from": "reading"}
    )
    assert "Before going in and on leaving the house" in compared.text
    norbury.send(compared.form("adopt"), why="We ring twice")
    (event,) = adopted(norbury)
    assert event.settings["check_ins"].value == ["before_entry", "left_property"]
    assert event.settings["check_ins"].source == "reading"


def test_a_form_with_a_number_out_of_range_comes_back_as_it_was_typed(norbury: Pages) -> None:
    page = norbury.get("policy/change?setting=overdue_grace_min", "head")
    back = norbury.send(page.form("change"), value="500", clauses="NH-13", **{"from": "clause"})
    assert norbury.status == 422
    assert 'expected a whole number from 0 to 120, found the number "500"' in back.text
    assert back.form("change").values["value"] == ["500"]


def test_a_text_that_contradicts_itself_is_refused_naming_both_and_kept(norbury: Pages) -> None:
    both = waiting_less().replace("value: never", "value: with_lone_assessment")
    both += "  with_pupil: {value: [second_staff], from: clause, clauses: [NH-13], force: must}\n"
    back = tried(norbury, both)
    assert norbury.status == 422
    assert "1 thing is wrong. Nothing was changed" in back.text
    assert "lone_visit (NH-13) and with_pupil (NH-13) cannot both hold" in back.text
    assert back.forms[-1].values["text"][0].strip() == both.strip()


def test_a_version_for_later_is_coming_and_can_be_taken_back(norbury: Pages) -> None:
    later = norbury.school.now + timedelta(days=7)
    form = tried(norbury, waiting_less()).form("adopt")
    policy = norbury.send(form, why="From next week", when="later", date=f"{later:%Y-%m-%d}", time="08:00")
    assert "Version 2 of the settings is adopted and coming" in policy.text
    assert "Version 2, Norbury High home visit policy, comes into force on" in policy.text
    assert in_force(norbury).version == 1
    assert not norbury.get("policy", "dsl").offers("take-back")
    back = norbury.send(norbury.get("policy", "head").form("take-back"))
    assert "Version 2 was taken back" in back.text
    _, known = norbury.school.bus.knowledge(norbury.school.slug).at_head()
    assert known.policy_at(later + timedelta(days=1)).value("wait_absent_min") == 20
    assert "Version 3, Norbury" in back.text, "what was adopted stays on record"


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ({"when": "later", "date": "2020-01-01", "time": "08:00"}, "When it comes into force: now or later"),
        ({"when": "later", "date": "2027-03-28", "time": "01:30"}, "a time that happens: the clocks go forward"),
        ({"when": "later", "date": "2027-10-31", "time": "01:30"}, "a time that happens once"),
        ({"when": "later", "date": "", "time": "08:00"}, "When it comes into force: a day and a time"),
        ({"why": "  "}, "Why: a reason, which goes on record"),
    ],
)
def test_what_is_missing_for_adopting_is_asked_again_and_nothing_is_lost(
    norbury: Pages, typed: dict[str, str], says: str
) -> None:
    form = tried(norbury, waiting_less()).form("adopt")
    back = norbury.send(form, **{"why": "The governors met", **typed})
    assert norbury.status == 422
    assert says in back.text
    assert adopted(norbury) == []
    norbury.send(back.form("adopt"), why="The governors met", when="now")
    assert len(adopted(norbury)) == 1


def test_of_two_heads_who_compared_at_once_the_second_compares_again(norbury: Pages) -> None:
    first, second = tried(norbury, waiting_less()), tried(norbury, waiting_less(9))
    norbury.send(first.form("adopt"), why="One of us")
    back = norbury.send(second.form("adopt"), why="The other")
    assert norbury.status == 422
    assert "Version 2 of the settings was adopted meanwhile" in back.text
    assert len(adopted(norbury)) == 1


def test_sent_twice_it_is_adopted_once(norbury: Pages) -> None:
    form = tried(norbury, waiting_less()).form("adopt")
    for _ in range(2):
        norbury.send(form, why="A double click")
        assert norbury.status == 200
    assert len(adopted(norbury)) == 1


def test_the_dsl_sees_what_would_change_and_the_headteacher_adopts(norbury: Pages) -> None:
    shown = tried(norbury, waiting_less(), who="dsl")
    assert "The headteacher adopts other settings." in shown.text
    assert not shown.offers("adopt")
    action = f"/schools/{norbury.school.slug}/policy/adopt"
    refused = norbury.client.post(action, data={"text": waiting_less()}, headers={"Sec-Fetch-Site": "same-origin"})
    assert refused.status_code == 403
    assert "Other settings are adopted by the headteacher" in refused.text
    norbury.get("policy/change", "teacher")
    assert norbury.status == 403
    assert adopted(norbury) == []


def test_it_says_which_visits_need_something_else_then_and_names_no_child(norbury: Pages) -> None:
    norbury.asks()
    strict = policy_text(load_policy("norbury")).replace(
        "settings:\n", "settings:\n  approval_roles: {value: [[SLT], [DSL]], from: reading, clauses: [NH-13], force: must}\n", 1
    )  # fmt: skip
    shown = tried(norbury, strict)
    assert "The one visit that has not left:" in shown.text
    assert "Still needed then: The visit is not approved: it needs a yes from the DSL" in shown.text
    assert "Ava" not in shown.text
    unchanged = tried(norbury, waiting_less())
    assert "1 visit has not left: it needs the same then as now." in unchanged.text


def test_the_five_policies_stand_side_by_side_differences_first(norbury: Pages) -> None:
    shown = norbury.get("policy/beside", "teacher")
    for key in policy_keys():
        assert load_policy(key).title.removesuffix(" home visit policy") in shown.text
    assert "Ours: Norbury High" in shown.text
    assert "Ours beside the others that come with Doorstep: 59 settings differ, 4 are the same." in shown.text
    assert shown.text.index("Where they differ") < shown.text.index("Where they are the same")


def test_a_school_with_a_policy_of_its_own_stands_beside_the_five(doors: Doors) -> None:
    hill_top = doors.open("hill_top")
    shown = hill_top.get("policy/beside", "teacher")
    assert "Ours: Hill Top Primary" in shown.text
    assert "Ours beside the five policies that come with Doorstep" in shown.text
    assert "HT-02" in shown.text
    assert "15 minutes" in shown.text


def test_a_school_goes_over_to_a_policy_of_its_own_by_pasting_its_file(norbury: Pages) -> None:
    shown = tried(norbury, HILL_TOP)
    assert "The title becomes: Hill Top Primary home visit policy." in shown.text
    norbury.send(shown.form("adopt"), why="We wrote our own")
    assert in_force(norbury).clauses["HT-02"].says == "Nobody goes alone, whatever the reason."
    assert "Nobody goes alone, whatever the reason." in norbury.get("policy", "teacher").text


@pytest.mark.parametrize(
    "typed", ["²", "9" * 5_000, "- " * 3_000, "[" * 3_000, "&a [*a]", "!!python/object:os {}", "\x00", "<b>", ""]
)
def test_whatever_is_typed_into_a_form_is_said_back_and_never_breaks_it(norbury: Pages, typed: str) -> None:
    for setting in ("overdue_grace_min", "absence_triggers", "concern_notify", "review", "approval_roles"):
        form = norbury.get(f"policy/change?setting={setting}", "head").form("change")
        values = dict.fromkeys((name for name in form.names if name.startswith("value")), typed)
        norbury.send(form, **values, clauses=typed or "NH-13", **{"from": "clause"})
        assert norbury.status in (200, 422), setting
    form = tried(norbury, waiting_less()).form("adopt")
    norbury.send(form, version=typed, why="As before", when="later", date=typed, time=typed)
    assert norbury.status == 422
    assert adopted(norbury) == []


@pytest.mark.parametrize("path", ["policy/change?setting=nothing", f"policy/change?setting={quote('../x')}"])
def test_a_setting_that_is_none_is_nothing_at_this_address(norbury: Pages, path: str) -> None:
    norbury.get(path, "head")
    assert norbury.status == 404


@pytest.mark.parametrize("key", [*policy_keys(), "hill_top"])
def test_a_form_that_nobody_touched_changes_nothing_whatever_the_setting(key: str) -> None:
    policy = policy_called(key)
    for name in setting_rules():
        form = {
            part.name: list(part.chosen) if part.kind == "checkboxes" else [part.value]
            for part in (*parts_of(policy, name), *about(policy, name))
        }
        assert load_policy_file(changed_text(policy, name, form), "again.yaml") == policy, name
