"""The real application on a port of its own, with a route beside it that does nothing: what HTTP itself costs."""

import json
import os
import sys

from fastapi import Request
from fastapi.responses import JSONResponse

from api.app import create_app
from api.runtime import Runtime
from api.serving import listen, serve
from eventlog.settings import DatabaseUrls


def main() -> None:
    """Serve until interrupted; the port is the first line printed."""
    urls = DatabaseUrls(**json.loads(os.environ["DOORSTEP_BENCH_URLS"]))
    listener = listen("127.0.0.1", 0)
    with Runtime.open(urls, "demonstration") as runtime:
        app = create_app(runtime)

        async def nothing(request: Request) -> JSONResponse:
            await request.json()
            return JSONResponse({"status": "nothing"}, status_code=201)

        app.add_api_route("/api/v1/nothing", nothing, methods=["POST"])

        def ready() -> None:
            sys.stdout.write(f"{listener.getsockname()[1]}\n")
            sys.stdout.flush()

        serve(app, runtime, listener, ready)


if __name__ == "__main__":
    main()
