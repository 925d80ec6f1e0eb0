"""The scorer's own code over a database of this run's own."""

from __future__ import annotations

import hashlib
import shutil
import tempfile
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from pickup_contracts.assessment import Assessment
from pickup_contracts.booking import BookingEvent
from pickup_contracts.codec import encode
from pickup_runtime.collector import calm
from pickup_runtime.embedded.postgres import EmbeddedPostgres
from pickup_runtime.migrations import load, migrate, provision
from pickup_runtime.postgres import Pool, open_pool
from risk_scorer.assess import Answer, Assessor
from risk_scorer.due import DueStore
from risk_scorer.entities import Keys
from risk_scorer.incoming import Incoming
from risk_scorer.judging import Judging
from risk_scorer.policy.compile import Program
from risk_scorer.premises_knowledge import PremisesKnowledge
from risk_scorer.premises_store import PremisesStore
from risk_scorer.reassess import Reassessor
from risk_scorer.store import Store

_TABLES = (
    "bookings", "steps", "sightings", "marks", "premises_known", "outcomes", "open_bookings", "reassessments_due",
    "reassessments",
)  # fmt: skip


class Scorer:
    """The scorer over one database: events in batches, and open bookings judged again."""

    def __init__(self, judging: Judging, due: DueStore) -> None:
        self._assessor = Assessor(judging)
        self._reassessor = Reassessor(judging, due)

    async def assess(self, batch: Sequence[Incoming]) -> list[Answer]:
        """Assess a batch of events."""
        return await self._assessor.assess(batch)

    async def again(self) -> list[Assessment]:
        """Judge again whatever is due, until nothing is; the assessments that differ from the ones before."""
        changed: list[Assessment] = []
        while (once := await self._reassessor.run()).judged:
            changed += [one.result for one in once.changed]
        return changed


class Engine:
    """A scorer over one throw-away database. Events are taken at their own times."""

    def __init__(self, pool: Pool, program: Program) -> None:
        self._pool = pool
        self._program = program
        self._seq = 0

    @property
    def pool(self) -> Pool:
        """Its database."""
        return self._pool

    def scorer(self, *, opted_in: Callable[[str], bool]) -> Scorer:
        """A scorer with keys of its own."""
        keys = Keys(hashlib.sha256(b"evaluate entity").digest(), hashlib.sha256(b"evaluate shared").digest())
        premises = PremisesKnowledge(PremisesStore(self._pool), keys)
        judging = Judging(Store(self._pool), self._program, keys, opted_in=opted_in, premises=premises)
        return Scorer(judging, DueStore(self._pool))

    async def forget(self) -> None:
        """An empty history."""
        # Of the few rows of a case this takes a tenth of the time of truncating.
        await self._pool.execute(";".join(f"delete from {table}" for table in _TABLES))

    def incoming(self, event: BookingEvent, operator_id: str, raw: bytes | None = None) -> Incoming:
        """An event as if it had arrived the moment it happened."""
        self._seq += 1
        return Incoming(operator_id, event.booking_id, event, raw or encode(event), self._seq, event.occurred_at)


@asynccontextmanager
async def engine(program: Program) -> AsyncIterator[Engine]:
    """An engine over an embedded PostgreSQL that is removed afterwards."""
    calm()
    folder = Path(tempfile.mkdtemp(prefix="pickup-evaluate-"))
    server = EmbeddedPostgres(folder, throwaway=True)
    try:
        dsn = server.start()
        await provision(dsn, schema="scorer", role="pickup_scorer", password=None)
        own = server.dsn(user="pickup_scorer")
        await migrate(own, schema="scorer", migrations=load("risk_scorer"))
        pool = await open_pool(own, schema="scorer")
        try:
            yield Engine(pool, program)
        finally:
            await pool.close()
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)
