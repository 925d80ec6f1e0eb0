"""What is stored of one booking's assessments, read to be explained."""

from __future__ import annotations

from datetime import datetime

import msgspec
from msgspec import Struct

from pickup_contracts.assessment import Assessment
from pickup_contracts.booking import BookingEvent
from pickup_contracts.policy import RulesetDocument
from pickup_runtime.postgres import Pool
from pickup_runtime.sql import queries
from risk_scorer.explain.explained import Made
from risk_scorer.merge import Arrived

_assessment = msgspec.json.Decoder(Assessment)
_event = msgspec.json.Decoder(BookingEvent)


class MadeRow(Struct, frozen=True):
    """One assessment as it is stored; `as_of` is the moment up to which anything was known."""

    version: int
    assessment: Assessment
    signals: bytes | None
    as_of: datetime


class ExplainStore:
    """Reads; writes nothing."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._sql = queries("risk_scorer")

    async def assessments(self, operator_id: str, booking_id: str) -> list[MadeRow]:
        """Every assessment of a booking, oldest first; none when nothing is stored of it."""
        rows = await self._pool.fetch(self._sql["read_made"], operator_id, booking_id)
        return [MadeRow(row[0], _assessment.decode(row[1]), row[2], row[3]) for row in rows]

    async def made(self, row: MadeRow) -> Made:
        """An assessment with the events that its booking was merged of, as far as they are kept."""
        given = row.assessment
        events = await self._pool.fetch(
            self._sql["read_events_until"], given.operator_id, given.booking_id, row.version
        )
        arrived = [Arrived(_event.decode(raw), seq) for raw, seq, _ in events if raw]
        return Made(given, row.signals, row.as_of, arrived, [at for raw, _, at in events if not raw])

    async def ruleset(self, fingerprint: str) -> RulesetDocument | None:
        """A published ruleset by the beginning of its fingerprint."""
        row = await self._pool.fetchrow(self._sql["read_ruleset"], fingerprint)
        return RulesetDocument(**dict(row)) if row is not None else None
