"""Changes of alerts, written with all that follows: messages, commands, the feed, whoever waits for news.

Everything that changes an alert goes through here, in one transaction: a batch of messages, a person's action, the
sweep of what is past its time, an attempt's result.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from notifier import messages
from notifier.alerts.alert import Alert, Change
from notifier.alerts.rungs import Moved, follow, following, overtaken
from notifier.batch import Batch
from notifier.feed_rows import FeedRow
from notifier.rung_rows import Delivery
from notifier.telling import Teller
from notifier.watch import Watched
from notifier.watched_rows import Key
from pickup_runtime import metrics

#: Each change with the alert as it was before it; `None` for one that is new.
Changes = Sequence[tuple[Alert | None, Change]]


class Tidings:
    """Writes changes; `teller` makes their messages."""

    def __init__(self, teller: Teller) -> None:
        self._teller = teller

    async def write(self, batch: Batch, changes: Changes, watched: dict[Key, Watched], now: datetime) -> None:
        """Write changes in order. Their alerts are locked in `batch`; `watched` holds their bookings where known."""
        if not changes:
            return
        alerts: dict[UUID, Alert] = {}
        feed: list[FeedRow] = []
        made: dict[UUID, list[Delivery]] = {}
        commands = []
        touched = [change.alert.alert_id for before, change in changes if _touches(before, change)]
        rungs = await batch.rungs.of(list(dict.fromkeys(touched)))
        moved: dict[UUID, Moved] = {}
        pushes = {self._teller.pushes_to(change) for _, change in changes}
        phones = await batch.phones(sorted(one for one in pushes if one is not None))
        for before, change in changes:
            alert = change.alert
            alerts[alert.alert_id] = alert
            feed += messages.feed(alert, change.steps, now)
            for step in change.steps:
                metrics.alert_events.labels(step.type).inc()
            for one in following(before, change, rungs.get(alert.alert_id, [])):
                moved[one.delivery_id] = one
            known = watched.get((alert.operator_id, alert.booking_id))
            driver = self._teller.pushes_to(change)
            phone = phones.get(driver) if driver is not None else None
            fresh = self._teller.deliveries(change, known, now, phone)
            made[alert.alert_id] = _kept(made.get(alert.alert_id, []), before, change) + fresh
            if change.command is not None:
                commands.append(change.command)
        changed = [alerts[identity] for identity in sorted(alerts)]
        await batch.write_alerts(changed)
        await batch.rungs.move(list(moved.values()))
        await batch.rungs.add([one for several in made.values() for one in several])
        await batch.commands.write(commands)
        await batch.add_feed(feed)
        await batch.announce([alert.operator_id for alert in changed])


def _touches(before: Alert | None, change: Change) -> bool:
    """Whether a change bears on messages that are on their way."""
    if before is None:
        return False
    acknowledged = before.waiting and change.alert.state == "acknowledged"
    undone = before.state == "acknowledged" and change.alert.waiting
    heard = before.driver_acknowledged_at is None and change.alert.driver_acknowledged_at is not None
    ended = change.alert.state == "closed" and before.state != "closed"
    return (
        change.tell
        or bool(change.command)
        or acknowledged
        or undone
        or heard
        or ended
        or before.deadline != change.alert.deadline
    )


def _kept(made: Sequence[Delivery], before: Alert | None, change: Change) -> list[Delivery]:
    """Of what this very batch was about to tell of the alert, what the newer change does not overtake, at its place
    in the window as it is now."""
    after = change.alert
    kept = list(made)
    if before is not None and before.deadline != after.deadline:
        moved = {one.delivery_id: one for one in follow([each.on_its_way() for each in kept], after.deadline)}
        kept = [_placed(one, moved.get(one.delivery_id)) for one in kept]
    if change.telling is None:
        return kept
    over = overtaken([one.on_its_way() for one in kept], change.telling, still_alerting=after.alerting)
    gone = {one.delivery_id for one in over}
    return [one for one in kept if one.delivery_id not in gone]


def _placed(one: Delivery, moved: Moved | None) -> Delivery:
    if moved is None:
        return one
    return msgspec.structs.replace(one, deadline=moved.deadline, due_at=moved.due_at, give_up_at=moved.give_up_at)
