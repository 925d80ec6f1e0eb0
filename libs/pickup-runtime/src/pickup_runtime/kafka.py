"""Kafka: producers that lose nothing, consumers that commit after the work is done, topics made to plan."""

from __future__ import annotations

import asyncio
import math
import ssl
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from typing import Any, TypeAlias

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, ConsumerRecord, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.conn import collect_hosts, create_conn
from aiokafka.coordinator.assignors.range import RangePartitionAssignor
from aiokafka.errors import (
    AuthenticationFailedError,
    IllegalSaslStateError,
    KafkaError,
    SaslAuthenticationFailed,
    TopicAlreadyExistsError,
    UnsupportedSaslMechanismError,
    for_code,
)

from pickup_contracts.errors import ContractError
from pickup_contracts.moments import can_be
from pickup_contracts.topics import Topic
from pickup_runtime import logs
from pickup_runtime.broker import Address, Broker, broker_at
from pickup_runtime.errors import BrokerUnavailable, SettingsFault

Record: TypeAlias = "ConsumerRecord[bytes | None, bytes | None]"
#: Copies with which one broker may be away, and another be lost, without an acknowledged message going with it.
SAFE_REPLICATION = 3
#: A client that stops says so to the broker, and what waits is sent; a second is long for that.
_STOPS_IN_S = 3.0
_log = logs.get("kafka")


async def start_producer(
    address: Address,
    *,
    linger_ms: int = 5,
    request_timeout_s: float = 10.0,
    idempotent: bool = True,
    waits: bool = True,
) -> AIOKafkaProducer:
    """A started producer (`acks=all`); waits, logging, until a broker answers. Unless it `waits`, a broker that is away
    is an error, for somebody who sits before it.

    An idempotent producer numbers its messages, and the broker takes those of a partition only in sequence. A message
    that it refuses for good (too large for its topic) leaves a gap, and every later message to that partition is
    refused too. Set `idempotent=False` where such a message may come up and sending another one twice does no harm.
    For the same reason it never gives up a message by itself: whoever can't wait sets a limit to the waiting.
    """

    broker = broker_at(address)

    def build() -> AIOKafkaProducer:
        made = AIOKafkaProducer(
            **broker.options,
            acks="all",
            enable_idempotence=idempotent,
            linger_ms=linger_ms,
            max_batch_size=256 * 1024,
            max_request_size=2 * 1024 * 1024,
            request_timeout_ms=int(request_timeout_s * 1000),
        )
        if idempotent:
            # aiokafka 0.14 never lets a numbered message expire, except where its partition has had no leader for the
            # time of a request, as while a broker starts: that leaves the gap.
            made._message_accumulator._batch_ttl = math.inf
        return made

    if waits:
        made: AIOKafkaProducer = await until_started(build, broker, what="producer")
        return made
    made = build()
    try:
        await started(made, broker)
    except BaseException:
        await made.stop()
        raise
    return made


async def start_consumer(
    address: Address, topics: Sequence[Topic], *, group: str, from_start: bool = True, session_timeout_s: float = 10.0
) -> AIOKafkaConsumer:
    """A started consumer in `group` that commits only when told to."""
    broker = broker_at(address)

    def build() -> AIOKafkaConsumer:
        return AIOKafkaConsumer(
            *(topic.name for topic in topics),
            **broker.options,
            group_id=group,
            enable_auto_commit=False,
            auto_offset_reset="earliest" if from_start else "latest",
            session_timeout_ms=int(session_timeout_s * 1000),
            heartbeat_interval_ms=int(session_timeout_s * 1000 / 4),
            max_poll_interval_ms=300_000,
            # The same partitions of every topic go to the same member: what is of one booking meets in one place.
            partition_assignment_strategy=(RangePartitionAssignor,),
        )

    return await until_started(build, broker, what=f"consumer {group}")


def new_consumer(address: Address, *, group: str | None = None) -> AIOKafkaConsumer:
    """A consumer that is yet to be `started` and told its partitions, and commits only when told to, under `group`."""
    return AIOKafkaConsumer(**broker_at(address).options, group_id=group, enable_auto_commit=False)


async def start_reader(address: Address, places: Sequence[TopicPartition], *, group: str) -> AIOKafkaConsumer:
    """A started consumer that reads `places` from where `group` has committed, or from their beginning. It is no member
    of the group, and commits nothing."""
    broker = broker_at(address)
    reader = await until_started(lambda: new_consumer(broker, group=group), broker, what=f"reader of {group}")
    reader.assign(places)
    for place in places:
        committed = await reader.committed(place)
        if committed is None:
            await reader.seek_to_beginning(place)
        else:
            reader.seek(place, committed)
    return reader


