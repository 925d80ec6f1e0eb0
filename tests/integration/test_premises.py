"""Premises from lookups and from what an operator called an address before, on a real database and a real socket."""

from __future__ import annotations

import hashlib
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from pickup_contracts.assessment import Assessment
from pickup_contracts.codec import decode_booking
from pickup_runtime.postgres import Pool
from pickup_runtime.testing.plugin import MakePool
from risk_scorer.assess import Assessor
from risk_scorer.breaker import Breaker
from risk_scorer.due import DueStore
from risk_scorer.entities import Keys, place_hash
from risk_scorer.incoming import Incoming
from risk_scorer.judging import Judging
from risk_scorer.os_places import OsPlaces
from risk_scorer.premises.address_key import address_keys
from risk_scorer.premises.settle import Ages, Finding
from risk_scorer.premises_knowledge import Lookups, PremisesKnowledge
from risk_scorer.premises_store import PlaceAt, PremisesStore
from risk_scorer.reassess import Reassessor
from risk_scorer.store import Store
from tests.shipped import PROGRAM

from .events import raw
from .os_places import KEY, OsPlacesStandIn, os_places, record

KEYS = Keys(hashlib.sha256(b"one").digest(), hashlib.sha256(b"two").digest())
NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
_seq = iter(range(10**9))


def incoming(booking_id: str, line1: str, *, at: datetime = NOON, operator: str = "op-a", **pickup: Any) -> Incoming:
    """A parcel fetched from `line1`, an address that its text says little of."""
    address = {"line1": line1, "town": "Royston", "postcode": "SG8 5AA", "country": "GB"}
    body = raw(
        {
            "operator_id": operator,
            "booking_id": booking_id,
            "event_id": f"e-{next(_seq)}",
            "occurred_at": at.isoformat(),
            "service": "courier",
            "carries": "parcel",
            "pickup": {"address": address, **pickup},
            "dropoff": {"address": {"line1": "Unit 4, Trade Park", "town": "Luton", "postcode": "LU1 1AA"}},
        }
    )
    event = decode_booking(body)
    return Incoming(operator, booking_id, event, body, next(_seq), at)


class Bench:
    """An assessor with lookups at a stand-in."""

    def __init__(self, pool: Pool, places: OsPlacesStandIn, **settings: Any) -> None:
        self.pool = pool
        self.places = places
        self.client = OsPlaces(
            settings.get("key", KEY),
            base_url=places.url,
            timeout_s=settings.get("time_box_s", 2.0),
            at_most=settings.get("at_most", 4),
            breaker=Breaker(failures=settings.get("failures", 3), open_s=60),
        )
        self.time_box_s: float = settings.get("time_box_s", 2.0)
        self.ages: Ages = settings.get("ages", Ages())
        self.assessor = self.another()

    def another(self) -> Assessor:
        """Another worker on the same database, that remembers nothing itself."""
        return Assessor(self.judging())

    def judging(self) -> Judging:
        """What a worker judges with."""
        lookups = Lookups(self.client, below=0.6, time_box_s=self.time_box_s, ages=self.ages)
        premises = PremisesKnowledge(PremisesStore(self.pool), KEYS, lookups=lookups)
        return Judging(Store(self.pool), PROGRAM, KEYS, opted_in=lambda _: False, premises=premises)

    async def assess(self, *batch: Incoming, by: Assessor | None = None) -> list[Assessment]:
        answers = await (by or self.assessor).assess(batch)
        return [answer.result for answer in answers if answer.result is not None]


@pytest.fixture
async def places() -> AsyncIterator[OsPlacesStandIn]:
    async with os_places() as stand_in:
        stand_in.records = [
            record("", "Hexagon, Stone Lane", "Royston", "SG8 5AA", "RD02"),
            record("", "Octagon, Stone Lane", "Royston", "SG8 5AA", "CR08"),
            record("7", "Mill Lane", "Royston", "SG8 5AB", "RD04"),
        ]
        yield stand_in


MakeBench = Callable[..., Awaitable[Bench]]


