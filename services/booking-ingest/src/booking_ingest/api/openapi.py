"""The API's description (OpenAPI 3.1), built from the very types that decode the events."""

from __future__ import annotations

from typing import Any

import msgspec

from booking_ingest.api.problems import MEDIA_TYPE, Problem
from booking_ingest.intake import Receipt
from pickup_contracts.booking import BookingEvent

_EXAMPLE: dict[str, Any] = {
    "event_id": "e-1",
    "booking_id": "J-20418",
    "revision": 1,
    "occurred_at": "2026-11-20T11:02:10Z",
    "status": "requested",
    "service": "taxi",
    "carries": "parcel",
    "channel": "phone",
    "pickup": {"address": {"line1": "14 Meadow Close", "town": "Royston", "postcode": "SG8 5AA", "country": "GB"}},
    "dropoff": {"address": {"line1": "Car park, Station Approach", "town": "Watford", "postcode": "WD17 1AA"}},
    "booker": {"name": "J Example", "phone": "+447700900101", "account": {"type": "guest"}},
    "items": [{"description": "sealed envelope"}],
}
_REFUSALS = {
    "400": "The body is not JSON.",
    "401": "No API key, or one that is not known or was revoked.",
    "403": "The body names another operator than the key.",
    "409": "This event_id was taken before with other content.",
    "413": "The body is larger than 256 KiB.",
    "415": "The body is not declared as application/json.",
    "422": "The event does not keep the contract; `field` says where.",
    "429": "More requests than one key may send, or too many with wrong keys from one address: nothing was accepted. "
    "Send it again after `Retry-After` seconds.",
    "503": "Broker or database away, or too much waiting: nothing was accepted. Send it again after `Retry-After` "
    "seconds.",
}


def document(version: str) -> dict[str, Any]:
    """The whole description."""
    (event, receipt, problem), components = msgspec.json.schema_components(
        [BookingEvent, Receipt, Problem], ref_template="#/components/schemas/{name}"
    )
    refusals = {
        status: {"description": text, "content": {MEDIA_TYPE: {"schema": problem}}}
        for status, text in _REFUSALS.items()
    }
    accepted = {
        "description": "Taken: the broker has it. `Idempotent-Replay: true` when it had been taken before.",
        "content": {"application/json": {"schema": receipt}},
        "headers": {"Idempotent-Replay": {"schema": {"type": "string", "enum": ["true"]}}},
    }
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Pickup Guard: bookings in",
            "version": version,
            "description": "Send what your system knows of a booking, when it is made and whenever it changes.",
        },
        "paths": {
            "/v1/bookings/events": {
                "post": {
                    "operationId": "sendBookingEvent",
                    "summary": "Send one event of a booking",
                    "description": "A merge patch (RFC 7396) on the booking: what is absent stays, null clears.",
                    "security": [{"key": []}],
                    "requestBody": {
                        "required": True,
                        "content": {"application/json": {"schema": event, "example": _EXAMPLE}},
                    },
                    "responses": {"202": accepted, **refusals},
                }
            }
        },
        "components": {
            "schemas": components,
            "securitySchemes": {"key": {"type": "http", "scheme": "bearer", "description": "pg_<id>_<secret>"}},
        },
    }
