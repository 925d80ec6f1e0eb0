"""A record of the bookings' topic as the event that came in."""

from __future__ import annotations

from datetime import datetime, timedelta

from msgspec import UNSET, Struct

from pickup_contracts.booking import BookingEvent, booking_key
from pickup_contracts.codec import decode_booking
from pickup_contracts.errors import ContractError
from pickup_runtime.kafka import Record, taken_at

#: Further than this ahead of the broker's clock, an event's own time can't be meant.
_FUTURE = timedelta(days=366)


class Incoming(Struct, frozen=True):
    """One event as it came in: decoded, its bytes, its place of arrival, and when the broker took it. `partition` is
    that of the topic; `None` when it came another way."""

    operator_id: str
    booking_id: str
    event: BookingEvent
    raw: bytes
    seq: int
    received_at: datetime
    partition: int | None = None


def decode(record: Record) -> Incoming:
    """A record of `booking.events.v1` as an event.

    Raises:
        ContractError: it is not one, or its key does not belong to it.
    """
    raw = record.value or b""
    event = decode_booking(raw)
    if event.operator_id is UNSET:
        raise ContractError("operator_id", "is required on the topic")
    if record.key != booking_key(event.operator_id, event.booking_id):
        raise ContractError("booking_id", "the message's key belongs to another booking")
    received = taken_at(record)
    if event.occurred_at - received > _FUTURE:
        raise ContractError("occurred_at", "lies more than a year ahead")
    return Incoming(event.operator_id, event.booking_id, event, raw, record.offset, received, record.partition)
