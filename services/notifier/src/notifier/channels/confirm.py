"""The page behind an acknowledge link. Opening it changes nothing: programs that look at links in mail open them too.
Only its button acknowledges, and pressing it again does no harm.

The page is one file: no script, no picture, nothing from anybody else, and nothing of the booking on it.
"""

from __future__ import annotations

import base64
import hashlib
from typing import Any
from uuid import UUID

from litestar import MediaType, Request, Response, Router, get, post

from notifier.channels.links import Links, Refusal, Ticket
from notifier.channels.listener import Listener
from pickup_runtime import metrics
from pickup_runtime.clock import Clock

PURPOSE = "acknowledge"
PATH = "/acknowledge"
_STYLE = (
    "body{font:1.15rem/1.5 system-ui,sans-serif;margin:0 auto;max-width:34rem;padding:2rem 1rem;color:#111;"
    "background:#fff}button{font:inherit;font-weight:700;padding:.9rem 1.4rem;border:0;border-radius:.4rem;"
    "background:#00703c;color:#fff;width:100%}button:focus{outline:3px solid #fd0;outline-offset:2px}"
    "@media(prefers-color-scheme:dark){body{color:#eee;background:#111}}"
)
_HASH = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
_HEADERS = {
    "Content-Security-Policy": f"default-src 'none'; style-src 'sha256-{_HASH}'; form-action 'self'; "
    "frame-ancestors 'none'; base-uri 'none'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "X-Robots-Tag": "noindex, nofollow",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}
_ASK = (
    "<h1>Have you read the warning?</h1><p>Press the button to tell the office that you are on it. Until somebody "
    'does, it is passed on to others.</p><form method="post"><button type="submit">I am on it</button></form>'
)
_DONE = "<h1>Thank you</h1><p>It is noted that you are on it. You can close this page.</p>"
_EXPIRED = "<h1>This link has expired</h1><p>Look at the alert in the console, or call the office.</p>"
_INVALID = "<h1>This link is not valid</h1><p>Open it from the newest message itself, or call the office.</p>"


class Confirmation:
    """The routes under `/acknowledge`. Signed by the link itself, so without cookies and CSRF tokens."""

    def __init__(self, listener: Listener, links: Links, clock: Clock) -> None:
        self._listener = listener
        self._links = links
        self._clock = clock

    def router(self) -> Router:
        @get("/{token:str}", include_in_schema=False)
        async def ask(token: str) -> Response[str]:
            found = self._open(token)
            return found if isinstance(found, Response) else _page(_ASK, 200)

        @post("/{token:str}", status_code=200, exclude_from_csrf=True, include_in_schema=False)
        async def done(request: Request[Any, Any, Any], token: str) -> Response[str]:
            found = self._open(token)
            if isinstance(found, Response):
                return found
            known = await self._listener.acknowledge(UUID(found.subject), self._clock.now())
            metrics.callbacks.labels("link", "taken" if known else "unknown").inc()
            return _page(_DONE, 200) if known else _page(_INVALID, 404)

        return Router(PATH, route_handlers=[ask, done], request_max_body_size=1024)

    def _open(self, token: str) -> Ticket | Response[str]:
        found = self._links.verify(token, PURPOSE, self._clock.now())
        if not isinstance(found, Refusal):
            return found
        metrics.callbacks.labels("link", found.reason).inc()
        return _page(_EXPIRED, 410) if found.reason == "expired" else _page(_INVALID, 404)


def _page(inner: str, status: int) -> Response[str]:
    document = (
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f"<title>Pickup Guard</title><style>{_STYLE}</style></head><body><main>{inner}</main></body></html>"
    )
    return Response(document, media_type=MediaType.HTML, status_code=status, headers=_HEADERS)
