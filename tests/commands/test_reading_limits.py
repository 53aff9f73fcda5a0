"""What a large or repetitive body may cost: counted in operations and sizes, never in seconds."""

import difflib
import json
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

from commands import reading
from commands.reading import MOST_FAULTS, MOST_MEMBERS, Malformed, read_body, read_payload
from domain.trip.commands import Depart, PlanTrip


class Taken:
    """A dictionary's names, counting how often somebody looks one up."""

    def __init__(self) -> None:
        """No names yet."""
        self.names: set[str] = set()
        self.looked = 0

    def __contains__(self, name: object) -> bool:
        """Whether the name is taken; counted."""
        self.looked += 1
        return name in self.names


def object_of(names: Iterator[str]) -> bytes:
    return ("{" + ",".join(f"{json.dumps(name)}:{n}" for n, name in enumerate(names)) + "}").encode()


def test_a_name_that_comes_a_thousand_times_is_looked_up_twice_each_time() -> None:
    taken, times = Taken(), Counter[str]()
    for _ in range(MOST_MEMBERS):
        taken.names.add(reading._free("note", taken, times))
    assert len(taken.names) == MOST_MEMBERS
    assert taken.looked <= 2 * MOST_MEMBERS
    assert max(map(len, taken.names)) <= len("note (again 1000)")


def test_every_value_of_a_name_that_comes_often_is_kept() -> None:
    names = ["note (again)", "note (again 3)", *["note"] * 300]
    read = read_body(Depart, object_of(iter(names)))
    assert set(read.unreadable.values()) == {str(n) for n in range(len(names))}


def test_long_names_that_begin_alike_are_all_kept() -> None:
    read = read_payload(Depart, {"x" * 150 + str(n): f"said {n}" for n in range(50)})
    assert all(any(f"said {n}" in text for text in read.unreadable.values()) for n in range(50))


def test_no_more_names_are_compared_than_faults_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    compared = []

    def counted(name: str, *_: object, **__: object) -> list[str]:
        compared.append(name)
        return []

    monkeypatch.setattr(difflib, "get_close_matches", counted)
    with pytest.raises(Malformed) as told:
        read_body(PlanTrip, object_of(f"k{n}" for n in range(MOST_MEMBERS)))
    assert len(compared) == len(told.value.faults) == MOST_FAULTS


@pytest.mark.parametrize("wrap", ["%s", '{"note": %s}', '{"note": [%s]}'])
def test_an_object_of_too_many_members_is_one_fault_or_one_text(wrap: str) -> None:
    body = wrap.encode() % object_of(str(n) for n in range(MOST_MEMBERS + 1))
    with pytest.raises(Malformed) as told:
        read_body(PlanTrip, body)
    assert [(f.field, f.expected) for f in told.value.faults] == [("body", "objects of at most 1,000 members")]
    read = read_body(Depart, body)
    assert (read.command, dict(read.unreadable)) == (Depart(), {"body": body.decode()})


def test_a_form_of_too_many_fields_is_one_fault_or_one_text() -> None:
    payload: dict[str, Any] = {f"k{n}": n for n in range(MOST_MEMBERS + 1)}
    with pytest.raises(Malformed) as told:
        read_payload(PlanTrip, payload)
    assert len(told.value.faults) == 1
    read = read_payload(Depart, payload)
    assert json.loads(read.unreadable["body"]) == payload
