"""What was stored of a booking gives its signals again: events refolded and signals reread, over the labelled cases."""

from __future__ import annotations

import hashlib
import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn, cast

import msgspec
import pytest

from pickup_contracts.booking import BookingEvent
from pickup_contracts.codec import decode_booking
from pickup_runtime.postgres import Pool
from pickup_runtime.testing.plugin import MakePool
from risk_scorer.assess import Assessor
from risk_scorer.entities import Keys
from risk_scorer.facts import Facts
from risk_scorer.incoming import Incoming
from risk_scorer.judging import Judging
from risk_scorer.links import Links
from risk_scorer.merge import Arrived, fold_all
from risk_scorer.policy.values import UNKNOWN, Value
from risk_scorer.signals import links
from risk_scorer.signals.catalogue import SIGNALS
from risk_scorer.store import Store
from tests.shipped import PROGRAM

KEYS = Keys(hashlib.sha256(b"one").digest(), hashlib.sha256(b"two").digest())
CASES = Path(__file__).parents[1] / "fixtures" / "cases"
_PAYLOADS = msgspec.json.Decoder(BookingEvent)
_STEPS = "select operator_id, booking_id, seq, event, signals, assessed_at from steps order by seq"

Arrivals = Callable[[list[bytes]], list[bytes]]


class NotOfTheBooking(Exception):
    """A signal asked for what the booking itself does not say."""


class Withheld:
    """A history that can't be asked: what is read of a booking alone gets by without. Outcomes there are none."""

    def __getattr__(self, name: str) -> NoReturn:
        raise NotOfTheBooking(name)


def as_it_happened(events: list[bytes]) -> list[bytes]:
    return events


def late_and_twice(events: list[bytes]) -> list[bytes]:
    return random.Random(11).sample([*events, *events], 2 * len(events))


def cases() -> list[dict[str, list[dict[str, object]]]]:
    lines = [line for path in sorted(CASES.glob("dev_*.jsonl")) for line in path.read_text().splitlines()]
    return [json.loads(line) for line in lines if line.strip()]


@pytest.mark.parametrize("arrivals", [as_it_happened, late_and_twice])
async def test_the_stored_events_give_the_stored_signals_again(arrivals: Arrivals, database: MakePool) -> None:
    pool = await database("risk_scorer", "scorer")
    read: set[str] = set()
    known: set[str] = set()
    asked = set(PROGRAM.signals)
    for case in cases():
        await pool.execute("truncate bookings, steps, sightings, marks, open_bookings, reassessments_due")
        events = [json.dumps(event).encode() for event in [*case["history"], *case["events"]]]
        await assess(pool, arrivals(events))
        steps = await pool.fetch(_STEPS)
        assert len(steps) == len(events)
        for step in steps:
            if step["signals"] is None:
                continue
            arrived = [
                Arrived(_PAYLOADS.decode(one["event"]), one["seq"])
                for one in steps
                if (one["operator_id"], one["booking_id"]) == (step["operator_id"], step["booking_id"])
                and one["seq"] <= step["seq"]
            ]
            state = fold_all(arrived)
            assert state is not None
            facts = Facts(state, step["assessed_at"])
            facts.links = cast("Links", Withheld())
            stored = msgspec.json.decode(step["signals"])["signals"]
            assert set(stored) <= asked
            for name in asked:
                try:
                    value = SIGNALS[name].read(facts)
                except NotOfTheBooking:
                    continue
                assert same(stored.get(name, UNKNOWN[SIGNALS[name].kind]), value), (case["case_id"], step["seq"], name)
                read.add(name)
                if name in stored:
                    known.add(name)
    assert asked - read == asked & {signal.name for signal in links.room.signals}
    assert len(known) > 75, "the cases say too little to show anything"


def same(one: Value, other: Value) -> bool:
    """Equal and of one type; what is not a number is itself."""
    return type(one) is type(other) and (one == other or (one != one and other != other))


async def assess(pool: Pool, events: list[bytes]) -> None:
    """One after the other, each when it happened."""
    scorer = Assessor(Judging(Store(pool), PROGRAM, KEYS, opted_in=lambda _: True))
    for seq, raw in enumerate(events, 1):
        event = decode_booking(raw)
        assert isinstance(event.operator_id, str)
        incoming = Incoming(event.operator_id, event.booking_id, event, raw, seq, event.occurred_at)
        await scorer.assess([incoming])
