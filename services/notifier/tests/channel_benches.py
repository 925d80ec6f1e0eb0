"""Every channel on a bench: with a stand-in of its provider behind it, seen through one set of eyes."""

from __future__ import annotations

import base64
import secrets
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import msgspec
from standins.chat_service import ChatService
from standins.mail_server import MailServer
from standins.operator_system import OperatorSystem
from standins.push_service import PushService
from standins.twilio_api import SID, TOKEN, TwilioApi

from notifier.channels.apprise import AppriseChannel
from notifier.channels.channel import Channel, Result
from notifier.channels.dispatch_note import DispatchNoteChannel, HttpDispatch
from notifier.channels.email import EmailChannel
from notifier.channels.email import MailServer as MailSettings
from notifier.channels.message import Message
from notifier.channels.outgoing import Outgoing
from notifier.channels.push import PushChannel
from notifier.channels.sms import SmsChannel
from notifier.channels.twilio import TwilioAccount
from notifier.channels.voice import VoiceChannel
from notifier.channels.webhook import WebhookChannel
from notifier.errors import SecretFault
from notifier.rung_rows import Delivery
from pickup_contracts.dispatch import DispatchNote
from pickup_contracts.operator import OperatorProfile, Webhook
from pickup_runtime.clock import SystemClock
from pickup_runtime.operators import OperatorDirectory

OPERATOR = "op-taxi-1"
TEXT = "STOP. DO NOT COLLECT job b-17. Call the office now. Danger: 999."
PHONE = "+447700900123"
SENDER = "+447700900999"
MAILBOX = "duty@firm.example"
#: Long enough for an answer on this machine, short enough to wait for one that never comes.
TIMEOUT_S = 0.5
_CLOCK = SystemClock()


def signing_secret() -> str:
    return "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()


def delivery(channel: str, body: bytes, *, attempts: int = 1, operator_id: str = OPERATOR) -> Delivery:
    now = datetime.now(UTC)
    return Delivery(uuid4(), uuid4(), operator_id, "b-17", channel, body, now + timedelta(minutes=10), attempts, now)


def told(channel: str, to: str, text: str = TEXT, **more: Any) -> Delivery:
    return delivery(channel, msgspec.json.encode(Message(to, text, **more)))


def again(one: Delivery) -> Delivery:
    """The same delivery at its next attempt."""
    return msgspec.structs.replace(one, attempts=one.attempts + 1)


class Bench:
    """`arrived` gives each message that the other side has taken, as its key and its text."""

    def __init__(
        self,
        channel: Channel,
        standin: Any,
        make: Callable[[], Delivery],
        arrived: Callable[[], list[tuple[str, str]]],
        key_of: Callable[[Delivery], str],
    ) -> None:
        self.channel = channel
        self.standin = standin
        self.make = make
        self.arrived = arrived
        self.key_of = key_of

    def fail(self, *faults: str) -> None:
        self.standin.faults.extend(faults)


class Known:
    """Secrets that are there."""

    def __init__(self, **known: str) -> None:
        self.known = known

    async def get(self, _: str, name: str) -> str:
        if name not in self.known:
            raise SecretFault(f"no secret {name!r}")
        return self.known[name]

    async def previous(self, _: str, name: str, now: datetime) -> str | None:
        return self.known.get(f"{name}_previous")


def directory(**fields: Any) -> OperatorDirectory:
    found = OperatorDirectory()
    found.put(OperatorProfile(operator_id=OPERATOR, name="Abbey Cars", **fields))
    return found


def note_to(url: str, **more: Any) -> DispatchNote:
    fields: dict[str, Any] = {
        "url": f"{url}/api/jobs/{{booking_id}}/notes",
        "body": {"note": {"kind": "driver", "text": "{text}"}, "ref": "{idempotency_key}"},
        "visible_to": "driver",
        "secret_header": "Authorization",
    }
    return DispatchNote(**(fields | more))


def _by_id(one: Delivery) -> str:
    return str(one.delivery_id)


@asynccontextmanager
async def webhook() -> AsyncIterator[Bench]:
    secret = signing_secret()
    async with OperatorSystem([secret]).running() as standin:
        channel = WebhookChannel(
            directory(webhook=Webhook(url=f"{standin.url}/hook")),
            Known(webhook=secret).get,
            _CLOCK,
            timeout_s=TIMEOUT_S,
            allow_private=True,
        )
        yield Bench(
            channel,
            standin,
            lambda: delivery("webhook", msgspec.json.encode({"type": "pickup.alert.warning", "text": TEXT})),
            lambda: list(standin.webhooks),
            _by_id,
        )
        await channel.close()


@asynccontextmanager
async def dispatch_note() -> AsyncIterator[Bench]:
    async with OperatorSystem([]).running() as standin:
        adapter = HttpDispatch(Known(dispatch=standin.token).get, _CLOCK, timeout_s=TIMEOUT_S, allow_private=True)
        channel = DispatchNoteChannel(directory(dispatch_note=note_to(standin.url)), adapter)
        yield Bench(
            channel,
            standin,
            lambda: told("dispatch_note", "b-17"),
            lambda: [(key, note["note"]["text"]) for key, _, note in standin.notes],
            _by_id,
        )
        await channel.close()


