"""What a producer does with a message that has nowhere to go for a while."""

from __future__ import annotations

import asyncio
import uuid

import pytest

from pickup_contracts.topics import Topic
from pickup_runtime.embedded.kafka import EmbeddedKafka
from pickup_runtime.kafka import ensure_topics, start_producer


async def test_a_partition_without_a_leader_is_waited_for_and_sent_to_as_before(
    kafka: EmbeddedKafka, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A broker that starts names no leaders for a while, for longer than a request may take where the disk is slow. A
    message given up then was numbered already, and the broker refused every later one to its partition."""
    topic = Topic(f"unled-{uuid.uuid4().hex[:8]}", 1)
    await ensure_topics(kafka.bootstrap, [topic])
    producer = await start_producer(kafka.bootstrap, request_timeout_s=0.5)

    async def send(value: bytes) -> int:
        answer = await asyncio.wait_for(producer.send_and_wait(topic.name, value=value), 20)
        return int(answer.offset)

    try:
        first = await send(b"before")
        with monkeypatch.context() as unled:
            unled.setattr(producer.client.cluster, "leader_for_partition", lambda _: -1)
            waiting = asyncio.create_task(send(b"meanwhile"))
            await asyncio.sleep(1.5)
            assert not waiting.done()
        assert first < await waiting < await send(b"after")
    finally:
        await producer.stop()
