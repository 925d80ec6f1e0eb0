"""Mobile numbers in free text are found as people write them; an office's own, landlines and other digits are not."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from pickup_contracts.codec import decode_booking
from risk_scorer import shapes
from risk_scorer.entities import entities_of
from risk_scorer.facts import Facts
from risk_scorer.merge import fold
from risk_scorer.text.findings import FieldText
from risk_scorer.text.numbers import mobiles_in


def _found(text: str, field: str = "notes.driver") -> list[str]:
    return list(mobiles_in([FieldText(field, text)]))


@pytest.mark.parametrize(
    "text",
    [
        "ring Dale on 07700 900123 when outside",
        "Dale 07700900123",
        "call +44 7700 900 123.",
        "0044 7700 900123 dale",
        "(07700) 900-123 for Dale, flat 4",
        "for Dale +447700900123, 2nd floor",
    ],
)
def test_a_mobile_number_is_found_however_it_is_written(text: str) -> None:
    assert _found(text) == ["+447700900123"]


@pytest.mark.parametrize(
    "text",
    [
        "ward desk 01632 960123",
        "order 8832 1190 4471, ref 20261126",
        "flat 7, key safe 4471, 2nd door",
        "PO 0770090012",
        "deliver between 10 00 and 11 30 26 11 2026",
        "",
    ],
)
def test_other_digits_are_no_mobile_number(text: str) -> None:
    assert _found(text) == []


def test_an_office_writes_its_own_numbers() -> None:
    assert _found("driver to ring 07700 900123", "notes.office") == []


@given(some.text(max_size=60))
def test_any_text_is_read(text: str) -> None:
    assert all(number.startswith("+447") for number in _found(text))


def test_a_number_in_a_note_is_an_entity_unless_it_is_a_partys_own() -> None:
    def noted(**fields: Any) -> list[str]:
        event = {"event_id": "1", "booking_id": "b", "occurred_at": "2026-11-20T11:00:00Z", **fields}
        facts = Facts(fold(None, decode_booking(json.dumps(event).encode())), datetime(2026, 11, 20, 12, tzinfo=UTC))
        return [entity.value for entity in entities_of(facts) if entity.role == shapes.NOTED]

    note = {"notes": {"driver": "ring 07700 900123 when outside"}}
    assert noted(**note) == ["+447700900123"]
    assert noted(**note, booker={"name": "Dale", "phone": "07700 900123"}) == []
    assert noted(dropoff={"notes": "he is on 07700 900123", "contact": {"phone": "07700 900124"}}) == ["+447700900123"]
