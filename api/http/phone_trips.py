"""A trip as a visitor's phone keeps it: what the page asks for while it is open."""

from typing import Annotated
from uuid import UUID

from fastapi import Request
from fastapi.responses import Response

from api.http.asking import AtLeast, ask, documented, new_router
from api.identity import Acquainted, runtime_of
from api.pages.my_trips import NAMES, phone_token, trip_of
from api.pages.phone import phone_trip
from api.pages.trip_model import PhoneTrip
from api.permitted import by_program
from domain.ids import TripId
from domain.permissions import Question
from projections.views import View

router = new_router()


@router.get("/phone-trips/{trip}", summary="What does the school know of my trip?", **documented(PhoneTrip))
async def one(
    request: Request, me: Annotated[Acquainted, by_program(Question.PHONE_TRIP)], trip: UUID, at_least: AtLeast = 0
) -> Response:
    """For the people who go: doors, numbers to ring, and every fact recorded, under the id it was sent with."""
    runtime = runtime_of(request)

    def question(view: View) -> PhoneTrip:
        found = trip_of(view, me, TripId(trip))
        return phone_trip(found, me, phone_token(runtime, me, found), demonstration=runtime.kind == "demonstration")

    return await ask(request, me, question, *NAMES, at_least=at_least)
