"""The governors' report on paper, and its chart: the same bytes, tagged, and drawn from what is published only."""

from datetime import date

from hypothesis import given, settings
from hypothesis import strategies as st

from api.checkpoints import shown
from api.governors_pdf import governors_pdf
from api.governors_words import OUTCOMES as WORDS
from api.governors_words import shown_tables
from api.pages.charts import Bar, bar_chart
from projections.governors import OUTCOMES, Report, Row, Table
from projections.governors_policy import Answer
from projections.masking import publish
from projections.school_terms import term_of

NONE = shown(7, None)
NOTE = "8f0e0b0c-1f6e-4c39-9d62-0a6f6f3c2c11/doorstep/beckside/1\n12\n" + "A" * 43 + "=\n\n— log AAAA" + "A" * 92 + "\n"


def report(school: str = "Beckside Primary", small: int = 4) -> Report:
    """A report with a small count in it."""
    counts = publish(
        {
            "purpose": {"attendance": 12, "safeguarding": small, "other": 4 - small},
            "outcome": dict.fromkeys(OUTCOMES, 0) | {"seen": 16},
            "month": {"2026-09": 16, "2026-10": 0, "2026-11": 0, "2026-12": 0},
        },
        5,
    )
    answer = Answer(
        code="by_two",
        question="Were all visits made by two people?",
        answer="no",
        says="No. 3 trips were made by one person alone.",
        clauses=("SP-17",),
    )
    return Report(
        school=school,
        policy="St Patrick's home visit policy",
        term=term_of(date(2026, 11, 20)),
        made_on=date(2026, 11, 20),
        minimum=5,
        answers=(answer,) * 10,
        total=counts.total,
        tables=tuple(
            Table(code=name, rows=tuple(Row(code=code, count=cell) for code, cell in table.items()))
            for name, table in counts.tables.items()
        ),
        masks=True,
    )


def test_the_same_report_is_the_same_bytes_and_a_tagged_pdf_in_english() -> None:
    """Design section 6: PDF/UA-1."""
    pdf = governors_pdf(report(), NONE)
    assert pdf == governors_pdf(report(), NONE)
    assert pdf.startswith(b"%PDF")
    for mark in (b"/StructTreeRoot", b"/Lang", b"pdfuaid", b"AtkinsonHyperlegible"):
        assert mark in pdf, mark


def test_the_same_checkpoint_is_the_same_bytes_and_another_one_is_not() -> None:
    covered = shown(7, NOTE.encode())
    assert "entries 1 to 7" in covered.says
    assert [value for _, value in covered.facts] == [*NOTE.splitlines()[:3]]
    assert governors_pdf(report(), covered) == governors_pdf(report(), shown(7, NOTE.encode()))
    assert governors_pdf(report(), covered) != governors_pdf(report(), shown(7, NOTE.replace("12", "13").encode()))
    assert covered.qr != shown(7, NOTE.replace("12", "13").encode()).qr
    assert "<path" in covered.qr


def test_where_nothing_is_sealed_yet_it_says_so_and_shows_no_code() -> None:
    assert "No checkpoint covers entry 7" in NONE.says
    assert (NONE.facts, NONE.qr) == ((), "")


def test_which_small_number_it_is_changes_nothing_in_the_file() -> None:
    """DV-07: neither figures, nor bars, nor what is hidden in the file."""
    assert (
        governors_pdf(report(small=4), NONE)
        == governors_pdf(report(small=1), NONE)
        == governors_pdf(report(small=0), NONE)
    )


@given(st.text(min_size=1, max_size=40))
@settings(max_examples=15)
def test_any_name_of_a_school_makes_a_pdf(name: str) -> None:
    """Letters that the font lacks, and typst's own signs, break nothing."""
    assert governors_pdf(report(school=f"{name} #let x = $ *b* 学校 🏫"), NONE).startswith(b"%PDF")


def test_page_and_pdf_draw_the_same_chart() -> None:
    """One function."""
    on_page, on_paper = shown_tables(report()), shown_tables(report(), font="Atkinson Hyperlegible")
    for one, other in zip(on_page, on_paper, strict=True):
        assert one.chart.replace('"inherit"', '"Atkinson Hyperlegible"') == other.chart
        assert one.says == other.says


def test_bars_that_are_not_published_are_all_of_one_length_whatever_the_others_are() -> None:
    """Nobody can measure them."""
    chart = bar_chart(
        "Visits", [Bar(label="a", shown="<5", value=None), Bar(label="b", shown="12", value=12)], name="c"
    )
    other = bar_chart(
        "Visits", [Bar(label="a", shown="<5", value=None), Bar(label="b", shown="90", value=90)], name="c"
    )
    assert chart.replace("12", "90") == other


def test_labels_are_text_in_a_chart() -> None:
    """Bad input."""
    chart = bar_chart("<b>", [Bar(label="<script>", shown="1", value=1)], name="c")
    assert "<script>" not in chart
    assert "&lt;script&gt;" in chart


def test_every_outcome_has_its_words() -> None:
    """None is forgotten."""
    assert set(WORDS) == set(OUTCOMES)
