"""pytest fixtures: `kafka` and `postgres` for the session, `database` and `topic_reader` for each test.

A server is started when the first test asks for it, on a free port, over a folder that goes with the session.
"""

from __future__ import annotations

import asyncio
import tempfile
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path

import asyncpg
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from pickup_contracts import topics
from pickup_contracts.topics import Topic
from pickup_runtime.embedded.kafka import EmbeddedKafka
from pickup_runtime.embedded.postgres import EmbeddedPostgres, remove
from pickup_runtime.kafka import Record, ensure_topics, new_consumer, start_producer
from pickup_runtime.migrations import load, migrate, provision
from pickup_runtime.postgres import Pool, open_pool

MakePool = Callable[[str, str], Awaitable[Pool]]
MakeReader = Callable[..., Awaitable["TopicReader"]]


@pytest.fixture(scope="session")
def kafka(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedKafka]:
    """A broker with all topics."""
    server = EmbeddedKafka(tmp_path_factory.mktemp("kafka"))
    server.start()
    asyncio.run(ensure_topics(server.bootstrap, topics.ALL))
    yield server
    server.stop()


@pytest.fixture(scope="session")
def postgres() -> Iterator[EmbeddedPostgres]:
    """A database server that does not wait for the disk."""
    # Not below pytest's own folder: another session that starts closes that to the user whom the server runs as.
    folder = Path(tempfile.mkdtemp(prefix="pickup-postgres-"))
    server = EmbeddedPostgres(folder, throwaway=True)
    server.start()
    yield server
    server.stop()
    remove(folder)


class Migrated:
    """Databases with one schema as its migrations leave it, each made once, for copies: migrating takes a second."""

    def __init__(self, server: EmbeddedPostgres) -> None:
        self._server = server
        self._made: dict[str, str] = {}

    async def bring(self, name: str, package: str, schema: str) -> None:
        """Have a package's schema in the database `name`."""
        role = f"pickup_{schema}"
        await provision(self._server.dsn(name), schema=schema, role=role, password=None)
        await migrate(self._server.dsn(name, role), schema=schema, migrations=load(package))

    async def copy(self, admin: asyncpg.Connection, name: str, package: str, schema: str) -> None:
        """Make the database `name`, with that schema alone."""
        if schema not in self._made:
            template = f"migrated_{schema}"
            await admin.execute(f'create database "{template}"')
            await self.bring(template, package, schema)
            self._made[schema] = template
        await admin.execute(f'create database "{name}" template "{self._made[schema]}"')


@pytest.fixture(scope="session")
def migrated(postgres: EmbeddedPostgres) -> Migrated:
    return Migrated(postgres)


@pytest.fixture
async def database(postgres: EmbeddedPostgres, migrated: Migrated) -> AsyncIterator[MakePool]:
    """Makes pools: `await database("risk_scorer", "scorer")` is a migrated schema in a database of this test's own."""
    name = f"t{uuid.uuid4().hex[:12]}"
    admin = await asyncpg.connect(postgres.dsn("postgres"))
    pools: list[Pool] = []

    async def make(package: str, schema: str) -> Pool:
        if not pools:
            await migrated.copy(admin, name, package, schema)
        else:
            await migrated.bring(name, package, schema)
        pool = await open_pool(postgres.dsn(name, f"pickup_{schema}"), schema=schema)
        pools.append(pool)
        return pool

    yield make
    for pool in pools:
        await pool.close()
    await admin.execute(f'drop database if exists "{name}" with (force)')
    await admin.close()


@pytest.fixture
async def producer(kafka: EmbeddedKafka) -> AsyncIterator[AIOKafkaProducer]:
    """A producer on the session's broker."""
    made = await start_producer(kafka.bootstrap)
    yield made
    await made.stop()


@pytest.fixture
def operator_id() -> str:
    """An operator that no other test has: topics are shared."""
    return f"op-{uuid.uuid4().hex[:10]}"


class TopicReader:
    """Reads what is published to topics from the moment it was made."""

    def __init__(self, consumer: AIOKafkaConsumer) -> None:
        self._consumer = consumer
        self._seen: list[Record] = []

    async def until(
        self, enough: Callable[[list[Record]], bool], *, of: Callable[[Record], bool], timeout_s: float = 15.0
    ) -> list[Record]:
        """The records that `of` accepts, once `enough` says so; fails with how many there were when it never does."""
        loop = asyncio.get_running_loop()
        ends = loop.time() + timeout_s
        while True:
            found = [record for record in self._seen if of(record)]
            if enough(found):
                return found
            if loop.time() > ends:
                raise AssertionError(f"{len(found)} records came in {timeout_s:.0f} s, of {len(self._seen)} in all")
            for batch in (await self._consumer.getmany(timeout_ms=200)).values():
                self._seen.extend(batch)


@pytest.fixture
async def read_topics(kafka: EmbeddedKafka) -> AsyncIterator[MakeReader]:
    """Makes readers: `await read_topics(ASSESSMENTS)` sees what is published from now on."""
    consumers: list[AIOKafkaConsumer] = []

    async def make(*wanted: Topic) -> TopicReader:
        consumer = new_consumer(kafka.bootstrap)
        await consumer.start()
        consumers.append(consumer)
        partitions = [TopicPartition(topic.name, index) for topic in wanted for index in range(topic.partitions)]
        consumer.assign(partitions)
        # Asked for once: seek_to_end() looks the offsets up one partition at a time, which takes seconds.
        for partition, offset in (await consumer.end_offsets(partitions)).items():
            consumer.seek(partition, offset)
        return TopicReader(consumer)

    yield make
    for consumer in consumers:
        await consumer.stop()
