"""The published description is the decoder's own schema."""

from __future__ import annotations

import json
from typing import Any

import jsonschema
import pytest

from booking_ingest.api.openapi import document


def _schema() -> dict[str, Any]:
    made = json.loads(json.dumps(document("1")))
    return {"$ref": "#/components/schemas/BookingEvent", "components": made["components"]}


def test_the_example_keeps_the_schema() -> None:
    path = document("1")["paths"]["/v1/bookings/events"]["post"]
    jsonschema.validate(path["requestBody"]["content"]["application/json"]["example"], _schema())


def test_unknown_fields_do_not() -> None:
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(
            {"event_id": "e", "booking_id": "b", "occurred_at": "2026-11-20T11:00:00Z", "surprise": 1}, _schema()
        )


def test_both_limits_stand_with_the_answer_that_they_give() -> None:
    said = document("1")["paths"]["/v1/bookings/events"]["post"]["responses"]["429"]["description"]
    assert "one key may send" in said
    assert "wrong keys from one address" in said
    assert "`Retry-After`" in said
