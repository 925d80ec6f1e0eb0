"""Signing secrets in a real database: rotated, both used for a while, then only the new one."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

import pytest
from channel_benches import OPERATOR, TIMEOUT_S, delivery, directory, signing_secret
from cryptography.fernet import Fernet
from standins.operator_system import OperatorSystem

from notifier.channels.webhook import WebhookChannel
from notifier.errors import SecretFault
from notifier.secret_box import SecretBox
from pickup_contracts.operator import Webhook
from pickup_runtime.clock import SystemClock
from pickup_runtime.testing.plugin import MakePool

NOW = datetime(2026, 1, 5, 12, tzinfo=UTC)


async def test_a_rotated_secret_keeps_its_predecessor_until_its_time_is_over(database: MakePool) -> None:
    box = SecretBox(await database("notifier", "notifier"), Fernet(Fernet.generate_key()))
    await box.put(OPERATOR, "webhook", "old")
    assert await box.previous(OPERATOR, "webhook", NOW) is None
    await box.rotate(OPERATOR, "webhook", "new", keep_until=NOW + timedelta(hours=24))
    assert await box.get(OPERATOR, "webhook") == "new"
    assert await box.previous(OPERATOR, "webhook", NOW + timedelta(hours=23)) == "old"
    assert await box.previous(OPERATOR, "webhook", NOW + timedelta(hours=24)) is None
    assert await box.previous("another", "webhook", NOW) is None


async def test_what_was_never_set_can_not_be_rotated(database: MakePool) -> None:
    box = SecretBox(await database("notifier", "notifier"), Fernet(Fernet.generate_key()))
    with pytest.raises(SecretFault, match="no secret 'webhook'"):
        await box.rotate(OPERATOR, "webhook", "new", keep_until=NOW)


async def test_another_process_sees_a_rotation_whole(database: MakePool, monkeypatch: pytest.MonkeyPatch) -> None:
    """`pickupctl` rotates, the notifier's memory runs out: the new secret and its predecessor come together."""
    pool, key = await database("notifier", "notifier"), Fernet(Fernet.generate_key())
    notifier, command = SecretBox(pool, key), SecretBox(pool, key)
    await command.put(OPERATOR, "webhook", "old")
    assert await notifier.get(OPERATOR, "webhook") == "old"
    seconds = time.monotonic()
    monkeypatch.setattr(time, "monotonic", lambda: seconds + 5)
    # Remembered later than the secret itself, so that it would be forgotten later too.
    assert await notifier.previous(OPERATOR, "webhook", NOW) is None
    await command.rotate(OPERATOR, "webhook", "new", keep_until=NOW + timedelta(hours=1))
    assert await notifier.get(OPERATOR, "webhook") == "old"
    monkeypatch.setattr(time, "monotonic", lambda: seconds + 11)
    assert await notifier.get(OPERATOR, "webhook") == "new"
    assert await notifier.previous(OPERATOR, "webhook", NOW) == "old"


async def test_a_webhook_carries_both_signatures_after_a_rotation(database: MakePool) -> None:
    old, new = signing_secret(), signing_secret()
    box = SecretBox(await database("notifier", "notifier"), Fernet(Fernet.generate_key()))
    await box.put(OPERATOR, "webhook", old)
    await box.rotate(OPERATOR, "webhook", new, keep_until=datetime.now(UTC) + timedelta(hours=1))

    async def previous(operator_id: str, name: str) -> str | None:
        return await box.previous(operator_id, name, datetime.now(UTC))

    async with OperatorSystem([old, new]).running() as system:
        channel = WebhookChannel(
            directory(webhook=Webhook(url=f"{system.url}/hook")),
            box.get,
            SystemClock(),
            timeout_s=TIMEOUT_S,
            allow_private=True,
            previous_of=previous,
        )
        assert (await channel.attempt(delivery("webhook", b'{"a": 1}'))).result == "delivered"
        assert system.forged == 0
        await channel.close()