async def stop(client: AIOKafkaProducer | AIOKafkaConsumer) -> None:
    """Stop a client, and leave it where it is if a broker that is away keeps it from stopping: what that has not taken
    was acknowledged to nobody."""
    try:
        async with asyncio.timeout(_STOPS_IN_S):
            await client.stop()
    except TimeoutError:
        _log.warning("stopped_without_the_broker", client=type(client).__name__)


def taken_at(record: Record) -> datetime:
    """When the broker took a record, or its sender says that it did.

    Raises:
        ContractError: that is no time that can be.
    """
    try:
        at = datetime.fromtimestamp(record.timestamp / 1000, UTC)
    except (OverflowError, ValueError, OSError):
        at = None
    if at is None or not can_be(at):
        raise ContractError("timestamp", "of the message is not a time that can be")
    return at


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
    pause_s: float = 0.0,
) -> None:
    """Hand batches to `handle` and commit each after it returned; runs until cancelled. After a batch that was not full
    it waits for `pause_s`, so that what comes meanwhile goes together; what comes after a quiet time is handed on at
    once.

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
        if len(records) < max_records:
            await asyncio.sleep(pause_s)


async def commit(consumer: AIOKafkaConsumer, offsets: dict[TopicPartition, int]) -> None:
    """Commit what is still ours. After a rebalance or a broker restart the work is read again, which is safe."""
    mine = {partition: offset for partition, offset in offsets.items() if partition in consumer.assignment()}
    if not mine:
        return
    try:
        await consumer.commit(mine)
    except KafkaError as error:
        _log.warning("commit_failed", error=type(error).__name__)


async def ensure_topics(address: Address, topics: Sequence[Topic], *, replication: int = 1) -> list[str]:
    """Make the topics that are not there; returns their names. Existing ones are left as they are."""
    broker = broker_at(address)
    admin = AIOKafkaAdminClient(**broker.options)
    try:
        await started(admin, broker)
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
    if replication >= SAFE_REPLICATION:
        # What is acknowledged is on two brokers at least; with one of three away, all goes on.
        configs["min.insync.replicas"] = "2"
    if topic.retention_ms is not None:
        configs["retention.ms"] = str(topic.retention_ms)
    return NewTopic(topic.name, topic.partitions, replication, topic_configs=configs)


async def until_started(build: Callable[[], Any], address: Address, *, what: str) -> Any:
    """A client that `build` makes for the broker at `address`, started; waits, logging, until it answers.

    Raises:
        SettingsFault: it answers, and refuses how it is spoken to.
    """
    delay = 0.1
    while True:
        client = build()
        try:
            await started(client, address)
        except (KafkaError, OSError) as error:
            await client.stop()
            # A broker that wants to be spoken to otherwise may just hang up: the protocol is what to look at first.
            protocol = broker_at(address).protocol
            _log.warning(
                "broker_unavailable", what=what, protocol=protocol, error=type(error).__name__, retry_in_s=delay
            )
            await asyncio.sleep(delay)
            delay = min(delay * 2, 2.0)
        except BaseException:
            await client.stop()
            raise
        else:
            return client


async def started(client: Any, address: Address) -> None:
    """Start a client of the broker at `address`. It is to be stopped afterwards in any case.

    Raises:
        SettingsFault: the broker answers, and refuses how it is spoken to; says what to set.
        KafkaError, OSError: it does not answer.
    """
    try:
        await client.start()
    except (KafkaError, OSError):
        # To a client, a broker that refuses is one of those that it can't reach.
        if (refused := await _refusal(broker_at(address))) is not None:
            raise SettingsFault(refused) from None
        raise


async def _refusal(broker: Broker) -> str | None:
    """What to set for a broker that answers and refuses; `None` when none answers, or one accepts."""
    if broker.protocol == "PLAINTEXT":
        return None
    for host, port, _ in collect_hosts(broker.bootstrap):
        try:
            connection = await create_conn(host, port, request_timeout_ms=5000, **broker.security)
        except ssl.SSLCertVerificationError as error:
            return f"PICKUP_KAFKA_CA_FILE: the certificate of {host}:{port} is not trusted: {error.verify_message}"
        except ssl.SSLError as error:
            return (
                f"PICKUP_KAFKA_SECURITY_PROTOCOL={broker.protocol}: no TLS with {host}:{port} ({error.reason}); "
                "is it the port for that, and does it ask for a certificate (PICKUP_KAFKA_CERTIFICATE_FILE)?"
            )
        except (UnsupportedSaslMechanismError, IllegalSaslStateError):
            return f"PICKUP_KAFKA_SASL_MECHANISM: {host}:{port} does not take {broker.mechanism}"
        except (SaslAuthenticationFailed, AuthenticationFailedError):
            return f"PICKUP_KAFKA_SASL_USERNAME, PICKUP_KAFKA_SASL_PASSWORD: {host}:{port} refuses them"
        except (KafkaError, OSError, TimeoutError):
            continue
        connection.close()
        return None
    return None
