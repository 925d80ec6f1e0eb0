"""The one path of an event: authenticate → normalise → deduplicate → publish → answer.

Events that arrive at the same moment share their round trips to the database and the broker. A caller hears that
its event was taken only when the broker has it.
"""

from __future__ import annotations

import asyncio
from zoneinfo import ZoneInfo

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError
from msgspec import Struct

from booking_ingest.api.auth import Gate
from booking_ingest.errors import EventConflict, NotAvailable, WrongOperator
from booking_ingest.limits import Room
from booking_ingest.normalise.event import Normalised, normalise
from booking_ingest.store import EventKey, Store
from booking_ingest.turns import Turn, Turns
from pickup_contracts.booking import booking_key
from pickup_contracts.cloudevents import headers
from pickup_contracts.errors import MalformedEvent
from pickup_contracts.moments import is_ahead
from pickup_contracts.topics import BOOKING_EVENTS
from pickup_runtime import logs
from pickup_runtime.clock import Clock, SystemClock
from pickup_runtime.operators import OperatorDirectory
from pickup_runtime.postgres import UNAVAILABLE

_BATCH = 250
#: How long the first event of a batch waits for others: a tenth of the round trips, for a fraction of what the whole
#: line may take. The producer need not gather once more (ADR 0086).
_GATHER_S = 0.03
_log = logs.get("intake")


class Receipt(Struct, frozen=True):
    """What the caller is told. `replayed` when the event had been taken before."""

    operator_id: str
    booking_id: str
    event_id: str
    replayed: bool


class Waiting:
    """An event whose caller waits for the answer."""

    __slots__ = ("answer", "event", "operator_id", "outcome", "replayed")

    def __init__(self, operator_id: str, event: Normalised) -> None:
        self.operator_id = operator_id
        self.event = event
        self.replayed = False
        self.answer: asyncio.Future[Receipt] = asyncio.get_running_loop().create_future()
        # A caller that hangs up cancels its answer; what became of the event is known all the same.
        self.outcome: asyncio.Future[Receipt] = asyncio.get_running_loop().create_future()

    @property
    def key(self) -> EventKey:
        return self.operator_id, self.event.event_id

    def take(self) -> None:
        event = self.event
        receipt = Receipt(self.operator_id, event.booking_id, event.event_id, self.replayed)
        for waiting in (self.answer, self.outcome):
            if not waiting.done():
                waiting.set_result(receipt)

    def follow(self, leader: Waiting) -> None:
        """Be answered as the same event that is under way already: taken or refused with it."""

        def decide(outcome: asyncio.Future[Receipt]) -> None:
            if outcome.cancelled() or outcome.exception() is not None:
                self.refuse(NotAvailable("the service"))
            elif leader.event.content != self.event.content:
                self.refuse(EventConflict())
            else:
                self.replayed = True
                self.take()

        leader.outcome.add_done_callback(decide)

    def refuse(self, error: Exception) -> None:
        if not self.answer.done():
            self.answer.set_exception(error)
        self.outcome.cancel()


