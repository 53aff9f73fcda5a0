"""The governors' report as a PDF: tagged (PDF/UA-1), with its font inside, and the same bytes for the same report."""

from datetime import UTC, datetime, time
from importlib.resources import files
from typing import Final

import msgspec
import typst
from msgspec.structs import replace

from api.checkpoints import Covering
from api.governors_words import lead, note, shown_tables, title, total
from projections.governors import Report

FONT: Final = "Atkinson Hyperlegible"
_ITS_LETTERS: Final = frozenset(
    chr(code) for code in (*range(0x20, 0x7F), *range(0xA0, 0x180), *(ord(c) for c in "–—‘’“”•…€"))
)
"""What the font surely has: PDF/UA refuses a text with a letter that cannot be shown."""


def governors_pdf(report: Report, covered: Covering) -> bytes:
    """The report, ready to print: the governors' questions answered, the figures, and the checkpoint that covers them."""
    report = replace(report, school=_printable(report.school), policy=_printable(report.policy))
    template = files("api") / "templates" / "governors.typ"
    fonts = typst.Fonts(
        include_system_fonts=False, include_embedded_fonts=False, font_paths=[str(files("api") / "fonts")]
    )
    made = report.made_on
    told = {
        "title": title(report),
        "school": report.school,
        "made": (made.year, made.month, made.day),
        "lead": lead(report),
        "total": total(report),
        "note": note(report),
        "footer": f"{report.school} · {title(report)} · {report.policy}",
        "answers": [{"question": a.question, "says": a.says, "clauses": ", ".join(a.clauses)} for a in report.answers],
        "tables": shown_tables(report, font=FONT),
        "checkpoint": {"says": covered.says, "facts": covered.facts, "qr": covered.qr, "alt": covered.alt},
    }
    return typst.compile(
        template.read_bytes(),
        font_paths=fonts,
        sys_inputs={"report": _printable(msgspec.json.encode(told).decode())},
        pdf_standards="ua-1",
        timestamp=datetime.combine(made, time(), tzinfo=UTC),
    )


def _printable(text: str) -> str:
    """The text with a question mark for each letter that the font lacks (in a school's name, say)."""
    return "".join(c if c in _ITS_LETTERS else "?" for c in text)
