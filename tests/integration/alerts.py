"""An alert to put before a page, and what may be changed about it."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta

import msgspec

from notifier.alerts.alert import Alert
from pickup_contracts.alert import alert_id
from pickup_contracts.assessment import Reason


def now() -> datetime:
    """The moment at which a test asks: a whole run takes longer than a page shows what is over."""
    return datetime.now(UTC)


def alert(operator_id: str, booking_id: str, **more: object) -> Alert:
    made = Alert(
        alert_id=alert_id(operator_id, booking_id),
        operator_id=operator_id,
        booking_id=booking_id,
        state="open",
        kind="warning",
        decision="warn",
        score=70,
        pattern="parcel_from_home",
        reasons=[Reason("one", "Why <b>so</b>", 70), Reason("two", "Known here for years", -15)],
        act_before=now() + timedelta(minutes=9),
        deadline=now() + timedelta(minutes=9),
        booking_version=1,
        assessment_id=uuid.uuid4(),
        change=1,
        raised_at=now(),
        updated_at=now(),
    )
    return msgspec.structs.replace(made, **more)