@pytest.fixture
async def bench(database: MakePool, places: OsPlacesStandIn) -> AsyncIterator[MakeBench]:
    """Makes assessors with lookups; their clients are closed at the end."""
    made: list[Bench] = []

    async def make(**settings: Any) -> Bench:
        made.append(Bench(await database("risk_scorer", "scorer"), places, **settings))
        return made[-1]

    yield make
    for one in made:
        await one.client.close()


async def test_what_nothing_says_much_of_is_looked_up_once(bench: MakeBench, places: OsPlacesStandIn) -> None:
    line = await bench()
    home, shop, numbered, nowhere = await line.assess(
        incoming("b-1", "Hexagon Stone Lane"),
        incoming("b-2", "Octagon Stone Lane"),
        incoming("b-3", "14 Meadow Close"),
        incoming("b-4", "Dodecagon Stone Lane"),
    )
    assert (home.premises.pickup.kind, home.premises.pickup.source) == ("residential", "lookup")
    assert home.premises.pickup.confidence == 0.9
    assert shop.premises.pickup.residential == "no"
    assert numbered.premises.pickup.source == "text", "a house number says enough"
    assert nowhere.premises.pickup.kind == "unknown"
    assert [answer.degraded for answer in (home, shop, numbered, nowhere)] == [[], [], [], []]
    assert len(places.asked) == 3
    path, parameters = places.asked[0]
    assert path == "/search/places/v1/postcode"
    assert parameters == {"postcode": "SG85AA", "dataset": "DPA,LPI", "maxresults": "100", "lr": "EN"}

    # Again, here and on a worker that remembers nothing itself: no question more, not even for what was not found.
    later = NOON + timedelta(hours=1)
    for worker in (line.assessor, line.another()):
        again = await line.assess(
            incoming(f"b-{next(_seq)}", "HEXAGON, STONE LN", at=later),
            incoming(f"b-{next(_seq)}", "Dodecagon Stone Lane", at=later),
            by=worker,
        )
        assert [answer.premises.pickup.kind for answer in again] == ["residential", "unknown"]
    assert len(places.asked) == 3


async def test_no_address_and_no_key_is_kept(bench: MakeBench, places: OsPlacesStandIn) -> None:
    line = await bench()
    await line.assess(incoming("b-1", "Hexagon Stone Lane"), incoming("b-2", "9 Fir Close", premises="hotel"))
    rows = await line.pool.fetch(
        "select place, source, kind, residential, confidence from premises_known order by 2, 1"
    )
    assert {(row["source"], row["kind"]) for row in rows} == {("lookup", "residential"), ("operator", "hotel")}
    assert all(isinstance(row["place"], int) for row in rows)
    columns = await line.pool.fetch(
        "select column_name, data_type from information_schema.columns where table_name = 'premises_known'"
    )
    assert {row["column_name"] for row in columns} == {"place", "at", "source", "kind", "residential", "confidence"}
    assert not any(KEY in str(asked) for asked in places.asked), "the key is in no address"


async def test_the_operators_word_is_not_looked_up(bench: MakeBench, places: OsPlacesStandIn) -> None:
    line = await bench()
    (said,) = await line.assess(incoming("b-1", "Hexagon Stone Lane", premises="business"))
    assert (said.premises.pickup.kind, said.premises.pickup.source) == ("business", "operator")
    assert places.asked == []


@pytest.mark.parametrize("fault", ["500", "401", "hang", "slow_body", "reset", "wrong_json", "html", "huge"])
async def test_a_service_in_trouble_costs_nothing_but_the_lookup(
    bench: MakeBench, places: OsPlacesStandIn, fault: str
) -> None:
    line = await bench(time_box_s=0.3, failures=3)
    places.fault = fault
    for number in range(3):
        (said,) = await line.assess(incoming(f"b-{number}", "Hexagon Stone Lane"))
        assert said.degraded == ["premises_lookup"]
        assert said.premises.pickup.source == "text" or said.premises.pickup.kind == "unknown"
    asked = len(places.asked)
    # An HTTP client may try again where a connection is cut.
    assert asked == 3 or (fault == "reset" and asked <= 6)
    # Three failures in a row: now it is left alone, also once it is well again, for as long as the circuit is open.
    places.fault = None
    (said,) = await line.assess(incoming("b-9", "Octagon Stone Lane"))
    assert said.degraded == ["premises_lookup"]
    assert len(places.asked) == asked
    assert await line.pool.fetchval("select count(*) from premises_known") == 0, "a failure is no answer"


