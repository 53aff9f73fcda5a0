"""Which stories there are, and how often each school tells them in two terms and a bit."""

from collections.abc import Callable, Mapping
from typing import Final, NamedTuple

from commands.demonstration import alarms, calm, changed, hard, mended
from commands.demonstration.outing import Outing


class Story(NamedTuple):
    """A kind of outing."""

    tell: Callable[[Outing], None]
    homes: int = 1
    welfare: bool = False
    """Whether its purpose is a welfare one: approved as such, and going without an appointment."""
    siblings: bool = False
    slack: int = 12
    """Minutes of the back-by time beyond travel and talk."""
    purpose: str = ""
    not_on_roll: bool = False
    counts: tuple[int, int, int, int, int] = (0, 0, 0, 0, 0)
    """How often: St Patrick's, Leyland, William Lilley, Norbury, Scargill."""


SCHOOL_ORDER: Final = ("st_patricks", "leyland", "william_lilley", "norbury", "scargill")

STORIES: Final[Mapping[str, Story]] = {
    "completed": Story(calm.completed, counts=(2, 26, 26, 28, 24)),
    "by_appointment": Story(calm.by_appointment, counts=(1, 6, 8, 4, 8)),
    "welfare_check": Story(calm.completed, welfare=True, counts=(1, 9, 8, 9, 5)),
    "before_starting": Story(calm.by_appointment, purpose="pre_start", not_on_roll=True, counts=(0, 1, 0, 0, 0)),
    "siblings": Story(calm.siblings, siblings=True, counts=(0, 6, 6, 5, 6)),
    "two_doors": Story(calm.completed, homes=2, counts=(0, 5, 6, 5, 5)),
    "three_doors": Story(calm.completed, homes=3, counts=(0, 2, 2, 2, 2)),
    "straight_home": Story(calm.straight_home, counts=(0, 2, 2, 2, 2)),
    "with_a_concern": Story(calm.with_a_concern, counts=(1, 6, 6, 6, 6)),
    "alone_with_assessment": Story(calm.alone_with_assessment, counts=(1, 0, 0, 0, 0)),
    "somewhere_else": Story(calm.somewhere_else, counts=(0, 0, 3, 3, 0)),
    "not_written_up": Story(calm.not_written_up, counts=(0, 1, 1, 1, 1)),
    "refused": Story(calm.refused, counts=(1, 4, 4, 4, 3)),
    "declined": Story(calm.declined, counts=(0, 3, 3, 4, 2)),
    "not_needed": Story(calm.not_needed, counts=(0, 3, 3, 3, 3)),
    "stood_down": Story(calm.stood_down, counts=(0, 2, 2, 2, 2)),
    "no_answer": Story(hard.no_answer, counts=(1, 8, 7, 7, 8)),
    "decided_late": Story(hard.decided_late, welfare=True, counts=(0, 2, 2, 2, 2)),
    "moved_away": Story(hard.moved_away, welfare=True, counts=(0, 1, 1, 1, 1)),
    "waited_too_long": Story(hard.waited_too_long, slack=34, counts=(1, 2, 2, 1, 1)),
    "family_late": Story(hard.family_late, slack=30, counts=(0, 2, 2, 2, 1)),
    "family_too_late": Story(hard.family_too_late, slack=42, counts=(1, 1, 1, 1, 1)),
    "adult_only": Story(hard.adult_only, counts=(0, 4, 4, 4, 4)),
    "turned_away": Story(hard.turned_away, counts=(0, 2, 2, 2, 2)),
    "child_alone": Story(hard.child_alone, welfare=True, counts=(0, 1, 1, 1, 1)),
    "unsafe_people": Story(hard.unsafe_people, counts=(0, 1, 2, 2, 1)),
    "unsafe_animal": Story(hard.unsafe_animal, counts=(1, 2, 1, 1, 1)),
    "animal_shut_away": Story(hard.animal_shut_away, counts=(0, 2, 2, 1, 1)),
    "danger": Story(hard.danger, counts=(0, 1, 0, 1, 0)),
    "running_late": Story(alarms.running_late, counts=(0, 3, 3, 3, 2)),
    "asked_and_confirmed": Story(alarms.asked_and_confirmed, slack=20, counts=(0, 3, 3, 3, 3)),
    "forgotten_call": Story(alarms.forgotten_call, slack=30, counts=(0, 3, 3, 4, 3)),
    "back_late": Story(alarms.back_late, counts=(0, 2, 3, 3, 2)),
    "reached_by_phone": Story(alarms.reached_by_phone, counts=(0, 2, 2, 2, 2)),
    "whole_ladder": Story(alarms.whole_ladder, counts=(0, 1, 2, 1, 1)),
    "sounded_wrong": Story(alarms.sounded_wrong, counts=(0, 0, 1, 0, 1)),
    "left_uncleared": Story(mended.left_uncleared, welfare=True, counts=(0, 2, 2, 2, 1)),
    "entered_without_appointment": Story(mended.entered_without_appointment, welfare=True, counts=(0, 0, 2, 2, 3)),
    "other_adult": Story(mended.other_adult, counts=(0, 3, 2, 2, 2)),
    "approved_by_phone": Story(mended.approved_by_phone, counts=(0, 4, 4, 4, 4)),
    "disowned": Story(mended.disowned, welfare=True, counts=(0, 1, 1, 1, 1)),
    "corrected": Story(mended.corrected, counts=(0, 2, 2, 2, 2)),
    "undone": Story(mended.undone, counts=(0, 2, 2, 2, 2)),
    "wrong_child": Story(changed.wrong_child, counts=(0, 1, 1, 1, 1)),
    "deputy_approves": Story(changed.deputy_approves, welfare=True, counts=(0, 2, 2, 2, 2)),
    "no_signal": Story(mended.no_signal, counts=(0, 2, 2, 2, 2)),
    "appointment_moved": Story(changed.appointment_moved, counts=(0, 2, 2, 2, 2)),
    "another_goes": Story(changed.another_goes, counts=(0, 1, 1, 1, 1)),
    "one_more_door": Story(changed.one_more_door, homes=2, counts=(0, 1, 1, 1, 1)),
    "never_planned": Story(changed.never_planned, counts=(0, 1, 1, 1, 1)),
}


def how_often(policy_key: str, share: float) -> dict[str, int]:
    """How many times a school tells each story; a small `share` tells each once, and 0 none at all."""
    place = SCHOOL_ORDER.index(policy_key)
    every = {name: story.counts[place] for name, story in STORIES.items()}
    return {name: min(count, max(1, round(count * share))) if share else 0 for name, count in every.items()}
