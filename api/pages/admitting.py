"""Putting a pupil on the register, by hand: one form, which sends `admit-pupil`."""

from typing import Annotated

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from api.identity import Acquainted
from api.pages.frame import page
from api.permitted import by_page
from domain.permissions import Question

router = APIRouter(include_in_schema=False)


@router.get("/schools/{school}/register/add")
def admit(request: Request, me: Annotated[Acquainted, by_page(Question.ADMIT)]) -> HTMLResponse:
    """The form. What cannot be read comes back with everything that was typed (`api.pages.doing`)."""
    return page(request, me, "admit.html")
