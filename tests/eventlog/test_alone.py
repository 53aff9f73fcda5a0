import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import pytest

from eventlog.alone import alone
from eventlog.settings import DatabaseUrls


class Second(threading.Thread):
    """Somebody who wants to do the same."""

    def __init__(self, urls: DatabaseUrls, what: str) -> None:
        """To be started."""
        super().__init__(daemon=True)
        self._urls, self._what = urls, what
        self.waits, self.began = threading.Event(), threading.Event()

    def run(self) -> None:
        """Do it when it may be done."""
        with alone(self._urls, self._what, self.waits.set):
            self.began.set()


@contextmanager
def another(urls: DatabaseUrls, what: str) -> Iterator[Second]:
    second = Second(urls, what)
    second.start()
    yield second
    second.join(20)
    assert second.began.is_set()


def test_the_second_says_that_it_waits_and_begins_when_the_first_has_ended(database_urls: DatabaseUrls) -> None:
    with ExitStack() as ended_last, alone(database_urls, "load", lambda: None):
        second = ended_last.enter_context(another(database_urls, "load"))
        assert second.waits.wait(20)
        assert not second.began.wait(0.3)


def test_whoever_does_something_else_or_comes_later_does_not_wait(database_urls: DatabaseUrls) -> None:
    with alone(database_urls, "load", lambda: None), another(database_urls, "tidy") as second:
        assert second.began.wait(20)
        assert not second.waits.is_set()
    with another(database_urls, "load") as later:
        assert later.began.wait(20)
        assert not later.waits.is_set()


def test_whoever_ends_in_the_middle_leaves_nothing_locked(database_urls: DatabaseUrls) -> None:
    with pytest.raises(ZeroDivisionError), alone(database_urls, "load", lambda: None):
        raise ZeroDivisionError
    with another(database_urls, "load") as second:
        assert second.began.wait(20)
        assert not second.waits.is_set()
