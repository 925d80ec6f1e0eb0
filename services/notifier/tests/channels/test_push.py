"""Web push: what the browser decrypts, what the push service checks, and where it may be."""

from __future__ import annotations

import json
import time
from collections.abc import AsyncIterator
from datetime import timedelta

import msgspec
import pytest
from channel_benches import TIMEOUT_S, again, told
from cryptography.hazmat.primitives import serialization
from standins.push_service import PushService

from notifier.channels.push import PushChannel, service_of, vapid
from pickup_runtime.clock import SystemClock


@pytest.fixture
async def service() -> AsyncIterator[PushService]:
    async with PushService().running() as made:
        yield made


def channel_of(service: PushService, *, allow_private: bool = True, key: str | None = None) -> PushChannel:
    return PushChannel(
        key or service.vapid_key,
        SystemClock(),
        contact="ops@firm.example",
        timeout_s=TIMEOUT_S,
        allow_private=allow_private,
    )


async def test_the_browser_reads_the_warning_and_nobody_on_the_way_does(service: PushService) -> None:
    one = told(
        "push", service.subscription(), "Do not collect job 7.", subject="Stop", link="https://guard.example/d/1"
    )
    channel = channel_of(service)
    assert (await channel.attempt(one)).result == "delivered"
    ((headers, shown),) = service.got
    assert shown == {
        "title": "Stop",
        "body": "Do not collect job 7.",
        "url": "https://guard.example/d/1",
        "lang": "en",
        "tag": str(one.delivery_id),
    }
    assert headers["urgency"] == "high"
    assert headers["content-encoding"] == "aes128gcm"
    assert len(headers["topic"]) <= 32
    assert 0 < int(headers["ttl"]) <= 600
    await channel.close()


async def test_what_is_tried_again_replaces_what_still_waits(service: PushService) -> None:
    channel = channel_of(service)
    one = told("push", service.subscription())
    await channel.attempt(one)
    await channel.attempt(again(one))
    await channel.attempt(told("push", service.subscription()))
    topics = [headers["topic"] for headers, _ in service.got]
    assert topics[0] == topics[1] != topics[2]
    await channel.close()


async def test_after_the_deadline_nothing_is_kept_for_later(service: PushService) -> None:
    channel = channel_of(service)
    one = told("push", service.subscription())
    await channel.attempt(msgspec.structs.replace(one, deadline=one.created_at - timedelta(seconds=5)))
    assert service.got[0][0]["ttl"] == "0"
    await channel.close()


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (410, "the browser has unsubscribed"),
        (404, "the browser has unsubscribed"),
        (413, "answered 413"),
        (400, "answered 400"),
        (403, "answered 403"),
    ],
)
async def test_what_stays_so_is_refused(service: PushService, status: int, error: str) -> None:
    service.status = status
    channel = channel_of(service)
    attempt = await channel.attempt(told("push", service.subscription()))
    assert (attempt.result, attempt.error) == ("refused", error)
    await channel.close()


async def test_another_servers_key_is_refused_by_the_service(service: PushService) -> None:
    other = PushService()
    channel = channel_of(service, key=other.vapid_key)
    attempt = await channel.attempt(told("push", service.subscription()))
    assert (attempt.result, attempt.error, service.got) == ("refused", "answered 401", [])
    await channel.close()


async def test_a_long_text_still_fits_into_what_push_services_take(service: PushService) -> None:
    channel = channel_of(service)
    attempt = await channel.attempt(told("push", service.subscription(), "日" * 20_000, subject="日" * 500))
    assert attempt.result == "delivered", attempt.error
    await channel.close()


@pytest.mark.parametrize("scheme", ["http", "https"])
async def test_an_address_from_a_browser_does_not_lead_inside(service: PushService, scheme: str) -> None:
    inside = service.subscription().replace("http://", f"{scheme}://")
    channel = channel_of(service, allow_private=False)
    attempt = await channel.attempt(told("push", inside))
    assert (attempt.result, service.requests) == ("refused", 0)
    await channel.close()


@pytest.mark.parametrize(
    "keys",
    [
        {"p256dh": "", "auth": ""},
        {"p256dh": "AAAA", "auth": "AAAA"},
        {"p256dh": "!!!", "auth": "AAAAAAAAAAAAAAAAAAAAAA"},
        {"p256dh": "B" + "A" * 86, "auth": "AAAAAAAAAAAAAAAAAAAAAA"},
        {"auth": "x"},
        {},
    ],
)
async def test_keys_that_are_none_are_refused(service: PushService, keys: dict[str, str]) -> None:
    broken = json.dumps({"endpoint": f"{service.url}/wpush/v2/abc", "keys": keys})
    channel = channel_of(service)
    attempt = await channel.attempt(told("push", broken))
    assert (attempt.result, service.requests) == ("refused", 0)
    await channel.close()


def test_what_fails_together_is_one_push_service(tmp_path: object) -> None:
    def to(host: str) -> str:
        keys = {"p256dh": "x", "auth": "y"}
        return service_of(told("push", json.dumps({"endpoint": f"https://{host}/send/1", "keys": keys})))

    assert to("fcm.googleapis.com") == to("fcm.googleapis.com:443") == "fcm.googleapis.com"
    assert to("updates.push.services.mozilla.com") != to("fcm.googleapis.com")
    assert service_of(told("push", "nothing")) == ""


def test_the_key_may_be_pem_or_raw_and_nothing_else() -> None:
    made = PushService()
    pem = made.server_key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()
    claims = {"aud": "https://push.example", "sub": "mailto:a@b.example", "exp": int(time.time()) + 60}
    raw, written = (vapid(key).sign(claims)["Authorization"] for key in (made.vapid_key, pem))
    assert raw.split("k=")[1] == written.split("k=")[1]
    for nothing in ("", "abc!", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----"):
        with pytest.raises(ValueError, match="not a VAPID key"):
            vapid(nothing)
