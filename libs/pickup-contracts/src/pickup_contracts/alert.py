"""AlertEvent: what became of an alert, for operators' own feeds."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Literal

from msgspec import Struct

from pickup_contracts.assessment import Decision

AlertEventType = Literal[
    "raised",
    "attempted",
    "delivered",
    "failed",
    "acknowledged",
    "escalated",
    "expired",
    "hold_requested",
    "hold_confirmed",
    "hold_refused",
    "release_requested",
    "released",
    "release_refused",
    "recall_requested",
    "recall_confirmed",
    "recall_refused",
    "recalled",
    "sent",
    "abandoned",
    "rationed",
    "reported",
    "reopened",
    "closed",
]
Audience = Literal["driver", "dispatcher", "duty_manager"]
CommandKind = Literal["hold", "release", "recall"]
#: The only word on a held, recalled or late booking that may stand where a booker can see it.
PublicStatus = Literal["delayed"]

_NAMESPACE = uuid.UUID("2c8f4c0e-3f57-5b0e-8c55-0b7d1f1f2a10")


class AlertEvent(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One step in an alert's life. `recipient_ref` is a pseudonym; `detail` is text without personal data. A step of a
    command (hold, release, recall) carries its `correlation_id` and by when the operator's system has to confirm it;
    `public_status` is what a booker may be shown, the same for every command and for an ordinary delay."""

    alert_id: uuid.UUID
    operator_id: str
    booking_id: str
    type: AlertEventType
    at: datetime
    decision: Decision | None = None
    audience: Audience | None = None
    channel: str | None = None
    recipient_ref: str | None = None
    act_before: datetime | None = None
    actor: str | None = None
    detail: str | None = None
    command: CommandKind | None = None
    correlation_id: uuid.UUID | None = None
    confirm_by: datetime | None = None
    public_status: PublicStatus | None = None


def alert_id(operator_id: str, booking_id: str) -> uuid.UUID:
    """Name-based (UUIDv5): a booking has one alert, whichever worker raises it and however often."""
    return uuid.uuid5(_NAMESPACE, f"{operator_id}/{booking_id}")
