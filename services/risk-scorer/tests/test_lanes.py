"""Batches in flight: begun side by side, acknowledged in order, and no booking in two."""

from __future__ import annotations

import asyncio

import pytest

from risk_scorer.claims import Claims
from risk_scorer.lanes import Lanes


class Diary:
    """Batches that end when they are told to, and what was acknowledged in which order."""

    def __init__(self, lanes: int = 2) -> None:
        self.begun: list[str] = []
        self.acknowledged: list[str] = []
        self.errors: list[Exception] = []
        self.ends: dict[str, asyncio.Future[None]] = {}
        self.lanes = Lanes(self.errors.append, lanes=lanes)

    async def begin(self, name: str) -> None:
        self.ends[name] = asyncio.get_running_loop().create_future()

        async def work() -> None:
            self.begun.append(name)
            await self.ends[name]

        async def acknowledge() -> None:
            self.acknowledged.append(name)

        await self.lanes.begin(work, acknowledge)
        await settled()


async def settled() -> None:
    for _ in range(10):
        await asyncio.sleep(0)


async def test_two_run_side_by_side_and_a_third_waits_for_the_first() -> None:
    diary = Diary()
    await diary.begin("first")
    await diary.begin("second")
    third = asyncio.ensure_future(diary.begin("third"))
    await settled()
    assert diary.begun == ["first", "second"]
    diary.ends["first"].set_result(None)
    await third
    assert diary.begun == ["first", "second", "third"]
    await diary.lanes.stop()


async def test_a_batch_that_is_not_full_waits_while_two_are_under_way() -> None:
    diary = Diary(lanes=4)
    await diary.begin("first")
    await asyncio.wait_for(diary.lanes.calm(), 1)
    await diary.begin("second")
    few = asyncio.ensure_future(diary.lanes.calm())
    # A full one begins all the same.
    await diary.begin("third")
    assert not few.done()
    diary.ends["first"].set_result(None)
    await settled()
    assert not few.done()
    diary.ends["second"].set_result(None)
    await asyncio.wait_for(few, 1)
    await diary.lanes.stop()


async def test_what_is_done_sooner_is_not_acknowledged_before_what_was_begun_before_it() -> None:
    diary = Diary()
    await diary.begin("first")
    await diary.begin("second")
    diary.ends["second"].set_result(None)
    await settled()
    assert diary.acknowledged == []
    diary.ends["first"].set_result(None)
    await settled()
    assert diary.acknowledged == ["first", "second"]


async def test_nothing_is_acknowledged_after_a_batch_that_failed() -> None:
    diary = Diary()
    await diary.begin("first")
    await diary.begin("second")
    diary.ends["first"].set_exception(ValueError("broken"))
    diary.ends["second"].set_result(None)
    await settled()
    assert diary.acknowledged == []
    assert isinstance(diary.errors[0], ValueError)
    await diary.lanes.stop()


async def test_stopping_gives_up_what_is_in_flight() -> None:
    diary = Diary()
    await diary.begin("first")
    await diary.begin("second")
    await diary.lanes.stop()
    assert diary.acknowledged == []
    assert diary.errors == []
    assert all(end.cancelled() for end in diary.ends.values())


async def test_a_booking_in_flight_is_waited_for_and_another_is_not() -> None:
    claims = Claims()
    order: list[str] = []

    async def hold(name: str, keys: set[bytes], until: asyncio.Event) -> None:
        async with claims.of(keys):
            order.append(name)
            await until.wait()

    first_may_end, others_may_end = asyncio.Event(), asyncio.Event()
    first = asyncio.ensure_future(hold("first", {b"a", b"b"}, first_may_end))
    await settled()
    same = asyncio.ensure_future(hold("same", {b"b", b"c"}, others_may_end))
    other = asyncio.ensure_future(hold("other", {b"d"}, others_may_end))
    await settled()
    assert order == ["first", "other"]
    first_may_end.set()
    await first
    await settled()
    assert order == ["first", "other", "same"]
    others_may_end.set()
    await asyncio.gather(same, other)


async def test_what_is_free_is_held_without_waiting() -> None:
    claims = Claims()
    async with claims.of({b"a"}):
        with claims.free_of({b"a", b"b"}) as mine:
            assert mine == {b"b"}
            with claims.free_of({b"b"}) as none:
                assert none == set()
    with claims.free_of({b"a", b"b"}) as everything:
        assert everything == {b"a", b"b"}


async def test_a_claim_ends_with_the_error_of_who_held_it() -> None:
    claims = Claims()
    with pytest.raises(ValueError, match="broken"):
        async with claims.of({b"a"}):
            raise ValueError("broken")
    async with asyncio.timeout(1), claims.of({b"a"}):
        pass
