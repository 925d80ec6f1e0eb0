"""Messages to alerts: a batch of assessments and booking events, in one transaction, offsets after it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from uuid import UUID

import msgspec
from aiokafka import AIOKafkaProducer

from notifier.alerts.alert import Alert, Change
from notifier.alerts.changes import on_assessment, on_progress
from notifier.alerts.holds import automatic
from notifier.rationing import Budgets
from notifier.setting_aside import Item, put, where
from notifier.store import Store
from notifier.telling import Teller
from notifier.tidings import Tidings
from notifier.watch import UNNAMED, Watched, progress_of, watch
from notifier.watched_rows import Key
from pickup_contracts.alert import alert_id
from pickup_contracts.assessment import Assessment
from pickup_contracts.booking import BookingEvent, Driver
from pickup_contracts.codec import decode_booking, decode_with
from pickup_contracts.errors import ContractError
from pickup_contracts.moments import possible
from pickup_contracts.outcome import Outcome
from pickup_contracts.topics import ASSESSMENTS, BOOKING_EVENTS, OUTCOMES, Topic
from pickup_runtime import logs
from pickup_runtime.clock import Clock
from pickup_runtime.dead_letter import DeadLetter, bury
from pickup_runtime.halving import halved
from pickup_runtime.kafka import Record
from pickup_runtime.operators import OperatorDirectory
from pickup_runtime.postgres import lies_in_the_row, until_available
from pickup_runtime.sql import queries

SERVICE = "notifier"
_DEFAULT_LEAD = timedelta(minutes=15)
#: What it reads.
READS: tuple[Topic, ...] = (BOOKING_EVENTS, ASSESSMENTS, OUTCOMES)
_assessments = msgspec.json.Decoder(Assessment)
_outcomes = msgspec.json.Decoder(Outcome)
_SQL = queries("notifier")
_log = logs.get("consumer")

Message = BookingEvent | Assessment | Outcome


class Work:
    """What a batch changes, gathered before it is written."""

    def __init__(self, watched: dict[Key, Watched], alerts: dict[UUID, Alert], budgets: Budgets) -> None:
        self.watched = watched
        self.alerts = alerts
        self.budgets = budgets
        self.seen: set[Key] = set()
        self.changes: list[tuple[Alert | None, Change]] = []


class Consumer:
    """Handles batches of all topics. Safe to repeat: the same messages again change nothing."""

    def __init__(
        self,
        store: Store,
        producer: AIOKafkaProducer,
        operators: OperatorDirectory,
        clock: Clock,
        teller: Teller | None = None,
    ) -> None:
        self._store = store
        self._producer = producer
        self._operators = operators
        self._clock = clock
        self._tidings = Tidings(teller or Teller(operators))

    async def handle(self, records: Sequence[Record]) -> None:
        """Take a batch; messages that can't be read or taken in go to their topic's dead letters and the batch goes
        on."""
        letters: list[DeadLetter] = []
        taken: list[tuple[Record, Message]] = []
        for record in records:
            try:
                taken.append((record, _decode(record)))
            except ContractError as error:
                # The scorer buries what nobody can read of the others; a second copy would only be replayed twice.
                if record.topic == ASSESSMENTS.name:
                    letters.append(DeadLetter(record, type(error).__name__, str(error)))
            except Exception as error:
                # No message may end whoever reads it: it would be read again, and end it again.
                letters.append(DeadLetter(record, type(error).__name__, f"could not be read: {where(error)}"))
        await self._isolated(taken, letters)
        for topic in READS:
            if mine := [letter for letter in letters if letter.record.topic == topic.name]:
                await bury(self._producer, topic, mine, service=SERVICE)

    async def _isolated(self, taken: Sequence[tuple[Record, Message]], letters: list[DeadLetter]) -> None:
        """Take messages in one transaction, but for those that break it: they go to the dead letters, and are set
        aside.

        Raises:
            what is not the fault of a message.
        """

        async def take(some: Sequence[tuple[Record, Message]]) -> None:
            await until_available(lambda: self._take([message for _, message in some]), what="take batch")

        async def alone(one: tuple[Record, Message], error: Exception) -> None:
            record, message = one
            letters.append(DeadLetter(record, type(error).__name__, f"could not be taken in: {where(error)}"))
            await until_available(partial(self._show, message, error), what="set aside a message")

        await halved(taken, take, alone)

    async def _show(self, message: Message, error: Exception) -> None:
        """Show a message that can't be taken in on the page where it may be a warning, or bears on an alert that is
        open: nobody looks at dead letters in a pickup's time."""
        if isinstance(message, Outcome):
            return
        key = _key(message)
        item = Item(alert_id(*key), *key)
        try:
            warns = isinstance(message, Assessment) and message.decision != "allow"
            if warns or await self._store.pool.fetchval(_SQL["is_unclosed"], item.row_id):
                await put(self._store.pool, "booking", item, error, self._clock.now())
        except Exception as still:
            if not lies_in_the_row(still):
                raise
            # An id that no table takes stands on no page either; the dead letter has it.
            _log.error("not_shown", error=type(still).__name__)

    async def _take(self, taken: Sequence[Message]) -> None:
        now = self._clock.now()
        keys = list(dict.fromkeys(_key(message) for message in taken))
        async with self._store.batch() as batch:
            alerts = await batch.alerts([alert_id(*key) for key in keys])
            watched = await batch.bookings.of(list(dict.fromkeys(_bearing(taken, alerts))))
            work = Work(watched, alerts, await Budgets.of(batch, self._operators, _budgeted(taken, watched), now))
            for message in taken:
                if isinstance(message, BookingEvent):
                    self._follow(work, message, now)
                elif isinstance(message, Assessment):
                    self._assess(work, message, now)
            # How a booking ended may be known from the operator's own system: nobody is asked for it then.
            ended = [alert_id(*_key(one)) for one in taken if isinstance(one, Outcome) and one.action is not None]
            await batch.need_not_ask(ended, now)
            await batch.bookings.write({key: work.watched[key] for key in work.seen}, now)
            await work.budgets.write(batch)
            await self._tidings.write(batch, work.changes, work.watched, now)

    def _follow(self, work: Work, event: BookingEvent, now: datetime) -> None:
        key = _key(event)
        work.watched[key] = watch(work.watched.get(key), event)
        work.seen.add(key)
        alert = work.alerts.get(alert_id(*key))
        if alert is not None:
            self._note(work, alert, on_progress(alert, progress_of(work.watched[key]), now=now), now)

    def _assess(self, work: Work, assessment: Assessment, now: datetime) -> None:
        key = _key(assessment)
        alert = work.alerts.get(alert_id(*key))
        profile = self._operators.get(assessment.operator_id)
        lead = timedelta(seconds=profile.default_lead_time_s) if profile is not None else _DEFAULT_LEAD
        change = on_assessment(alert, assessment, progress_of(work.watched.get(key)), lead=lead, now=now)
        self._note(work, alert, change, now)

    def _note(self, work: Work, before: Alert | None, change: Change | None, now: datetime) -> None:
        if change is None or change.alert == before:
            return
        change = work.budgets.ration(change, now)
        profile = self._operators.get(change.alert.operator_id)
        if profile is not None:
            change = automatic(change, profile.holds, now=now)
        work.alerts[change.alert.alert_id] = change.alert
        work.changes.append((before, change))


