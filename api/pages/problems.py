"""A problem as a person sees it: a page that says what to do and leads back."""

from urllib.parse import quote

from fastapi import Request
from fastapi.responses import RedirectResponse, Response

from api.pages.frame import page
from api.problems import NobodyChosenError, problem_of
from domain.refusal import NotPermitted
from eventlog.errors import UnknownSchool
from projections.views import StillSaving

_LEAD_BACK = "Back to the first page"
_CHOOSE = "Choose who you are"


def problem_page(request: Request, error: Exception) -> Response:
    """The page about an error; where nobody chose who they are, the way to the page where one chooses."""
    if isinstance(error, NobodyChosenError):
        return RedirectResponse("/", status_code=303)
    problem = problem_of(error)
    back, says = _back(request, error)
    refresh = 1 if isinstance(error, StillSaving) else 0
    response = page(
        request,
        None,
        "problem.html",
        status=problem.status,
        problem=problem,
        back=back,
        back_says=says,
        refresh=refresh,
    )
    response.headers.update(problem.headers)
    return response


def _back(request: Request, error: Exception) -> tuple[str, str]:
    school = request.path_params.get("school", "")
    if not school or isinstance(error, NotPermitted | UnknownSchool):
        return "/", _CHOOSE
    return f"/schools/{quote(str(school))}", _LEAD_BACK
