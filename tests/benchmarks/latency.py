"""The whole line at a steady rate: accepted → assessment published → the alert's first attempt."""

from __future__ import annotations

import asyncio
import os
import statistics
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import uvloop
from aiokafka import AIOKafkaConsumer, TopicPartition
from msgspec import Struct

from pickup_contracts.operator import OperatorProfile, Webhook
from pickup_contracts.topics import ASSESSMENTS, BOOKING_EVENTS
from pickupctl.commands import keys, operator, secret
from pickupctl.demo.office import Office
from pickupctl.stack.local import SERVICES, LocalStack
from pickupctl.traffic.world import OPERATORS
from tests.benchmarks.caller import Caller
from tests.benchmarks.population import Booked
from tests.benchmarks.stand import Stand

#: Seconds that are not counted.
WARM_S = 15


class LatencyFigures(Struct, frozen=True):
    """Milliseconds. `answers` counts what booking-ingest answered."""

    per_s: float
    asked_per_s: int
    answers: dict[int, int]
    assessed: list[float]
    attempted: list[float]


def measure(stand: Stand, sightings: int, bookings: Sequence[Booked], per_s: int = 500) -> LatencyFigures:
    """`per_s` of `bookings` a second through the whole line, over a copy of that store. The first `WARM_S` seconds
    are not counted: the copy is not in memory yet, and the processes have just begun."""
    with stand.run(sightings) as stack:
        before = dict(os.environ)
        try:
            stack.start_services(service.name for service in SERVICES)
            os.environ.update(stack.env)
            return uvloop.run(_measure(stack, bookings, per_s))
        finally:
            stack.stop()
            os.environ.clear()
            os.environ.update(before)


async def _measure(stack: LocalStack, bookings: Sequence[Booked], per_s: int) -> LatencyFigures:
    told: list[dict[str, Any]] = []
    secrets = {one.operator_id: secret.new_secret() for one in OPERATORS}
    office = Office(secrets, told.append)
    await office.start()
    api_keys: dict[str, str] = {}
    for one in OPERATORS:
        api_keys[one.operator_id] = await keys.add(one.operator_id, "bench")
        await secret.put(one.operator_id, "webhook", secrets[one.operator_id])
        url = f"http://127.0.0.1:{office.port}/{one.operator_id}"
        profile = OperatorProfile(operator_id=one.operator_id, name=one.name, webhook=Webhook(url=url))
        await operator.publish(stack.env["PICKUP_KAFKA_BOOTSTRAP"], profile)
    await asyncio.sleep(2)
    answers, took = await _send(stack, [(api_keys[one.operator_id], one.body) for one in bookings], per_s)
    await asyncio.sleep(3)
    warm = datetime.now(UTC) - timedelta(seconds=took + 3 - WARM_S)
    assessed = await _assessed(stack, warm)
    attempted = await _attempted(stack, warm)
    await office.stop()
    return LatencyFigures(sum(answers.values()) / took, per_s, dict(answers), assessed, attempted)


async def _send(stack: LocalStack, bodies: list[tuple[str, bytes]], per_s: int) -> tuple[Counter[int], float]:
    answers: Counter[int] = Counter()
    caller = Caller(stack.ports["booking-ingest"], "/v1/bookings/events")

    async def post(key: str, body: bytes) -> None:
        answers[await caller.post(key, body)] += 1

    try:
        loop = asyncio.get_running_loop()
        started = loop.time()
        async with asyncio.TaskGroup() as group:
            for index, (key, body) in enumerate(bodies):
                due = started + index / per_s
                if (wait := due - loop.time()) > 0:
                    await asyncio.sleep(wait)
                group.create_task(post(key, body))
        return answers, loop.time() - started
    finally:
        caller.close()


async def _assessed(stack: LocalStack, since: datetime) -> list[float]:
    """Broker's time of the event to broker's time of its assessment, which is published once it is committed."""
    bootstrap = stack.env["PICKUP_KAFKA_BOOTSTRAP"]
    events, assessments = await _times(bootstrap, BOOKING_EVENTS.name), await _times(bootstrap, ASSESSMENTS.name)
    floor = since.timestamp() * 1000
    return [float(assessments[key] - at) for key, at in events.items() if key in assessments and at >= floor]


async def _times(bootstrap: str, topic: str) -> dict[bytes, int]:
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap, group_id=None, enable_auto_commit=False)
    await consumer.start()
    found: dict[bytes, int] = {}
    try:
        partitions = [TopicPartition(topic, index) for index in range(12)]
        consumer.assign(partitions)
        ends = await consumer.end_offsets(partitions)
        for partition in partitions:
            consumer.seek(partition, 0)
        while any([await consumer.position(one) < ends[one] for one in partitions]):
            for batch in (await consumer.getmany(timeout_ms=500, max_records=5000)).values():
                for record in batch:
                    found.setdefault(record.key, record.timestamp)
    finally:
        await consumer.stop()
    return found


_FIRST_ATTEMPTS = """
with judged as (
    select operator_id, booking_id, convert_from(assessment, 'UTF8')::json as said
    from scorer.steps where assessment is not null
    union all
    select operator_id, booking_id, convert_from(assessment, 'UTF8')::json from scorer.reassessments
),
warned as (
    select operator_id, booking_id, min((said ->> 'assessed_at')::timestamptz) as at from judged
    where said ->> 'decision' in ('warn', 'hold_recommended')
    group by operator_id, booking_id
)
select extract(epoch from min(d.first_attempt_at) - w.at) * 1000
from warned as w join notifier.deliveries as d using (operator_id, booking_id)
where w.at >= $1 and d.first_attempt_at is not null
group by operator_id, booking_id, w.at
"""


async def _attempted(stack: LocalStack, since: datetime) -> list[float]:
    """Of each booking that was warned about, from the first such assessment to the first attempt to tell anybody."""
    connection = await asyncpg.connect(stack.env["PICKUP_ADMIN_DSN"])
    try:
        return [float(row[0]) for row in await connection.fetch(_FIRST_ATTEMPTS, since)]
    finally:
        await connection.close()


def percentile(values: Sequence[float], share: float) -> float:
    """The value below which `share` of them lie."""
    return statistics.quantiles(values, n=1000, method="inclusive")[min(998, int(share * 1000) - 1)]
