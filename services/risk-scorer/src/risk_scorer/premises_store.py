"""What is known of places, in the database: one round trip a call."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from msgspec import Struct

from pickup_runtime.postgres import Pool
from pickup_runtime.sql import queries
from risk_scorer.premises.settle import REMEMBERED, Finding


class PlaceAt(Struct, frozen=True, gc=False):
    """A place (keyed hash of its address) at a moment."""

    place: int
    at: datetime


class PremisesStore:
    """Reads and writes findings by place and moment. `early` is a pool whose commits others see at once, and which the
    next commit of `pool` takes to the disk with it (ADR 0072)."""

    def __init__(self, pool: Pool, early: Pool | None = None) -> None:
        self._pool = pool
        self._early = early or pool
        self._sql = queries("risk_scorer")

    async def known(self, asks: Sequence[PlaceAt]) -> list[Finding | None]:
        """For each place the newest finding that was known at its moment and is not forgotten."""
        answers: list[Finding | None] = [None] * len(asks)
        if asks:
            rows = await self._pool.fetch(
                self._sql["read_premises"],
                list(range(len(asks))),
                [ask.place for ask in asks],
                [ask.at for ask in asks],
                REMEMBERED,
            )
            for number, source, at, kind, residential, confidence in rows:
                answers[number] = Finding(kind, residential, source, confidence, at)
        return answers

    async def learn(self, found: Sequence[tuple[int, Finding]]) -> None:
        """Record findings, for everybody to see. The same ones again change nothing."""
        if found:
            await self._early.execute(
                self._sql["write_premises"],
                [place for place, _ in found],
                [one.at for _, one in found],
                [one.source for _, one in found],
                [one.kind for _, one in found],
                [one.residential for _, one in found],
                [one.confidence for _, one in found],
            )

    async def forget(self, before: datetime) -> None:
        """Delete what was learned before a moment."""
        await self._pool.execute(self._sql["forget_premises"], before)
