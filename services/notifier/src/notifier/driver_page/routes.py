"""The routes under `/d`. A link is the key: no cookie, no session, and nothing for whoever has none."""

from __future__ import annotations

from typing import Any

import msgspec
from litestar import MediaType, Request, Response, Router, get, post

from notifier.alerts.alert import Alert
from notifier.channels.push import Subscription, subscription
from notifier.driver_page import answering, page
from notifier.driver_page.answering import Answering, Taken
from notifier.driver_page.links import PATH, DriverLinks, Refused
from notifier.driver_page.subscriptions import Subscriptions
from notifier.driver_page.view import View, view
from notifier.telling import driver_texts
from notifier.watch import UNNAMED
from pickup_runtime import logs, metrics
from pickup_runtime.clock import Clock
from pickup_runtime.operators import OperatorDirectory

_log = logs.get("driver_page")
_LARGEST = 4_096
_STATUS: dict[Taken, int] = {"taken": 200, "conflict": 409, "too_many": 429, "over": 409, "overtaken": 409}


class DriverPages:
    """Opens links, draws pages, takes answers. `push_key` is this deployment's own, `None` where it has no push."""

    def __init__(
        self,
        answers: Answering,
        links: DriverLinks,
        operators: OperatorDirectory,
        subscriptions: Subscriptions,
        clock: Clock,
        *,
        push_key: str | None = None,
    ) -> None:
        self._answers = answers
        self._links = links
        self._operators = operators
        self._subscriptions = subscriptions
        self._clock = clock
        self._push_key = push_key

    def router(self) -> Router:
        @get("/worker.js", exclude_from_csrf=True, include_in_schema=False)
        async def worker() -> Response[str]:
            headers = {**page.HEADERS, "Cache-Control": "no-cache"}
            return Response(page.WORKER, media_type="text/javascript", headers=headers)

        # Opening changes nothing: programs that preview links open them too. The page's script says that it is read.
        @get("/{token:str}", exclude_from_csrf=True, include_in_schema=False)
        async def show(token: str) -> Response[str]:
            alert = await self._open(token)
            if isinstance(alert, int):
                return page.closed_door(alert)
            return page.drawn(await self._view(alert), push_key=self._push_key)

        @get("/{token:str}/state", exclude_from_csrf=True, include_in_schema=False)
        async def state(token: str) -> Response[dict[str, str]]:
            alert = await self._open(token)
            if isinstance(alert, int):
                return _said("gone", alert)
            return _said((await self._view(alert)).state, 200)

        @post("/{token:str}/looked", status_code=200, exclude_from_csrf=True, include_in_schema=False)
        async def looked(token: str) -> Response[dict[str, str]]:
            alert = await self._open(token)
            if isinstance(alert, int):
                return _said("gone", alert)
            await self._answers.looked(alert)
            return _said("taken", 200)

        @post("/{token:str}/answers", status_code=200, exclude_from_csrf=True, include_in_schema=False)
        async def answer(request: Request[Any, Any, Any], token: str) -> Response[dict[str, str]]:
            alert = await self._open(token)
            if isinstance(alert, int):
                return _said("gone", alert)
            try:
                tapped = answering.decode(await request.body())
            except (msgspec.MsgspecError, UnicodeDecodeError):
                return _counted("malformed", 400)
            taken = await self._answers.take(alert, tapped)
            return _counted(taken, _STATUS[taken])

        @post("/{token:str}/phone", status_code=200, exclude_from_csrf=True, include_in_schema=False)
        async def phone(request: Request[Any, Any, Any], token: str) -> Response[dict[str, str]]:
            """Warn this phone from now on. It is asked again whenever the page is opened there."""
            alert = await self._open(token)
            if isinstance(alert, int):
                return _said("gone", alert)
            if self._push_key is None or alert.driver is None or alert.driver == UNNAMED:
                return _said("no_push", 409)
            found = _subscription(await request.body())
            if found is None:
                return _said("malformed", 400)
            await self._subscriptions.keep(alert.operator_id, alert.driver, found, self._clock.now())
            return _said("taken", 200)

        @post("/{token:str}/phone/off", status_code=200, exclude_from_csrf=True, include_in_schema=False)
        async def phone_off(request: Request[Any, Any, Any], token: str) -> Response[dict[str, str]]:
            alert = await self._open(token)
            if isinstance(alert, int):
                return _said("gone", alert)
            found = _subscription(await request.body())
            if found is None or alert.driver is None:
                return _said("malformed", 400)
            await self._subscriptions.drop(alert.operator_id, alert.driver, found.endpoint)
            return _said("taken", 200)

        return Router(
            PATH,
            route_handlers=[worker, show, state, looked, answer, phone, phone_off],
            request_max_body_size=_LARGEST,
        )

    async def _open(self, token: str) -> Alert | int:
        """The alert that a link opens for its holder, or the status of the page that says nothing."""
        ticket = self._links.verify(token, self._clock.now())
        if isinstance(ticket, Refused):
            return _refused(ticket.reason, 410 if ticket.reason == "expired" else 404)
        alert = await self._answers.alert(ticket.alert_id)
        if alert is None:
            return _refused("no_such_alert", 404)
        if not self._links.is_for(ticket, alert):
            return _refused("another_driver", 410)
        return alert

    async def _view(self, alert: Alert) -> View:
        profile = self._operators.get(alert.operator_id)
        return view(
            alert,
            driver_texts(profile, alert.driver),
            office_phone=profile.office_phone if profile is not None else None,
            pressed=frozenset(said for _, said in await self._answers.pressed(alert)),
            push=self._push_key is not None,
        )


def _subscription(body: bytes) -> Subscription | None:
    try:
        found = subscription(body.decode())
    except UnicodeDecodeError:
        return None
    return found if found is not None and len(found.endpoint) <= 2_000 else None


def _refused(reason: str, status: int) -> int:
    _log.info("driver_link_refused", reason=reason)
    metrics.callbacks.labels("driver_link", reason).inc()
    return status


def _counted(said: str, status: int) -> Response[dict[str, str]]:
    metrics.callbacks.labels("driver_answer", said).inc()
    return _said(said, status)


def _said(said: str, status: int) -> Response[dict[str, str]]:
    return Response({"said": said}, status_code=status, media_type=MediaType.JSON, headers=page.HEADERS)
