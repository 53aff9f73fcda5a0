"""Every group of pages. Whoever adds one adds its router here; `create_app` mounts them in this order."""

from fastapi import APIRouter

from api.pages import choose, doing, exports, governors, notices, policy

ROUTERS: tuple[APIRouter, ...] = (
    choose.router,
    doing.router,
    exports.router,
    notices.router,
    governors.router,
    policy.router,
)
