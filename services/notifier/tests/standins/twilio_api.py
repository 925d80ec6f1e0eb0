"""Twilio's REST API, as far as it is used: Messages and Calls, created and listed, errors by their numbers.

https://www.twilio.com/docs/messaging/api/message-resource, https://www.twilio.com/docs/voice/api/call-resource,
https://www.twilio.com/docs/api/errors
"""

from __future__ import annotations

import base64
import secrets
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any

from aiohttp import web

from standins.http import HttpStandin

SID = "AC" + "0" * 32
TOKEN = "an-auth-token"
#: Twilio's own magic numbers for tests, and what they answer.
INVALID = "+15005550001"
NOT_A_MOBILE = "+15005550009"
STOPPED = "+15005550004"
_REFUSED = {
    INVALID: (21211, "Invalid 'To' Phone Number"),
    NOT_A_MOBILE: (21614, "'To' number is not a valid mobile number"),
    STOPPED: (21610, "Attempt to send to unsubscribed recipient"),
}
_MESSAGES = {500: (20500, "Internal Server Error"), 429: (20429, "Too Many Requests"), 401: (20003, "Authenticate")}


class TwilioApi(HttpStandin):
    """`made` are the messages and calls in the order in which they were accepted. `may_list` off, and listing is
    forbidden, as to a restricted key."""

    success = 201

    def __init__(self) -> None:
        super().__init__()
        self.made: list[dict[str, Any]] = []
        self.listed = 0
        self.may_list = True
        self.trial = False

    def routes(self) -> list[web.RouteDef]:
        base = f"/2010-04-01/Accounts/{SID}"
        return [
            web.post(f"{base}/Messages.json", self._message),
            web.get(f"{base}/Messages.json", self._messages),
            web.post(f"{base}/Calls.json", self._call),
            web.get(f"{base}/Calls.json", self._calls),
        ]

    def problem(self, status: int) -> web.Response:
        code, said = _MESSAGES.get(status, (20000 + status, "Error"))
        return _fault(status, code, said)

    async def _message(self, request: web.Request) -> web.StreamResponse:
        form = await self._form(request)
        if isinstance(form, web.Response):
            return form
        if ("From" in form) == ("MessagingServiceSid" in form):
            return _fault(400, 21603, "A 'From' phone number is required")
        if not form.get("Body"):
            return _fault(400, 21602, "Message body is required")
        body = f"Sent from your Twilio trial account - {form['Body']}" if self.trial else form["Body"]
        return self._made("SM", "messages", "queued", form, body=body, num_segments="1", error_code=None)

    async def _call(self, request: web.Request) -> web.StreamResponse:
        form = await self._form(request)
        if isinstance(form, web.Response):
            return form
        if not form.get("From") or not form.get("Twiml") or len(form["Twiml"]) > 4000:
            return _fault(400, 21205, "Url or Twiml is required")
        return self._made("CA", "calls", "queued", form, duration=None)

    async def _messages(self, request: web.Request) -> web.StreamResponse:
        return self._list("messages", request)

    async def _calls(self, request: web.Request) -> web.StreamResponse:
        return self._list("calls", request)

    def _list(self, kind: str, request: web.Request) -> web.StreamResponse:
        if (refused := self._unauthorised(request)) is not None:
            return refused
        if not self.may_list:
            return _fault(403, 20403, "Forbidden")
        self.listed += 1
        to, size = request.query["To"], int(request.query["PageSize"])
        found = [one["shown"] for one in reversed(self.made) if one["kind"] == kind and one["shown"]["to"] == to]
        return web.json_response({kind: found[:size], "page": 0, "page_size": size, "next_page_uri": None})

    def _made(self, prefix: str, kind: str, status: str, form: dict[str, str], **more: Any) -> web.Response:
        shown = {
            "sid": prefix + secrets.token_hex(16),
            "account_sid": SID,
            "to": form["To"],
            "from": form.get("From"),
            "status": status,
            "direction": "outbound-api",
            "date_created": format_datetime(datetime.now(UTC)),
            **more,
        }
        self.made.append({"kind": kind, "shown": shown, "form": form})
        return web.json_response(shown, status=201)

    async def _form(self, request: web.Request) -> dict[str, str] | web.Response:
        if (refused := self._unauthorised(request)) is not None:
            return refused
        if request.content_type != "application/x-www-form-urlencoded":
            return _fault(415, 20415, "Unsupported Media Type")
        form = {name: str(value) for name, value in (await request.post()).items()}
        if form.get("To") in _REFUSED:
            code, said = _REFUSED[form["To"]]
            return _fault(400, code, f"{said}: {form['To']}")
        return form

    def _unauthorised(self, request: web.Request) -> web.Response | None:
        wanted = "Basic " + base64.b64encode(f"{SID}:{TOKEN}".encode()).decode()
        return None if request.headers.get("Authorization") == wanted else self.problem(401)


def _fault(status: int, code: int, said: str) -> web.Response:
    document = {
        "code": code,
        "message": said,
        "more_info": f"https://www.twilio.com/docs/errors/{code}",
        "status": status,
    }
    return web.json_response(document, status=status)
