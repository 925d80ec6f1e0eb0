"""What comes together is handed on together, and what comes alone at once; and nobody waits for ever to end."""

from __future__ import annotations

import asyncio
from typing import Any, cast

import pytest
from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition

from pickup_runtime import kafka
from pickup_runtime.kafka import Record, consume

_PLACE = TopicPartition("topic", 0)


def _record(offset: int) -> Record:
    return ConsumerRecord("topic", 0, offset, 0, 0, None, None, None, 0, 0, ())


class Source:
    """A consumer of one partition; what is `put` comes with the next call."""

    def __init__(self) -> None:
        self.committed: list[int] = []
        self._came: list[Record] = []
        self._news = asyncio.Event()
        self._commits = asyncio.Condition()

    def put(self, *offsets: int) -> None:
        self._came += [_record(offset) for offset in offsets]
        self._news.set()

    async def getmany(self, *, timeout_ms: int, max_records: int) -> dict[TopicPartition, list[Record]]:
        await self._news.wait()
        taken, self._came = self._came[:max_records], self._came[max_records:]
        if not self._came:
            self._news.clear()
        return {_PLACE: taken}

    def assignment(self) -> set[TopicPartition]:
        return {_PLACE}

    async def commit(self, offsets: dict[TopicPartition, int]) -> None:
        async with self._commits:
            self.committed.append(offsets[_PLACE])
            self._commits.notify_all()

    async def until_committed(self, offset: int) -> None:
        async with asyncio.timeout(5), self._commits:
            await self._commits.wait_for(lambda: offset in self.committed)


@pytest.mark.parametrize(("most", "expected"), [(500, [[0], [1, 2]]), (1, [[0], [1], [2]])])
async def test_after_a_batch_that_was_not_full_what_comes_goes_together(most: int, expected: list[list[int]]) -> None:
    source, handled = Source(), list[list[int]]()

    async def handle(records: list[Record]) -> None:
        handled.append([record.offset for record in records])

    source.put(0)
    running = asyncio.create_task(consume(cast(AIOKafkaConsumer, source), handle, max_records=most, pause_s=0.2))
    await asyncio.sleep(0.02)
    assert handled == [[0]]
    source.put(1)
    await asyncio.sleep(0.02)
    source.put(2)
    await source.until_committed(3)
    running.cancel()
    assert handled == expected


class Hanging:
    """A client whose broker is away, and which waits for it before it stops."""

    async def stop(self) -> None:
        await asyncio.sleep(60)


async def test_a_broker_that_is_away_keeps_nobody_from_ending(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kafka, "_STOPS_IN_S", 0.05)
    hanging: Any = Hanging()
    await asyncio.wait_for(kafka.stop(hanging), 5)
