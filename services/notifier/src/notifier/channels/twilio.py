"""One account of Twilio's REST API, or of a provider that speaks its shape: what SMS and voice have in common.

https://www.twilio.com/docs/messaging/api/message-resource, https://www.twilio.com/docs/voice/api/call-resource,
https://www.twilio.com/docs/api/errors. There is no idempotency key: what to do when nobody answered is each channel's.
"""

from __future__ import annotations

import base64
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Literal, TypeVar
from urllib.parse import quote, urlencode

import msgspec
from msgspec import Struct

from notifier.channels.channel import Attempt
from notifier.channels.outgoing import Answer, Outgoing
from notifier.errors import NoAnswer

Resource = Literal["Messages", "Calls"]
#: States in which a message or call has come to nothing.
LOST = frozenset({"failed", "undelivered", "canceled", "busy", "no-answer"})
#: States in which it has arrived.
ARRIVED = frozenset({"delivered", "read", "completed"})
_PAGE = 50
_T = TypeVar("_T")


class Created(Struct, frozen=True):
    """A message or call as the API shows it."""

    sid: str
    status: str
    body: str | None = None
    date_created: str | None = None
    error_code: int | None = None

    @property
    def created_at(self) -> datetime | None:
        try:
            return parsedate_to_datetime(self.date_created or "")
        except ValueError:
            return None


class _Fault(Struct):
    code: int | None = None


class _Page(Struct):
    messages: list[Created] = []
    calls: list[Created] = []


_created = msgspec.json.Decoder(Created)
_fault = msgspec.json.Decoder(_Fault)
_page = msgspec.json.Decoder(_Page)


class TwilioAccount:
    """Creates and lists. `api` is `https://api.twilio.com`, or where the provider answers."""

    def __init__(self, http: Outgoing, *, api: str, sid: str, token: str) -> None:
        self._http = http
        self._base = f"{api.rstrip('/')}/2010-04-01/Accounts/{quote(sid, safe='')}"
        credentials = base64.b64encode(f"{sid}:{token}".encode()).decode()
        self._headers = {"authorization": f"Basic {credentials}", "accept": "application/json"}

    async def create(self, resource: Resource, fields: list[tuple[str, str]]) -> Attempt:
        """Create one. `sent` when it was accepted, whatever can be read of the answer: a 2xx is never sent again.

        Raises:
            NoAnswer: nobody answered; it may have been accepted.
        """
        answer = await self._http.send(
            "POST",
            f"{self._base}/{resource}.json",
            content=urlencode(fields).encode(),
            headers={**self._headers, "content-type": "application/x-www-form-urlencoded"},
        )
        return _accepted(answer) if answer.status == 201 else _refused(answer)

    async def newest(self, resource: Resource, to: str) -> list[Created] | None:
        """The newest messages or calls to one number; `None` when the account may not list them.

        Raises:
            NoAnswer: nobody answered, or not with a list.
        """
        answer = await self._http.send(
            "GET", f"{self._base}/{resource}.json?{urlencode({'To': to, 'PageSize': _PAGE})}", headers=self._headers
        )
        if answer.status in (401, 403):
            return None
        page = _decoded(_page, answer.body) if answer.ok else None
        if page is None:
            raise NoAnswer(answer.problem)
        return page.messages if resource == "Messages" else page.calls

    async def close(self) -> None:
        await self._http.close()


def standing(found: Created) -> Attempt:
    """How an attempt ended whose message or call was found at the provider."""
    if found.status in LOST:
        return Attempt("refused", _coded(f"the provider says {found.status}", found.error_code), None, found.sid)
    return Attempt("delivered" if found.status in ARRIVED else "sent", provider_id=found.sid)


def _accepted(answer: Answer) -> Attempt:
    found = _decoded(_created, answer.body)
    return standing(found) if found is not None else Attempt("sent", "accepted with an answer that can't be read")


def _refused(answer: Answer) -> Attempt:
    """A number that takes no messages, a wrong password: neither heals in a pickup's time, and the next channel should
    have its turn at once. What the provider says in words may hold a number, so only its code is kept."""
    fault = _decoded(_fault, answer.body)
    problem = _coded(answer.problem, fault.code if fault is not None else None)
    if 400 <= answer.status < 500 and answer.status not in (408, 409, 425, 429):
        return Attempt("refused", problem)
    return Attempt("try_again", problem, answer.retry_after_s)


def _coded(problem: str, code: int | None) -> str:
    return f"{problem}, code {code}" if code is not None else problem


def _decoded(decoder: msgspec.json.Decoder[_T], body: bytes | None) -> _T | None:
    try:
        return decoder.decode(body) if body is not None else None
    except msgspec.MsgspecError:
        return None
