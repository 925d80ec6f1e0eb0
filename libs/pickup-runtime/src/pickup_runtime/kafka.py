"""Kafka: producers that lose nothing, consumers that commit after the work is done, topics made to plan."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, TypeAlias

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, ConsumerRecord, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.coordinator.assignors.range import RangePartitionAssignor
from aiokafka.errors import KafkaError, TopicAlreadyExistsError, for_code

from pickup_contracts.topics import Topic
from pickup_runtime import logs
from pickup_runtime.errors import BrokerUnavailable

Record: TypeAlias = "ConsumerRecord[bytes | None, bytes | None]"
_log = logs.get("kafka")


async def start_producer(
    bootstrap: str, *, linger_ms: int = 5, request_timeout_s: float = 10.0, idempotent: bool = True
) -> AIOKafkaProducer:
    """A started producer (`acks=all`); waits, logging, until a broker answers.

    An idempotent one has numbered what the broker refuses for good (too large for its topic), and from then on the
    broker refuses the partition's next ones too: who may send such a message, and can bear to send another twice,
    wants one that is not.
    """

    def build() -> AIOKafkaProducer:
        return AIOKafkaProducer(
            bootstrap_servers=bootstrap,
            acks="all",
            enable_idempotence=idempotent,
            linger_ms=linger_ms,
            max_batch_size=256 * 1024,
            max_request_size=2 * 1024 * 1024,
            request_timeout_ms=int(request_timeout_s * 1000),
        )

    return await until_started(build, what="producer")


async def start_consumer(
    bootstrap: str, topics: Sequence[Topic], *, group: str, from_start: bool = True, session_timeout_s: float = 10.0
) -> AIOKafkaConsumer:
    """A started consumer in `group` that commits only when told to."""

    def build() -> AIOKafkaConsumer:
        return AIOKafkaConsumer(
            *(topic.name for topic in topics),
            bootstrap_servers=bootstrap,
            group_id=group,
            enable_auto_commit=False,
            auto_offset_reset="earliest" if from_start else "latest",
            session_timeout_ms=int(session_timeout_s * 1000),
            heartbeat_interval_ms=int(session_timeout_s * 1000 / 4),
            max_poll_interval_ms=300_000,
            # The same partitions of every topic go to the same member: what is of one booking meets in one place.
            partition_assignment_strategy=(RangePartitionAssignor,),
        )

    return await until_started(build, what=f"consumer {group}")


async def start_reader(bootstrap: str, places: Sequence[TopicPartition], *, group: str) -> AIOKafkaConsumer:
    """A started consumer that reads `places` from where `group` has committed, or from their beginning. It is no member
    of the group, and commits nothing."""

    def build() -> AIOKafkaConsumer:
        return AIOKafkaConsumer(bootstrap_servers=bootstrap, group_id=group, enable_auto_commit=False)

    reader = await until_started(build, what=f"reader of {group}")
    reader.assign(places)
    for place in places:
        committed = await reader.committed(place)
        if committed is None:
            await reader.seek_to_beginning(place)
        else:
            reader.seek(place, committed)
    return reader


async def reachable(producer: AIOKafkaProducer) -> bool:
    """Whether the broker answers a request for its topics within a second."""
    try:
        async with asyncio.timeout(1.0):
            await producer.client.fetch_all_metadata()
    except (KafkaError, TimeoutError, OSError):
        return False
    return True


async def send_and_wait(
    producer: AIOKafkaProducer, topic: Topic, *, key: bytes, value: bytes | None, headers: Any, timeout_s: float
) -> None:
    """Publish one message and wait until the broker has it.

    Raises:
        BrokerUnavailable: it was not acknowledged in `timeout_s`; it may still arrive later.
    """
    try:
        async with asyncio.timeout(timeout_s):
            await producer.send_and_wait(topic.name, value=value, key=key, headers=headers)
    except (KafkaError, TimeoutError) as error:
        raise BrokerUnavailable(f"{topic.name}: {type(error).__name__}") from error


async def consume(
    consumer: AIOKafkaConsumer,
    handle: Callable[[list[Record]], Awaitable[None]],
    *,
    max_records: int = 500,
    wait_ms: int = 100,
) -> None:
    """Hand batches to `handle` and commit each after it returned; runs until cancelled.

    `handle` owns poison messages (it sends them to the dead-letter topic). When it raises, nothing is committed
    and the error goes up: the process restarts and reads the batch again.
    """
    while True:
        batches = await consumer.getmany(timeout_ms=wait_ms, max_records=max_records)
        records = [record for batch in batches.values() for record in batch]
        if not records:
            continue
        await handle(records)
        offsets = {partition: batch[-1].offset + 1 for partition, batch in batches.items() if batch}
        await commit(consumer, offsets)


async def commit(consumer: AIOKafkaConsumer, offsets: dict[TopicPartition, int]) -> None:
    """Commit what is still ours. After a rebalance or a broker restart the work is read again, which is safe."""
    mine = {partition: offset for partition, offset in offsets.items() if partition in consumer.assignment()}
    if not mine:
        return
    try:
        await consumer.commit(mine)
    except KafkaError as error:
        _log.warning("commit_failed", error=type(error).__name__)


async def ensure_topics(bootstrap: str, topics: Sequence[Topic], *, replication: int = 1) -> list[str]:
    """Make the topics that are not there; returns their names. Existing ones are left as they are."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        there = set(await admin.list_topics())
        missing = [topic for topic in topics if topic.name not in there]
        if missing:
            response = await admin.create_topics([_new(topic, replication) for topic in missing])
            for name, code, *_ in response.topic_errors:
                error = for_code(code)
                if code and error is not TopicAlreadyExistsError:
                    raise error(name)
        return [topic.name for topic in missing]
    finally:
        await admin.close()


def _new(topic: Topic, replication: int) -> NewTopic:
    configs: dict[str, str] = {"cleanup.policy": topic.cleanup}
    if topic.retention_ms is not None:
        configs["retention.ms"] = str(topic.retention_ms)
    return NewTopic(topic.name, topic.partitions, replication, topic_configs=configs)


async def until_started(build: Callable[[], Any], *, what: str) -> Any:
    delay = 0.1
    while True:
        client = build()
        try:
            await client.start()
        except (KafkaError, OSError) as error:
            await client.stop()
            _log.warning("broker_unavailable", what=what, error=type(error).__name__, retry_in_s=delay)
            await asyncio.sleep(delay)
            delay = min(delay * 2, 2.0)
        else:
            return client