class Intake:
    """Takes events from callers. `run` does the work and must be running while `take` is called. No more than
    `waiting_bytes` wait at a time; who comes then is told to come again."""

    def __init__(
        self,
        store: Store,
        producer: AIOKafkaProducer,
        gate: Gate,
        operators: OperatorDirectory,
        *,
        publish_timeout_s: float,
        in_flight: int = 4,
        waiting_bytes: int = 64 * 1024 * 1024,
        clock: Clock | None = None,
    ) -> None:
        self._store = store
        self._producer = producer
        self._gate = gate
        self._operators = operators
        self._timeout_s = publish_timeout_s
        self._clock = clock or SystemClock()
        self._queue: asyncio.Queue[Waiting] = asyncio.Queue(maxsize=5000)
        self._room = Room(waiting_bytes)
        self._slots = asyncio.Semaphore(in_flight)
        self._batches: set[asyncio.Task[None]] = set()
        self._under_way: dict[EventKey, Waiting] = {}
        self._turns = Turns()

    @property
    def waiting_bytes(self) -> int:
        """What waits now."""
        return self._room.taken

    async def admit(self, authorization: str | None, source: str = "") -> str:
        """The operator whose key is in `authorization`, which may send one more event.

        Raises:
            Unauthorised, TooMany, NotAvailable: see `errors`.
        """
        return await self._gate.operator_of(authorization, source)

    async def take(self, operator_id: str, raw: bytes) -> Receipt:
        """Take one event of an operator that was admitted. None is taken before the operators' profiles have been read:
        without its time zone and country, an event would be refused for good, or its phones be read as another's.

        Raises:
            WrongOperator, EventConflict, NotAvailable: see `errors`.
            ContractError: the event is not one, naming the field.
        """
        if not self._operators.loaded.is_set():
            raise NotAvailable("the topic of operators' profiles")
        profile = self._operators.get(operator_id)
        zone = ZoneInfo(profile.time_zone) if profile is not None and profile.time_zone is not None else None
        event = normalise(raw, country=profile.country if profile is not None else "GB", zone=zone)
        if event.operator_id not in (None, operator_id):
            raise WrongOperator
        if is_ahead(event.occurred_at, self._clock.now()):
            raise MalformedEvent("occurred_at", "lies more than a day ahead")
        size = len(raw)
        if not self._room.enter(size):
            raise NotAvailable("the service", full=True)
        waiting = Waiting(operator_id, event)
        # It waits until it is known what became of it, whether or not its caller still listens.
        waiting.outcome.add_done_callback(lambda _: self._room.leave(size))
        queued = False
        try:
            async with asyncio.timeout(self._timeout_s + 5.0):
                await self._queue.put(waiting)
                queued = True
                return await waiting.answer
        except TimeoutError:
            raise NotAvailable("the service") from None
        finally:
            if not queued:
                waiting.outcome.cancel()

    async def run(self) -> None:
        """Take batches off the queue until cancelled. A few are under way at a time; what is of one booking is
        published in the order in which it was taken."""
        try:
            while True:
                waiting = await self._queue.get()
                await self._slots.acquire()
                batch: list[Waiting] = []
                self._enter(waiting, batch)
                await asyncio.sleep(_GATHER_S)
                while len(batch) < _BATCH and not self._queue.empty():
                    self._enter(self._queue.get_nowait(), batch)
                turn = self._turns.line_up([(one.operator_id, one.event.booking_id) for one in batch])
                task = asyncio.create_task(self._work(batch, turn))
                self._batches.add(task)
                task.add_done_callback(self._done)
        finally:
            for task in self._batches:
                task.cancel()

    def _enter(self, waiting: Waiting, batch: list[Waiting]) -> None:
        """Into the batch, unless the same event is under way: two copies must not both find that it is new."""
        leader = self._under_way.get(waiting.key)
        if leader is not None:
            waiting.follow(leader)
            return
        self._under_way[waiting.key] = waiting
        batch.append(waiting)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._batches.discard(task)
        self._slots.release()

    async def _work(self, batch: list[Waiting], turn: Turn) -> None:
        try:
            fresh = await self._deduplicate(batch)
            published = await self._publish(fresh, turn)
            if published:
                await self._store.mark_published([waiting.key for waiting in published])
        except UNAVAILABLE as error:
            _log.warning("database_unavailable", error=type(error).__name__)
            for waiting in batch:
                waiting.refuse(NotAvailable("the database"))
        except Exception:
            _log.exception("batch_failed", events=len(batch))
            for waiting in batch:
                waiting.refuse(NotAvailable("the service"))
        finally:
            turn.done()
            # Only now does the database know: until here a second copy waited for the first.
            for waiting in batch:
                self._under_way.pop(waiting.key, None)

    async def _deduplicate(self, batch: list[Waiting]) -> list[Waiting]:
        """Those that the broker does not have yet; the others are answered."""
        remembered = await self._store.remembered(
            [waiting.key for waiting in batch], [waiting.event.content for waiting in batch]
        )
        fresh: list[Waiting] = []
        for waiting in batch:
            kept = remembered[waiting.key]
            if kept.content != waiting.event.content:
                waiting.refuse(EventConflict())
            elif kept.published:
                waiting.replayed = True
                waiting.take()
            else:
                fresh.append(waiting)
        return fresh

    async def _publish(self, fresh: list[Waiting], turn: Turn) -> list[Waiting]:
        """Publish events, answer each caller when the broker has its own, and return what it has."""
        deadline = asyncio.get_running_loop().time() + self._timeout_s
        try:
            async with asyncio.timeout_at(deadline):
                await turn.come()
        except TimeoutError:
            for waiting in fresh:
                waiting.refuse(NotAvailable("the service"))
            return []
        sent = [(waiting, await self._send(waiting, deadline)) for waiting in fresh]
        # The producer keeps the order of what it was given, whatever it has to send again.
        turn.done()
        pending = [future for _, future in sent if future is not None]
        if pending:
            await asyncio.wait(pending, timeout=max(0.0, deadline - asyncio.get_running_loop().time()))
        published: list[Waiting] = []
        for waiting, future in sent:
            if future is not None and future.done() and not future.cancelled() and future.exception() is None:
                waiting.take()
                published.append(waiting)
            else:
                waiting.refuse(NotAvailable("the broker"))
        return published

    async def _send(self, waiting: Waiting, deadline: float) -> asyncio.Future[object] | None:
        """The broker's answer to come; `None` when it is so far away that not even a place in the buffer is free."""
        event = waiting.event
        try:
            async with asyncio.timeout_at(deadline):
                answer: asyncio.Future[object] = await self._producer.send(
                    BOOKING_EVENTS.name,
                    key=booking_key(waiting.operator_id, event.booking_id),
                    value=event.body(waiting.operator_id),
                    headers=headers(
                        "pickup.booking.changed",
                        event_id=event.event_id,
                        operator_id=waiting.operator_id,
                        subject=event.booking_id,
                        at=event.occurred_at,
                    ),
                )
                return answer
        except (KafkaError, TimeoutError):
            return None
