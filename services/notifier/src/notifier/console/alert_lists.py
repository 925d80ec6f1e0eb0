"""Alerts as pages list them: found by filter, newest first, page by page; and what stands beside one."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

import msgspec
from msgspec import Struct

from notifier.alert_rows import as_far_as_readable
from notifier.alerts.alert import Alert
from notifier.audit.chain import Entry
from notifier.console.linked import Neighbour
from notifier.watched_rows import watched_of
from pickup_contracts.assessment import Decision
from pickup_contracts.outcome import Outcome
from pickup_runtime.postgres import Pool
from pickup_runtime.sql import queries

#: `open` is everything that is not closed, `waiting` what nobody has taken on.
StateFilter = Literal["open", "waiting", "acknowledged", "expired", "closed"]

_SQL = queries("notifier")
_LAST = UUID(int=(1 << 128) - 1)
_NEIGHBOURS = 500
_outcome = msgspec.json.Decoder(Outcome)


class Wanted(Struct, frozen=True, kw_only=True):
    """What is looked for; `None` where it does not matter. `booking` is the beginning of an id."""

    booking: str | None = None
    state: StateFilter | None = None
    decision: Decision | None = None
    driver: str | None = None
    since: datetime | None = None


class Place(Struct, frozen=True):
    """Where a page ended: the next one has what was raised before that."""

    raised_at: datetime
    alert_id: UUID


class AlertLists:
    """Reads for one operator at a time; another operator's alerts are not there."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def search(
        self, operator_id: str, wanted: Wanted, *, now: datetime, below: Place | None = None, limit: int = 50
    ) -> list[Alert]:
        """Those that fit, newest first."""
        place = below or Place(now + timedelta(days=1), _LAST)
        filters = (operator_id, wanted.state, wanted.decision, wanted.driver, wanted.since)
        if wanted.booking is None:
            rows = await self._pool.fetch(_SQL["search_alerts"], *filters, place.raised_at, place.alert_id, limit)
        else:
            rows = await self._pool.fetch(
                _SQL["search_bookings"], *filters, place.raised_at, place.alert_id, limit, _beginning(wanted.booking)
            )
        return [as_far_as_readable(row) for row in rows]

    async def count_unclosed(self, operator_id: str) -> int:
        """How many wait or are taken on."""
        count: int = await self._pool.fetchval(_SQL["count_unclosed_of"], operator_id)
        return count

    async def beside(self, alert: Alert, since: datetime) -> list[Neighbour]:
        """The firm's other alerts since then, newest first, up to 500, of whose bookings something is still held."""
        rows = await self._pool.fetch(_SQL["alerts_beside"], alert.operator_id, since, alert.booking_id, _NEIGHBOURS)
        return [
            Neighbour(
                alert_id=row["alert_id"],
                booking_id=row["booking_id"],
                state=row["state"],
                decision=row["decision"],
                finding=row["finding"],
                raised_at=row["raised_at"],
                watched=watched_of(row["document"]),
            )
            for row in rows
        ]

    async def outcomes(self, operator_id: str, booking_id: str) -> list[Outcome]:
        """What people found of a booking, newest first; kept here for 90 days."""
        rows = await self._pool.fetch(_SQL["outcomes_of"], operator_id, booking_id)
        return [_outcome.decode(row[0]) for row in rows]

    async def decided(self, operator_id: str, since: datetime, kinds: Sequence[str], limit: int = 300) -> list[Entry]:
        """What the audit has of these kinds since then, newest first."""
        rows = await self._pool.fetch(_SQL["audit_decided"], operator_id, since, list(kinds), limit)
        return [Entry(**dict(row)) for row in rows]


def _beginning(text: str) -> str:
    """A pattern for what begins with a text, whose own signs mean themselves."""
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
