"""Every address that is asked with GET, with what is there in the place of each parameter."""

import re
from collections.abc import Mapping
from typing import Final

from fastapi.routing import iter_route_contexts

from api.app import create_app
from api.runtime import Runtime

_NOWHERE: Final = "0190a000-0000-7000-8000-00000000dead"
_ABOUT: Final = ("pupil", "visit", "concern", "trip")


def every_address(runtime: Runtime, things: Mapping[str, object]) -> list[str]:
    """Of all pages and questions; the live feed is left out, because it has no end.

    A parameter that `things` do not name gets an id that is nowhere.
    """
    found = []
    for route in iter_route_contexts(create_app(runtime).routes):
        path = route.path
        assert path is not None
        if "GET" not in (route.methods or ()) or path.endswith("/stream") or path.startswith("/static"):
            continue
        if "{about}" in path:
            found += [_filled(path, {**things, "about": kind, "subject": things[kind]}) for kind in _ABOUT]
        else:
            found.append(_filled(path, {**things, "kind": "pupil", "subject": things["pupil"]}))
    assert len(found) > 60
    return sorted(found)


def _filled(path: str, things: Mapping[str, object]) -> str:
    return re.sub(r"{(\w+)(:path)?}", lambda found: str(things.get(found[1], _NOWHERE)), path)
