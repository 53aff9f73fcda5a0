"""What a subject access export finds after an erasure: the skeleton of all that went, and no word of it. DV-11."""

from commands.subject_access import everything_about
from domain.event import Erased
from domain.ids import pupil_stream
from tests.scenarios.harness import World
from tests.scenarios.test_erasure import WORRY, admitted, concern_about, erased, visited, with_rule, years_later


def test_of_what_was_erased_with_a_pupil_the_skeleton_is_found_and_nothing_of_what_it_said(world: World) -> None:
    school = world.school("LJ")
    with_rule(school)
    child = admitted(school)
    visit = visited(school, child)
    concern_about(school, child, visit=visit)
    stays = visited(school, admitted(school, "Bo Invented"))
    before = everything_about(school.log, pupil_stream(child.id))
    assert WORRY in str(before.entries)
    years_later(school)
    erased(school, child)
    after = everything_about(school.log, pupil_stream(child.id))
    assert {r.envelope.event_id for r in before.entries} <= {r.envelope.event_id for r in after.entries}
    assert visit.id in after.visits
    assert not after.mistaken
    told = str(after.entries)
    assert "Aoife" not in told
    assert WORRY not in told
    assert any(isinstance(r.event, Erased) for r in after.entries)
    assert stays.id not in after.visits
