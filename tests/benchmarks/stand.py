"""Where the durable path is measured: one PostgreSQL with stores of several sizes, a broker of its own for each run."""

from __future__ import annotations

import asyncio
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType

import asyncpg

from pickup_contracts import topics
from pickup_runtime.embedded.kafka import EmbeddedKafka
from pickup_runtime.embedded.postgres import remove
from pickup_runtime.kafka import ensure_topics
from pickupctl.stack.local import LocalStack
from risk_scorer.entities import Keys
from tests.benchmarks.population import Population
from tests.benchmarks.seeding import Seeder

_RUN = "bench_run"
#: As for a server that is to keep a month: what is read of it stays in memory (docs/operating/database.md).
_POSTGRES = {"shared_buffers": "3GB", "max_wal_size": "8GB"}
#: Reads every index that a booking is looked up in, and so has them in memory, as a server has after its first hours.
_READ_INDEXES = """
set search_path to scorer; set enable_seqscan = off; set enable_bitmapscan = off;
set max_parallel_workers_per_gather = 0;
select count(*) from sightings where entity is not null;
select count(*) from (
    select entity, at from sightings where home <> 0 and shape & 1 = 1 order by entity, at desc
) as fetched;
select count(*) from marks where booking is not null;
select count(*) from premises_known where place is not null;
select count(*) from bookings where operator_id is not null;
select count(*) from steps where operator_id is not null;
"""


class Stand:
    """Broker, database and what is stored there. `stack.env` names the run's own while a `run` lasts."""

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="pickup-bench-", ignore_cleanup_errors=True)
        self.stack = LocalStack(Path(self._folder.name), postgres=_POSTGRES)
        self.population = Population(datetime.now(UTC))
        self._seeder: Seeder | None = None
        self._runs = 0

    def __enter__(self) -> Stand:
        self.stack.start_servers()
        self.stack.kafka.stop()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stack.stop()
        remove(Path(self._folder.name))

    @property
    def postmaster(self) -> int:
        """The database server's process."""
        return int((self.stack.folder / "postgres-data" / "postmaster.pid").read_text().split()[0])

    def store(self, sightings: int) -> float:
        """Make a store of so many sightings, showing progress; returns the seconds that it took."""
        started = time.perf_counter()
        if self._seeder is None:
            keys = Keys(*(bytes.fromhex(self.stack.env[f"PICKUP_{name}_KEY"]) for name in ("ENTITY", "SHARED")))
            self._seeder = Seeder(self.population, keys)
        asyncio.run(self._admin(f"create database {_name(sightings)} template pickup_guard"))
        asyncio.run(self._seeder.seed(self.stack.postgres.dsn(_name(sightings)), sightings, _progress))
        return time.perf_counter() - started

    @contextmanager
    def run(self, sightings: int) -> Iterator[LocalStack]:
        """A stack with a fresh copy of that store, its indexes in memory, and an empty broker; what is written is gone
        afterwards."""
        usual = dict(self.stack.env)
        self._runs += 1
        folder = self.stack.folder / f"broker-{self._runs}"
        self.stack.kafka = EmbeddedKafka(folder)
        if not self.stack.postgres.running:
            self.stack.postgres.start()
        try:
            asyncio.run(
                self._admin(
                    f"drop database if exists {_RUN}",
                    f"create database {_RUN} template {_name(sightings)} strategy file_copy",
                    "checkpoint",
                )
            )
            asyncio.run(_execute(self.stack.postgres.dsn(_RUN), _READ_INDEXES))
            self.stack.env["PICKUP_KAFKA_BOOTSTRAP"] = self.stack.kafka.start()
            for name, value in usual.items():
                if name.endswith("_DSN"):
                    self.stack.env[name] = value.replace("/pickup_guard", f"/{_RUN}")
            asyncio.run(ensure_topics(self.stack.kafka.bootstrap, topics.ALL))
            # The broker names leaders before they lead.
            time.sleep(1)
            yield self.stack
        finally:
            self.stack.kafka.stop()
            remove(folder)
            self.stack.env.update(usual)

    async def _admin(self, *statements: str) -> None:
        await _execute(self.stack.postgres.dsn("postgres"), *statements)


async def _execute(dsn: str, *statements: str) -> None:
    connection = await asyncpg.connect(dsn)
    try:
        for statement in statements:
            await connection.execute(statement)
    finally:
        await connection.close()


def _name(sightings: int) -> str:
    return f"stored_{sightings}"


def _progress(done: int, of: int) -> None:
    end = "\n" if done >= of else ""
    sys.stderr.write(f"\r· {done:,} of {of:,} sightings stored{end}")
    sys.stderr.flush()
