"""The notifier alone: how soon after a decision the first attempt arrives, what it drains, and what a hanging channel
does to the others. A real notifier, broker and database; the doors at which it knocks are stand-ins on loopback.

`python -m tests.benchmarks.warning` measures only this, and with `--write` puts it into docs/benchmarks.md.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TypeVar

import uvloop
from aiokafka import AIOKafkaProducer
from msgspec import Struct

from pickup_contracts.assessment import Assessment, Premises, Reason, RulesetRef, assessment_id
from pickup_contracts.booking import booking_key
from pickup_contracts.codec import encode
from pickup_contracts.dispatch import DispatchNote
from pickup_contracts.office import AlertBudget, OfficeContact
from pickup_contracts.operator import OperatorProfile, Webhook
from pickup_contracts.topics import ASSESSMENTS, BOOKING_EVENTS
from pickup_runtime.kafka import start_producer
from pickupctl.commands import operator, secret
from pickupctl.stack.local import LocalStack
from tests.benchmarks import warning_report
from tests.benchmarks.doors import SID, Doors, phone

FIRMS = tuple(f"op-warn-{number}" for number in range(1, 6))
#: Far enough off that nothing of a steady load expires while it is measured.
_LONG = timedelta(minutes=40)
#: Everybody is told at once by the product's own ladder: the operator's system, and the driver by note and by text.
CHANNELS = ("webhook", "dispatch_note", "sms")
T = TypeVar("T")


class Steady(Struct, frozen=True):
    """Milliseconds from the decision to the first request at a door: on any channel, and on each."""

    per_s: int
    open_before: int
    decided: int
    any_channel: list[float]
    each: dict[str, list[float]]


class Drain(Struct, frozen=True):
    """Seconds after the burst began, of each alert's first attempt; all of them were due after `window_s`."""

    alerts: int
    window_s: float
    first: list[float]
    messages: int

    @property
    def in_time(self) -> int:
        return sum(1 for one in self.first if one <= self.window_s)


class WarningFigures(Struct, frozen=True):
    steady: Steady
    well: list[Steady]
    hanging: list[Steady]
    drain: Drain


class Plan(Struct, frozen=True):
    """`rounds` of a minute's part with every channel well and with texts hanging, in turns."""

    open_before: int = 1000
    per_s: int = 20
    seconds: int = 60
    rounds: int = 3
    round_s: int = 30
    burst: int = 10_000
    window_s: float = 60.0


QUICK = Plan(open_before=100, seconds=6, rounds=1, round_s=6, burst=1000, window_s=10.0)


def measure(plan: Plan | None = None) -> WarningFigures:
    """Measure the three on a stack of their own each, one after another."""
    chosen = plan or Plan()
    steady, drain = _on_a_stack(_steadily, chosen), _on_a_stack(_draining, chosen)
    well, hanging = _on_a_stack(_hanging, chosen)
    return WarningFigures(steady, well, hanging, drain)


class Bench:
    """A notifier that is running, and what is sent to it. Bookings are numbered."""

    def __init__(self, producer: AIOKafkaProducer, doors: Doors) -> None:
        self.doors = doors
        self._producer = producer
        self._next = 0

    async def decide(self, lead: timedelta = _LONG) -> tuple[int, float]:
        """A booking with a driver, and the decision to warn of it; returns its number and when it was decided."""
        self._next += 1
        number, now = self._next, datetime.now(UTC)
        firm, booking_id = FIRMS[number % len(FIRMS)], f"b{number}"
        key = booking_key(firm, booking_id)
        booked = {
            "event_id": f"{booking_id}-1",
            "operator_id": firm,
            "booking_id": booking_id,
            "occurred_at": now.isoformat(),
            "status": "driver_assigned",
            "service": "courier",
            "driver": {"id": f"d{number}", "phone": phone(number)},
            "driver_eta": (now + lead).isoformat(),
        }
        await self._producer.send(BOOKING_EVENTS.name, key=key, value=json.dumps(booked).encode())
        await self._producer.send(ASSESSMENTS.name, key=key, value=encode(_assessment(firm, booking_id, number, lead)))
        return number, now.timestamp()

    async def steady(self, per_s: int, seconds: float, open_before: int) -> Steady:
        """Decide at an even pace, and wait for what was decided last."""
        loop = asyncio.get_running_loop()
        began, decided = loop.time(), dict[int, float]()
        while (index := len(decided)) < per_s * seconds:
            if (wait := began + index / per_s - loop.time()) > 0:
                await asyncio.sleep(wait)
            number, at = await self.decide()
            decided[number] = at
        await self.arrived(decided, timeout_s=30)
        first = self.doors.first
        each = {
            channel: [(came[one] - at) * 1000 for one, at in decided.items() if one in came]
            for channel, came in first.items()
        }
        any_channel = [
            (min(times) - at) * 1000
            for one, at in decided.items()
            if (times := [came[one] for came in first.values() if one in came])
        ]
        return Steady(per_s, open_before, len(decided), any_channel, each)

    async def arrived(self, numbers: Iterable[int], timeout_s: float) -> None:
        """Wait until all of these have come to every door that answers, or the time is over."""
        wanted, ends = set(numbers), time.monotonic() + timeout_s
        while not self._all_came(wanted):
            if time.monotonic() >= ends:
                return
            await asyncio.sleep(0.1)

    async def all_arrived(self, timeout_s: float) -> None:
        """As `arrived`, of every booking so far."""
        await self.arrived(range(1, self._next + 1), timeout_s)

    def _all_came(self, wanted: set[int]) -> bool:
        doors = [self.doors.first[one] for one in CHANNELS if one not in self.doors.hanging]
        return all(wanted <= came.keys() for came in doors)


