"""How a run with several workers (`pytest -n 2`) shares the tests out. Each worker has a server and databases of its own.

Tests without a browser go file by file, so that what a file's tests share is made once. Browser tests go one by one:
they are long, and a whole file of them at the end would leave the other worker idle. They come after all others, as
`tests/conftest.py` sorts them.
"""

from typing import Final

from xdist.scheduler import LoadScopeScheduling

IN_A_BROWSER: Final = "[chromium"
"""In the names of the tests that pytest-playwright gives a browser to."""


class FilesThenBrowserTests(LoadScopeScheduling):
    """Hands out whole files, then browser tests one by one, in the order in which they were collected."""

    def _split_scope(self, nodeid: str) -> str:
        """What is handed out together with this test: everything of the same answer."""
        return nodeid if IN_A_BROWSER in nodeid else nodeid.partition("::")[0]
