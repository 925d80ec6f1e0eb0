"""How attempts went, written down together: what ends while one transaction is under way goes into the next."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID

import msgspec
from msgspec import Struct

from notifier.alerts.alert import Alert, Step
from notifier.alerts.changes import Fared, on_message
from notifier.alerts.deadline import next_attempt
from notifier.alerts.rungs import Moved, OnItsWay, RungState, advance
from notifier.batch import Batch
from notifier.channels.channel import Attempt
from notifier.feed_rows import FeedRow
from notifier.messages import attempt_row, feed
from notifier.rung_rows import Delivery, Settled
from notifier.setting_aside import Item, put
from notifier.store import Store
from pickup_contracts.alert import AlertEventType
from pickup_runtime import logs, metrics
from pickup_runtime.clock import Clock
from pickup_runtime.postgres import lies_in_the_row, until_available

#: Attempts in one transaction, at most. More would keep those who wait for the operator's turn in the audit waiting.
AT_ONCE = 100
_STEPS: dict[RungState, AlertEventType] = {
    "delivered": "delivered",
    "sent": "sent",
    "failed": "failed",
    "abandoned": "abandoned",
    "expired": "expired",
}
_LOST = frozenset({"failed", "abandoned", "expired"})
_log = logs.get("recording")


class _Ended(Struct, frozen=True):
    delivery: Delivery
    attempt: Attempt
    recorded: asyncio.Future[None]


class Recorder:
    """Writes down how attempts ended. One transaction takes all that have ended since the one before began: each has to
    take its operator's turn in the audit and wait for the disk, and alone they would stand in line for it."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._ended: list[_Ended] = []
        self._writing: asyncio.Task[None] | None = None

    async def record(self, delivery: Delivery, attempt: Attempt) -> None:
        """Return when it is written, however long the database is away. Raises what the database has against it."""
        ended = _Ended(delivery, attempt, asyncio.get_running_loop().create_future())
        self._ended.append(ended)
        if self._writing is None or self._writing.done():
            self._writing = asyncio.create_task(self._write())
        await ended.recorded

    def close(self) -> None:
        """Give up what is not written yet; its lease runs out, and it is tried again."""
        if self._writing is not None:
            self._writing.cancel()

    async def _write(self) -> None:
        while self._ended:
            taken, self._ended = self._ended[:AT_ONCE], self._ended[AT_ONCE:]
            try:
                await until_available(lambda taken=taken: self._together(taken), what="record attempts")  # type: ignore[misc]
            except Exception as error:
                _log.warning("recorded_one_by_one", attempts=len(taken), error=type(error).__name__)
                await self._one_by_one(taken)
            else:
                for one in taken:
                    _tell(one, None)

    async def _one_by_one(self, taken: Sequence[_Ended]) -> None:
        """Something in a batch can't be written: the others are not to be lost with it."""
        for one in taken:
            fault: Exception | None = None
            try:
                await until_available(lambda one=one: self._together([one]), what="record attempt")  # type: ignore[misc]
            except Exception as error:
                fault = await self._without_its_alert(one, error) if lies_in_the_row(error) else error
            _tell(one, fault)

    async def _without_its_alert(self, one: _Ended, error: Exception) -> Exception | None:
        """How an attempt ended whose alert can't be read or written: kept for the message alone, else the message would
        be sent again whenever its lease ends, for ever. `None` when that is done."""
        now = self._clock.now()
        state, due_at = _outcome(one.delivery, one.attempt, now)
        settled = _settled(one, state, due_at)

        async def keep() -> None:
            async with self._store.batch() as batch:
                await batch.rungs.settle([settled], now)

        try:
            await until_available(keep, what="record attempt")
            item = Item(one.delivery.delivery_id, one.delivery.operator_id, one.delivery.booking_id)
            await put(self._store.pool, "message", item, error, now)
        except Exception as still:
            return still
        return None

    async def _together(self, ended: Sequence[_Ended]) -> None:
        now = self._clock.now()
        settled, states, rows = [], [], list[FeedRow]()
        async with self._store.batch() as batch:
            alerts = await batch.alerts([one.delivery.alert_id for one in ended])
            for one in ended:
                delivery, attempt = one.delivery, one.attempt
                alert = alerts.get(delivery.alert_id)
                state, due_at = _outcome(delivery, attempt, now)
                made = attempt.result != "held_back"
                settled.append(_settled(one, state, due_at))
                if made:
                    tried = Step("attempted", f"attempt {delivery.attempts}")
                    rows.append(attempt_row(delivery, tried, alert, now))
                else:
                    delivery = msgspec.structs.replace(delivery, attempts=delivery.attempts - 1)
                if state != "due":
                    rows.append(attempt_row(delivery, Step(_STEPS[state], attempt.error), alert, now))
                states.append((delivery, state))
            rows += await note_messages(batch, alerts, states, now)
            await batch.rungs.settle(settled, now)
            await batch.add_feed(rows)
            await batch.announce([one.operator_id for one in rows])


