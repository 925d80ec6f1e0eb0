"""Where Twilio (or a provider of its shape) tells what became of texts and calls, and what drivers answered.

Only what carries the provider's signature is read. Everything may come twice, late, out of order, or for a message that
nobody knows: 404 then, as for an address that is none. Nothing that a driver wrote is kept or logged.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import Any, Literal
from urllib.parse import parse_qsl
from uuid import UUID
from xml.sax.saxutils import escape, quoteattr

from litestar import MediaType, Request, Response, Router, post
from litestar.exceptions import NotFoundException, PermissionDeniedException

from notifier.channels import replies
from notifier.channels.listener import Answered, Keyed, Listener, ReceiptStatus
from notifier.channels.phone import is_e164
from notifier.channels.replies import ReplyCode
from notifier.channels.signature import is_genuine
from notifier.channels.twilio import ARRIVED, LOST
from pickup_runtime import metrics
from pickup_runtime.clock import Clock

_AT_MOST = 16 * 1024
_REMEMBERED = 10_000
_THANKS: dict[ReplyCode, str] = {
    "collected": "Noted: you have it. Do not hand it over. Call the office now. Danger: 999.",
    "refused": "Noted: not collected. Thank you. Danger: 999.",
    "call_me": "Noted: the office will call you. Danger: 999.",
    "understood": "Noted: you have understood. Danger: 999.",
}
_SPOKEN: dict[ReplyCode, str] = {
    "collected": "Noted: you have it. Do not hand it over. Call the office now. In danger, call 9 9 9.",
    "refused": "Noted: you did not take it. Thank you. Goodbye.",
    "call_me": "Noted: the office will call you. In danger, call 9 9 9.",
    "understood": "Thank you. The office knows. Goodbye.",
}
_CHANGED = "This has changed. Call the office now. Danger: 999."
_SPOKEN_CHANGED = "This has changed. Call the office now. In danger, call 9 9 9."
_SPOKEN_CHANGED_FOR_OFFICE = "This has changed. Open the page now. Goodbye."
#: Of the office a call asks for nothing else; whoever is used to another key is asked again.
_PRESS = "Press 4 to say that you are on it."
#: Of a ride: a passenger may hear it, or read it over a shoulder.
_THANKS_ON_RIDE = "Noted. Call the office when you can. Danger: 999."
_SPOKEN_ON_RIDE = "Noted. Call the office when you can. In danger, call 9 9 9."
_HELP = "Reply with one number. 1: collected or on board. 2: not taken. 3: call me. 4: understood. Danger: 999."

_NO_ANSWER = "<Say>No acknowledgement was given. Please call the office. Goodbye.</Say><Hangup/>"

Kind = Literal["status", "reply", "voice"]
Form = list[tuple[str, str]]


class TwilioCallbacks:
    """`token` is the account's; `public_url` is the notifier's address as Twilio was given it, which is signed too."""

    def __init__(self, listener: Listener, clock: Clock, *, token: str, public_url: str) -> None:
        self._listener = listener
        self._clock = clock
        self._token = token
        self._public_url = public_url.rstrip("/")
        self._answered: OrderedDict[str, str] = OrderedDict()

    def router(self) -> Router:
        """The routes under `/callbacks/twilio`. They carry a signature instead of a cookie, so no CSRF token."""

        @post("/status/{delivery_id:str}", status_code=204, exclude_from_csrf=True, include_in_schema=False)
        async def status(request: Request[Any, Any, Any], delivery_id: str) -> None:
            await self._status(await self._signed(request, "status"), _identity(delivery_id))

        @post("/voice/{delivery_id:str}", status_code=200, exclude_from_csrf=True, include_in_schema=False)
        async def voice(request: Request[Any, Any, Any], delivery_id: str) -> Response[str]:
            return await self._voice(await self._signed(request, "voice"), _identity(delivery_id))

        @post("/reply", status_code=200, exclude_from_csrf=True, include_in_schema=False)
        async def reply(request: Request[Any, Any, Any]) -> Response[str]:
            return await self._reply(await self._signed(request, "reply"))

        return Router("/callbacks/twilio", route_handlers=[status, voice, reply], request_max_body_size=_AT_MOST)

    async def _signed(self, request: Request[Any, Any, Any], kind: Kind) -> Form:
        body = await request.body()
        try:
            form = parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=100)
        except ValueError:
            form = []
        query = f"?{request.url.query}" if request.url.query else ""
        # As it was given to the provider: behind a proxy, the request itself does not know its scheme and host.
        url = f"{self._public_url}{request.scope['path']}{query}"
        if not form or not is_genuine(self._token, url, form, request.headers.get("x-twilio-signature")):
            metrics.callbacks.labels(kind, "forged").inc()
            raise PermissionDeniedException
        return form

    async def _status(self, form: Form, delivery_id: UUID | None) -> None:
        fields = dict(form)
        status = _receipt(fields)
        if status is None:
            metrics.callbacks.labels("status", "under_way").inc()
            return
        code = fields.get("ErrorCode", "")
        error = f"code {code}" if status == "failed" and code.isascii() and code.isdigit() and len(code) < 10 else None
        known = delivery_id is not None and await self._listener.receipt(delivery_id, status, self._clock.now(), error)
        _count("status", "taken" if known else "unknown")

    async def _voice(self, form: Form, delivery_id: UUID | None) -> Response[str]:
        fields = dict(form)
        code = replies.CODES.get(fields.get("Digits", ""))
        if code is None:
            return _no_answer()
        call_id = f"{fields.get('CallSid') or delivery_id}/{code}"
        keyed: Keyed = "unknown"
        if delivery_id is not None:
            keyed = await self._listener.key(delivery_id, code, call_id, self._clock.now())
        if keyed == "not_asked":
            metrics.callbacks.labels("voice", "other_key").inc()
            return _twiml(_asked_again(f"{self._public_url}/callbacks/twilio/voice/{delivery_id}"))
        _count("voice", keyed)
        return _twiml(f"<Say>{escape(_spoken(keyed, code))}</Say><Hangup/>")

    async def _reply(self, form: Form) -> Response[str]:
        fields = dict(form)
        said, sid = fields.get("Body", ""), fields.get("MessageSid", "")
        if fields.get("OptOutType") or replies.for_provider(said) or not is_e164(fields.get("From", "")) or not sid:
            metrics.callbacks.labels("reply", "left_to_provider").inc()
            return _twiml("")
        if sid in self._answered:
            metrics.callbacks.labels("reply", "repeated").inc()
            return _twiml(self._answered[sid])
        answer = await self._answer(fields["From"], said, sid)
        self._answered[sid] = answer
        if len(self._answered) > _REMEMBERED:
            self._answered.popitem(last=False)
        return _twiml(answer)

    async def _answer(self, phone: str, said: str, sid: str) -> str:
        code = replies.read(said)
        if code is None:
            metrics.callbacks.labels("reply", "not_understood").inc()
            return _text(_HELP)
        answered: Answered = await self._listener.reply(phone, code, sid, self._clock.now())
        metrics.callbacks.labels("reply", _counted(answered)).inc()
        if answered == "unknown":
            # A number of which nothing was asked gets no answer: there is nobody to learn from one.
            return ""
        return _text({"changed": _CHANGED, "taken_on_ride": _THANKS_ON_RIDE}.get(answered, _THANKS[code]))


def _receipt(fields: dict[str, str]) -> ReceiptStatus | None:
    """What a callback says in the end; `None` while it is under way. A machine that was talked to is a failure."""
    if fields.get("AnsweredBy", "").startswith(("machine", "fax")):
        return "failed"
    state = fields.get("MessageStatus") or fields.get("CallStatus") or ""
    return "failed" if state in LOST else "delivered" if state in ARRIVED else None


def _spoken(keyed: Keyed, code: ReplyCode) -> str:
    said = {
        "changed": _SPOKEN_CHANGED,
        "changed_for_office": _SPOKEN_CHANGED_FOR_OFFICE,
        "taken_on_ride": _SPOKEN_ON_RIDE,
    }
    return said.get(keyed, _SPOKEN[code])


def _asked_again(action: str) -> str:
    say = f"<Say>{escape(_PRESS)}</Say>"
    return f'<Gather numDigits="1" timeout="7" method="POST" action={quoteattr(action)}>{say}</Gather>{_NO_ANSWER}'


def _counted(answered: Keyed) -> str:
    return {"taken_on_ride": "taken", "changed_for_office": "changed"}.get(answered, answered)


def _count(kind: Kind, answered: Keyed) -> None:
    metrics.callbacks.labels(kind, _counted(answered)).inc()
    if answered == "unknown":
        raise NotFoundException


def _no_answer() -> Response[str]:
    metrics.callbacks.labels("voice", "other_key").inc()
    return _twiml(_NO_ANSWER)


def _identity(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _text(said: str) -> str:
    return f"<Message>{escape(said)}</Message>"


def _twiml(inner: str) -> Response[str]:
    document = f'<?xml version="1.0" encoding="UTF-8"?><Response>{inner}</Response>'
    return Response(document, media_type=MediaType.XML)