def account(standin: TwilioApi, *, token: str = TOKEN, timeout_s: float = TIMEOUT_S) -> TwilioAccount:
    http = Outgoing(_CLOCK, timeout_s=timeout_s, allow_private=True)
    return TwilioAccount(http, api=standin.url, sid=SID, token=token)


def texts(standin: TwilioApi, *, sender: str = SENDER, token: str = TOKEN) -> SmsChannel:
    return SmsChannel(account(standin, token=token), sender=sender, callback="https://guard.example/")


def calls(standin: TwilioApi) -> VoiceChannel:
    return VoiceChannel(account(standin), caller=SENDER, callback="https://guard.example/")


@asynccontextmanager
async def _by_twilio(
    name: str, channel_of: Callable[[TwilioApi], SmsChannel | VoiceChannel], words: str
) -> AsyncIterator[Bench]:
    """`words` is the field of a request that holds what is said."""
    async with TwilioApi().running() as standin:
        channel = channel_of(standin)
        yield Bench(
            channel,
            standin,
            lambda: told(name, PHONE),
            lambda: [(one["form"]["StatusCallback"].rpartition("/")[2], one["form"][words]) for one in standin.made],
            _by_id,
        )
        await channel.close()


def sms() -> AbstractAsyncContextManager[Bench]:
    return _by_twilio("sms", texts, "Body")


def voice() -> AbstractAsyncContextManager[Bench]:
    return _by_twilio("voice", calls, "Twiml")


@asynccontextmanager
async def email() -> AsyncIterator[Bench]:
    async with MailServer().running() as standin:
        channel = EmailChannel(
            MailSettings("127.0.0.1", standin.port, "none"),
            _CLOCK,
            sender="guard@firm.example",
            link_of=None,
            timeout_s=TIMEOUT_S,
        )

        def arrived() -> list[tuple[str, str]]:
            return [(str(mail["Message-ID"]), str(mail.get_body(("plain",)))) for mail in standin.mails]

        yield Bench(
            channel,
            standin,
            lambda: told("email", MAILBOX),
            arrived,
            lambda one: f"<{one.delivery_id}@firm.example>",
        )
        await channel.close()


@asynccontextmanager
async def push() -> AsyncIterator[Bench]:
    async with PushService().running() as standin:
        channel = PushChannel(
            standin.vapid_key, _CLOCK, contact="ops@firm.example", timeout_s=TIMEOUT_S, allow_private=True
        )
        yield Bench(
            channel,
            standin,
            lambda: told("push", standin.subscription()),
            lambda: [(headers["topic"], shown["body"]) for headers, shown in standin.got],
            lambda one: one.delivery_id.hex,
        )
        await channel.close()


@asynccontextmanager
async def apprise() -> AsyncIterator[Bench]:
    async with ChatService().running() as standin:
        channel = AppriseChannel(
            Known(**{"duty-chat": f"json://127.0.0.1:{standin.port}/notify"}).get,
            timeout_s=TIMEOUT_S,
            allow_private=True,
        )
        yield Bench(
            channel,
            standin,
            lambda: told("apprise", "duty-chat"),
            lambda: [("", shown["message"]) for shown in standin.got],
            lambda _: "",
        )
        await channel.close()


BENCHES = {
    "webhook": webhook,
    "dispatch_note": dispatch_note,
    "sms": sms,
    "voice": voice,
    "email": email,
    "push": push,
    "apprise": apprise,
}

_ANSWERED: dict[str, Result] = {"slow_body": "delivered", "huge": "delivered", "wrong_json": "delivered"}
_NOT_ANSWERED: dict[str, Result] = dict.fromkeys(("500", "429", "reset", "hang", "lost", "redirect"), "try_again")
_ACCEPTED: dict[str, Result] = dict.fromkeys(_ANSWERED, "sent")
#: How an attempt has to end for each fault. A success whose body never comes is a success: it must not be sent twice.
ENDS: dict[str, dict[str, Result]] = {
    "webhook": _NOT_ANSWERED | _ANSWERED,
    "dispatch_note": _NOT_ANSWERED | _ANSWERED,
    "push": _NOT_ANSWERED | _ANSWERED,
    "sms": _NOT_ANSWERED | _ACCEPTED,
    "voice": _NOT_ANSWERED | _ACCEPTED,
    # Apprise reads the whole of an answer and has an opinion on nothing but its status.
    "apprise": _NOT_ANSWERED | {"slow_body": "try_again", "wrong_json": "delivered"},
    "email": {
        "mailbox_full": "try_again",
        "unknown_mailbox": "refused",
        "busy": "try_again",
        "spam": "refused",
        "hang": "try_again",
        "drop": "try_again",
        "lost": "try_again",
        "rude": "delivered",
    },
}