def _settled(one: _Ended, state: RungState, due_at: datetime | None) -> Settled:
    attempt = one.attempt
    made = attempt.result != "held_back"
    return Settled(one.delivery.delivery_id, state, due_at, attempt.error, attempt.provider_id, made)


def _tell(one: _Ended, fault: Exception | None) -> None:
    if one.recorded.done():
        return
    if fault is None:
        one.recorded.set_result(None)
    else:
        one.recorded.set_exception(fault)


async def note_messages(
    batch: Batch, locked: Mapping[UUID, Alert], told: Sequence[tuple[Delivery, RungState]], now: datetime
) -> list[FeedRow]:
    """What messages' new states make of their alerts and of the messages after them: an alert has been heard of on some
    channel, or the next rung is due at once. Returns the alerts' own steps; to be called before the states are written,
    with the alerts `locked` in the batch."""
    alerts = dict(locked)
    lost = {delivery.alert_id for delivery, state in told if state in _LOST and delivery.telling != "command"}
    rungs = await batch.rungs.of(
        [one.alert_id for one in alerts.values() if one.alert_id in lost and one.state != "closed"]
    )
    changed: dict[object, Alert] = {}
    moved: list[Moved] = []
    rows: list[FeedRow] = []
    for delivery, state in told:
        if (alert := alerts.get(delivery.alert_id)) is None:
            continue
        if (messages := rungs.get(alert.alert_id)) is not None:
            brought = _advanced(messages, delivery, state, now)
            moved += brought
            rungs[alert.alert_id] = _as_told(messages, delivery, state, brought)
        if delivery.telling == "command" or delivery.attempts == 0:
            continue
        if not (delivery.attempts == 1 or state == "delivered" or state in _LOST):
            continue
        fared: Fared = "delivered" if state == "delivered" else "attempted"
        change = on_message(alert, fared, delivery.audience, sent_at=delivery.created_at, now=now)
        if change is not None:
            alerts[alert.alert_id] = changed[alert.alert_id] = change.alert
            rows += feed(change.alert, change.steps, now)
            for step in change.steps:
                metrics.alert_events.labels(step.type).inc()
    await batch.rungs.move(moved)
    await batch.write_alerts(list(changed.values()))
    return rows


def _advanced(messages: Sequence[OnItsWay], delivery: Delivery, state: RungState, now: datetime) -> list[Moved]:
    """What is due at once because this one is lost."""
    if state not in _LOST or delivery.telling == "command":
        return []
    failed = next((one for one in messages if one.delivery_id == delivery.delivery_id), None)
    if failed is None or failed.state not in ("due", "sent", state):
        return []
    return advance(messages, failed, now=now)


def _as_told(
    messages: Sequence[OnItsWay], delivery: Delivery, state: RungState, moved: Sequence[Moved]
) -> list[OnItsWay]:
    """The messages after one of them was told and others were brought forward."""
    due = {one.delivery_id: one.due_at for one in moved}
    return [
        msgspec.structs.replace(one, state=state)
        if one.delivery_id == delivery.delivery_id and one.state in ("due", "sent")
        else msgspec.structs.replace(one, due_at=due.get(one.delivery_id, one.due_at))
        for one in messages
    ]


def _outcome(delivery: Delivery, attempt: Attempt, now: datetime) -> tuple[RungState, datetime | None]:
    """The state after an attempt, and when to try again."""
    if attempt.result == "delivered":
        return "delivered", None
    if attempt.result == "sent":
        return "sent", None
    if attempt.result == "refused":
        return "failed", None
    again = _again(now, delivery, attempt.retry_after_s)
    if again is not None:
        return "due", again
    return ("abandoned" if delivery.ends_at < delivery.deadline else "expired"), None


def _again(now: datetime, delivery: Delivery, retry_after_s: float | None) -> datetime | None:
    """When to try again. What the receiver asks for is honoured as long as it leaves a try before the channel is given
    up."""
    planned = next_attempt(now, delivery.ends_at, attempts=delivery.attempts)
    if planned is None or retry_after_s is None:
        return planned
    asked = now + timedelta(seconds=retry_after_s)
    return max(planned, asked) if asked < delivery.ends_at else planned
