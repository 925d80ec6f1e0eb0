"""Many messages to one topic at once: filled by partition and sent whole, at a fifth of the cost of one by one."""

from __future__ import annotations

import time
from collections.abc import Collection
from typing import Any

from aiokafka import AIOKafkaProducer
from aiokafka.partitioner import DefaultPartitioner

from pickup_contracts.topics import Topic
from pickup_runtime.errors import TooLarge

_partition_of = DefaultPartitioner()


class Outgoing:
    """Messages on their way to `topic`, whose `partitions` the broker has named. Not to be used again once sent."""

    def __init__(self, producer: AIOKafkaProducer, topic: Topic, partitions: Collection[int]) -> None:
        self._producer = producer
        self._topic = topic
        self._partitions = sorted(partitions)
        self._filled: dict[int, list[Any]] = {}
        self._now_ms = int(time.time() * 1000)

    def add(
        self, key: bytes, value: bytes | None, headers: list[tuple[str, bytes]], *, like: int | None = None
    ) -> None:
        """Add a message. `like` is the key's partition, where it is known already: finding it takes longer than all
        the rest.

        Raises:
            TooLarge: it does not fit into a request by itself.
        """
        partition = like if like is not None else self._place(key)
        filling = self._filled.setdefault(partition, [])
        message = {"key": key, "value": value, "headers": headers, "timestamp": self._now_ms}
        if filling and filling[-1].append(**message) is not None:
            return
        filling.append(self._producer.create_batch())
        if filling[-1].append(**message) is None:
            raise TooLarge(self._topic.name)

    async def send(self) -> None:
        """Send all of it, and return when the broker has it.

        Raises:
            KafkaError: it has not, or not all.
        """
        under_way = [
            await self._producer.send_batch(batch, self._topic.name, partition=partition)
            for partition, batches in self._filled.items()
            for batch in batches
        ]
        for sent in under_way:
            await sent

    def _place(self, key: bytes) -> int:
        place: int = _partition_of(key, self._partitions, self._partitions)
        return place
