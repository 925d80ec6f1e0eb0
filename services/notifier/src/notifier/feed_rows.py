"""What waits for a topic, as a row of an outbox."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from msgspec import Struct


class FeedRow(Struct, frozen=True):
    """One message on its way to a topic of a booking: a step of an alert, or an outcome."""

    event_id: UUID
    operator_id: str
    booking_id: str
    at: datetime
    body: bytes
