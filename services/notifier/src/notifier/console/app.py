"""The console's HTTP application: the page, its live updates, what can be done on it, and the same as JSON."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec
from litestar import Litestar, MediaType, Request, Response, Router, get
from litestar.config.csrf import CSRFConfig
from litestar.exceptions import HTTPException, TooManyRequestsException
from litestar.handlers import HTTPRouteHandler
from litestar.params import Parameter
from litestar.response import Redirect, ServerSentEvent, Template
from litestar.static_files import create_static_files_router

from notifier.audit.ledger import Ledger
from notifier.audit.views import ViewLog
from notifier.console import booking_page, lists, records, sign_in, words
from notifier.console.auth import Doorkeeper, allowed
from notifier.console.desk import Desk
from notifier.console.outcomes_api import outcomes_route
from notifier.console.refusals import refused
from notifier.console.sign_in import SignIn
from notifier.console.templating import template_config
from notifier.live import Bell
from notifier.store import Store
from pickup_runtime.health import HealthBoard
from pickup_runtime.ops_http import health_routes

_HERE = Path(__file__).parent
_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
    "connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
    "X-Frame-Options": "DENY",
}
_KEEP_ALIVE_S = 15.0
#: Pages that one person, or one key of an office, may have open at once and kept up to date.
_PAGES_OPEN = 100


def build(
    store: Store,
    desk: Desk,
    doorkeeper: Doorkeeper,
    door: SignIn,
    views: ViewLog,
    ledger: Ledger,
    bell: Bell,
    board: HealthBoard,
    *,
    session_secret: bytes,
    secure: bool,
    routes: Sequence[HTTPRouteHandler | Router] = (),
) -> Litestar:
    """The application. `secure` when it is reached by https, so that cookies go no other way. `routes` are those that
    have a module of their own."""

    open_pages: Counter[str] = Counter()

    @get("/", name="page", include_in_schema=False)
    async def page(request: Request[Any, Any, Any]) -> Template | Redirect:
        key = await doorkeeper.by_session(request)
        if key is None:
            return Redirect("/login")
        view = await desk.view(allowed(key, "view").operator_id)
        views.looked(key, "alerts")
        return Template("page.html", context={"view": view, "who": key, "words": words})

    @get("/alerts/list", include_in_schema=False)
    async def fragment(request: Request[Any, Any, Any]) -> Template:
        key = await doorkeeper.require(request, "view")
        views.looked(key, "alerts")
        return Template("alerts.html", context={"view": await desk.view(key.operator_id), "who": key, "words": words})

    @get("/live", include_in_schema=False)
    async def live(request: Request[Any, Any, Any]) -> ServerSentEvent:
        key = await doorkeeper.require(request, "view")

        async def still() -> bool:
            return await doorkeeper.by_session(request) is not None

        # Each holds a connection for as long as its page is open.
        if open_pages[key.subject] >= _PAGES_OPEN:
            raise TooManyRequestsException(detail="too many pages are open")
        return ServerSentEvent(_counted(open_pages, key.subject, _rings(bell, key.operator_id, still)))

    @get("/v1/alerts")
    async def alerts(
        request: Request[Any, Any, Any],
        wanted: Annotated[Literal["open", "closed"], Parameter(query="state")] = "open",
    ) -> Response[bytes]:
        key = await doorkeeper.require_key(request, "view")
        views.looked(key, "alerts")
        found = await (store.unclosed(key.operator_id) if wanted == "open" else store.closed(key.operator_id))
        shown = await desk.show(key.operator_id, found, deliveries=False)
        document = {
            "alerts": [
                {
                    **msgspec.structs.asdict(one.alert),
                    "headline": one.words.headline,
                    "driver_text": one.words.driver,
                }
                for one in shown
            ]
        }
        return Response(msgspec.json.encode(document), media_type=MediaType.JSON)

    return Litestar(
        [
            page,
            fragment,
            *sign_in.routes(door),
            *records.routes(doorkeeper, ledger, views),
            *booking_page.routes(doorkeeper, store, desk, ledger, views),
            *lists.routes(doorkeeper, desk, views),
            live,
            alerts,
            outcomes_route(doorkeeper, desk.actions, desk.clock),
            *routes,
            *health_routes(board),
            create_static_files_router(path="/static", directories=[_HERE / "static"], include_in_schema=False),
        ],
        openapi_config=None,
        logging_config=None,
        template_config=template_config(_HERE / "templates"),
        csrf_config=CSRFConfig(
            secret=session_secret.hex(),
            cookie_name="__Host-pickup_csrf" if secure else "pickup_csrf",
            cookie_secure=secure,
            cookie_httponly=True,
            cookie_samesite="lax",
        ),
        response_headers=[],
        exception_handlers={HTTPException: refused},
        after_request=_harden,
        request_max_body_size=16 * 1024,
    )


async def _counted(
    open_pages: Counter[str], subject: str, rings: AsyncIterator[dict[str, str]]
) -> AsyncIterator[dict[str, str]]:
    open_pages[subject] += 1
    try:
        async for ring in rings:
            yield ring
    finally:
        open_pages[subject] -= 1
        if not open_pages[subject]:
            del open_pages[subject]


async def _rings(bell: Bell, operator_id: str, still: Callable[[], Awaitable[bool]]) -> AsyncIterator[dict[str, str]]:
    """An event whenever something changed for this operator, and a sign of life in between, while the session lasts."""
    with bell.listen(operator_id) as ear:
        yield {"event": "changed", "data": "hello"}
        while await still():
            rung = await ear.wait(timeout_s=_KEEP_ALIVE_S)
            yield {"event": "changed" if rung else "alive", "data": ""}


async def _harden(response: Response[Any]) -> Response[Any]:
    for name, value in _HEADERS.items():
        response.headers.setdefault(name, value)
    return response
