"""Webhooks: two signatures while a key changes, no address that is not public, no more of an answer than a little."""

from __future__ import annotations

import asyncio
import socket
import tracemalloc
from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import pytest
from channel_benches import TIMEOUT_S, Known, delivery, directory, signing_secret
from standins.operator_system import OperatorSystem

from notifier.channels import guard
from notifier.channels.outgoing import Answer, attempt_of
from notifier.channels.webhook import SEND_AT_MOST, WebhookChannel
from pickup_contracts.operator import Webhook
from pickup_runtime.clock import SystemClock

OLD, NEW = signing_secret(), signing_secret()


@pytest.fixture
async def system() -> AsyncIterator[OperatorSystem]:
    async with OperatorSystem([OLD]).running() as made:
        yield made


def channel_to(url: str, known: Known, *, allow_private: bool = True) -> WebhookChannel:
    return WebhookChannel(
        directory(webhook=Webhook(url=url)),
        known.get,
        SystemClock(),
        timeout_s=TIMEOUT_S,
        allow_private=allow_private,
        previous_of=lambda operator_id, name: known.previous(operator_id, name, SystemClock().now()),
    )


@pytest.mark.parametrize("held", [[OLD], [NEW], [OLD, NEW]], ids=["old", "new", "each"])
async def test_while_a_key_changes_a_receiver_may_hold_either(system: OperatorSystem, held: list[str]) -> None:
    system.secrets = held
    channel = channel_to(f"{system.url}/hook", Known(webhook=NEW, webhook_previous=OLD))
    assert (await channel.attempt(delivery("webhook", b"{}"))).result == "delivered"
    assert (len(system.webhooks), system.forged) == (1, 0)
    await channel.close()


async def test_when_its_time_is_over_the_old_key_signs_nothing(system: OperatorSystem) -> None:
    channel = channel_to(f"{system.url}/hook", Known(webhook=NEW))
    attempt = await channel.attempt(delivery("webhook", b"{}"))
    assert (attempt.result, attempt.error, system.forged) == ("try_again", "answered 401", 1)
    await channel.close()


@pytest.mark.parametrize(
    ("status", "answered"),
    [
        *((400, True), (404, True), (409, True), (413, True), (422, True)),
        # A wrong secret, or haste: whatever comes next fares the same.
        *((401, False), (403, False), (407, False), (408, False), (425, False), (429, False)),
        *((307, False), (500, False), (503, False)),
    ],
)
def test_a_no_to_one_message_is_told_from_a_door_that_is_shut(status: int, answered: bool) -> None:
    attempt = attempt_of(Answer(status, b""))
    assert (attempt.result, attempt.error, attempt.answered) == ("try_again", f"answered {status}", answered)


async def test_a_hundred_megabytes_of_answer_are_not_read(system: OperatorSystem) -> None:
    channel = channel_to(f"{system.url}/hook", Known(webhook=OLD))
    system.faults = ["huge"]
    assert (await channel.attempt(delivery("webhook", b"{}"))).result == "delivered"
    assert system.written < 20_000_000, "more was taken than sockets hold on their way"
    # The connection was closed, and the next message gets through on another.
    assert (await channel.attempt(delivery("webhook", b"{}"))).result == "delivered"
    assert len(system.webhooks) == 2
    await channel.close()


async def test_endless_answers_to_many_at_once_hold_no_memory(system: OperatorSystem) -> None:
    channel = channel_to(f"{system.url}/hook", Known(webhook=OLD))
    assert (await channel.attempt(delivery("webhook", b"{}"))).result == "delivered"
    system.faults = ["huge"] * 10
    tracemalloc.start()
    try:
        attempts = await asyncio.gather(*(channel.attempt(delivery("webhook", b"{}")) for _ in range(10)))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert {one.result for one in attempts} == {"delivered"}
    # A little of each answer, what the client reads ahead, and the receiver's own buffers: it runs in this process.
    assert peak < 20_000_000
    await channel.close()


