"""Which channels a deployment has: those whose settings are there, and of the others what is missing."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest
from channel_benches import PHONE, Known, delivery, directory, signing_secret, told
from channel_receipts import KeptReceipts
from litestar import Litestar
from litestar.testing import AsyncTestClient
from standins.operator_system import OperatorSystem
from standins.push_service import PushService
from standins.twilio_api import SID, TOKEN, TwilioApi

from notifier.channels.build import build, routes
from notifier.channels.isolation import Isolated
from notifier.channels.links import Links
from notifier.channels.settings import ChannelSettings
from pickup_contracts.operator import Webhook
from pickup_runtime.clock import ManualClock, SystemClock
from pickup_runtime.errors import SettingsFault

LINKS = Links(b"k" * 32)
TWILIO = {"twilio_account_sid": SID, "twilio_auth_token": TOKEN}
MAIL = {"smtp_host": "127.0.0.1", "mail_from": "guard@firm.example"}


@pytest.fixture(autouse=True)
def _no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ChannelSettings.model_fields:
        monkeypatch.delenv(f"PICKUP_{name.upper()}", raising=False)


def settings(**fields: Any) -> ChannelSettings:
    return ChannelSettings(**fields)


async def test_with_no_settings_there_is_what_needs_none_and_the_others_say_what_they_need() -> None:
    made = build(settings(), directory(), Known(), LINKS, SystemClock())
    assert set(made.channels) == {"webhook", "dispatch_note", "apprise"}
    assert made.absent == {
        "sms": "PICKUP_SMS_FROM, PICKUP_TWILIO_ACCOUNT_SID, PICKUP_TWILIO_AUTH_TOKEN",
        "voice": "PICKUP_VOICE_FROM, PICKUP_TWILIO_ACCOUNT_SID, PICKUP_TWILIO_AUTH_TOKEN",
        "email": "PICKUP_SMTP_HOST, PICKUP_MAIL_FROM",
        "push": "PICKUP_VAPID_KEY, PICKUP_VAPID_CONTACT",
    }
    await made.close()


async def test_with_all_settings_there_are_all_channels_each_isolated() -> None:
    everything = settings(
        **TWILIO,
        **MAIL,
        sms_from=PHONE,
        voice_from=PHONE,
        vapid_key=PushService().vapid_key,
        vapid_contact="a@b.example",
    )
    made = build(everything, directory(), Known(), LINKS, SystemClock())
    assert set(made.channels) == {"webhook", "dispatch_note", "sms", "voice", "email", "push", "apprise"}
    assert made.absent == {}
    for name, channel in made.channels.items():
        assert isinstance(channel, Isolated)
        assert channel.name == name
    await made.close()


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"sms_from": PHONE}, "PICKUP_TWILIO_ACCOUNT_SID, PICKUP_TWILIO_AUTH_TOKEN"),
        ({"voice_from": PHONE, "twilio_account_sid": SID}, "PICKUP_TWILIO_AUTH_TOKEN"),
        ({"smtp_host": "mail"}, "PICKUP_MAIL_FROM"),
        ({"vapid_key": "x"}, "PICKUP_VAPID_CONTACT"),
        ({"vapid_key": "x", "vapid_contact": "a@b.example"}, "PICKUP_VAPID_KEY is not a key"),
        ({**MAIL, "mail_from": "nobody"}, "PICKUP_MAIL_FROM is not an e-mail address"),
    ],
)
def test_settings_that_are_there_by_half_are_a_mistake_that_is_said(given: dict[str, Any], said: str) -> None:
    with pytest.raises(SettingsFault, match=said):
        build(settings(**given), directory(), Known(), LINKS, SystemClock())


def test_apprise_can_be_switched_off() -> None:
    made = build(settings(apprise=False), directory(), Known(), LINKS, SystemClock())
    assert made.absent["apprise"] == "PICKUP_APPRISE=true"


async def test_what_is_built_reaches_the_provider() -> None:
    secret = signing_secret()
    async with TwilioApi().running() as api, OperatorSystem([secret]).running() as system:
        made = build(
            settings(**TWILIO, sms_from=PHONE, twilio_api=api.url, webhook_allow_private=True),
            directory(webhook=Webhook(url=f"{system.url}/hook")),
            Known(webhook=secret),
            LINKS,
            SystemClock(),
        )
        assert (await made.channels["sms"].attempt(told("sms", PHONE))).result == "sent"
        assert (await made.channels["webhook"].attempt(delivery("webhook", b"{}"))).result == "delivered"
        assert (len(api.made), len(system.webhooks)) == (1, 1)
        await made.close()


async def test_one_operators_failures_do_not_close_the_channel_to_another() -> None:
    secret = signing_secret()
    async with OperatorSystem([secret]).running() as system:
        operators = directory(webhook=Webhook(url=f"{system.url}/hook"))
        operators.put(_other(operators, "op-broken", "http://127.0.0.1:1/hook"))
        made = build(settings(webhook_allow_private=True), operators, Known(webhook=secret), LINKS, SystemClock())
        errors = [
            (await made.channels["webhook"].attempt(delivery("webhook", b"{}", operator_id="op-broken"))).error
            for _ in range(7)
        ]
        assert errors == ["no connection"] * 5 + ["circuit open after failures in a row"] * 2
        assert (await made.channels["webhook"].attempt(delivery("webhook", b"{}"))).result == "delivered"
        await made.close()


async def test_callbacks_are_there_where_the_provider_is() -> None:
    clock = ManualClock(datetime(2026, 1, 5, tzinfo=UTC))
    for given, status in ((settings(), 404), (settings(**TWILIO), 403)):
        app = Litestar(routes(given, KeptReceipts(), LINKS, clock), openapi_config=None)
        async with AsyncTestClient(app) as client:
            assert (await client.post("/callbacks/twilio/reply", data={"Body": "1"})).status_code == status
            assert (await client.get("/acknowledge/x")).status_code == 404


def _other(operators: Any, operator_id: str, url: str) -> Any:
    return msgspec.structs.replace(operators.all()[0], operator_id=operator_id, webhook=Webhook(url=url))
