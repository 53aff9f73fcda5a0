"""The built styles and scripts, under addresses that change when their content does.

An address is `/static/<release>/<file>`, where the release is a hash over every file of the folder: it may
be kept for ever, scripts that load each other stay of one release, and the phone's service worker knows
an old page from a new one. Any other release in the address answers with today's file, never kept.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from importlib.resources import files
from importlib.resources.abc import Traversable

from fastapi import APIRouter, HTTPException
from fastapi.responses import Response

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "manifest-src 'self'; worker-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
"""What every page is sent with: nothing from elsewhere, no inline script or style, no eval."""

PAGE_HEADERS: Mapping[str, str] = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}
"""The security headers of every page."""

STRICT_TRANSPORT: Mapping[str, str] = {"Strict-Transport-Security": "max-age=31536000; includeSubDomains"}
"""Beside them where people come by TLS: a browser that was here once comes by nothing else for a year."""

SHELL = (
    "app.css",
    "enable.js",
    "app.js",
    "outbox.js",
    "door.js",
    "danger.js",
    "calls.js",
    "sheets.js",
    "trip_steps.js",
    "clock.js",
    "telephone.js",
    "vendor/govuk-frontend.js",
    "vendor/htmx.js",
    "vendor/idb.js",
    "icon.svg",
)
"""The files that the phone page needs with the network off."""

_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
}
_FOR_EVER = "public, max-age=31536000, immutable"
_ASK_AGAIN = "no-cache"


class Assets:
    """All files of `api/static`, read once at start (about 300 kB)."""

    def __init__(self, folder: Traversable | None = None) -> None:
        """Read the folder. Raises FileNotFoundError where a file of the phone's shell is missing."""
        self._files = dict(_walk(folder or files("api") / "static", ""))
        missing = [name for name in SHELL if name not in self._files]
        if missing:
            message = f"api/static lacks {', '.join(missing)}; a maintainer builds it with `make assets`"
            raise FileNotFoundError(message)
        digest = hashlib.sha256()
        for name in sorted(self._files):
            digest.update(name.encode() + b"\0" + hashlib.sha256(self._files[name]).digest())
        self.release = digest.hexdigest()[:12]

    def address(self, name: str) -> str:
        """Where a page finds the file. Raises KeyError for a file that is not there."""
        if name not in self._files:
            raise KeyError(name)
        return f"/static/{self.release}/{name}"

    def body(self, name: str) -> bytes | None:
        """The file's content, None for an unknown name."""
        return self._files.get(name)

    def service_worker(self) -> str:
        """The phone's service worker, told which release it belongs to and what to keep."""
        told = {"release": self.release, "shell": [self.address(name) for name in SHELL]}
        return f"const TOLD = {json.dumps(told)};\n{self._files['service_worker.js'].decode()}"

    def manifest(self) -> str:
        """The web app manifest: Doorstep on a phone's home screen."""
        return json.dumps(
            {
                "name": "Doorstep",
                "short_name": "Doorstep",
                "description": "Home visits: who is out, and whether they are back",
                "start_url": "/",
                "scope": "/",
                "display": "standalone",
                "background_color": "#ffffff",
                "theme_color": "#17495c",
                "icons": [
                    {"src": self.address("icon.svg"), "sizes": "any", "type": "image/svg+xml", "purpose": "any"},
                    {"src": self.address("icon-192.png"), "sizes": "192x192", "type": "image/png"},
                    {"src": self.address("icon-512.png"), "sizes": "512x512", "type": "image/png"},
                ],
            }
        )


def assets_router(assets: Assets) -> APIRouter:
    """Routes for `/static/...`, `/sw.js` and `/manifest.webmanifest`."""
    router = APIRouter(include_in_schema=False)

    @router.get("/static/{release}/{name:path}")
    def static_file(release: str, name: str) -> Response:
        body = assets.body(name)
        if body is None:
            raise HTTPException(404)
        kind = _TYPES.get("." + name.rpartition(".")[2], "application/octet-stream")
        kept = _FOR_EVER if release == assets.release else _ASK_AGAIN
        return Response(body, media_type=kind, headers={"Cache-Control": kept, "X-Content-Type-Options": "nosniff"})

    @router.get("/sw.js")
    def service_worker() -> Response:
        headers = {"Cache-Control": _ASK_AGAIN, "Content-Security-Policy": CONTENT_SECURITY_POLICY}
        return Response(assets.service_worker(), media_type=_TYPES[".js"], headers=headers)

    @router.get("/manifest.webmanifest")
    def manifest() -> Response:
        headers = {"Cache-Control": _ASK_AGAIN}
        return Response(assets.manifest(), media_type="application/manifest+json", headers=headers)

    return router


def _walk(folder: Traversable, before: str) -> Iterator[tuple[str, bytes]]:
    for child in folder.iterdir():
        name = f"{before}{child.name}"
        if child.is_dir():
            yield from _walk(child, f"{name}/")
        else:
            yield name, child.read_bytes()
