"""What reaches CPOMS and MyConcern, and what governors are told. X23, X24, DV-07, DV-18."""

from collections.abc import Iterable
from itertools import product

import msgspec
import pytest

from api.export_text import paste
from domain.concern.commands import RaiseConcern
from domain.envelope import Recorded
from domain.refusal import NotPermitted
from domain.school.commands import ExportRecords
from domain.school.events import RecordExported
from domain.trip.commands import CallOffTrip
from domain.visit.events import CancelReason, Outcome
from projections.export_shapes import ExportRecord
from projections.governors import Report
from projections.masking import Cell
from tests.scenarios.cast import POLICY_OF, Child
from tests.scenarios.doors import Visit
from tests.scenarios.harness import World
from tests.scenarios.school import School


def visited(school: School, purpose: str, child: Child | None = None, *, written_up: bool = True) -> Visit:
    """A visit from request to return, as its school's policy asks, written up."""
    visit = school.ask(purpose=purpose, child=child)
    trip = school.ready_trip(visit, leave="08:30", back_by="09:30")
    trip.depart()
    visit.arrive()
    visit.enter("parental_responsibility")
    visit.outcome(Outcome.SEEN_SPOKEN)
    visit.left()
    trip.back()
    if written_up:
        visit.write_up()
    return visit


def exports_in(recorded: Iterable[Recorded]) -> list[RecordExported]:
    """The exports among these events."""
    return [r.event for r in recorded if isinstance(r.event, RecordExported)]


def pending(school: School) -> list[tuple[str, str]]:
    """What waits to be exported: its kind, and the pupil's name."""
    return [(r.kind, r.name) for r in school.looks.exports().pending]


def text_of(school: School, record: ExportRecord) -> str:
    """What is pasted."""
    return paste(record, school.log, school.known).text


def test_what_reaches_cpoms_at_william_lilley(world: World) -> None:
    """AC-101. WL-40."""
    school = world.school("WL")
    first, second, third = school.admit("Una First"), school.admit("Dua Second"), school.admit("Tria Third")
    visited(school, "attendance", first)
    visited(school, "transition", second)
    worry = visited(school, "transition", third)
    school.send(RaiseConcern(visit=worry.id, pupils=(third.id,), text="sleeps on the floor"), by=school.teacher)
    assert {name for _, name in pending(school)} == {"Una First", "Tria Third"}
    assert sorted(kind for kind, name in pending(school) if name == "Tria Third") == ["concern", "visit"]
    school.looks.export(school.looks.exports().pending)
    assert pending(school) == []
    assert school.looks.exports().system == "CPOMS"


@pytest.mark.parametrize(
    ("purpose", "goes"), [("safeguarding", True), ("school_refusal", True), ("family_support", False), ("other", False)]
)
def test_which_purposes_reach_cpoms(world: World, purpose: str, *, goes: bool) -> None:
    """AC-101, neighbours. WL-40."""
    school = world.school("WL")
    visited(school, purpose)
    assert bool(pending(school)) is goes


def test_a_visit_that_nobody_went_on_is_no_record(world: World) -> None:
    """AC-101, the twin."""
    school = world.school("WL")
    visit = school.ask(purpose="attendance")
    trip = school.plan_trip(visit)
    visit.cancel(CancelReason.NO_LONGER_NEEDED)
    school.send(CallOffTrip(trip=trip.id), by=school.office)
    assert pending(school) == []


def test_norbury_puts_every_contact_on_cpoms(world: World) -> None:
    """AC-101, another school: phone calls, declined and failed visits too. NH-19."""
    school = world.school("NH")
    school.ask(purpose="attendance").family_declines()
    assert [kind for kind, _ in pending(school)] == ["contact"]


def test_st_patricks_exports_no_visit_that_went_well(world: World) -> None:
    """AC-101, another school: cancellations and concerns only. SP-48, SP-52, SP-58."""
    school = world.school("SP")
    visited(school, "attendance")
    assert pending(school) == []


def test_myconcern_gets_each_record_once(world: World) -> None:
    """AC-103. SC-34, SC-40, DV-18."""
    school = world.school("SC")
    visit = visited(school, "safe_and_well")
    school.send(RaiseConcern(visit=visit.id, pupils=(school.child.id,), text="no food"), by=school.teacher)
    records = school.looks.exports().pending
    assert school.looks.exports().system == "MyConcern"
    assert sorted(r.kind for r in records) == ["concern", "visit"]
    first = school.looks.export(records)
    keys = sorted(r.key for r in records)
    assert [sorted(e.keys) for e in exports_in(first.recorded)] == [keys]
    second = school.looks.export(records)
    assert second.recorded == (), "the second run adds none"
    sent = school.looks.exports()
    assert sorted(gone.key for gone in sent.sent) == keys
    assert sent.pending == ()
    assert all("CPOMS" not in text_of(school, record) for record in records)


