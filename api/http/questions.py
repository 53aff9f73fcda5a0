"""One route a question: each projection's answer as JSON. Who may ask is decided by `api.pages.menu`."""

from fastapi import APIRouter

from api.http import cases, evidence, files, leaving_the_house, phone_trips, register, safeguarding, visits_and_trips


def question_routes() -> tuple[APIRouter, ...]:
    """The routes of all questions."""
    return (
        visits_and_trips.router,
        phone_trips.router,
        safeguarding.router,
        leaving_the_house.router,
        files.router,
        evidence.router,
        register.router,
        cases.router,
    )
