"""Signals of a booking of which nothing is known are unknown, and never an error."""

from __future__ import annotations

import json
import math
from datetime import UTC, datetime
from typing import Any

from pickup_contracts.codec import decode_booking
from risk_scorer.facts import Facts
from risk_scorer.merge import fold
from risk_scorer.policy.compile import Value
from risk_scorer.signals.catalogue import SIGNALS, evidence_of, read_signals

NOW = datetime(2026, 11, 20, 11, 30, tzinfo=UTC)


def facts(**fields: Any) -> Facts:
    event = {"event_id": "e", "booking_id": "b", "occurred_at": "2026-11-20T11:00:00Z", **fields}
    return Facts(fold(None, decode_booking(json.dumps(event).encode())), NOW)


def signals(**fields: Any) -> dict[str, Value]:
    return read_signals(facts(**fields))


def test_an_empty_booking_has_no_alarming_signal() -> None:
    read = signals()
    # What is missing is a fact in its own right; nothing else may hold.
    missing = {
        "dst9_no_dropoff",
        "con3_no_home_phone",
        "no_recipient",
        "bkr4_guest",
        "bkr_unproven",
        "bkr_first_seen",
        "tim1_asap",
    }
    holds = {name for name, value in read.items() if value is True} - {"tim2_office_hours"}
    assert holds == missing
    assert math.isnan(float(read["rte1_distance_m"]))


def test_types_are_as_declared() -> None:
    read = signals(status="collected", items=[{"description": "cash"}], enquiries={"eta_calls": 4})
    assert {name: type(value) for name, value in read.items()} == {name: one.kind for name, one in SIGNALS.items()}
    assert read["con4_eta_calls"] == 4


def test_evidence_names_fields_and_never_what_stands_in_them() -> None:
    seen = facts(
        carries="parcel",
        pickup={"address": {"line1": "14 Meadow Close", "town": "Royston"}, "contact": {"name": "Mrs Example"}},
        booker={"name": "J Somebody", "phone": "+447700900101"},
        notes={"driver": "collect her bank card for the police"},
    )
    said = " ".join(evidence_of(SIGNALS, seen))
    assert "notes.driver" in said
    for secret in ("Meadow", "Example", "Somebody", "900101", "collect her"):
        assert secret not in said
