"""Writes the pages that are made from the code. With --check, only says whether they are current."""

import sys
from pathlib import Path
from typing import Final

from scripts.documents import clauses_page, events, permissions

DOCS: Final = Path(__file__).resolve().parent.parent / "docs"
PAGES: Final = {"clauses.md": clauses_page.page, "events.md": events.page, "permissions.md": permissions.page}


def main() -> int:
    """Write, or with --check compare: 1 where a page is out of date."""
    late = 0
    for name, page in PAGES.items():
        file = DOCS / name
        if "--check" not in sys.argv:
            file.write_text(page(), encoding="utf-8")
        elif not file.exists() or file.read_text(encoding="utf-8") != page():
            sys.stderr.write(f"docs/{name} is out of date: run `make docs`.\n")
            late = 1
    return late


if __name__ == "__main__":
    raise SystemExit(main())
