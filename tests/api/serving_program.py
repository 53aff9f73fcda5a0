"""A program that serves a database until it is killed: `python -m tests.api.serving_program PORT`, settings as usual."""

import os
import sys

from api.app import create_app
from api.runtime import Runtime
from api.serving import listen, serve
from eventlog.settings import from_environ

if __name__ == "__main__":
    urls = from_environ(os.environ)
    assert urls is not None
    with listen("127.0.0.1", int(sys.argv[1])) as listener, Runtime.open(urls, "demonstration") as runtime:
        serve(create_app(runtime), runtime, listener, lambda: print("ready", flush=True))  # noqa: T201 - told to the test
