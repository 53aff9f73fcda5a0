"""Serves a database as `doorstep serve` does, and writes all that it can about itself: `python -m ... PORT`.

Beside the application it has one address that fails in every way a program can, with what it was sent in the error.
"""

import asyncio
import logging
import os
import sys
import threading
from contextlib import suppress

from api import logs
from api.app import create_app
from api.runtime import Runtime
from api.serving import listen, serve
from eventlog.settings import from_environ


class _Unraisable:
    def __init__(self, words: str) -> None:
        self.words = words

    def __del__(self) -> None:
        raise ValueError(self.words)


def fail(words: str) -> None:
    """Fail with these words, behind which are other errors with them."""
    try:
        int(words)
    except ValueError as error:
        message = f"cannot read {words!r}"
        raise ExceptionGroup(message, [KeyError(words)]) from error


async def _fail_later(words: str) -> None:
    fail(words)


async def fails(words: str) -> None:
    """In a task that nobody waits for, in a thread, where nothing can be raised, in a log call, and in the request."""
    task = asyncio.create_task(_fail_later(words))
    await asyncio.sleep(0)
    del task
    threading.Thread(target=fail, args=(words,)).start()
    _Unraisable(words)
    try:
        fail(words)
    except ExceptionGroup as error:
        logging.getLogger("somebody.elses").warning("trying again: %s", error)
        logging.getLogger("somebody.elses").exception("it failed")
    fail(words)


if __name__ == "__main__":
    urls = from_environ(os.environ)
    assert urls is not None
    with (
        suppress(KeyboardInterrupt),
        listen("127.0.0.1", int(sys.argv[1])) as listener,
        logs.written("debug"),
        Runtime.open(urls, "demonstration") as runtime,
    ):
        app = create_app(runtime)
        app.add_api_route("/api/fails", fails, methods=["GET", "POST"])
        serve(app, runtime, listener, lambda: print("ready", flush=True))  # noqa: T201 - told to the test
