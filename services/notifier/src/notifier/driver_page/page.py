"""The page as it is sent: one answer with its style and script in it, so that a slow line is asked once.

Nothing of it comes from anybody else; the policy names the style and the script by their hashes.
"""

from __future__ import annotations

import base64
import hashlib
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from litestar import MediaType, Response

from notifier.driver_page.view import View

_HERE = Path(__file__).parent / "static"
_STYLE = (_HERE / "page.css").read_text(encoding="utf-8")
_SCRIPT = (_HERE / "page.js").read_text(encoding="utf-8")
WORKER = (_HERE / "worker.js").read_text(encoding="utf-8")
_TEMPLATES = Environment(loader=FileSystemLoader(_HERE), autoescape=True, undefined=StrictUndefined)


def _hash(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


HEADERS = {
    "Content-Security-Policy": f"default-src 'none'; script-src 'sha256-{_hash(_SCRIPT)}'; "
    f"style-src 'sha256-{_hash(_STYLE)}'; connect-src 'self'; worker-src 'self'; img-src data:; form-action 'none'; "
    "frame-ancestors 'none'; base-uri 'none'",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "X-Robots-Tag": "noindex, nofollow",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}


def drawn(view: View, *, push_key: str | None) -> Response[str]:
    """The page of an alert. `push_key` is what the phone's browser needs to subscribe."""
    html = _TEMPLATES.get_template("page.html").render(
        view=view, style=_STYLE, script=_SCRIPT, push_key=push_key if view.can_push else None
    )
    return _html(html, 200)


def closed_door(status: int) -> Response[str]:
    """The one page for every link that opens nothing: why is nobody's business."""
    return _html(_TEMPLATES.get_template("nothing.html").render(style=_STYLE), status)


def _html(html: str, status: int) -> Response[str]:
    return Response(html, media_type=MediaType.HTML, status_code=status, headers=HEADERS)
