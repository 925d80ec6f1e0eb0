"""Events to send in tests: one scam-shaped, one harmless, and what may be changed about them."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

Json = dict[str, Any]


def now() -> str:
    return datetime.now(UTC).isoformat()


def scam(booking_id: str, event_id: str | None = None, **more: Any) -> Json:
    """A bank card from a home: held, whatever else is known."""
    return {
        "event_id": event_id or f"{booking_id}-1",
        "booking_id": booking_id,
        "occurred_at": now(),
        "status": "requested",
        "service": "taxi",
        "carries": "parcel",
        "channel": "phone",
        "pickup": {
            "address": {"line1": "14 Meadow Close", "town": "Royston", "postcode": "SG8 5AA", "country": "GB"},
            "contact": {"name": "Mrs Example"},
        },
        "dropoff": {"address": {"line1": "Car park, Station Approach", "town": "Watford", "postcode": "WD17 1AA"}},
        "booker": {"name": "J Stranger", "phone": "+447700900101", "account": {"type": "guest"}},
        "items": [{"description": "envelope with her bank card"}],
        **more,
    }


def ride(booking_id: str, event_id: str | None = None, **more: Any) -> Json:
    """Somebody rides from home to a shop: nothing to see."""
    return {
        "event_id": event_id or f"{booking_id}-1",
        "booking_id": booking_id,
        "occurred_at": now(),
        "status": "requested",
        "service": "taxi",
        "carries": "passenger",
        "passengers": 1,
        "pickup": {"address": {"line1": "3 Mill Road", "town": "Royston", "postcode": "SG8 5AB", "country": "GB"}},
        "dropoff": {
            "address": {"line1": "Tesco Superstore", "town": "Royston", "postcode": "SG8 5AC", "country": "GB"}
        },
        "booker": {"name": "A Rider", "phone": "+447700900102"},
        **more,
    }


def raw(event: Json) -> bytes:
    return json.dumps(event).encode()