def test_two_people_who_export_at_the_same_moment_export_once(world: World) -> None:
    """AC-103, neighbour. DV-18."""
    school = world.school("SC")
    visited(school, "safe_and_well")
    records = school.looks.exports().pending
    command = ExportRecords(
        system="MyConcern", how="csv", keys=tuple(r.key for r in records), pupils=(school.child.id,)
    )
    world.together(school.sending(command, by=school.dsl), school.sending(command, by=school.ddsl))
    assert sum(len(e.keys) for e in exports_in(school.events())) == len(records)


def test_not_everybody_exports(world: World) -> None:
    """AC-103, the refused twin."""
    school = world.school("SC")
    visited(school, "safe_and_well")
    keys = tuple(r.key for r in school.looks.exports().pending)
    with pytest.raises(NotPermitted):
        school.send(ExportRecords(system="MyConcern", how="csv", keys=keys), by=school.teacher)


def test_a_school_that_names_no_system_gets_a_neutral_file(world: World) -> None:
    """AC-104. LJ-65, LJ-53."""
    school = world.school("LJ")
    assert "notes_filed" in school.policy.value("visit_record_fields")
    visit = visited(school, "attendance", written_up=False)
    refused = school.refused(lambda: visit.write_up(notes_filed=""))
    assert refused.codes == {"record.notes_filed"}
    assert "LJ-65" in refused.clauses
    visit.write_up(notes_filed="yes")
    listed = school.looks.exports()
    assert listed.system == "neutral_file"
    (record,) = listed.pending
    assert "CPOMS" not in text_of(school, record)
    assert "MyConcern" not in text_of(school, record)


# Governors: SP-02, WL-02, WL-14, SC-07, DV-07

REASONS = {
    "SP": ("cannot_attend_school", "attendance"),
    "WL": ("transition", "attendance"),
    "SC": ("three_day_absence", "safe_and_well"),
}


def could_be(report: Report, table: str, row: str) -> set[int]:
    """Every value that a reader who adds and subtracts must still think possible for one count."""
    tables = {t.code: {r.code: r.count for r in t.rows} for t in report.tables}

    def ways(cell: Cell) -> range:
        return range(cell.at_least, (cell.at_most if cell.at_most is not None else 30) + 1)

    totals = set(ways(report.total))
    for cells in tables.values():
        sums = {0}
        for cell in cells.values():
            sums = {s + n for s, n in product(sums, ways(cell)) if s + n <= 30}
        totals &= sums
    rest = {0}
    for code, cell in tables[table].items():
        if code != row:
            rest = {s + n for s, n in product(rest, ways(cell)) if s + n <= 30}
    return {n for n in ways(tables[table][row]) if any(n + s in totals for s in rest)}


@pytest.mark.parametrize("letters", REASONS)
def test_four_visits_for_one_reason_and_twelve_for_another(world: World, letters: str) -> None:
    """AC-108. SP-02, WL-02, WL-14, SC-07, DV-07."""
    school = world.school(letters)
    few, many = REASONS[letters]
    for purpose, number in ((few, 4), (many, 12)):
        for _ in range(number):
            school.ask(purpose=purpose, purpose_text="Wilhelmina said that she is afraid")
    report = school.looks.report()
    assert report.minimum == 5
    assert school.looks.figures("purpose")[few] == "<5"
    assert could_be(report, "purpose", few) == {0, 1, 2, 3, 4}, "nobody can work it out from the rest"
    published = msgspec.json.encode(report).decode()
    for hidden in (*school.child.name.split(), "Wilhelmina", "Acorn Road", "Tess", "afraid"):
        assert hidden not in published


def test_at_or_above_the_minimum_counts_are_published(world: World) -> None:
    """AC-108, the twin: five is not fewer than five. DV-07."""
    school = world.school("WL")
    for purpose in ("transition", "attendance"):
        for _ in range(5):
            school.ask(purpose=purpose)
    figures = school.looks.figures("purpose")
    assert (figures["transition"], figures["attendance"]) == ("5", "5")
    assert figures["exclusion"] == "<5", "nought is not told apart"


@pytest.mark.parametrize("letters", POLICY_OF)
def test_counts_about_staff_process_are_not_masked(world: World, letters: str) -> None:
    """AC-108, neighbour: one visit left without clearance is told as one. Issue, governors' report."""
    school = world.school(letters)
    trip = school.plan_trip(leave="08:30", back_by="09:30", team=(school.teacher,))
    trip.depart()
    trip.back()
    answers = {a.code: (a.answer, a.says) for a in school.looks.report().answers}
    assert answers["by_two"][1].startswith("No. 1 trip was made by one person alone.")
    assert answers["approved"][1].startswith("No. 1 trip was begun without the OK to go")
    assert answers["back"][0] == "yes"
    assert answers["visits"][1].startswith("Fewer than ")