async def test_too_many_requests_pauses_at_once(bench: MakeBench, places: OsPlacesStandIn) -> None:
    line = await bench(failures=50)
    places.fault = "429"
    await line.assess(incoming("b-1", "Hexagon Stone Lane"))
    places.fault = None
    (said,) = await line.assess(incoming("b-2", "Hexagon Stone Lane"))
    assert (len(places.asked), said.degraded) == (1, ["premises_lookup"])


async def test_a_wrong_key_is_refused_by_the_service(bench: MakeBench, places: OsPlacesStandIn) -> None:
    line = await bench(key="another")
    (said,) = await line.assess(incoming("b-1", "Hexagon Stone Lane"))
    assert said.degraded == ["premises_lookup"]


async def test_a_batch_asks_side_by_side_and_not_more_than_so_many(bench: MakeBench, places: OsPlacesStandIn) -> None:
    line = await bench(at_most=4)
    places.pause_s = 0.05
    batch = [incoming(f"b-{n}", f"Place{chr(97 + n)} Stone Lane") for n in range(12)]
    await line.assess(*batch)
    assert (len(places.asked), places.most_at_once) == (12, 4)


async def test_those_that_came_in_time_count(bench: MakeBench, places: OsPlacesStandIn) -> None:
    line = await bench(at_most=1, time_box_s=0.5, failures=50)
    places.pause_s = 0.3
    first, second = await line.assess(incoming("b-1", "Hexagon Stone Lane"), incoming("b-2", "Octagon Stone Lane"))
    answers = sorted([(first.premises.pickup.source, first.degraded), (second.premises.pickup.source, second.degraded)])
    assert answers[0] == ("lookup", [])
    assert answers[1][1] == ["premises_lookup"]


async def test_an_old_answer_is_history_while_the_service_is_away(bench: MakeBench, places: OsPlacesStandIn) -> None:
    line = await bench(ages=Ages(found=timedelta(days=7)))
    place = place_hash(KEYS, address_keys_of("Hexagon Stone Lane")[0])
    found = Finding("residential", "yes", "lookup", 0.9, NOON - timedelta(days=10))
    await PremisesStore(line.pool).learn([(place, found)])
    places.fault = "500"
    (said,) = await line.assess(incoming("b-1", "Hexagon Stone Lane"))
    assert (said.premises.pickup.kind, said.premises.pickup.source) == ("residential", "history")
    assert said.degraded == ["premises_lookup"]
    places.fault = None
    (said,) = await line.assess(incoming("b-2", "Hexagon Stone Lane"))
    assert (said.premises.pickup.source, said.degraded) == ("lookup", [])


async def test_what_was_judged_without_a_lookup_is_judged_again_when_it_is_back(
    bench: MakeBench, places: OsPlacesStandIn
) -> None:
    line = await bench()
    due = DueStore(line.pool)
    reassessor = Reassessor(line.judging(), due)
    places.fault = "500"
    (said,) = await line.assess(incoming("b-1", "Hexagon Stone Lane"))
    assert (said.premises.pickup.residential, said.degraded) != ("yes", [])
    assert (await reassessor.run(now=NOON + timedelta(seconds=30))).judged == 0, "not at once"
    once = await reassessor.run(now=NOON + timedelta(seconds=61))
    assert (once.judged, once.changed) == (1, []), "still away: nothing new is said"
    assert await line.pool.fetchval("select count(*) from reassessments_due") == 1, "and it is not given up"
    places.fault = None
    (again,) = (await reassessor.run(now=NOON + timedelta(minutes=5))).changed
    assert (again.result.premises.pickup.kind, again.result.degraded) == ("residential", [])
    assert again.result.booking_version == 2
    assert await line.pool.fetchval("select count(*) from reassessments_due") == 0


