"""What is sent of an alert: the webhook's body and the feed's event. Neither holds personal data."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

import msgspec

from notifier.alerts.alert import Alert, Step
from notifier.alerts.wording import wording
from notifier.store import Delivery, FeedRow
from pickup_contracts.alert import AlertEvent

_NAMESPACE = uuid.UUID("8d4f9a52-2f0f-5d0c-93c3-5a1d0f7e6c21")


def webhook(alert: Alert, now: datetime) -> Delivery:
    """The delivery of an alert as it stands; the same alert and change always has the same id."""
    return Delivery(
        delivery_id=uuid.uuid5(_NAMESPACE, f"webhook/{alert.alert_id}/{alert.change}"),
        alert_id=alert.alert_id,
        operator_id=alert.operator_id,
        booking_id=alert.booking_id,
        channel="webhook",
        body=msgspec.json.encode(_webhook_body(alert, now)),
        deadline=alert.deadline,
        attempts=0,
        created_at=now,
    )


def _webhook_body(alert: Alert, now: datetime) -> dict[str, Any]:
    told = wording(alert)
    closed = alert.state == "closed"
    return {
        "type": "pickup.alert.closed" if closed else f"pickup.alert.{alert.kind}",
        "timestamp": now,
        "data": {
            "alert_id": alert.alert_id,
            "operator_id": alert.operator_id,
            "booking_id": alert.booking_id,
            "state": alert.state,
            "decision": alert.decision,
            "score": alert.score,
            "pattern": alert.pattern,
            "act_before": alert.act_before,
            "close_reason": alert.close_reason,
            "headline": None if closed else told.headline,
            "driver_text": None if closed else told.driver,
            "office_steps": [] if closed else told.office,
            "reasons": alert.reasons,
        },
    }


def feed(alert: Alert, steps: tuple[Step, ...], now: datetime) -> list[FeedRow]:
    """Steps as events of the operator's feed; the same step of the same change always has the same id."""
    return [
        FeedRow(
            uuid.uuid5(_NAMESPACE, f"feed/{alert.alert_id}/{alert.change}/{index}/{step.type}"),
            alert.operator_id,
            alert.booking_id,
            now,
            msgspec.json.encode(_event(alert, step, now)),
        )
        for index, step in enumerate(steps)
    ]


def attempt_row(delivery: Delivery, step: Step, now: datetime) -> FeedRow:
    """What became of one attempt."""
    event = AlertEvent(
        alert_id=delivery.alert_id,
        operator_id=delivery.operator_id,
        booking_id=delivery.booking_id,
        type=step.type,
        at=now,
        audience="dispatcher",
        channel=delivery.channel,
        act_before=delivery.deadline,
        detail=step.detail,
    )
    name = f"attempt/{delivery.delivery_id}/{delivery.attempts}/{step.type}"
    return FeedRow(
        uuid.uuid5(_NAMESPACE, name), delivery.operator_id, delivery.booking_id, now, msgspec.json.encode(event)
    )


def _event(alert: Alert, step: Step, now: datetime) -> AlertEvent:
    return AlertEvent(
        alert_id=alert.alert_id,
        operator_id=alert.operator_id,
        booking_id=alert.booking_id,
        type=step.type,
        at=now,
        decision=alert.decision,
        act_before=alert.act_before,
        actor=step.actor,
        detail=step.detail,
    )
