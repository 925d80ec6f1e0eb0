"""How faust hands messages to the agent: without a round of its event loop, and four tasks, for each.

faust 0.15.3 waits for every message's delivery together with three events (stopped, crashed, suspended), each in a task
of its own, and its streams give way to the loop before every event. Unless the agent's buffer is full or the partitions
are being shared out, a delivery has nothing to wait for, and what has gathered in the buffer can be taken at once
(ADR 0070).
"""

from __future__ import annotations

import asyncio
import time
import types
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Generator
from typing import Any

import faust
from faust.transport.drivers import aiokafka
from mode.services import WaitResults


class Consumer(aiokafka.Consumer):
    """faust's consumer, which delivers at once what can be delivered at once."""

    async def wait_first(self, *awaited: Any, timeout: Any = None) -> Any:
        """As in faust; when the first of `awaited` is a coroutine that ends without waiting, the others never begin."""
        delivery, *events = awaited
        if not _is_coroutine(delivery):
            return await super().wait_first(*awaited, timeout=timeout)
        try:
            waits_for = delivery.send(None)
        except BaseException as ended:
            for event in events:
                if _is_coroutine(event):
                    event.close()
            if isinstance(ended, StopIteration):
                return WaitResults([delivery], [ended.value], stopped=False)
            raise
        return await super().wait_first(_rest(delivery, waits_for), *events, timeout=timeout)


class Transport(aiokafka.Transport):
    """faust's transport, with that consumer."""

    Consumer = Consumer


class App(faust.App):
    """A faust app over that transport."""

    def _new_transport(self) -> Any:
        return Transport(self.conf.broker_consumer, self)


async def batches(
    stream: Any, most: int, wait_s: float, calm: Callable[[], Awaitable[None]]
) -> AsyncIterator[list[Any]]:
    """A stream's events in batches: what has gathered, `most` at a time; of few, what comes within `wait_s` and until
    `calm` returns too. They are acknowledged by nobody but the caller (`event.ack()`)."""
    queue = stream.channel.queue
    while True:
        gathered = [await queue.get()]
        if queue.qsize() + 1 < most:
            await asyncio.sleep(wait_s)
            if queue.qsize() + 1 < most:
                await calm()
        while len(gathered) < most and not queue.empty():
            gathered.append(queue.get_nowait())
        if events := [event for event in gathered if _is_ours(stream.app, event)]:
            for event in {event.message.tp: event for event in events}.values():
                # By this faust knows that the partition does not stand still.
                stream.app.monitor.stream_inbound_time[event.message.tp] = time.monotonic()
            yield events


def _is_ours(app: Any, event: Any) -> bool:
    """Whether the partitions have not been shared out anew since a message was read; from now on it is waited for."""
    message = event.message
    if not app.flow_control.is_active() or message.generation_id != app.consumer_generation_id:
        return False
    if not message.tracked:
        message.tracked = True
        app.consumer.track_message(message)
    return True


def _is_coroutine(awaited: Any) -> bool:
    # Once a message and event: asking the abstract class takes twenty times as long.
    return hasattr(awaited, "send")


async def _rest(begun: Coroutine[Any, Any, Any], waits_for: Any) -> Any:
    """The rest of a coroutine that has been begun by hand and waits for something."""
    return await _resumed(begun, waits_for)


@types.coroutine
def _resumed(begun: Coroutine[Any, Any, Any], waits_for: Any) -> Generator[Any, Any, Any]:
    yield waits_for
    return (yield from begun)
