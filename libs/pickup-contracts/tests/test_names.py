"""Keys, ids, topics and headers are what other systems rely on."""

from __future__ import annotations

from datetime import UTC, datetime

from pickup_contracts import topics
from pickup_contracts.alert import alert_id
from pickup_contracts.assessment import assessment_id, rank
from pickup_contracts.booking import booking_key
from pickup_contracts.cloudevents import headers


def test_the_key_parts_at_its_first_slash() -> None:
    assert booking_key("op-1", "a/b").split(b"/", 1) == [b"op-1", b"a/b"]


def test_ids_are_made_from_names() -> None:
    assert assessment_id("o", "b", 1, "v") == assessment_id("o", "b", 1, "v") != assessment_id("o", "b", 2, "v")
    assert alert_id("o", "b") == alert_id("o", "b") != alert_id("o", "c")


def test_decisions_rise() -> None:
    assert rank("allow") < rank("review") < rank("warn") < rank("hold_recommended")


def test_every_topic_has_its_dead_letters() -> None:
    names = {topic.name for topic in topics.ALL}
    assert {f"{name}.dlq" for name in names if not name.endswith(".dlq")} <= names
    assert topics.BOOKING_EVENTS.retention_ms == 7 * 86_400_000
    assert topics.OPERATORS.cleanup == "compact"


def test_headers_are_cloudevents_in_binary_mode() -> None:
    made = dict(
        headers(
            "pickup.booking.changed",
            event_id="e-1",
            operator_id="op-1",
            subject="b-1",
            at=datetime(2026, 11, 20, 11, 2, 10, tzinfo=UTC),
        )
    )
    assert made == {
        "ce_specversion": b"1.0",
        "ce_id": b"e-1",
        "ce_source": b"/operators/op-1",
        "ce_type": b"pickup.booking.changed",
        "ce_subject": b"b-1",
        "ce_time": b"2026-11-20T11:02:10Z",
        "content-type": b"application/json",
    }
