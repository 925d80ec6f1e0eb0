"""Messages to alerts: a batch of assessments and booking events, in one transaction, offsets after it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

import msgspec
from aiokafka import AIOKafkaProducer

from notifier import messages
from notifier.alerts.alert import Alert, Change, Course, on_assessment, on_course
from notifier.store import Batch, Delivery, FeedRow, Key, Store
from notifier.watch import Watched, watch
from pickup_contracts.alert import alert_id
from pickup_contracts.assessment import Assessment
from pickup_contracts.booking import BookingEvent
from pickup_contracts.codec import decode_booking, decode_with
from pickup_contracts.errors import ContractError
from pickup_contracts.topics import ASSESSMENTS, BOOKING_EVENTS, Topic
from pickup_runtime import metrics
from pickup_runtime.clock import Clock
from pickup_runtime.dead_letter import DeadLetter, bury
from pickup_runtime.kafka import Record
from pickup_runtime.operators import OperatorDirectory
from pickup_runtime.postgres import until_available

SERVICE = "notifier"
_DEFAULT_LEAD = timedelta(minutes=15)
_TOPICS: dict[str, Topic] = {topic.name: topic for topic in (BOOKING_EVENTS, ASSESSMENTS)}
_assessments = msgspec.json.Decoder(Assessment)

Message = BookingEvent | Assessment


class Work:
    """What a batch changes, gathered before it is written."""

    def __init__(self, watched: dict[Key, Watched], alerts: dict[UUID, Alert]) -> None:
        self.watched = watched
        self.alerts = alerts
        self.seen: set[Key] = set()
        self.changed: set[UUID] = set()
        self.deliveries: dict[UUID, Delivery] = {}
        self.feed: list[FeedRow] = []


class Consumer:
    """Handles batches of both topics. Safe to repeat: the same messages again change nothing."""

    def __init__(self, store: Store, producer: AIOKafkaProducer, operators: OperatorDirectory, clock: Clock) -> None:
        self._store = store
        self._producer = producer
        self._operators = operators
        self._clock = clock

    async def handle(self, records: Sequence[Record]) -> None:
        """Take a batch; unreadable messages go to their topic's dead letters and the batch goes on."""
        letters: list[DeadLetter] = []
        messages_: list[Message] = []
        for record in records:
            try:
                messages_.append(_decode(record))
            except ContractError as error:
                letters.append(DeadLetter(record, type(error).__name__, str(error)))
        if messages_:
            await until_available(lambda: self._take(messages_), what="take batch")
        for topic in _TOPICS.values():
            mine = [letter for letter in letters if letter.record.topic == topic.name]
            # The scorer buries what it can't read of booking.events.v1; a second copy would only be replayed twice.
            if mine and topic is not BOOKING_EVENTS:
                await bury(self._producer, topic, mine, service=SERVICE)

    async def _take(self, taken: Sequence[Message]) -> None:
        now = self._clock.now()
        keys = list(dict.fromkeys(_key(message) for message in taken))
        async with self._store.batch() as batch:
            alerts = await batch.alerts([alert_id(*key) for key in keys])
            work = Work(await batch.watched(keys), alerts)
            for message in taken:
                if isinstance(message, BookingEvent):
                    self._follow(work, message, now)
                else:
                    self._assess(work, message, now)
            await _write(batch, work, now)

    def _follow(self, work: Work, event: BookingEvent, now: datetime) -> None:
        key = _key(event)
        work.watched[key] = watch(work.watched.get(key), event)
        work.seen.add(key)
        alert = work.alerts.get(alert_id(*key))
        if alert is not None:
            self._note(work, alert, on_course(alert, _course(work.watched[key]), now=now), now)

    def _assess(self, work: Work, assessment: Assessment, now: datetime) -> None:
        key = _key(assessment)
        alert = work.alerts.get(alert_id(*key))
        profile = self._operators.get(assessment.operator_id)
        lead = timedelta(seconds=profile.default_lead_time_s) if profile is not None else _DEFAULT_LEAD
        change = on_assessment(alert, assessment, _course(work.watched.get(key)), lead=lead, now=now)
        self._note(work, alert, change, now)

    def _note(self, work: Work, before: Alert | None, change: Change | None, now: datetime) -> None:
        if change is None or change.alert == before:
            return
        alert = change.alert
        work.alerts[alert.alert_id] = alert
        work.changed.add(alert.alert_id)
        work.feed += messages.feed(alert, change.steps, now)
        for step in change.steps:
            metrics.alert_events.labels(step.type).inc()
        profile = self._operators.get(alert.operator_id)
        if change.tell and profile is not None and profile.webhook is not None:
            work.deliveries[alert.alert_id] = messages.webhook(alert, now)


async def _write(batch: Batch, work: Work, now: datetime) -> None:
    await batch.write_watched({key: work.watched[key] for key in work.seen}, now)
    changed = [work.alerts[identity] for identity in sorted(work.changed)]
    await batch.write_alerts(changed)
    await batch.move_deadlines([alert for alert in changed if alert.state != "closed"])
    await batch.add_deliveries(list(work.deliveries.values()), now)
    await batch.add_feed(work.feed)
    await batch.announce([alert.operator_id for alert in changed])


def _decode(record: Record) -> Message:
    raw = record.value or b""
    if record.topic == BOOKING_EVENTS.name:
        event = decode_booking(raw)
        if not isinstance(event.operator_id, str):
            raise ContractError("operator_id", "is required on the topic")
        return event
    return decode_with(_assessments, raw)


def _key(message: Message) -> Key:
    assert isinstance(message.operator_id, str)
    return message.operator_id, message.booking_id


def _course(watched: Watched | None) -> Course:
    if watched is None:
        return Course()
    status = watched.booking.status
    return Course(
        status=status if isinstance(status, str) else "unknown",
        ended=watched.ended,
        collected=watched.collected,
        act_before=watched.act_before,
    )