async def test_a_redirect_is_not_followed(system: OperatorSystem) -> None:
    channel = channel_to(f"{system.url}/hook", Known(webhook=OLD))
    system.faults = ["redirect"]
    assert (await channel.attempt(delivery("webhook", b"{}"))).error == "answered 307"
    assert (system.followed, system.webhooks) == (0, [])
    await channel.close()


async def test_a_payload_that_is_too_large_is_refused_unsent(system: OperatorSystem) -> None:
    channel = channel_to(f"{system.url}/hook", Known(webhook=OLD))
    attempt = await channel.attempt(delivery("webhook", b"x" * (SEND_AT_MOST + 1)))
    assert (attempt.result, system.requests) == ("refused", 0)
    await channel.close()


async def test_without_its_secret_it_is_tried_again(system: OperatorSystem) -> None:
    channel = channel_to(f"{system.url}/hook", Known())
    attempt = await channel.attempt(delivery("webhook", b"{}"))
    assert (attempt.result, system.requests) == ("try_again", 0)
    await channel.close()


@pytest.mark.parametrize(
    "host",
    [
        *("127.0.0.1", "localhost", "127.1", "2130706433", "0x7f000001", "0177.0.0.1", "0.0.0.0"),
        *("[::1]", "[::ffff:127.0.0.1]", "169.254.169.254", "[fe80::1%25lo]", "guard@127.0.0.1"),
    ],
)
async def test_no_spelling_of_a_private_address_is_reached(system: OperatorSystem, host: str) -> None:
    channel = channel_to(f"http://{host}:{system.port}/hook", Known(webhook=OLD), allow_private=False)
    attempt = await channel.attempt(delivery("webhook", b"{}"))
    assert (attempt.result, system.requests) == ("refused", 0)
    await channel.close()


def answers(monkeypatch: pytest.MonkeyPatch, *addresses: list[str]) -> list[str]:
    """Let names lead to these addresses, one list a look-up, the last one from then on."""
    left, asked = list(addresses), []

    def lookup(host: str, port: int, *_: Any, **__: Any) -> list[Any]:
        asked.append(host)
        found = left.pop(0) if len(left) > 1 else left[0]
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in found]

    monkeypatch.setattr(socket, "getaddrinfo", lookup)
    return asked


async def test_a_name_with_one_private_address_among_public_ones_is_refused(
    system: OperatorSystem, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers(monkeypatch, ["93.184.216.34", "127.0.0.1"])
    channel = channel_to(f"http://hooks.example:{system.port}/hook", Known(webhook=OLD), allow_private=False)
    attempt = await channel.attempt(delivery("webhook", b"{}"))
    assert (attempt.result, attempt.error) == ("refused", "the name does not lead to a public address")
    assert system.requests == 0
    await channel.close()


async def test_a_name_that_changes_after_the_check_is_not_connected_to(
    system: OperatorSystem, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was checked is what is connected to. 127.0.0.2, where nobody listens, stands for a public address."""
    monkeypatch.setattr(guard, "is_public", lambda address: address == "127.0.0.2")
    asked = answers(monkeypatch, ["127.0.0.2"], ["127.0.0.1"])
    channel = channel_to(f"http://rebound.example:{system.port}/hook", Known(webhook=OLD), allow_private=False)
    first = await channel.attempt(delivery("webhook", b"{}"))
    assert (first.result, first.error, asked) == ("try_again", "no connection", ["rebound.example"])
    assert system.requests == 0
    await channel.close()
    again = channel_to(f"http://rebound.example:{system.port}/hook", Known(webhook=OLD), allow_private=False)
    assert (await again.attempt(delivery("webhook", b"{}"))).result == "refused"
    assert system.requests == 0
    await again.close()


async def test_an_operator_that_is_not_known_has_no_webhook(system: OperatorSystem) -> None:
    channel = channel_to(f"{system.url}/hook", Known(webhook=OLD))
    attempt = await channel.attempt(delivery("webhook", b"{}", operator_id=f"op-{uuid4().hex[:8]}"))
    assert (attempt.result, system.requests) == ("refused", 0)
    await channel.close()