def _bearing(taken: Sequence[Message], alerts: Mapping[UUID, Alert]) -> Iterator[Key]:
    """Whose bookings have to be known: not of the many that nobody is warned about and whose assessment changes
    nothing."""
    for message in taken:
        key = _key(message)
        if isinstance(message, BookingEvent) or (
            isinstance(message, Assessment) and (message.decision != "allow" or alert_id(*key) in alerts)
        ):
            yield key


def _budgeted(taken: Sequence[Message], watched: dict[Key, Watched]) -> list[tuple[str, str]]:
    """Whose budgets a batch may draw on: operators', and those of the drivers of its bookings."""
    found: set[tuple[str, str]] = set()
    for message in taken:
        key = _key(message)
        if isinstance(message, Assessment) and message.decision != "allow":
            found.add((key[0], ""))
        known = watched.get(key)
        if known is not None and known.driver not in (None, UNNAMED):
            found.add((key[0], known.driver or ""))
        if (
            isinstance(message, BookingEvent)
            and isinstance(message.driver, Driver)
            and isinstance(message.driver.id, str)
        ):
            found.add((key[0], message.driver.id))
    operators = {operator_id for operator_id, driver in found if not driver}
    return sorted(key for key in found if key[0] in operators)


def _decode(record: Record) -> Message:
    raw = record.value or b""
    if record.topic == OUTCOMES.name:
        return decode_with(_outcomes, raw)
    if record.topic == BOOKING_EVENTS.name:
        event = decode_booking(raw)
        if not isinstance(event.operator_id, str):
            raise ContractError("operator_id", "is required on the topic")
        return event
    assessment = decode_with(_assessments, raw)
    # A time that can't be one is like none: the alert gets the usual deadline instead of ending this process.
    return msgspec.structs.replace(assessment, act_before=possible(assessment.act_before))


def _key(message: Message) -> Key:
    assert isinstance(message.operator_id, str)
    return message.operator_id, message.booking_id
