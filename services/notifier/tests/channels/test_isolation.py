"""A channel behind its limits: what hangs keeps nothing else waiting, and what fails is left alone for a while."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from channel_benches import delivery
from hypothesis import given
from hypothesis import strategies as st

from notifier.channels.breaker import Policy
from notifier.channels.channel import Attempt, Channel, Room
from notifier.channels.isolation import BY_OPERATOR, WHOLE, Isolated, Lanes, Limits
from notifier.rung_rows import Delivery
from pickup_runtime import metrics
from pickup_runtime.clock import ManualClock

LIMITS = Limits(at_once=8, per_lane=2, wait_s=0.2, timeout_s=0.3, breaker=Policy(failures=3))
OK = Attempt("delivered")


class Scripted:
    """A channel that does what it is told for each operator, and counts who is inside."""

    name = "scripted"

    def __init__(self, does: Callable[[Delivery], Awaitable[Attempt]]) -> None:
        self._does = does
        self.calls = 0
        self.inside: Counter[str] = Counter()
        self.most: Counter[str] = Counter()
        self.most_in_all = 0

    async def attempt(self, delivery: Delivery) -> Attempt:
        self.calls += 1
        lane = delivery.operator_id
        self.inside[lane] += 1
        self.most[lane] = max(self.most[lane], self.inside[lane])
        self.most_in_all = max(self.most_in_all, self.inside.total())
        try:
            return await self._does(delivery)
        finally:
            self.inside[lane] -= 1


def to(operator_id: str) -> Delivery:
    return delivery("scripted", b"{}", operator_id=operator_id)


def isolated(
    channel: Channel, limits: Limits = LIMITS, clock: ManualClock | None = None, lanes: Lanes = BY_OPERATOR
) -> Isolated:
    clock = clock or ManualClock(datetime(2026, 1, 5, tzinfo=UTC))
    return Isolated(channel, clock, limits, lanes)


async def test_a_lane_that_hangs_keeps_no_other_waiting() -> None:
    over = asyncio.Event()

    async def hangs(one: Delivery) -> Attempt:
        if one.operator_id == "hangs":
            await over.wait()
        return OK

    channel = isolated(Scripted(hangs), msgspec.structs.replace(LIMITS, timeout_s=60.0, wait_s=60.0))
    stuck = [asyncio.create_task(channel.attempt(to("hangs"))) for _ in range(50)]
    await asyncio.sleep(0.05)
    for _ in range(20):
        assert (await channel.attempt(to("well"))).result == "delivered"
    # All but the two inside and the two that wait for them were answered at once.
    assert sum(task.done() for task in stuck) == 46
    over.set()
    ends = Counter(attempt.result for attempt in await asyncio.gather(*stuck))
    assert ends == {"held_back": 46, "delivered": 4}


async def test_what_takes_too_long_is_given_up() -> None:
    async def hangs(_: Delivery) -> Attempt:
        await asyncio.Event().wait()
        return OK

    attempt = await isolated(Scripted(hangs)).attempt(to("a"))
    assert (attempt.result, attempt.error) == ("try_again", "timed out")


async def test_a_channel_that_raises_all_the_same_does_not_reach_the_loop() -> None:
    async def raises(_: Delivery) -> Attempt:
        raise ZeroDivisionError("07700 900123")

    attempt = await isolated(Scripted(raises)).attempt(to("a"))
    assert (attempt.result, attempt.error) == ("try_again", "ZeroDivisionError")


async def test_an_open_breaker_answers_at_once_and_says_when_to_come_back() -> None:
    answers = [Attempt("try_again", "no")] * 3

    async def fails(_: Delivery) -> Attempt:
        return answers.pop() if answers else OK

    clock = ManualClock(datetime(2026, 1, 5, tzinfo=UTC))
    inner = Scripted(fails)
    channel = isolated(inner, clock=clock)
    opened = metrics.channel_open.labels("scripted")
    for _ in range(3):
        assert (await channel.attempt(to("a"))).error == "no"
    held = await channel.attempt(to("a"))
    assert (held.result, held.retry_after_s, inner.calls) == ("held_back", 5.0, 3)
    assert "circuit open" in (held.error or "")
    assert opened._value.get() == 1
    # Another operator's system is another door.
    assert (await channel.attempt(to("b"))).result == "delivered"
    clock.advance(timedelta(seconds=5))
    assert (await channel.attempt(to("a"))).result == "delivered"
    assert (await channel.attempt(to("a"))).result == "delivered"
    assert opened._value.get() == 0


@pytest.mark.parametrize("answer", [Attempt("refused", "answered 410"), Attempt("sent", provider_id="SM1"), OK])
async def test_an_answer_that_is_final_is_no_failure_of_the_channel(answer: Attempt) -> None:
    async def answers(_: Delivery) -> Attempt:
        return answer

    inner = Scripted(answers)
    channel = isolated(inner)
    for _ in range(10):
        assert await channel.attempt(to("a")) == answer
    assert inner.calls == 10


async def test_a_no_to_one_message_shuts_no_door_for_the_next() -> None:
    async def knows_warnings_only(one: Delivery) -> Attempt:
        if one.telling == "driver":
            return Attempt("try_again", "answered 422", answered=True)
        return OK

    clock = ManualClock(datetime(2026, 1, 5, tzinfo=UTC))
    channel = isolated(Scripted(knows_warnings_only), clock=clock)
    unknown = msgspec.structs.replace(to("a"), telling="driver")
    for _ in range(10):
        assert (await channel.attempt(unknown)).error == "answered 422"
    assert channel.room() == Room(8)
    assert (await channel.attempt(to("a"))).result == "delivered"


async def test_a_no_to_the_message_that_probes_opens_the_door() -> None:
    answers = [Attempt("try_again", "answered 503")] * 3 + [Attempt("try_again", "answered 400", answered=True), OK]

    async def answer(_: Delivery) -> Attempt:
        return answers.pop(0)

    clock = ManualClock(datetime(2026, 1, 5, tzinfo=UTC))
    channel = isolated(Scripted(answer), clock=clock)
    for _ in range(3):
        await channel.attempt(to("a"))
    assert channel.room().shut == {"a"}
    clock.advance(timedelta(seconds=5))
    assert (await channel.attempt(to("a"))).error == "answered 400"
    assert channel.room().shut == frozenset()
    assert (await channel.attempt(to("a"))).result == "delivered"


async def test_a_probe_that_is_cancelled_leaves_the_door_to_the_next() -> None:
    stuck = asyncio.Event()

    async def first_fails_then_hangs(_: Delivery) -> Attempt:
        if stuck.is_set():
            await asyncio.Event().wait()
        return Attempt("try_again", "no")

    clock = ManualClock(datetime(2026, 1, 5, tzinfo=UTC))
    inner = Scripted(first_fails_then_hangs)
    channel = isolated(inner, msgspec.structs.replace(LIMITS, timeout_s=60.0), clock)
    for _ in range(3):
        await channel.attempt(to("a"))
    clock.advance(timedelta(seconds=5))
    stuck.set()
    probe = asyncio.create_task(channel.attempt(to("a")))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    probe.cancel()
    with pytest.raises(asyncio.CancelledError):
        await probe
    stuck.clear()
    assert (await channel.attempt(to("a"))).error == "no"
    assert inner.calls == 5


async def test_who_looks_first_sees_which_doors_are_shut_and_when_one_may_probe() -> None:
    probe = asyncio.Event()

    async def fails(one: Delivery) -> Attempt:
        if one.operator_id == "bad" and not probe.is_set():
            return Attempt("try_again", "no")
        await asyncio.sleep(0)
        return OK

    clock = ManualClock(datetime(2026, 1, 5, tzinfo=UTC))
    each, whole = isolated(Scripted(fails), clock=clock), isolated(Scripted(fails), clock=clock, lanes=WHOLE)
    by_message = isolated(Scripted(fails), clock=clock, lanes=Lanes(lambda one: one.operator_id, "message"))
    channels = (each, whole, by_message)
    assert {channel.room() for channel in channels} == {Room(8)}
    for channel in channels:
        for _ in range(3):
            await channel.attempt(to("bad"))
    assert each.room() == Room(8, frozenset({"bad"}))
    assert whole.room() == Room(0)
    assert by_message.room() == Room(8), "nobody knows whose door a message goes to before it is seen"

    clock.advance(timedelta(seconds=5))
    assert (each.room(), whole.room()) == (Room(8), Room(1)), "one may probe"
    probe.set()
    probing = [asyncio.create_task(channel.attempt(to("bad"))) for channel in (each, whole)]
    await asyncio.sleep(0)
    assert (each.room(), whole.room()) == (Room(8, frozenset({"bad"})), Room(0)), "while it probes, nobody else"
    assert [one.result for one in await asyncio.gather(*probing)] == ["delivered", "delivered"]
    assert (each.room(), whole.room()) == (Room(8), Room(8))


async def test_a_lane_that_is_full_is_seen_to_be() -> None:
    over = asyncio.Event()

    async def waits(_: Delivery) -> Attempt:
        await over.wait()
        return OK

    channel = isolated(Scripted(waits), msgspec.structs.replace(LIMITS, timeout_s=60.0, wait_s=60.0))
    inside = []
    while "a" not in channel.room().shut:
        inside.append(asyncio.create_task(channel.attempt(to("a"))))
        await asyncio.sleep(0)
    assert len(inside) == 2 * LIMITS.per_lane
    over.set()
    assert {one.result for one in await asyncio.gather(*inside)} == {"delivered"}, "none of them was held back"


async def test_lanes_that_are_well_are_not_remembered() -> None:
    async def answers(one: Delivery) -> Attempt:
        return OK if one.operator_id != "bad" else Attempt("try_again", "no")

    channel = isolated(Scripted(answers))
    for number in range(3_000):
        await channel.attempt(to(f"op-{number}"))
    await channel.attempt(to("bad"))
    assert list(channel._lanes) == ["bad"]


@given(st.lists(st.tuples(st.sampled_from("abcdefgh"), st.integers(0, 3)), min_size=1, max_size=80))
def test_no_more_are_inside_than_the_limits_say_whoever_comes(arrivals: list[tuple[str, int]]) -> None:
    async def takes_a_while(_: Delivery) -> Attempt:
        for _turn in range(5):
            await asyncio.sleep(0)
        return OK

    async def come() -> tuple[Scripted, list[Attempt]]:
        inner = Scripted(takes_a_while)
        channel = isolated(inner, Limits(at_once=5, per_lane=2))
        tasks = []
        for lane, pause in arrivals:
            tasks.append(asyncio.create_task(channel.attempt(to(lane))))
            for _ in range(pause):
                await asyncio.sleep(0)
        return inner, await asyncio.gather(*tasks)

    inner, attempts = asyncio.run(come())
    assert inner.most_in_all <= 5
    assert max(inner.most.values()) <= 2
    assert inner.calls == sum(attempt.result == "delivered" for attempt in attempts)
    assert len(attempts) == len(arrivals)
