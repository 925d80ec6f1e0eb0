"""A message is delivered at once where nothing is in the way, and as faust would where something is."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any, cast

import pytest
from mode import Service

from risk_scorer.delivery import App, Consumer, Transport, batches


@pytest.fixture
async def consumer() -> Any:
    # `super()` needs a consumer, and a whole one needs a broker.
    one = cast(Any, Consumer.__new__(Consumer))
    Service.__init__(one)
    return one


async def test_what_need_not_wait_is_delivered_in_this_very_step(consumer: Any) -> None:
    delivered: list[str] = []

    async def deliver() -> str:
        delivered.append("message")
        return "done"

    suspended = asyncio.Event()
    tasks = len(asyncio.all_tasks())
    step = consumer.wait_first(deliver(), suspended.wait())
    with pytest.raises(StopIteration) as ended:
        step.send(None)
    assert (ended.value.value.results, ended.value.value.stopped) == (["done"], False)
    assert delivered == ["message"]
    assert len(asyncio.all_tasks()) == tasks


async def test_what_has_to_wait_goes_on_where_it_was(consumer: Any) -> None:
    room, suspended = asyncio.Event(), asyncio.Event()
    steps: list[str] = []

    async def deliver() -> str:
        steps.append("begun")
        await room.wait()
        steps.append("delivered")
        return "done"

    waiting = asyncio.ensure_future(consumer.wait_first(deliver(), suspended.wait()))
    await asyncio.sleep(0.01)
    assert steps == ["begun"]
    room.set()
    result = await asyncio.wait_for(waiting, 1)
    assert steps == ["begun", "delivered"]
    assert result.results == ["done"]


async def test_a_delivery_that_waits_is_given_up_when_the_partitions_are_shared_out(consumer: Any) -> None:
    suspended = asyncio.Event()
    given_up = asyncio.Event()

    async def deliver() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            given_up.set()

    waiting = asyncio.ensure_future(consumer.wait_first(deliver(), suspended.wait()))
    await asyncio.sleep(0.01)
    suspended.set()
    await asyncio.wait_for(waiting, 1)
    await asyncio.wait_for(given_up.wait(), 1)


async def test_an_error_of_a_delivery_is_raised(consumer: Any) -> None:
    async def deliver() -> None:
        raise ValueError("broken")

    suspended = asyncio.Event()
    with pytest.raises(ValueError, match="broken"):
        await consumer.wait_first(deliver(), suspended.wait())


async def test_the_app_uses_it() -> None:
    app = App("test", broker="kafka://127.0.0.1:1", autodiscover=False, web_enabled=False)
    assert isinstance(app.transport, Transport)
    assert app.transport.Consumer is Consumer


class Stream:
    """A stream as faust has it, with the parts that are asked of it."""

    def __init__(self) -> None:
        self.queue: asyncio.Queue[Any] = asyncio.Queue()
        self.channel = SimpleNamespace(queue=self.queue)
        self.app = SimpleNamespace(
            flow_control=SimpleNamespace(is_active=lambda: True),
            consumer_generation_id=1,
            monitor=SimpleNamespace(stream_inbound_time={}),
        )

    def put(self, *names: str) -> None:
        for name in names:
            message = SimpleNamespace(generation_id=1, tracked=True, tp="booking.events.v1/0")
            self.queue.put_nowait(SimpleNamespace(message=message, name=name))


async def test_what_comes_until_there_is_calm_goes_with_the_first() -> None:
    stream, room = Stream(), asyncio.Event()

    async def calm() -> None:
        await room.wait()

    taken = batches(stream, 5, 0.001, calm)
    stream.put("a")
    first = asyncio.ensure_future(anext(taken))
    await asyncio.sleep(0.02)
    stream.put("b", "c")
    await asyncio.sleep(0.02)
    assert not first.done()
    room.set()
    assert [event.name for event in await asyncio.wait_for(first, 1)] == ["a", "b", "c"]


async def test_a_full_batch_waits_for_no_calm() -> None:
    stream = Stream()

    async def calm() -> None:
        await asyncio.Event().wait()

    stream.put("a", "b", "c")
    first = await asyncio.wait_for(anext(batches(stream, 2, 0.001, calm)), 1)
    assert [event.name for event in first] == ["a", "b"]
