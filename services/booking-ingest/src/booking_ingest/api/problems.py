"""Problem documents (RFC 9457): what went wrong and which field, never what stood in it."""

from __future__ import annotations

from typing import Any

import msgspec
from litestar import Request, Response
from litestar.exceptions import HTTPException

from booking_ingest.errors import IngestError, Unauthorised
from pickup_contracts.errors import CardNumberFound, ContractError, MalformedEvent
from pickup_runtime import logs

MEDIA_TYPE = "application/problem+json"
_log = logs.get("api")


class Problem(msgspec.Struct, omit_defaults=True):
    """`field` is the dotted path that the sender knows it by; absent when the whole request is at fault."""

    type: str
    title: str
    status: int
    detail: str
    field: str | None = None


_HTTP = {
    400: "The request could not be read",
    404: "There is nothing here",
    405: "This address takes another method",
    413: "The body is larger than 256 KiB",
    415: "Send application/json, uncompressed",
}


def answer(problem: Problem, headers: dict[str, str] | None = None) -> Response[bytes]:
    return Response(
        msgspec.json.encode(problem), status_code=problem.status, media_type=MEDIA_TYPE, headers=headers or {}
    )


def of_contract(_: Request[Any, Any, Any], error: ContractError) -> Response[bytes]:
    """400 for what is not JSON at all, 422 for an event that does not keep the contract."""
    if isinstance(error, CardNumberFound):
        kind, title, status = "card-number", "Card numbers are not accepted", 422
    elif isinstance(error, MalformedEvent) and error.field is None and error.reason.startswith("not valid JSON"):
        kind, title, status = "not-json", "The body is not JSON", 400
    else:
        kind, title, status = "contract", "The event does not keep the contract", 422
    return answer(Problem(f"/problems/{kind}", title, status, str(error), error.field))


def of_ingest(_: Request[Any, Any, Any], error: IngestError) -> Response[bytes]:
    headers: dict[str, str] = {}
    if error.retry_after_s is not None:
        headers["Retry-After"] = str(error.retry_after_s)
    if isinstance(error, Unauthorised):
        headers["WWW-Authenticate"] = "Bearer"
    kind = "".join(f"-{one.lower()}" if one.isupper() else one for one in type(error).__name__).lstrip("-")
    return answer(Problem(f"/problems/{kind}", error.title, error.status, str(error), error.field), headers)


def of_http(_: Request[Any, Any, Any], error: HTTPException) -> Response[bytes]:
    """What the web framework itself refuses. Its own words may quote the request, so they are not passed on."""
    title = _HTTP.get(error.status_code, "The request was refused")
    kept = {name: value for name, value in (error.headers or {}).items() if name.lower() == "allow"}
    return answer(Problem("about:blank", title, error.status_code, title), kept)


def of_anything(_: Request[Any, Any, Any], error: Exception) -> Response[bytes]:
    """A fault of ours: logged without the body, answered as try-again, since nothing was accepted."""
    _log.error("unexpected", error=type(error).__name__, exc_info=error)
    problem = Problem(
        "/problems/internal", "Something went wrong here", 500, "the event was not accepted; send it again"
    )
    return answer(problem, {"Retry-After": "5"})
