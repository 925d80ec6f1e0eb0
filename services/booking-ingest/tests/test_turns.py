"""Of one booking nobody overtakes; of different ones everybody may."""

from __future__ import annotations

import asyncio
import random

import pytest

from booking_ingest.turns import Turn, Turns


async def test_who_comes_later_waits_only_for_those_with_the_same_booking() -> None:
    turns = Turns()
    first = turns.line_up([("op", "b-1"), ("op", "b-2")])
    same, other, both = (
        turns.line_up(held) for held in ([("op", "b-2")], [("other", "b-2")], [("op", "b-1"), ("op", "b-2")])
    )
    await asyncio.wait_for(other.come(), 1)
    waiting = [asyncio.create_task(turn.come()) for turn in (same, both)]
    await asyncio.sleep(0.01)
    assert not any(task.done() for task in waiting)
    first.done()
    await asyncio.wait_for(waiting[0], 1)
    await asyncio.sleep(0.01)
    assert not waiting[1].done(), "it has the one between before it, too"
    same.done()
    same.done()
    await asyncio.wait_for(waiting[1], 1)
    both.done()
    other.done()
    assert not turns._line, "nothing is kept of those who are gone"


async def test_who_gives_up_keeps_nobody_waiting() -> None:
    turns = Turns()
    first, second, third = (turns.line_up([("op", "b")]) for _ in range(3))
    waiting = asyncio.create_task(second.come())
    await asyncio.sleep(0)
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)
    second.done()
    first.done()
    await asyncio.wait_for(third.come(), 1)


@pytest.mark.parametrize("seed", range(5))
async def test_whatever_the_pace_each_bookings_order_stays(seed: int) -> None:
    rng, turns = random.Random(seed), Turns()
    sent: list[tuple[str, int]] = []

    async def work(number: int, held: list[str], turn: Turn, pace: float) -> None:
        await asyncio.sleep(pace)
        await turn.come()
        for booking in held:
            await asyncio.sleep(0)
            sent.append((booking, number))
        turn.done()

    tasks = []
    for number in range(60):
        held = rng.sample("abcdefgh", rng.randint(1, 4))
        turn = turns.line_up([("op", booking) for booking in held])
        tasks.append(asyncio.create_task(work(number, held, turn, rng.random() / 50)))
    await asyncio.gather(*tasks)
    for booking in "abcdefgh":
        numbers = [number for which, number in sent if which == booking]
        assert numbers == sorted(numbers)
    assert not turns._line
