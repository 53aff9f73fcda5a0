"""Every group of pages. Whoever adds one adds its router here; `mount` adds them in this order."""

from fastapi import APIRouter, Depends

from api.pages import (
    absences,
    accounts,
    admitting,
    approvals,
    asking,
    board,
    bringing_in,
    cases,
    choose,
    chronologies,
    concern_pages,
    desk,
    desks,
    doing,
    dsl,
    erasure,
    exports,
    family,
    glass,
    governors,
    histories,
    invitation,
    my_account,
    my_trips,
    notices,
    openid,
    policy,
    policy_calendar,
    policy_change,
    record_check,
    screens,
    sign_in,
    standing,
    subject_access,
    tokens,
    trips,
    trust,
    visit_form,
    visit_list,
    visits,
    who_looked,
)
from api.pages.badges import count_waiting

ROUTERS: tuple[APIRouter, ...] = (
    doing.router,
    board.router,
    my_trips.router,
    asking.router,
    absences.router,
    admitting.router,
    bringing_in.router,
    approvals.router,
    visits.router,
    visit_form.router,
    visit_list.router,
    trips.router,
    dsl.router,
    concern_pages.router,
    cases.router,
    histories.router,
    chronologies.router,
    family.router,
    who_looked.router,
    subject_access.router,
    erasure.router,
    record_check.router,
    exports.router,
    glass.router,
    notices.router,
    governors.router,
    standing.router,
    policy.router,
    policy_calendar.router,
    policy_change.router,
    accounts.router,
    tokens.router,
    screens.router,
    desks.router,
)
"""The pages of a school: in the frame of each stands what waits for the person who looks."""


def mount(every: APIRouter, *, demonstration: bool) -> None:
    """Add the routes of every page."""
    for router in (
        (choose.router,)
        if demonstration
        else (sign_in.router, openid.router, invitation.router, my_account.router, trust.router)
    ):
        every.include_router(router)
    every.include_router(choose.landing_router)
    every.include_router(screens.wall_router)
    every.include_router(desks.link_router)
    every.include_router(desk.router)
    for router in ROUTERS:
        every.include_router(router, dependencies=[Depends(count_waiting)])
