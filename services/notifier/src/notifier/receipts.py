"""Providers' receipts: what was accepted has arrived, or has not."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from notifier.alerts.alert import Step
from notifier.messages import attempt_row
from notifier.recording import note_messages
from notifier.rung_rows import ReceiptStatus
from notifier.store import Store
from pickup_runtime.clock import Clock


class Receipts:
    """Takes receipts, once each; a late one still says that the message arrived."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def take(self, delivery_id: UUID, status: ReceiptStatus, at: datetime, error: str | None = None) -> bool:
        """Record a receipt of `at`; a failure brings the next rung forward. `False` when it changes nothing: the
        message is not known, or its first receipt has come. `error` names no person."""
        now = self._clock.now()
        async with self._store.batch() as batch:
            alert_id = await batch.rungs.alert_of(delivery_id)
            if alert_id is None:
                return False
            alerts = await batch.alerts([alert_id])
            delivery = await batch.rungs.receipt(delivery_id, status, at, error)
            if delivery is None:
                return False
            rows = [attempt_row(delivery, Step(status, error), alerts.get(alert_id), now)]
            rows += await note_messages(batch, alerts, [(delivery, status)], now)
            await batch.add_feed(rows)
            await batch.announce([delivery.operator_id])
            return True

    async def give_up_silent(self, delivery_id: UUID, alert_id: UUID) -> bool:
        """Give up a message whose receipt is overdue; `False` when it has come meanwhile."""
        now = self._clock.now()
        async with self._store.batch() as batch:
            alerts = await batch.alerts([alert_id])
            delivery = await batch.rungs.abandon_silent(delivery_id, now)
            if delivery is None:
                return False
            rows = [attempt_row(delivery, Step("abandoned", "no receipt in time"), alerts.get(alert_id), now)]
            rows += await note_messages(batch, alerts, [(delivery, "abandoned")], now)
            await batch.add_feed(rows)
            await batch.announce([delivery.operator_id])
            return True
