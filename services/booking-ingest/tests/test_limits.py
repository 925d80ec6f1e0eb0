"""No caller sends more than its share, none makes the service grow, and none keeps another out."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from booking_ingest.api import source as source_room
from booking_ingest.api.auth import CACHE_S, UNKNOWN_S, Gate
from booking_ingest.api.source import Sources
from booking_ingest.errors import NotAvailable, TooMany, Unauthorised
from booking_ingest.keys import PREFIX, ApiKey
from booking_ingest.limits import Buckets, Room
from booking_ingest.store import Store
from pickup_runtime import tokens


class Seconds:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


class Keys(Store):
    """The keys that there are, and how often they were asked for."""

    def __init__(self) -> None:
        self.there: dict[str, ApiKey] = {}
        self.asked: list[str] = []
        self.away = False

    async def key(self, key_id: str) -> ApiKey | None:
        self.asked.append(key_id)
        await asyncio.sleep(0)
        if self.away:
            raise ConnectionRefusedError
        return self.there.get(key_id)

    def add(self, operator_id: str = "op-a") -> str:
        minted = tokens.mint(PREFIX)
        self.there[minted.key_id] = ApiKey(minted.key_id, operator_id, minted.secret_sha256, "", datetime.now(UTC))
        return f"Bearer {minted.text}"


def stranger() -> str:
    return f"Bearer {tokens.mint(PREFIX).text}"


def test_a_burst_passes_and_then_as_many_as_the_rate_says() -> None:
    clock = Seconds()
    buckets = Buckets(10, 3, clock=clock)
    assert [buckets.take("a") for _ in range(3)] == [0, 0, 0]
    assert buckets.take("a") == pytest.approx(0.1)
    clock.now += 0.05
    assert buckets.take("a") == pytest.approx(0.05), "what was refused cost nothing"
    clock.now += 0.05
    assert buckets.take("a") == 0
    assert buckets.take("b") == 0, "another name has a bucket of its own"
    clock.now += 3600
    assert [buckets.take("a") for _ in range(4)] == [0, 0, 0, pytest.approx(0.1)]


@given(st.lists(st.floats(0, 2), max_size=200), st.floats(0.5, 50), st.integers(1, 20))
def test_never_more_than_the_burst_and_the_rate_together(pauses: list[float], rate: float, burst: int) -> None:
    clock = Seconds()
    buckets = Buckets(rate, burst, clock=clock)
    began, taken = clock.now, 0
    for pause in pauses:
        clock.now += pause
        taken += buckets.take("a") == 0
        assert taken <= burst + (clock.now - began) * rate + 1e-6


def test_no_rate_is_no_limit_and_remembers_nobody() -> None:
    buckets = Buckets(0, 1)
    assert [buckets.take("a") for _ in range(1000)] == [0] * 1000
    assert buckets.names == 0


def test_no_more_names_are_remembered_than_may_be() -> None:
    buckets = Buckets(0.001, 1, most=100)
    for number in range(1000):
        buckets.take(str(number))
    assert buckets.names == 100
    assert buckets.take("999") > 0
    assert buckets.take("0") == 0, "who was forgotten begins anew"


def test_bytes_that_do_not_fit_are_refused_until_others_have_left() -> None:
    room = Room(100)
    assert room.enter(60)
    assert not room.enter(41)
    assert room.enter(40)
    room.leave(60)
    assert room.enter(41)
    assert room.taken == 81


async def test_strangers_push_no_key_out_that_opens_something() -> None:
    keys, clock = Keys(), Seconds()
    gate, mine = Gate(keys, clock=clock), keys.add()
    assert await gate.operator_of(mine) == "op-a"
    for _ in range(12_000):
        with pytest.raises(Unauthorised):
            await gate.operator_of(stranger())
    asked = len(keys.asked)
    assert await gate.operator_of(mine) == "op-a"
    assert len(keys.asked) == asked, "it is still known"
    assert len(gate._known) == 1
    assert len(gate._unknown) == 1000


async def test_an_unknown_key_is_asked_for_once_in_a_while_and_works_soon_after_it_is_made() -> None:
    keys, clock = Keys(), Seconds()
    gate, theirs = Gate(keys, clock=clock), stranger()
    for _ in range(50):
        with pytest.raises(Unauthorised):
            await gate.operator_of(theirs)
    assert len(keys.asked) == 1
    presented = tokens.parse_bearer(PREFIX, theirs)
    assert presented is not None
    made = ApiKey(presented.key_id, "op-b", tokens.digest(presented.secret), "", datetime.now(UTC))
    keys.there[made.key_id] = made
    clock.now += UNKNOWN_S
    assert await gate.operator_of(theirs) == "op-b"


async def test_who_comes_with_many_wrong_keys_waits_and_who_has_a_key_does_not() -> None:
    keys, clock = Keys(), Seconds()
    gate = Gate(keys, refusals=Buckets(1, 5, clock=clock), clock=clock)
    mine, new = keys.add(), keys.add("op-new")
    await gate.operator_of(mine, "192.0.2.1")
    for _ in range(5):
        with pytest.raises(Unauthorised):
            await gate.operator_of(stranger(), "192.0.2.1")
    asked = len(keys.asked)
    for authorization in (stranger(), None, "Bearer nothing", new):
        with pytest.raises(TooMany) as caught:
            await gate.operator_of(authorization, "192.0.2.1")
        assert (caught.value.status, caught.value.retry_after_s) == (429, 1)
    assert len(keys.asked) == asked, "the database is not asked for them"
    clock.now += CACHE_S * 0.1
    assert await gate.operator_of(mine, "192.0.2.1") == "op-a", "a key that is known passes from the same address"
    assert await gate.operator_of(new, "192.0.2.2") == "op-new"
    clock.now += 5
    with pytest.raises(Unauthorised):
        await gate.operator_of(stranger(), "192.0.2.1")


async def test_many_wrong_keys_at_the_same_moment_cost_no_more_look_ups_than_may_come() -> None:
    keys, clock = Keys(), Seconds()
    gate = Gate(keys, refusals=Buckets(1, 5, clock=clock), clock=clock)
    answers = await asyncio.gather(
        *(gate.operator_of(stranger(), "192.0.2.1") for _ in range(200)), return_exceptions=True
    )
    assert sorted(type(one).__name__ for one in answers) == ["TooMany"] * 195 + ["Unauthorised"] * 5
    assert len(keys.asked) == 5


async def test_a_large_firms_burst_at_a_start_is_one_look_up_and_passes() -> None:
    keys, clock = Keys(), Seconds()
    gate, mine = Gate(keys, refusals=Buckets(1, 5, clock=clock), clock=clock), keys.add()
    answers = await asyncio.gather(*(gate.operator_of(mine, "192.0.2.1") for _ in range(500)))
    assert set(answers) == {"op-a"}
    assert len(keys.asked) == 1
    gone = asyncio.create_task(gate.operator_of(other := keys.add("op-b")))
    await asyncio.sleep(0)
    after = asyncio.create_task(gate.operator_of(other))
    await asyncio.sleep(0)
    gone.cancel()
    assert await after == "op-b", "who hangs up ends no look-up for others"


async def test_keys_that_open_something_cost_their_source_nothing() -> None:
    keys, clock = Keys(), Seconds()
    gate = Gate(keys, refusals=Buckets(1, 2, clock=clock), clock=clock)
    for number in range(20):
        assert await gate.operator_of(keys.add(f"op-{number}"), "192.0.2.1") == f"op-{number}"
    keys.away = True
    for _ in range(20):
        with pytest.raises(NotAvailable):
            await gate.operator_of(stranger(), "192.0.2.1")


async def test_wrong_secrets_of_a_key_that_there_is_are_limited_too() -> None:
    keys, clock = Keys(), Seconds()
    gate, mine = Gate(keys, refusals=Buckets(1, 5, clock=clock), clock=clock), keys.add()
    await gate.operator_of(mine, "192.0.2.1")
    guess = mine[:-4] + ("AAAA" if not mine.endswith("AAAA") else "BBBB")
    said = []
    for _ in range(7):
        with pytest.raises((Unauthorised, TooMany)) as caught:
            await gate.operator_of(guess, "192.0.2.1")
        said.append(type(caught.value).__name__)
    assert said == ["Unauthorised"] * 5 + ["TooMany"] * 2
    assert await gate.operator_of(mine, "192.0.2.1") == "op-a"


async def test_a_key_sends_as_much_as_it_may_whatever_others_send() -> None:
    keys, clock = Keys(), Seconds()
    gate = Gate(keys, rate=Buckets(500, 1000, clock=clock), clock=clock)
    busy, calm = keys.add("op-busy"), keys.add("op-calm")
    for _ in range(1000):
        await gate.operator_of(busy)
    with pytest.raises(TooMany):
        await gate.operator_of(busy)
    assert await gate.operator_of(calm) == "op-calm"
    clock.now += 1
    for _ in range(500):
        await gate.operator_of(busy)
    with pytest.raises(TooMany):
        await gate.operator_of(busy)


async def test_a_database_that_is_away_is_no_wrong_key() -> None:
    keys, clock = Keys(), Seconds()
    gate, mine = Gate(keys, clock=clock), keys.add()
    await gate.operator_of(mine)
    keys.away = True
    clock.now += 2 * CACHE_S
    assert await gate.operator_of(mine) == "op-a"
    with pytest.raises(NotAvailable):
        await gate.operator_of(stranger())


@pytest.mark.parametrize(
    ("peer", "forwarded", "hops", "source"),
    [
        ("192.0.2.7", "", 0, "192.0.2.7"),
        ("192.0.2.7", "198.51.100.1", 0, "192.0.2.7"),
        ("10.0.0.1", "6.6.6.6, 198.51.100.1", 1, "198.51.100.1"),
        ("10.0.0.1", "6.6.6.6, 198.51.100.1, 10.0.0.2", 2, "198.51.100.1"),
        ("10.0.0.1", "", 1, "10.0.0.1"),
        ("2001:db8:1:2:aaaa::1", "", 0, "2001:db8:1:2::/64"),
        ("::ffff:192.0.2.7", "", 0, "192.0.2.7"),
        ("", "", 0, ""),
        ("10.0.0.1", "x" * 500, 1, "x" * 64),
    ],
)
def test_where_a_request_comes_from(peer: str, forwarded: str, hops: int, source: str) -> None:
    assert Sources(hops).of(peer, [forwarded]) == source


class Log:
    """Keeps what is said in the log."""

    def __init__(self) -> None:
        self.said: list[tuple[str, dict[str, str]]] = []

    def warning(self, event: str, **more: str) -> None:
        self.said.append((event, more))


@pytest.mark.parametrize(("hops", "said"), [(0, ["proxy_not_counted"]), (1, [])])
def test_a_proxy_that_nobody_told_of_is_said_once_and_no_address_is(
    hops: int, said: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    log = Log()
    monkeypatch.setattr(source_room, "_log", log)
    sources = Sources(hops)
    sources.of("10.0.0.1", [])
    assert log.said == []
    for number in range(3):
        sources.of("10.0.0.1", [f"198.51.100.{number}"])
    assert [event for event, _ in log.said] == said
    assert "198.51" not in str(log.said)


async def test_a_revoked_key_works_until_it_can_be_looked_up_again() -> None:
    """As docs/operating/limits.md says: the database that is away is not there to tell."""
    clock, keys = Seconds(), Keys()
    gate, mine = Gate(keys, clock=clock), keys.add()
    assert await gate.operator_of(mine) == "op-a"
    ((key_id, key),) = keys.there.items()
    keys.there[key_id] = msgspec.structs.replace(key, revoked_at=datetime.now(UTC))
    keys.away = True
    clock.now += 3600
    assert await gate.operator_of(mine) == "op-a"
    keys.away = False
    with pytest.raises(Unauthorised):
        await gate.operator_of(mine)
