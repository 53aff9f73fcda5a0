"""One route a question: each projection's answer as JSON."""

from fastapi import APIRouter


def question_routes() -> APIRouter:
    """The routes of all questions."""
    return APIRouter(prefix="/api/v1/schools/{school}", tags=["questions"])
