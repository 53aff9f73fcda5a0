"""How a run with several workers (`pytest -n 3`) shares the tests out. Each worker has a server and databases of its own.

Tests go file by file, so that what a file's tests share is made once; those of the journeys one by one: they share the
demonstration trust with all other journeys, and a whole file of them at the end would leave the other workers idle.

The first worker takes the browser tests from the beginning: they wait more than they reckon, while the others reckon.
When it has done them it goes on with files as the others do; if the files are done first, the others help it.
"""

from typing import Final

from xdist.scheduler import LoadScopeScheduling
from xdist.workermanage import WorkerController

JOURNEYS: Final = "tests/journeys/"
"""Where the tests are that go one by one."""
ATTACKS: Final = "tests/attacks/"
"""Where the longest files are."""
IN_A_BROWSER: Final = "[chromium"
"""In the names of the tests that pytest-playwright gives a browser to, and of what is handed out together with them."""


class BrowserBesideFiles(LoadScopeScheduling):
    """Hands out files in the order in which they were collected; browser tests to the first worker, and at the end."""

    def _split_scope(self, nodeid: str) -> str:
        """What is handed out together with this test: everything of the same answer."""
        if nodeid.startswith(JOURNEYS):
            return nodeid
        file = nodeid.partition("::")[0]
        return f"{file} {IN_A_BROWSER}]" if IN_A_BROWSER in nodeid else file

    def _assign_work_unit(self, node: WorkerController) -> None:
        """The next unit for this worker; `pytest_collection_modifyitems` has put the browser tests last."""
        browser = self._next_in_a_browser() if self._browses(node) else None
        if browser is not None:
            self.workqueue.move_to_end(browser, last=False)
        super()._assign_work_unit(node)

    def _browses(self, node: WorkerController) -> bool:
        return self.numnodes > 1 and node.gateway.id == "gw0"

    def _next_in_a_browser(self) -> str | None:
        return next((scope for scope in self.workqueue if IN_A_BROWSER in scope), None)
