"""What the history says of a booking, against brute force over every sighting ever recorded."""

from __future__ import annotations

import hashlib
import random
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from msgspec import structs

from pickup_contracts.codec import decode_booking, encode
from pickup_runtime.testing.plugin import MakePool
from risk_scorer import shapes
from risk_scorer.assess import Assessor
from risk_scorer.changes import SightedAt
from risk_scorer.due import DueStore
from risk_scorer.entities import Keys, booking_hash
from risk_scorer.history import Mark
from risk_scorer.incoming import Incoming
from risk_scorer.judging import Judging
from risk_scorer.links import Links
from risk_scorer.reassess import Reassessor
from tests.shipped import PROGRAM

from .brute_force import Recording, count

_KEYS = Keys(hashlib.sha256(b"oracle").digest(), hashlib.sha256(b"shared").digest())
_BEGINS = datetime(2026, 11, 1, 9, tzinfo=UTC)
_FIRM = "Example Solicitors, Bank Street"
_HOMES = [f"{number} Mill Lane" for number in range(1, 6)]
_ELSEWHERE = [
    "Barclays Bank, High Street",
    "Kettering railway station",
    "Car park, Station Road",
    "9 Larch Grove",
    _FIRM,
]
_PHONES = [f"+4477009001{number:02}" for number in range(9)]

_NOTES = [
    "Collect the sealed envelope from my grandmother, do not ring the bell, driver must not talk to her",
    "dont talk to my grandmother pls, driver must collect the sealed envelope, do not ring the bell",
    "ring the bell and wait",
    *(f"the envelope is for a friend, text him on {phone[:5]} {phone[5:]} when outside" for phone in _PHONES[:2]),
]


class Comparing(Judging):
    """Judging that checks each booking's counts as it makes them."""

    def __init__(self, store: Recording, **more: Any) -> None:
        super().__init__(store, PROGRAM, _KEYS, opted_in=lambda _: False, **more)
        self.recording = store
        self.warned: dict[int, list[SightedAt]] = {}
        self.compared = 0
        self.above_nothing: set[str] = set()

    def _judge(self, *args: Any) -> Any:
        made = super()._judge(*args)
        # Bookings judged after it in the same batch know this before it is written.
        self.recording.keep([(made.turn.booking, mark) for mark in made.marks])
        return made

    def _warned(self, turn: Any) -> Any:
        found = super()._warned(turn)
        if found is not None:
            self.warned.setdefault(found.entity, []).append(SightedAt(found, turn.as_of))
        return found

    def _links(self, turn: Any, met: Any, marks: Any) -> Links:
        links = super()._links(turn, met, marks)
        district = self.warned.get(turn.scopes[0].district, ())
        expected = count(turn, self.operator(turn.operator_id), links, self.recording, district)
        assert structs.asdict(links) == expected
        self.compared += 1
        self.above_nothing |= {name for name, value in expected.items() if value}
        return links


def _minute(rng: random.Random) -> int:
    """Half of them come in one busy afternoon."""
    return rng.randrange(60 * 24 * 25) if rng.random() < 0.5 else 60 * 24 * 20 + rng.randrange(240)


def _event(rng: random.Random, number: int) -> dict[str, Any]:
    """One event of one of twenty bookings, over few homes, numbers and drop-offs, at any time in a month."""
    booking = rng.randrange(20)
    parcel = rng.random() < 0.6
    event: dict[str, Any] = {
        "event_id": f"e-{number}",
        "operator_id": f"op-{rng.randrange(2)}",
        "booking_id": f"b-{booking}",
        "occurred_at": (_BEGINS + timedelta(minutes=_minute(rng), milliseconds=number)).isoformat(),
        "status": rng.choice(["requested", "requested", "collected", "delivered", "cancelled", "failed"]),
        "service": "taxi",
        "carries": "parcel" if parcel else "passenger",
        "pickup": {
            "address": {
                "line1": rng.choice([*_HOMES, "Kettering railway station", "Barclays Bank, High Street"]),
                "town": "Kettering",
                "postcode": "NN16 8AA",
            }
        },
        "dropoff": {
            "address": {
                "line1": rng.choice([*_ELSEWHERE, *_HOMES[:2]]),
                "town": "Kettering",
                "postcode": rng.choice(["NN16 8AA", "NN16 9ZZ"]),
            }
        },
        "booker": {"name": "A Example", "phone": rng.choice(_PHONES)},
    }
    if rng.random() < 0.2:
        event["items"] = [{"description": rng.choice(["bank card", "cash", "gold coins"])}]
    if rng.random() < 0.1:
        event["notes"] = {"office": "driver thinks that this is a scam"}
    elif rng.random() < 0.6:
        event["notes"] = {"driver": rng.choice(_NOTES)}
    if event["dropoff"]["address"]["line1"] == _FIRM and rng.random() < 0.5:
        event["dropoff"]["premises"] = "business"
    if rng.random() < 0.3:
        event["revision"] = rng.randrange(1, 9)
    if rng.random() < 0.5:
        event["pickup"]["contact"] = {"name": "A Example", "phone": event["booker"]["phone"]}
    if rng.random() < 0.5:
        event["dropoff"]["contact"] = {"name": "B Example", "phone": rng.choice(_PHONES)}
    if rng.random() < 0.3:
        event["booker"]["account"] = {"type": "personal", "id": f"acc-{rng.randrange(4)}"}
    if rng.random() < 0.3:
        event["device"] = {"id": f"dev-{rng.randrange(3)}"}
    if rng.random() < 0.4:
        event["payment"] = {"method": "card", "token": f"tok-{rng.randrange(3)}"}
    if rng.random() < 0.3:
        event["pickup"]["address"].pop("postcode")
    if rng.random() < 0.3:
        event["dropoff"]["address"].pop("postcode")
    return event


@pytest.mark.parametrize("seed", range(5))
async def test_every_count_is_what_brute_force_makes_of_the_same_sightings(database: MakePool, seed: int) -> None:
    """Random events in random batches, twice and out of order: no count differs by one."""
    rng = random.Random(seed)
    pool = await database("risk_scorer", "scorer")
    await pool.execute("truncate bookings, steps, sightings, marks, open_bookings, reassessments_due, reassessments")
    recording = Recording(pool)
    judging = Comparing(recording)
    assessor, reassessor = Assessor(judging), Reassessor(judging, DueStore(pool))
    again = 0
    events = [_event(rng, number) for number in range(150)]
    feed = [*events, *rng.sample(events, 40)]
    rng.shuffle(feed)
    incoming = []
    for seq, event in enumerate(feed):
        decoded = decode_booking(encode(event))
        incoming.append(
            Incoming(event["operator_id"], event["booking_id"], decoded, encode(event), seq, decoded.occurred_at)
        )
    while incoming:
        size = rng.randrange(1, 20)
        await assessor.assess(incoming[:size])
        found_of = rng.choice(incoming[:size])
        if rng.random() < 0.3:
            finding = Mark(rng.choice(sorted(shapes.FINDINGS)), found_of.received_at)
            await recording.mark([(booking_hash(_KEYS, found_of.operator_id, found_of.booking_id), finding)])
        incoming = incoming[size:]
        again += (await reassessor.run()).judged
    assert judging.compared > 60 + again
    assert again > 5
    assert len(judging.above_nothing) >= 35, sorted(judging.above_nothing)
    assert {"words_other_homes_7d", "noted_other_homes_7d", "cell_other_homes_7d"} <= judging.above_nothing, sorted(
        judging.above_nothing
    )
    assert {"refused_24h", "held_7d", "warned_7d"} & judging.above_nothing, sorted(judging.above_nothing)
