"""What axe finds on a page."""

from collections.abc import Collection
from typing import Final

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

_SERIOUS: Final = frozenset({"serious", "critical"})
_AXE: Final = Axe()


def serious(page: Page, *, also: Collection[str] = ()) -> list[tuple[str, str]]:
    """The serious and critical findings, and those of the rules `also`: the rule, and the first element it speaks of.

    One width is enough for a page: what it is made of does not change with its width.
    """
    found = _AXE.run(page, options={"resultTypes": ["violations"]}).response["violations"]
    return [(one["id"], one["nodes"][0]["html"]) for one in found if one["impact"] in _SERIOUS or one["id"] in also]
