"""Outcome: what the driver or the dispatcher found. No answer is not a `cleared`."""

from __future__ import annotations

import uuid
from typing import Annotated, Literal

from msgspec import Meta, Struct

from pickup_contracts.booking import Id, Moment, Observation, OperatorId


class Outcome(Struct, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """`clear_reason` is a code of a look-alike family (`N17`); `comment` is at most 500 characters."""

    operator_id: OperatorId
    booking_id: Id
    at: Moment
    reported_by: Literal["driver", "dispatcher", "duty_manager", "operator_system"]
    alert_id: uuid.UUID | None = None
    action: (
        Literal[
            "collected",
            "refused",
            "not_collected",
            "returned_to_sender",
            "taken_to_police",
            "held_at_depot",
            "cancelled",
        ]
        | None
    ) = None
    finding: Literal["confirmed_scam", "suspected_scam", "cleared", "unknown"] = "unknown"
    clear_reason: Annotated[str, Meta(max_length=32)] | None = None
    observations: list[Observation] = []
    police_reference: Annotated[str, Meta(max_length=64)] | None = None
    comment: Annotated[str, Meta(max_length=500)] | None = None
