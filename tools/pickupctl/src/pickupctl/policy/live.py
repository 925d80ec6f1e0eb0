"""What is published on `risk.policies.v1` now, and publishing to it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from aiokafka import TopicPartition

from pickup_contracts.cloudevents import headers
from pickup_contracts.codec import encode
from pickup_contracts.errors import ContractError
from pickup_contracts.policy import (
    ListEntry,
    OperatorOverrides,
    PolicyMessage,
    RulesetDocument,
    decode_policy,
    policy_key,
)
from pickup_contracts.topics import POLICIES
from pickup_runtime.broker import Address
from pickup_runtime.kafka import new_consumer, send_and_wait, start_producer, started
from pickup_runtime.postgres import Pool
from risk_scorer.policy_store import PolicyStore


class Published:
    """The newest message of each key. `unreadable` are keys whose message is none."""

    def __init__(self) -> None:
        self.rulesets: dict[str, RulesetDocument] = {}
        self.entries: dict[str, ListEntry] = {}
        self.overrides: dict[str, OperatorOverrides] = {}
        self.unreadable: list[str] = []

    def take(self, key: bytes, value: bytes) -> None:
        """Keep one message."""
        try:
            message = decode_policy(key, value)
        except ContractError:
            self.unreadable.append(key.decode(errors="replace"))
            return
        if isinstance(message, RulesetDocument):
            self.rulesets[message.name] = message
        elif isinstance(message, ListEntry):
            self.entries[message.entry_id] = message
        else:
            self.overrides[message.operator_id] = message


async def published(kafka: Address) -> Published:
    """Everything that is published now."""
    newest: dict[bytes, bytes | None] = {}
    consumer = new_consumer(kafka)
    try:
        await started(consumer, kafka)
        partition = TopicPartition(POLICIES.name, 0)
        consumer.assign([partition])
        end = (await consumer.end_offsets([partition]))[partition]
        consumer.seek(partition, (await consumer.beginning_offsets([partition]))[partition])
        while await consumer.position(partition) < end:
            for batch in (await consumer.getmany(timeout_ms=500)).values():
                newest.update({record.key or b"": record.value for record in batch})
    finally:
        await consumer.stop()
    found = Published()
    for key, value in newest.items():
        if value is not None:
            found.take(key, value)
    return found


async def send(kafka: Address, message: PolicyMessage, at: datetime) -> None:
    """Publish one message and wait until the broker has it."""
    await _send(kafka, policy_key(message), encode(message), at)


async def take_back(kafka: Address, keys: Sequence[bytes], at: datetime) -> None:
    """Publish that nothing stands under these keys any more."""
    for key in keys:
        await _send(kafka, key, None, at)


async def publish(kafka: Address, pool: Pool, document: RulesetDocument) -> None:
    """Append a ruleset to the history and publish it: both, or neither."""
    async with pool.acquire() as connection, connection.transaction():
        await PolicyStore(pool).add(document, over=connection)
        await send(kafka, document, document.published_at)


async def _send(kafka: Address, key: bytes, value: bytes | None, at: datetime) -> None:
    producer = await start_producer(kafka, waits=False)
    subject = key.decode()
    try:
        await send_and_wait(
            producer,
            POLICIES,
            key=key,
            value=value,
            headers=headers(
                "pickup.policy.published",
                event_id=f"{subject}@{at.isoformat()}",
                operator_id=subject.partition("/")[2] if subject.startswith("override/") else "pickup-guard",
                subject=subject,
                at=at,
            ),
            timeout_s=15,
        )
    finally:
        await producer.stop()
