"""A problem as a person sees it: a page that says what to do and leads back, with the menu around it."""

import logging
from typing import Final
from urllib.parse import quote, urlsplit

import msgspec
from fastapi import Request
from fastapi.responses import RedirectResponse, Response
from starlette.exceptions import HTTPException

from accounts.errors import NotSignedInError, SecondFactorMissingError, WhoIsAtTheDeskError
from api.identity import Acquainted, runtime_of
from api.pages.desk import who_is_it
from api.pages.forms import local_path
from api.pages.frame import page
from api.problems import NobodyChosenError, problem_of
from api.who_asks import whoever_looks
from domain.refusal import NotPermitted
from eventlog.errors import LogUnavailable, UnknownSchool
from projections.views import StillSaving

log = logging.getLogger(__name__)

_FAULT: Final = 500


class Way(msgspec.Struct, frozen=True, kw_only=True):
    """A way on from the page."""

    href: str
    """A local path."""
    says: str


def problem_page(request: Request, error: Exception) -> Response:
    """The page about an error; where nobody chose who they are, the way to the page where one chooses. Blocks."""
    if isinstance(error, NobodyChosenError):
        return RedirectResponse("/", status_code=303)
    if isinstance(error, WhoIsAtTheDeskError):
        return who_is_it(request, request.state.me, request.state.typed)
    if isinstance(error, SecondFactorMissingError):
        return page(request, None, "second_factor_missing.html", status=403)
    if isinstance(error, NotSignedInError):
        return RedirectResponse(_sign_in(request), status_code=303)
    problem = problem_of(error)
    me = _who_asks(request, error)

    def shown(me: Acquainted | None) -> Response:
        return page(
            request,
            me,
            "problem.html",
            status=problem.status,
            keeps_flash=True,
            problem=problem,
            ways=_ways(request, error, me, problem.status),
            refresh=1 if isinstance(error, StillSaving) else 0,
        )

    try:
        response = shown(me)
    except Exception:
        # Perhaps the menu itself is at fault: the bare page says at least what to do.
        log.exception("the page about an error cannot be shown with its menu")
        response = shown(None)
    response.headers.update(problem.headers)
    return response


def _sign_in(request: Request) -> str:
    """Where one signs in, and comes back from to the page that was wanted; to the one before where a form was sent."""
    here = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    wanted = local_path(here) if request.method == "GET" else _came_from(request)
    return f"/sign-in?next={quote(wanted, safe='')}" if wanted not in {"", "/"} else "/sign-in"


def _who_asks(request: Request, error: Exception) -> Acquainted | None:
    """Who looks at the page, where that was found out, or can be: an address that does not exist asks nobody."""
    found: Acquainted | None = getattr(request.state, "me", None)
    parts = request.url.path.split("/")
    below_a_school = parts[1:2] == ["schools"] and parts[2:3] not in ([], [""])
    if found is not None or not isinstance(error, HTTPException) or not below_a_school:
        return found
    try:
        return whoever_looks(request, parts[2])
    except (UnknownSchool, NobodyChosenError, NotSignedInError, NotPermitted, LogUnavailable) as unknown:
        log.info("a page about an error is shown to nobody in particular (%s)", type(unknown).__name__)
        return None


def _ways(request: Request, error: Exception, me: Acquainted | None, status: int) -> tuple[Way, ...]:
    """Where to go from here, the most useful first."""
    out: list[Way] = []
    here = request.url.path
    if status >= _FAULT and request.method == "GET":
        again = f"{here}?{request.url.query}" if request.url.query else here
        out.append(Way(href=again, says="Try it again"))
    back = local_path(getattr(request.state, "back", "")) or _came_from(request)
    if back and back.partition("?")[0] != here:
        out.append(Way(href=back, says="Back to where you were"))
    school = me.slug if me is not None else str(request.path_params.get("school", ""))
    if school and not isinstance(error, UnknownSchool) and (me is not None or not isinstance(error, NotPermitted)):
        out.append(Way(href=f"/schools/{quote(school)}", says="To your first page"))
    if me is None or isinstance(error, NotPermitted):
        demonstration = runtime_of(request).kind == "demonstration"
        out.append(Way(href="/", says="Choose who you are" if demonstration else "To the beginning"))
    return tuple(out)


def _came_from(request: Request) -> str:
    """The page of ours that led here; "" for none."""
    found = urlsplit(request.headers.get("referer", ""))
    if found.netloc != request.headers.get("host", ""):
        return ""
    return local_path(f"{found.path}?{found.query}" if found.query else found.path)
