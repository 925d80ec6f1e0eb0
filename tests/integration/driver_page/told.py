"""What goes to the driver of an alert, whose booking the notifier knows."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from notifier.actions import Actor, Found
from notifier.rung_rows import Delivery
from notifier.watch import Watched
from pickup_contracts.booking import BookingEvent, Driver
from tests.integration.driver_page.site import DriverSite

SUBSCRIPTION = {"endpoint": "https://push.example/abc", "keys": {"p256dh": "B" * 87, "auth": "a" * 22}}
_DISPATCHER = Actor("Ines")
_ABOARD = Found(action="collected")


async def give_the_driver_a_phone(site: DriverSite, alert: Any) -> None:
    """The booking as the notifier knows it: its driver has a phone."""
    event = BookingEvent(event_id="e", booking_id=alert.booking_id, occurred_at=datetime.now(UTC))
    event.driver = Driver(id=alert.driver or "d-0", phone="+447700900123")
    async with site.store.batch() as batch:
        known = {(site.operator_id, alert.booking_id): Watched(event, (0, datetime.now(UTC)))}
        await batch.bookings.write(known, datetime.now(UTC))


async def told_to_driver(site: DriverSite, alert: Any, channel: str) -> list[Delivery]:
    """What goes to the driver of an alert that is told anew, on one channel."""
    await give_the_driver_a_phone(site, alert)
    await site.actions.answer(site.operator_id, alert.alert_id, _DISPATCHER, _ABOARD)
    rows = await site.pool.fetch(
        "select delivery_id, body, recipient, deadline from deliveries where alert_id = $1 and channel = $2",
        alert.alert_id,
        channel,
    )
    now = datetime.now(UTC)
    return [
        Delivery(
            UUID(str(row["delivery_id"])), alert.alert_id, site.operator_id, alert.booking_id, channel, row["body"],
            row["deadline"], 1, now, audience="driver", recipient=row["recipient"],
        )
        for row in rows if row["recipient"] == "driver"
    ]  # fmt: skip
