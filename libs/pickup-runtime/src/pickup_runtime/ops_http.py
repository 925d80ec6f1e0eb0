"""The routes every service answers: is it alive, can it work, what does it count.

What a service counts is nobody's business outside: where its port is open to the world, `/metrics` has another.
"""

from __future__ import annotations

from collections.abc import Sequence

from litestar import Response, get
from litestar.handlers import HTTPRouteHandler
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from pickup_runtime.health import HealthBoard


def ops_routes(board: HealthBoard) -> Sequence[HTTPRouteHandler]:
    """`/health/live`, `/health/ready` and `/metrics`."""
    return [*health_routes(board), metrics_route()]


def health_routes(board: HealthBoard) -> Sequence[HTTPRouteHandler]:
    """`/health/live` and `/health/ready` (503 when a dependency does not answer)."""

    @get("/health/live", include_in_schema=False)
    async def live() -> dict[str, str]:
        return {"service": board.service, "version": board.version}

    @get("/health/ready", include_in_schema=False)
    async def ready() -> Response[dict[str, object]]:
        seen = await board.look()
        body: dict[str, object] = {"ready": seen.ready, "checks": dict(seen.checks)}
        if seen.details:
            body["details"] = dict(seen.details)
        return Response(body, status_code=200 if seen.ready else 503)

    return [live, ready]


def metrics_route() -> HTTPRouteHandler:
    """`/metrics`, as Prometheus reads it."""

    @get("/metrics", include_in_schema=False)
    async def metrics() -> Response[bytes]:
        return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)

    return metrics
