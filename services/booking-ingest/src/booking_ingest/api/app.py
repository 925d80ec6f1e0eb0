"""The HTTP application."""

from __future__ import annotations

from typing import Any

import msgspec
from litestar import Litestar, Request, Response, get, post
from litestar.exceptions import ClientException, HTTPException, InternalServerException

from booking_ingest.api import openapi, problems
from booking_ingest.api.source import Sources
from booking_ingest.api.unread import reading_on
from booking_ingest.errors import IngestError
from booking_ingest.intake import Intake
from pickup_contracts.errors import ContractError
from pickup_runtime import metrics
from pickup_runtime.health import HealthBoard
from pickup_runtime.ops_http import ops_routes

BODY_LIMIT = 256 * 1024


def build(intake: Intake, board: HealthBoard, *, proxy_hops: int = 0) -> Litestar:
    """The application over an intake that runs elsewhere. `proxy_hops` proxies of one's own stand in front."""
    sources = Sources(proxy_hops)
    description = msgspec.json.encode(openapi.document(board.version))

    @post("/v1/bookings/events", status_code=202)
    async def take_event(request: Request[Any, Any, Any]) -> Response[bytes]:
        try:
            media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
            if media_type != "application/json" or request.headers.get("content-encoding", "identity") != "identity":
                raise HTTPException(status_code=415)
            peer = request.client.host if request.client is not None else ""
            source = sources.of(peer, request.headers.getall("x-forwarded-for", []))
            # Before the body is read: who may not send costs no more than a look at the headers.
            operator_id = await intake.admit(request.headers.get("authorization"), source)
            receipt = await intake.take(operator_id, await _whole(request))
        except (ContractError, IngestError, HTTPException) as error:
            metrics.events_received.labels(type(error).__name__).inc()
            raise
        metrics.events_received.labels("replayed" if receipt.replayed else "taken").inc()
        return Response(
            msgspec.json.encode(receipt),
            status_code=202,
            media_type="application/json",
            headers={"Idempotent-Replay": "true"} if receipt.replayed else {},
        )

    @get("/openapi.json", include_in_schema=False)
    async def describe() -> Response[bytes]:
        return Response(description, media_type="application/json")

    return Litestar(
        [take_event, describe, *ops_routes(board)],
        openapi_config=None,
        logging_config=None,
        request_max_body_size=BODY_LIMIT,
        middleware=[reading_on],
        exception_handlers={
            ContractError: problems.of_contract,
            IngestError: problems.of_ingest,
            ClientException: problems.of_http,
            HTTPException: problems.of_http,
            Exception: problems.of_anything,
        },
    )


async def _whole(request: Request[Any, Any, Any]) -> bytes:
    """A request's body.

    Raises:
        HTTPException: it ended before it was whole, or was not sent as HTTP has it (400); it is too large (413).
    """
    try:
        return await request.body()
    except InternalServerException:
        # So the framework says that the sender has gone, which is no fault of ours.
        raise HTTPException(status_code=400) from None
