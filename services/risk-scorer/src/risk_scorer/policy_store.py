"""The scorer's tables of policies: every ruleset that was published, what each worker judges by, and past verdicts."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from datetime import datetime, timedelta

from msgspec import Struct

from pickup_contracts.policy import RulesetDocument
from pickup_runtime.postgres import Connection, Pool
from pickup_runtime.sql import queries
from risk_scorer.past import Assessed

_GONE_AFTER = timedelta(days=1)


class WorkerReport(Struct, frozen=True):
    """What one worker said of itself at `seen_at`. `since` is when it began with this ruleset; `assessed` and `shadow`
    count from then. `fault` says what of the published it can't use; `entries` are those that have not expired."""

    worker_id: str
    ruleset_name: str
    version: str
    fingerprint: str
    since: datetime
    seen_at: datetime
    fault: str | None
    overrides: int
    entries: int
    assessed: int
    shadow: dict[str, int]


class PolicyStore:
    """Small tables that are read and written every few seconds, never for a booking."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._sql = queries("risk_scorer")

    async def add(self, document: RulesetDocument, *, over: Connection) -> None:
        """Append to the history, in the caller's transaction."""
        await over.execute(
            self._sql["write_ruleset"],
            document.name,
            document.version,
            document.fingerprint,
            document.text,
            document.published_at,
            document.published_by,
            document.note,
        )

    async def history(self, name: str, *, most: int = 100) -> list[RulesetDocument]:
        """What was published under a name, newest first."""
        rows = await self._pool.fetch(self._sql["read_rulesets"], name, most)
        return [RulesetDocument(**dict(row)) for row in rows]

    async def report(self, worker: WorkerReport) -> None:
        """Write what a worker says of itself, and forget those that have been silent for a day."""
        await self._pool.execute(
            self._sql["write_worker"],
            worker.worker_id,
            worker.ruleset_name,
            worker.version,
            worker.fingerprint,
            worker.since,
            worker.seen_at,
            worker.fault,
            worker.overrides,
            worker.entries,
            worker.assessed,
            json.dumps(worker.shadow),
        )
        await self._pool.execute(self._sql["drop_silent_workers"], worker.seen_at - _GONE_AFTER)

    async def workers(self) -> list[WorkerReport]:
        """Every worker that reported within a day."""
        rows = await self._pool.fetch(self._sql["read_workers"])
        return [WorkerReport(**{**dict(row), "shadow": json.loads(row["shadow"])}) for row in rows]

    async def count_assessed(self, since: datetime, operator_id: str | None) -> int:
        """How many steps were taken since a moment, at one operator or at all."""
        counted: int = await self._pool.fetchval(self._sql["count_assessed"], since, operator_id)
        return counted

    async def assessed(self, since: datetime, operator_id: str | None) -> AsyncIterator[list[Assessed]]:
        """Those steps, the whole of one booking's at a time."""
        async with self._pool.acquire() as connection, connection.transaction():
            together: list[Assessed] = []
            async for row in connection.cursor(self._sql["read_assessed"], since, operator_id, prefetch=2000):
                step = Assessed(*row)
                if together and (step.operator_id, step.booking_id) != (
                    together[0].operator_id,
                    together[0].booking_id,
                ):
                    yield together
                    together = []
                together.append(step)
            if together:
                yield together