def _assessment(firm: str, booking_id: str, number: int, lead: timedelta) -> Assessment:
    now = datetime.now(UTC)
    return Assessment(
        assessment_id=assessment_id(firm, booking_id, 1, "bench"),
        operator_id=firm,
        booking_id=booking_id,
        booking_version=1,
        cause="booking_changed",
        decision="hold_recommended" if number % 5 == 0 else "warn",
        score=95,
        pattern="parcel_from_home",
        reasons=[Reason(f"rule-{index}", "A reason that is as long as they are", 20, ["items"]) for index in range(4)],
        premises=Premises(),
        act_before=now + lead,
        too_late=False,
        ruleset=RulesetRef("bench", "1"),
        assessed_at=now,
    )


async def _steadily(bench: Bench, plan: Plan) -> Steady:
    await _open(bench, plan.open_before)
    return await bench.steady(plan.per_s, plan.seconds, plan.open_before)


async def _hanging(bench: Bench, plan: Plan) -> tuple[list[Steady], list[Steady]]:
    """The same load with every channel well and with texts hanging, in turns, so that what else the machine does meets
    both. Between them what was held back is let go."""
    await _open(bench, plan.open_before)
    well, hanging = [], []
    for _ in range(plan.rounds):
        well.append(await bench.steady(plan.per_s, plan.round_s, plan.open_before))
        bench.doors.hang("sms")
        # Its circuit breaker opens within this: what is measured is both before and after that.
        hanging.append(await bench.steady(plan.per_s, plan.round_s, plan.open_before))
        bench.doors.hang()
        await bench.all_arrived(timeout_s=60)
    return well, hanging


async def _draining(bench: Bench, plan: Plan) -> Drain:
    """A burst whose alerts all have the same deadline, a window away."""
    began = time.time()
    numbers = [(await bench.decide(timedelta(seconds=plan.window_s)))[0] for _ in range(plan.burst)]
    await asyncio.sleep(max(0.0, began + plan.window_s - time.time()) + 3.0)
    first = [
        min(times) - began
        for number in numbers
        if (times := [came[number] for came in bench.doors.first.values() if number in came])
    ]
    return Drain(plan.burst, plan.window_s, first, sum(bench.doors.requests.values()))


async def _open(bench: Bench, alerts: int) -> None:
    numbers = [(await bench.decide())[0] for _ in range(alerts)]
    await bench.arrived(numbers, timeout_s=120)
    await asyncio.sleep(2)


def _on_a_stack(work: Callable[[Bench, Plan], Awaitable[T]], plan: Plan) -> T:
    with tempfile.TemporaryDirectory(prefix="pickup-bench-") as folder:
        stack = LocalStack(Path(folder))
        before = dict(os.environ)
        try:
            stack.start_servers()
            os.environ.update(stack.env)
            return uvloop.run(_run(stack, work, plan))
        finally:
            stack.stop()
            os.environ.clear()
            os.environ.update(before)


async def _run(stack: LocalStack, work: Callable[[Bench, Plan], Awaitable[T]], plan: Plan) -> T:
    doors = Doors()
    await doors.open()
    os.environ.update(
        PICKUP_TWILIO_API=doors.url,
        PICKUP_TWILIO_ACCOUNT_SID=SID,
        PICKUP_TWILIO_AUTH_TOKEN="bench",
        PICKUP_SMS_FROM="+441632960999",
    )
    producer = await start_producer(stack.env["PICKUP_KAFKA_BOOTSTRAP"])
    try:
        for firm in FIRMS:
            await secret.put(firm, "webhook", secret.new_secret())
            await operator.publish(stack.env["PICKUP_KAFKA_BOOTSTRAP"], _profile(firm, doors.url))
        await asyncio.to_thread(stack.start_services, ["notifier"])
        await asyncio.sleep(2)
        return await work(Bench(producer, doors), plan)
    finally:
        await producer.stop()
        await asyncio.to_thread(stack.stop)
        await doors.close()


def _profile(firm: str, url: str) -> OperatorProfile:
    return OperatorProfile(
        operator_id=firm,
        name="Bench Cars",
        webhook=Webhook(url=f"{url}/hook/{firm}"),
        dispatch_note=DispatchNote(
            url=f"{url}/api/jobs/{{booking_id}}/notes",
            body={"note": {"kind": "driver", "text": "{text}"}, "ref": "{idempotency_key}"},
            visible_to="driver",
        ),
        contacts=[OfficeContact(role="dispatcher", name="Desk", sms="+441632960100")],
        alert_budget=AlertBudget(per_hour=100_000, per_driver_per_hour=1000),
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a tenth of the load")
    parser.add_argument("--write", action="store_true", help="put the figures into docs/benchmarks.md")
    chosen = parser.parse_args()
    text = warning_report.section(measure(QUICK if chosen.quick else None))
    sys.stdout.write(text)
    if chosen.write:
        warning_report.write(text)


if __name__ == "__main__":
    main()
