"""Every group of pages. Whoever adds one adds its router here; `create_app` mounts them in this order."""

from fastapi import APIRouter

from api.pages import (
    approvals,
    asking,
    board,
    choose,
    chronologies,
    concern_pages,
    doing,
    dsl,
    exports,
    governors,
    histories,
    my_trips,
    notices,
    policy,
    trips,
    visits,
)

ROUTERS: tuple[APIRouter, ...] = (
    choose.router,
    doing.router,
    board.router,
    my_trips.router,
    asking.router,
    approvals.router,
    visits.router,
    trips.router,
    dsl.router,
    concern_pages.router,
    histories.router,
    chronologies.router,
    exports.router,
    notices.router,
    governors.router,
    policy.router,
)
