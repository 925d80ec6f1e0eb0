"""The table of outcomes, and the marks that linked bookings see."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from pickup_runtime.postgres import Pool
from pickup_runtime.sql import queries
from risk_scorer.entities import Keys, booking_hash
from risk_scorer.outcomes.reported import Finding, Reported, marks_of, outcome_id

Key = tuple[str, str]


class OutcomeStore:
    """Outcomes by booking. Adding the same ones again changes nothing."""

    def __init__(self, pool: Pool, keys: Keys) -> None:
        self._pool = pool
        self._keys = keys
        self._sql = queries("risk_scorer")

    async def add(self, outcomes: Sequence[Reported]) -> int:
        """Keep outcomes and mark their bookings, in one transaction; returns how many were new."""
        if not outcomes:
            return 0
        marks = sorted(
            {
                (booking_hash(self._keys, one.operator_id, one.booking_id), mark, one.received_at)
                for one in outcomes
                for mark in marks_of(one)
            },
            # Bookings always in one order, so that two workers never wait for each other; of one, as it was learnt.
            key=lambda mark: (mark[0], mark[2], mark[1]),
        )
        async with self._pool.acquire() as connection, connection.transaction():
            new = await connection.fetch(
                self._sql["write_outcomes"],
                [outcome_id(one) for one in outcomes],
                [one.operator_id for one in outcomes],
                [one.booking_id for one in outcomes],
                [one.at for one in outcomes],
                [one.received_at for one in outcomes],
                [one.reported_by for one in outcomes],
                [one.action for one in outcomes],
                [one.finding for one in outcomes],
                [one.clear_reason for one in outcomes],
                [",".join(one.observations) for one in outcomes],
                [one.takes_back for one in outcomes],
            )
            # One by one: each may move what the one before it has written.
            await connection.executemany(self._sql["write_outcome_marks"], marks)
        return len(new)

    async def forget_marks(self, keys: Sequence[Key]) -> None:
        """Delete the marks of bookings that are forgotten."""
        await self._pool.execute(self._sql["delete_marks_of"], [booking_hash(self._keys, *key) for key in keys])

    async def outcomes_of(self, keys: Sequence[Key]) -> dict[Key, list[Reported]]:
        """What was reported of those of `keys` of which anything was, the oldest first."""
        found: dict[Key, list[Reported]] = {}
        if keys:
            rows = await self._pool.fetch(
                self._sql["read_outcomes"], [key[0] for key in keys], [key[1] for key in keys]
            )
            for row in rows:
                found.setdefault((row[0], row[1]), []).append(reported_row(*row))
        return found


def reported_row(
    operator_id: str,
    booking_id: str,
    at: datetime,
    received_at: datetime,
    reported_by: str,
    action: str | None,
    finding: Finding,
    clear_reason: str | None,
    observations: list[str],
    takes_back: bool,
) -> Reported:
    """A row of outcomes."""
    return Reported(
        operator_id, booking_id, at, received_at, reported_by, action, finding, clear_reason,
        tuple(observations), takes_back,
    )  # fmt: skip
