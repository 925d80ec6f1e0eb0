"""Kill -9 of each service in turn under load, the broker and the database restarted: nothing lost, nothing doubled."""

from __future__ import annotations

import asyncio
import json
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from aiokafka import AIOKafkaConsumer

from pickup_contracts.topics import ASSESSMENTS
from pickupctl.stack.local import SERVICES, LocalStack
from tests.integration.events import ride, scam
from tests.stack import OPERATOR, Firm, fetch, firm, running, until

pytestmark = [pytest.mark.faults, pytest.mark.timeout(420)]

_SCAM_EVERY = 10
_PER_S = 60
_DATABASE_AWAY_S = 20


class Load:
    """Bookings sent at a steady pace, each until it is taken; every tenth is one to be warned about."""

    def __init__(self, office: Firm) -> None:
        self._office = office
        self.taken: list[str] = []
        self.tries: Counter[str] = Counter()
        self._sending: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        number = 0
        try:
            while True:
                number += 1
                task = asyncio.create_task(self._send(number))
                self._sending.add(task)
                task.add_done_callback(self._sending.discard)
                await asyncio.sleep(1 / _PER_S)
        except asyncio.CancelledError:
            await asyncio.gather(*self._sending)
            raise

    async def _send(self, number: int) -> None:
        name = f"{'s' if number % _SCAM_EVERY == 0 else 'r'}-{number}"
        event = scam(name) if name.startswith("s") else ride(name)
        if name.startswith("s"):
            # Homes, numbers and names of their own: what is tested is delivery, not links.
            event["pickup"]["address"]["line1"] = f"{number} Meadow Close"
            event["booker"]["phone"] = f"+4477009{number:05d}"
        self.tries[name] = await self._office.send_until_taken(event)
        self.taken.append(name)


async def _faults(stack: LocalStack) -> None:
    await asyncio.sleep(3)
    for service in SERVICES:
        stack.kill_service(service.name)
        await asyncio.sleep(9)
    await asyncio.to_thread(stack.kafka.restart)
    await asyncio.sleep(8)
    await asyncio.to_thread(stack.postgres.stop)
    await asyncio.sleep(_DATABASE_AWAY_S)
    await asyncio.to_thread(stack.postgres.start)
    await asyncio.sleep(6)


async def _published(stack: LocalStack) -> dict[tuple[str, int], set[str]]:
    """The ids of the assessments on the topic, by booking and version; of version 0 are those without history."""
    reader = AIOKafkaConsumer(
        ASSESSMENTS.name, bootstrap_servers=stack.env["PICKUP_KAFKA_BOOTSTRAP"], auto_offset_reset="earliest"
    )
    found: dict[tuple[str, int], set[str]] = {}
    await reader.start()
    try:
        while fetched := await reader.getmany(timeout_ms=3000):
            for record in (record for records in fetched.values() for record in records):
                one = json.loads(record.value)
                assert (one["booking_version"] == 0) == ("history" in one["degraded"])
                found.setdefault((one["booking_id"], one["booking_version"]), set()).add(one["assessment_id"])
    finally:
        await reader.stop()
    return found


@pytest.fixture
def stack(tmp_path: Path) -> Iterator[LocalStack]:
    with running(tmp_path / "stack") as made:
        yield made


async def test_nothing_is_lost_and_nothing_doubled(stack: LocalStack, capsys: pytest.CaptureFixture[str]) -> None:
    async with firm(stack) as office:
        load = Load(office)
        sending = asyncio.create_task(load.run())
        started = time.monotonic()
        await _faults(stack)
        sending.cancel()
        await asyncio.gather(sending, return_exceptions=True)
        scams = [name for name in load.taken if name.startswith("s")]

        async def all_assessed() -> bool:
            rows = await fetch(
                stack, "select count(distinct booking_id) from scorer.steps where operator_id = $1", OPERATOR
            )
            return bool(rows[0][0] == len(load.taken))

        async def all_told() -> bool:
            return len({message["data"]["booking_id"] for message in office.told}) == len(scams)

        await until(all_assessed, f"{len(load.taken)} bookings assessed", timeout_s=90)
        await until(all_told, f"{len(scams)} warned about", timeout_s=60)
        await asyncio.sleep(2)
        assessments = await fetch(
            stack, "select count(*), count(distinct assessment_id) from scorer.steps where assessment is not null"
        )
        alerts = await fetch(stack, "select count(*) from notifier.alerts")
        webhooks = Counter(message["data"]["booking_id"] for message in office.told)
        kinds = Counter(message["type"] for message in office.told)
        restarts = sum(1 for tries in load.tries.values() if tries > 1)
        with capsys.disabled():
            print(  # noqa: T201  the counts are the point
                f"\n  {len(load.taken)} bookings accepted in {time.monotonic() - started:.0f} s, {restarts} only "
                f"after more than one try\n  {assessments[0][0]} assessments, {assessments[0][1]} ids; "
                f"{len(scams)} scam-shaped, {alerts[0][0]} alerts, {len(webhooks)} told, "
                f"{sum(count - 1 for count in webhooks.values())} webhooks repeated ({dict(kinds)})"
            )
        assert assessments[0][0] == assessments[0][1] == len(load.taken)
        published = await _published(stack)
        assert {name for name, version in published if version == 1} == set(load.taken)
        assert {len(ids) for (_, version), ids in published.items() if version} == {1}, "one answer to each state"
        assert alerts[0][0] == len(scams)
        assert set(kinds) == {"pickup.alert.warning"}
        # A webhook that was not answered in time is sent again; it is of the same change then.
        changes = {(message["data"]["booking_id"], message["data"]["change"]) for message in office.told}
        assert sorted(name for name, _ in changes) == sorted(scams)
        assert all(stack.children[service.name].running for service in SERVICES)
