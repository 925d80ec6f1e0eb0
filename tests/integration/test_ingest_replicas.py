"""Several booking-ingests over one database: together they answer as one would."""

from __future__ import annotations

import asyncio

from aiokafka import AIOKafkaProducer

from booking_ingest.api.auth import Gate
from booking_ingest.errors import EventConflict
from booking_ingest.intake import Intake, Receipt
from booking_ingest.store import EventKey, Remembered, Store
from pickup_runtime.postgres import Pool
from pickup_runtime.testing.plugin import MakePool

from .events import raw, ride
from .intakes import no_operators

_KEY = ("op", "e-1")


async def somebody_waits(pool: Pool) -> None:
    """Return when a statement waits for another transaction."""
    for _ in range(500):
        if await pool.fetchval(
            "select count(*) from pg_stat_activity where wait_event = 'transactionid' and datname = current_database()"
        ):
            return
        await asyncio.sleep(0.01)
    raise AssertionError("nobody waited")


async def test_what_another_is_writing_just_now_is_waited_for_and_kept(database: MakePool) -> None:
    pool = await database("booking_ingest", "ingest")
    store = Store(pool)
    async with pool.acquire() as other:
        writing = other.transaction()
        await writing.start()
        await other.execute("insert into received_events (operator_id, event_id, content) values ('op', 'e-1', 'one')")
        asked = asyncio.create_task(store.remembered([_KEY, ("op", "e-2")], [b"two", b"two"]))
        await somebody_waits(pool)
        await writing.commit()
        assert await asked == {_KEY: Remembered(b"one", False), ("op", "e-2"): Remembered(b"two", False)}


async def test_what_another_gives_up_writing_is_new(database: MakePool) -> None:
    pool = await database("booking_ingest", "ingest")
    async with pool.acquire() as other:
        writing = other.transaction()
        await writing.start()
        await other.execute("insert into received_events (operator_id, event_id, content) values ('op', 'e-1', 'one')")
        asked = asyncio.create_task(Store(pool).remembered([_KEY], [b"two"]))
        await somebody_waits(pool)
        await writing.rollback()
        assert await asked == {_KEY: Remembered(b"two", False)}


async def test_two_stores_at_once_keep_the_same(database: MakePool) -> None:
    stores = [Store(await database("booking_ingest", "ingest")) for _ in range(2)]

    async def claim(store: Store, keys: list[EventKey], content: bytes) -> dict[EventKey, Remembered]:
        return await store.remembered(keys, [content] * len(keys))

    for number in range(50):
        keys = [("op", f"{number}-{event}") for event in range(200)]
        one, other = await asyncio.gather(claim(stores[0], keys, b"one"), claim(stores[1], keys[::-1], b"two"))
        assert one == other


async def test_of_two_contents_for_one_event_id_one_is_taken(
    database: MakePool, producer: AIOKafkaProducer, operator_id: str
) -> None:
    intakes = []
    for _ in range(2):
        store = Store(await database("booking_ingest", "ingest"))
        intakes.append(Intake(store, producer, Gate(store), no_operators(), publish_timeout_s=5))
    running = [asyncio.create_task(intake.run()) for intake in intakes]
    for number in range(20):
        answers = await asyncio.gather(
            *(
                intake.take(operator_id, raw(ride(f"b-{number}", passengers=passengers)))
                for passengers, intake in enumerate(intakes, 1)
            ),
            return_exceptions=True,
        )
        assert {type(answer) for answer in answers} == {Receipt, EventConflict}
    for task in running:
        task.cancel()
    await asyncio.gather(*running, return_exceptions=True)
