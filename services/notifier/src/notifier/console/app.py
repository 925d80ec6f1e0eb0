"""The console's HTTP application: the page, its live updates, what can be done on it, and the same as JSON."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
from litestar import Litestar, MediaType, Request, Response, get, post
from litestar.config.csrf import CSRFConfig
from litestar.contrib.jinja import JinjaTemplateEngine
from litestar.enums import RequestEncodingType
from litestar.exceptions import NotAuthorizedException, NotFoundException
from litestar.handlers import HTTPRouteHandler
from litestar.middleware.session.client_side import CookieBackendConfig
from litestar.params import Body, Parameter
from litestar.response import Redirect, ServerSentEvent, Template
from litestar.static_files import create_static_files_router
from litestar.template.config import TemplateConfig

from notifier.alerts.wording import wording
from notifier.console.auth import Doorkeeper
from notifier.console.desk import Desk
from notifier.live import Bell
from notifier.store import Store
from pickup_runtime.health import HealthBoard
from pickup_runtime.ops_http import ops_routes

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
_SHIFT_S = 12 * 60 * 60


class Login(msgspec.Struct):
    key: str = ""


def build(
    store: Store,
    desk: Desk,
    doorkeeper: Doorkeeper,
    bell: Bell,
    board: HealthBoard,
    *,
    session_secret: bytes,
    secure: bool,
    routes: Sequence[HTTPRouteHandler] = (),
) -> Litestar:
    """The application. `secure` when it is reached by https, so that cookies go no other way. `routes` are those that
    have a module of their own."""

    @get("/", name="page", include_in_schema=False)
    async def page(request: Request[Any, Any, Any]) -> Template | Redirect:
        key = await doorkeeper.by_session(request)
        if key is None:
            return Redirect("/login")
        view = await desk.view(key.operator_id)
        return Template("page.html", context={"view": view, "holder": key.holder})

    @get("/alerts/list", include_in_schema=False)
    async def fragment(request: Request[Any, Any, Any]) -> Template:
        key = await doorkeeper.by_session(request)
        if key is None:
            raise NotAuthorizedException
        return Template("alerts.html", context={"view": await desk.view(key.operator_id)})

    @get("/login", include_in_schema=False)
    async def login_page() -> Template:
        return Template("login.html", context={"wrong": False})

    @post("/login", include_in_schema=False)
    async def login(
        request: Request[Any, Any, Any],
        data: Annotated[Login, Body(media_type=RequestEncodingType.URL_ENCODED)],
    ) -> Template | Redirect:
        key = await doorkeeper.by_key(data.key)
        if key is None:
            return Template("login.html", context={"wrong": True}, status_code=401)
        doorkeeper.remember(request, key)
        return Redirect("/", status_code=303)

    @post("/logout", include_in_schema=False)
    async def logout(request: Request[Any, Any, Any]) -> Redirect:
        request.clear_session()
        return Redirect("/login", status_code=303)

    @post("/alerts/{alert_id:uuid}/acknowledge", include_in_schema=False)
    async def acknowledge(request: Request[Any, Any, Any], alert_id: UUID) -> Redirect:
        key = await doorkeeper.by_session(request)
        if key is None:
            raise NotAuthorizedException
        if not await desk.acknowledge(key.operator_id, alert_id, key.holder):
            raise NotFoundException
        return Redirect("/", status_code=303)

    @get("/live", include_in_schema=False)
    async def live(request: Request[Any, Any, Any]) -> ServerSentEvent:
        key = await doorkeeper.by_session(request)
        if key is None:
            raise NotAuthorizedException
        return ServerSentEvent(_rings(bell, key.operator_id))

    @get("/v1/alerts")
    async def alerts(
        request: Request[Any, Any, Any],
        wanted: Annotated[Literal["open", "closed"], Parameter(query="state")] = "open",
    ) -> Response[bytes]:
        key = await doorkeeper.by_header(request)
        found = await (store.unclosed(key.operator_id) if wanted == "open" else store.closed(key.operator_id))
        document = {
            "alerts": [
                {
                    **msgspec.structs.asdict(alert),
                    "headline": wording(alert).headline,
                    "driver_text": wording(alert).driver,
                }
                for alert in found
            ]
        }
        return Response(msgspec.json.encode(document), media_type=MediaType.JSON)

    return Litestar(
        [
            page,
            fragment,
            login_page,
            login,
            logout,
            acknowledge,
            live,
            alerts,
            *routes,
            *ops_routes(board),
            create_static_files_router(path="/static", directories=[_HERE / "static"], include_in_schema=False),
        ],
        openapi_config=None,
        template_config=TemplateConfig(directory=_HERE / "templates", engine=JinjaTemplateEngine),
        middleware=[
            CookieBackendConfig(
                secret=session_secret,
                key="pickup_console",
                max_age=_SHIFT_S,
                httponly=True,
                secure=secure,
                samesite="strict",
            ).middleware
        ],
        csrf_config=CSRFConfig(
            secret=session_secret.hex(), cookie_name="pickup_csrf", cookie_secure=secure, cookie_samesite="strict"
        ),
        response_headers=[],
        after_request=_harden,
        request_max_body_size=16 * 1024,
    )


async def _rings(bell: Bell, operator_id: str) -> AsyncIterator[dict[str, str]]:
    """An event whenever something changed for this operator, and a sign of life in between."""
    with bell.listen(operator_id) as ear:
        yield {"event": "changed", "data": "hello"}
        while True:
            rung = await ear.wait(timeout_s=_KEEP_ALIVE_S)
            yield {"event": "changed" if rung else "alive", "data": ""}


async def _harden(response: Response[Any]) -> Response[Any]:
    for name, value in _HEADERS.items():
        response.headers.setdefault(name, value)
    return response