def address_keys_of(line1: str) -> tuple[str, ...]:
    where = decode_booking(incoming("x", line1).raw).pickup
    return address_keys(where.address)  # type: ignore[union-attr, arg-type]


async def test_what_the_operator_called_it_before(database: MakePool, places: OsPlacesStandIn) -> None:
    pool = await database("risk_scorer", "scorer")
    plain = PremisesKnowledge(PremisesStore(pool), KEYS)
    assessor = Assessor(Judging(Store(pool), PROGRAM, KEYS, opted_in=lambda _: True, premises=plain))

    async def source(event: Incoming) -> tuple[str, str]:
        (answer,) = await assessor.assess([event])
        assert answer.result is not None
        pickup = answer.result.premises.pickup
        return pickup.kind, pickup.source

    assert await source(incoming("b-1", "14 Meadow Close")) == ("residential", "text")
    monday = NOON + timedelta(days=3)
    assert await source(incoming("b-2", "14 Meadow Close", at=monday, premises="business")) == ("business", "operator")
    later = monday + timedelta(hours=1)
    assert await source(incoming("b-3", "14, MEADOW CL.", at=later)) == ("business", "history")
    assert await source(incoming("b-4", "14 Meadow Close", at=later, operator="op-b")) == ("residential", "text")
    assert await source(incoming("b-5", "16 Meadow Close", at=later)) == ("residential", "text")
    # An event of before the word, read late, is judged as it was known then.
    assert await source(incoming("b-6", "14 Meadow Close", at=monday - timedelta(minutes=1))) == ("residential", "text")
    # The word is changed, and in the end forgotten.
    tuesday = monday + timedelta(days=1)
    await source(incoming("b-7", "14 Meadow Close", at=tuesday, premises="care_home"))
    assert await source(incoming("b-8", "14 Meadow Close", at=tuesday + timedelta(hours=1))) == ("care_home", "history")
    assert await source(incoming("b-9", "14 Meadow Close", at=tuesday + timedelta(days=31))) == ("residential", "text")
    assert places.asked == [], "no key, no lookup"


async def test_two_bookings_of_one_batch_see_each_other(bench: MakeBench, places: OsPlacesStandIn) -> None:
    line = await bench()
    said, other = await line.assess(
        incoming("b-1", "14 Meadow Close", premises="business"), incoming("b-2", "14 Meadow Close")
    )
    assert (said.premises.pickup.source, other.premises.pickup.source) == ("operator", "history")


@pytest.mark.parametrize("seed", range(3))
async def test_the_newest_known_at_any_moment_by_brute_force(database: MakePool, seed: int) -> None:
    """Whatever order words arrive in, the store answers with the newest that was known then and is not forgotten."""
    pool = await database("risk_scorer", "scorer")
    store = PremisesStore(pool)
    draw = random.Random(seed)
    moments = draw.sample([(place, hours) for place in (1, 2, 3) for hours in range(80 * 24)], 60)
    words = [(place, hours, draw.choice(["business", "hotel", "residential"])) for place, hours in moments]
    learned: list[tuple[int, Finding]] = []
    for place, hours, kind in words:
        learned.append((place, Finding(kind, "no", "operator", 0.95, NOON + timedelta(hours=hours))))
        await store.learn(learned[-1:])
        await store.learn(learned[-1:])
    assert await pool.fetchval("select count(*) from premises_known") == len(words)
    asks = [PlaceAt(place, NOON + timedelta(hours=hours)) for place in (1, 2, 3, 4) for hours in range(-5, 120 * 24, 7)]
    for ask, answer in zip(asks, await store.known(asks), strict=True):
        known = [one for place, one in learned if place == ask.place and ask.at - timedelta(days=30) < one.at <= ask.at]
        assert answer == max(known, key=lambda one: one.at, default=None)
    await store.forget(NOON + timedelta(days=40))
    left = [one for _, one in learned if one.at >= NOON + timedelta(days=40)]
    assert await pool.fetchval("select count(*) from premises_known") == len(left)
