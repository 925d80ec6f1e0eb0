"""Which channels this deployment has: from its settings to isolated channels, and the addresses that go with them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import AsyncExitStack
from datetime import datetime
from typing import Protocol

from litestar import Router
from msgspec import Struct
from pydantic import SecretStr

from notifier.channels import push
from notifier.channels.apprise import AppriseChannel
from notifier.channels.callbacks import TwilioCallbacks
from notifier.channels.channel import Channel
from notifier.channels.confirm import Confirmation
from notifier.channels.dispatch_note import DispatchNoteChannel, HttpDispatch
from notifier.channels.email import EmailChannel, MailServer, acknowledge_link
from notifier.channels.isolation import BY_OPERATOR, WHOLE, Isolated, Lanes, Limits
from notifier.channels.links import Links
from notifier.channels.listener import Listener
from notifier.channels.outgoing import Outgoing
from notifier.channels.push import PushChannel
from notifier.channels.settings import ChannelSettings
from notifier.channels.sms import SmsChannel
from notifier.channels.twilio import TwilioAccount
from notifier.channels.voice import VoiceChannel
from notifier.channels.webhook import WebhookChannel
from pickup_runtime import logs
from pickup_runtime.clock import Clock
from pickup_runtime.errors import SettingsFault
from pickup_runtime.operators import OperatorDirectory

_log = logs.get("channels")
#: Half of what an attempt may take in all, since a repeated one asks first.
_TWILIO_S = 5.0


class Secrets(Protocol):
    """Operators' secrets, as `secret_box.SecretBox` keeps them."""

    async def get(self, operator_id: str, name: str) -> str: ...

    async def previous(self, operator_id: str, name: str, now: datetime) -> str | None: ...


class _Closable(Channel, Protocol):
    async def close(self) -> None: ...


class ChannelSet(Struct, frozen=True):
    """`channels` by name, and why the others are `absent`. `close` ends all of them."""

    channels: Mapping[str, Channel]
    absent: Mapping[str, str]
    _closing: AsyncExitStack

    async def close(self) -> None:
        await self._closing.aclose()


def build(
    settings: ChannelSettings,
    operators: OperatorDirectory,
    secrets: Secrets,
    links: Links,
    clock: Clock,
    *,
    push_gone: push.Gone | None = None,
) -> ChannelSet:
    """The channels whose settings are there. Nothing is connected to yet. `push_gone` is told of browsers that have
    unsubscribed.

    Raises:
        SettingsFault: a channel's settings are there in part, or can't be used.
    """
    channels: dict[str, Channel] = {}
    absent: dict[str, str] = {}
    closing = AsyncExitStack()
    for name, made, limits, lanes in _made(settings, operators, secrets, links, clock, push_gone):
        if isinstance(made, str):
            absent[name] = made
            _log.info("channel_absent", channel=name, set=made)
            continue
        channels[name] = Isolated(made, clock, limits, lanes)
        closing.push_async_callback(made.close)
    return ChannelSet(channels, absent, closing)


def routes(settings: ChannelSettings, listener: Listener, links: Links, clock: Clock) -> list[Router]:
    """The addresses that providers and recipients answer at."""
    found = [Confirmation(listener, links, clock).router()]
    if settings.twilio_auth_token is not None:
        token = settings.twilio_auth_token.get_secret_value()
        found.append(TwilioCallbacks(listener, clock, token=token, public_url=settings.public_url).router())
    return found


_Made = tuple[str, _Closable | str, Limits, Lanes]


def _made(
    settings: ChannelSettings,
    operators: OperatorDirectory,
    secrets: Secrets,
    links: Links,
    clock: Clock,
    push_gone: push.Gone | None,
) -> Iterator[_Made]:
    private = settings.webhook_allow_private

    async def previous(operator_id: str, name: str) -> str | None:
        return await secrets.previous(operator_id, name, clock.now())

    webhook = WebhookChannel(
        operators,
        secrets.get,
        clock,
        timeout_s=settings.webhook_timeout_s,
        allow_private=private,
        previous_of=previous,
    )
    yield "webhook", webhook, Limits(), BY_OPERATOR
    note = DispatchNoteChannel(operators, HttpDispatch(secrets.get, clock, allow_private=private))
    yield "dispatch_note", note, Limits(), BY_OPERATOR
    yield "sms", _sms(settings, clock), _ONE_PROVIDER, WHOLE
    yield "voice", _voice(settings, clock), _ONE_PROVIDER, WHOLE
    yield "email", _email(settings, links, clock), Limits(per_lane=64, timeout_s=12.0), WHOLE
    yield "push", _push(settings, clock, push_gone), Limits(per_lane=32), Lanes(push.service_of, "message")
    everything = AppriseChannel(secrets.get, allow_private=private) if settings.apprise else "PICKUP_APPRISE=true"
    # Fewer than there are threads: one service that hangs leaves some for the others.
    yield "apprise", everything, Limits(at_once=16, per_lane=3, timeout_s=12.0), BY_OPERATOR


