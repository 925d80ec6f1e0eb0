"""booking-ingest's composition root: settings in, resources opened and closed in order, the API served."""

from __future__ import annotations

import asyncio

from booking_ingest.api.app import build
from booking_ingest.api.auth import Gate
from booking_ingest.intake import Intake
from booking_ingest.limits import Buckets
from booking_ingest.settings import IngestSettings
from booking_ingest.store import Store
from pickup_runtime import logs, metrics, serve
from pickup_runtime.entry import run_service
from pickup_runtime.health import HealthBoard
from pickup_runtime.kafka import reachable, start_producer, stop
from pickup_runtime.operators import OperatorDirectory
from pickup_runtime.postgres import UNAVAILABLE, answers, open_pool

SERVICE = "booking-ingest"
VERSION = "0.1.0"
#: A system that was given a new key may come with the old one for a moment.
_REFUSALS_AT_ONCE = 100
_log = logs.get("main")


async def main(settings: IngestSettings) -> None:
    """Run until cancelled, or until something that it needs ends."""
    serve.claim(PICKUP_INGEST_PORT=(settings.http_host, settings.ingest_port))
    kafka = settings.broker()
    pool = await open_pool(settings.dsn(), schema="ingest", command_timeout_s=5.0)
    producer = await start_producer(kafka, linger_ms=0)
    operators = OperatorDirectory()
    store = Store(pool)
    gate = Gate(
        store,
        rate=Buckets(settings.ingest_rate_per_s, settings.ingest_burst),
        refusals=Buckets(settings.ingest_refusals_per_s, _REFUSALS_AT_ONCE),
    )
    intake = Intake(
        store,
        producer,
        gate,
        operators,
        publish_timeout_s=settings.publish_timeout_s,
        waiting_bytes=settings.ingest_waiting_mb * 1024 * 1024,
    )
    metrics.ingest_waiting_bytes.set_function(lambda: intake.waiting_bytes)
    board = HealthBoard(SERVICE, VERSION)

    async def database() -> bool:
        return await answers(pool)

    async def broker() -> bool:
        return await reachable(producer)

    async def profiles() -> bool:
        return operators.loaded.is_set()

    board.register("database", database)
    board.register("broker", broker)
    board.register("operators", profiles)
    try:
        await serve.first_failure(
            operators.follow(kafka),
            intake.run(),
            _forget(store, settings.remember_events_days),
            serve.serve(
                build(intake, board, proxy_hops=settings.proxy_hops),
                host=settings.http_host,
                port=settings.ingest_port,
            ),
        )
    finally:
        await stop(producer)
        await pool.close()


async def _forget(store: Store, days: int) -> None:
    """Forget event ids that are older than anything a sender repeats."""
    while True:
        try:
            dropped = await store.forget(days=days)
        except UNAVAILABLE as error:
            _log.warning("could_not_forget", error=type(error).__name__)
            dropped = 0
        await asyncio.sleep(1.0 if dropped else 600.0)


def run() -> None:
    """The console script."""
    run_service(SERVICE, IngestSettings, main)


if __name__ == "__main__":
    run()
