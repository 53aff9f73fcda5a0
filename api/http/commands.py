"""One route a command, built from the registry of commands."""

from fastapi import APIRouter


def command_routes() -> APIRouter:
    """The routes of all commands that are not internal."""
    return APIRouter(prefix="/api/v1/schools/{school}/commands", tags=["commands"])
