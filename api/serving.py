"""Serving: the socket, the web server, and an orderly end."""

import asyncio
import errno
import socket
from collections.abc import Callable
from types import FrameType

import uvicorn
from fastapi import FastAPI

from api.logs import of_loop
from api.runtime import Runtime

_LAST_ANSWERS = 3
"""Seconds that running answers have when the program is to end."""
_WAITING = 256


class CannotListenError(Exception):
    """The address cannot be listened on; the message says why and what to do."""


def listen(host: str, port: int) -> socket.socket:
    """A socket that holds the address, before anything else is begun. Raises CannotListenError."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(_WAITING)
    except OSError as error:
        listener.close()
        if error.errno == errno.EADDRINUSE:
            message = (
                f"Port {port} is already in use on this machine, perhaps by another Doorstep."
                f" Stop that one, or choose another port: --port {port + 1}"
            )
        elif error.errno == errno.EACCES:
            message = f"Port {port} may not be used without being root. Choose one above 1023: --port 8000"
        else:
            message = f"Doorstep cannot listen on {host}, port {port}: {error.strerror}"
        raise CannotListenError(message) from error
    return listener


class _Server(uvicorn.Server):
    """Tells live feeds to finish as soon as the program is to end, and says when it is ready."""

    def __init__(self, config: uvicorn.Config, runtime: Runtime, ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._runtime = runtime
        self._ready = ready

    async def serve(self, sockets: list[socket.socket] | None = None) -> None:
        """Serve; all who append meanwhile share commits."""
        asyncio.get_running_loop().set_exception_handler(of_loop)
        async with self._runtime.store.committing():
            await super().serve(sockets)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self._ready()

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        self._runtime.stopping.set()
        super().handle_exit(sig, frame)


def serve(app: FastAPI, runtime: Runtime, listener: socket.socket, ready: Callable[[], None]) -> None:
    """Serve until SIGINT or SIGTERM, which is raised again once all has ended; `ready` is called when it answers."""
    config = uvicorn.Config(
        app,
        log_config=None,  # `api.logs` writes it
        access_log=False,  # addresses hold ids of children's visits, and what somebody searched for
        ws="none",  # nothing here speaks it, and uvicorn would write the address of whoever tries
        lifespan="off",
        server_header=False,
        proxy_headers=False,  # nothing in front of it is trusted to say who asks
        timeout_graceful_shutdown=_LAST_ANSWERS,
    )
    _Server(config, runtime, ready).run(sockets=[listener])
