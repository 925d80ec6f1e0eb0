"""`POST /v1/holds/{correlation_id}`: the operator's system says whether it has held, released or recalled a job."""

from __future__ import annotations

from typing import Any, Literal
from uuid import UUID

import msgspec
from litestar import MediaType, Request, Response, post
from litestar.exceptions import NotFoundException
from litestar.handlers import HTTPRouteHandler

from notifier.actions import Actions, Actor
from notifier.alerts.alert import Refusal
from notifier.console.who import Who
from pickup_contracts.codec import decode_with
from pickup_contracts.errors import MalformedEvent


class Answer(msgspec.Struct, forbid_unknown_fields=True):
    """`{"status": "confirmed"}` or `{"status": "refused"}`."""

    status: Literal["confirmed", "refused"]


_answer = msgspec.json.Decoder(Answer, strict=True)


def holds_route(actions: Actions, who: Who) -> HTTPRouteHandler:
    """The route, for the console's application. `who` gives the holder of the key in a request's header.

    Answers 200 with the command's state, 404 for a command that this operator does not have, 409 when it was answered
    otherwise before, 422 for a body that is none.
    """

    @post("/v1/holds/{correlation_id:uuid}", status_code=200, exclude_from_csrf=True)
    async def answer(request: Request[Any, Any, Any], correlation_id: UUID) -> Response[bytes]:
        key = await who(request)
        try:
            said = decode_with(_answer, await request.body())
        except MalformedEvent:
            return _json({"error": 'status: must be "confirmed" or "refused"'}, 422)
        actor = Actor(key.holder, "operator_system")
        done = await actions.answer_command(key.operator_id, correlation_id, said.status, actor)
        if isinstance(done, Refusal):
            if done.reason == "answered":
                return _json({"error": "answered before, and otherwise"}, 409)
            raise NotFoundException
        return _json({"correlation_id": correlation_id, "status": said.status}, 200)

    return answer


def _json(document: dict[str, Any], status: int) -> Response[bytes]:
    return Response(msgspec.json.encode(document), media_type=MediaType.JSON, status_code=status)
