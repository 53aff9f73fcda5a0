"""The governors' report on paper, and its chart: the same bytes, tagged, and drawn from what is published only."""

from datetime import date

from hypothesis import given, settings
from hypothesis import strategies as st

from api.governors_pdf import governors_pdf
from api.governors_words import OUTCOMES as WORDS
from api.governors_words import shown_tables
from api.pages.charts import Bar, bar_chart
from projections.governors import OUTCOMES, Report, Row, Table
from projections.governors_answers import Answer
from projections.masking import publish
from projections.school_terms import term_of


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
    pdf = governors_pdf(report())
    assert pdf == governors_pdf(report())
    assert pdf.startswith(b"%PDF")
    for mark in (b"/StructTreeRoot", b"/Lang", b"pdfuaid", b"AtkinsonHyperlegible"):
        assert mark in pdf, mark


def test_which_small_number_it_is_changes_nothing_in_the_file() -> None:
    """DV-07: neither figures, nor bars, nor what is hidden in the file."""
    assert governors_pdf(report(small=4)) == governors_pdf(report(small=1)) == governors_pdf(report(small=0))


@given(st.text(min_size=1, max_size=40))
@settings(max_examples=15)
def test_any_name_of_a_school_makes_a_pdf(name: str) -> None:
    """Letters that the font lacks, and typst's own signs, break nothing."""
    assert governors_pdf(report(school=f"{name} #let x = $ *b* 学校 🏫")).startswith(b"%PDF")


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
