"""How messages stand, as pages show it: on which channel, how far, and what a driver was told."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from msgspec import Struct

from pickup_contracts.alert import Audience
from pickup_runtime.postgres import Pool
from pickup_runtime.sql import queries

_SQL = queries("notifier")


class DeliveryRecord(Struct, frozen=True):
    """How a delivery stands, for the page. `text` is what a driver is told, in the driver's language; `None` for
    others, and once it is no longer kept."""

    channel: str
    state: str
    attempts: int
    first_attempt_at: datetime | None
    delivered_at: datetime | None
    last_error: str | None
    audience: Audience = "dispatcher"
    recipient: str = "system"
    telling: str = "warning"
    due_at: datetime | None = None
    receipt_at: datetime | None = None
    text: str | None = None


class DeliveryRecords:
    """Reads what was told of alerts."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def of(self, alert_ids: Sequence[UUID]) -> dict[UUID, list[DeliveryRecord]]:
        """The messages of each of these alerts, newest first."""
        found: dict[UUID, list[DeliveryRecord]] = {identity: [] for identity in alert_ids}
        if alert_ids:
            for row in await self._pool.fetch(_SQL["deliveries_of_several"], list(alert_ids)):
                found[row["alert_id"]].append(_record(row))
        return found


class _Told(Struct):
    """The part of a message's body that the page shows."""

    text: str | None = None


_told = msgspec.json.Decoder(_Told)


def _record(row: Any) -> DeliveryRecord:
    fields = dict(row)
    del fields["alert_id"]
    body = fields.pop("body")
    return DeliveryRecord(**fields, text=_text_to_driver(fields["audience"], fields["telling"], body))


def _text_to_driver(audience: str, telling: str, body: bytes) -> str | None:
    """What a driver is told, out of a delivery's body. A webhook's body has no text of its own."""
    return _told.decode(body).text if audience == "driver" and telling != "command" and body else None
