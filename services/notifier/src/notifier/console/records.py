"""What was written down, for those who may read it: the audit, and who looked at what. One operator's own, always."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from litestar import MediaType, Request, Response, get
from litestar.handlers import HTTPRouteHandler
from litestar.params import Parameter
from litestar.response import Template

from notifier.accounts.principal import Principal
from notifier.audit.chain import moment
from notifier.audit.ledger import Ledger
from notifier.audit.views import ViewLog
from notifier.console.auth import Doorkeeper
from notifier.console.forms import plain

_AT_ONCE = 200
_Booking = Annotated[str | None, Parameter(query="booking", max_length=128)]


def routes(doorkeeper: Doorkeeper, ledger: Ledger, views: ViewLog) -> list[HTTPRouteHandler]:
    """The routes."""

    async def entries(who: Principal, before: int | None, booking_id: str | None) -> list[dict[str, Any]]:
        booking_id = plain(booking_id or "") or None
        found = await ledger.newest(who.operator_id, before=before, booking_id=booking_id, limit=_AT_ONCE)
        views.looked(who, "audit", booking_id)
        return [
            {
                "number": one.number,
                "at": moment(one.at),
                "kind": one.kind,
                "actor": one.actor,
                "booking_id": one.booking_id,
                "body": msgspec.Raw(one.body.encode()),
                "hash": one.hash.hex(),
            }
            for one in found
        ]

    async def looks(who: Principal, booking_id: str | None) -> list[dict[str, Any]]:
        found = await views.views(who.operator_id, booking_id=plain(booking_id or "") or None, limit=_AT_ONCE)
        return [{**msgspec.structs.asdict(one), "at": moment(one.at)} for one in found]

    @get("/audit", include_in_schema=False)
    async def audit_page(
        request: Request[Any, Any, Any],
        before: Annotated[int | None, Parameter(query="before", ge=1, le=2**63 - 1)] = None,
        booking_id: _Booking = None,
    ) -> Template:
        who = await doorkeeper.require(request, "audit")
        found = await entries(who, before, booking_id)
        return Template("audit.html", context={"who": who, "entries": found, "booking": booking_id, "most": _AT_ONCE})

    @get("/views", include_in_schema=False)
    async def views_page(request: Request[Any, Any, Any], booking_id: _Booking = None) -> Template:
        who = await doorkeeper.require(request, "views")
        return Template("views.html", context={"who": who, "views": await looks(who, booking_id)})

    @get("/v1/audit")
    async def audit(
        request: Request[Any, Any, Any],
        before: Annotated[int | None, Parameter(query="before", ge=1, le=2**63 - 1)] = None,
        booking_id: _Booking = None,
    ) -> Response[bytes]:
        who = await doorkeeper.require_key(request, "audit")
        return _json({"entries": await entries(who, before, booking_id)})

    @get("/v1/views")
    async def views_(request: Request[Any, Any, Any], booking_id: _Booking = None) -> Response[bytes]:
        who = await doorkeeper.require_key(request, "views")
        return _json({"views": await looks(who, booking_id)})

    return [audit_page, views_page, audit, views_]


def _json(document: dict[str, Any]) -> Response[bytes]:
    return Response(msgspec.json.encode(document), media_type=MediaType.JSON)