#: One provider for all: it fails as a whole.
_ONE_PROVIDER = Limits(per_lane=64, timeout_s=2 * _TWILIO_S + 1)


def _sms(settings: ChannelSettings, clock: Clock) -> _Closable | str:
    wanted = {"PICKUP_SMS_FROM": settings.sms_from, **_twilio(settings)}
    if (missing := _missing(wanted, switch="PICKUP_SMS_FROM")) is not None:
        return missing
    sender = settings.sms_from or ""
    return SmsChannel(
        _account(settings, clock), sender=sender, callback=settings.public_url, at_most=settings.sms_segments
    )


def _voice(settings: ChannelSettings, clock: Clock) -> _Closable | str:
    wanted = {"PICKUP_VOICE_FROM": settings.voice_from, **_twilio(settings)}
    if (missing := _missing(wanted, switch="PICKUP_VOICE_FROM")) is not None:
        return missing
    return VoiceChannel(_account(settings, clock), caller=settings.voice_from or "", callback=settings.public_url)


def _email(settings: ChannelSettings, links: Links, clock: Clock) -> _Closable | str:
    wanted = {"PICKUP_SMTP_HOST": settings.smtp_host, "PICKUP_MAIL_FROM": settings.mail_from}
    if (missing := _missing(wanted, switch="PICKUP_SMTP_HOST")) is not None:
        return missing
    password = settings.smtp_password.get_secret_value() if settings.smtp_password is not None else None
    server = MailServer(settings.smtp_host or "", settings.smtp_port, settings.smtp_tls, settings.smtp_user, password)
    link_of = acknowledge_link(links, settings.public_url)
    try:
        return EmailChannel(server, clock, sender=settings.mail_from or "", link_of=link_of)
    except ValueError:
        raise SettingsFault("PICKUP_MAIL_FROM is not an e-mail address") from None


def _push(settings: ChannelSettings, clock: Clock, gone: push.Gone | None) -> _Closable | str:
    wanted = {"PICKUP_VAPID_KEY": settings.vapid_key, "PICKUP_VAPID_CONTACT": settings.vapid_contact}
    if (missing := _missing(wanted, switch="PICKUP_VAPID_KEY")) is not None:
        return missing
    try:
        return PushChannel(
            settings.vapid_key.get_secret_value() if settings.vapid_key is not None else "",
            clock,
            contact=settings.vapid_contact or "",
            allow_private=settings.webhook_allow_private,
            gone=gone,
        )
    except ValueError:
        raise SettingsFault("PICKUP_VAPID_KEY is not a key: make one with `vapid --gen`") from None


def _twilio(settings: ChannelSettings) -> dict[str, object]:
    return {
        "PICKUP_TWILIO_ACCOUNT_SID": settings.twilio_account_sid,
        "PICKUP_TWILIO_AUTH_TOKEN": settings.twilio_auth_token,
    }


def _account(settings: ChannelSettings, clock: Clock) -> TwilioAccount:
    token = settings.twilio_auth_token or SecretStr("")
    return TwilioAccount(
        Outgoing(clock, timeout_s=_TWILIO_S, allow_private=True),
        api=settings.twilio_api,
        sid=settings.twilio_account_sid or "",
        token=token.get_secret_value(),
    )


def _missing(wanted: Mapping[str, object], *, switch: str) -> str | None:
    """What to set so that a channel is there; `None` when all is. Somebody who has set the switch means to have it.

    Raises:
        SettingsFault: the switch is set, and something that belongs to it is not.
    """
    missing = [name for name, value in wanted.items() if not value]
    if missing and wanted[switch]:
        raise SettingsFault(f"{switch} is set, and {', '.join(missing)} is not")
    return ", ".join(missing) or None
