"""`pickupctl dlq`: what could not be processed, why, and sending it again."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Annotated

import typer
from aiokafka import AIOKafkaConsumer, TopicPartition
from rich.console import Console
from rich.table import Table
from rich.text import Text

from pickup_contracts.topics import ALL, Topic, dead_letter
from pickup_runtime.dead_letter import LEFT_OUT
from pickup_runtime.kafka import Record, new_consumer, start_producer, started
from pickupctl import connect
from pickupctl.errors import CommandFault

app = typer.Typer(help="Dead letters: what could not be processed, why, and sending it again.", no_args_is_help=True)
_console = Console()
_GROUP = "pickupctl-dlq"
_TopicName = Annotated[str, typer.Argument(help="The topic that the letters were meant for.")]


@app.command("list")
def list_(topic: _TopicName = "booking.events.v1") -> None:
    """Show the dead letters of a topic: where, when, why. Never what is in them."""
    table = Table("letter", "first seen", "refused by", "error", "reason", "attempt", "replayed")
    replayed, letters = connect.run(_all(_topic(topic)))
    for letter in letters:
        seen = _headers(letter)
        cells = (
            f"{letter.partition}/{letter.offset}",
            _first_seen(seen),
            seen.get("dlq_service", ""),
            seen.get("dlq_error", ""),
            seen.get("dlq_reason", "") + (" (its body was too large to be kept)" if LEFT_OUT in seen else ""),
            seen.get("dlq_attempt", ""),
            "yes" if letter.offset < replayed.get(letter.partition, 0) else "no",
        )
        # Whatever a header holds, it is text.
        table.add_row(*map(Text, cells))
    _console.print(table)


@app.command(epilog="Example: pickupctl dlq show 3/0 --body")
def show(
    letter: Annotated[str, typer.Argument(help="PARTITION/OFFSET, as `dlq list` shows it.")],
    topic: _TopicName = "booking.events.v1",
    body: Annotated[bool, typer.Option(help="Also the message itself, which may hold personal data.")] = False,
) -> None:
    """Show one letter's headers."""
    _, letters = connect.run(_all(_topic(topic)))
    for found in letters:
        if f"{found.partition}/{found.offset}" == letter:
            for name, value in _headers(found).items():
                _console.print(f"{name}: {value}", markup=False)
            if body:
                typer.echo((found.value or b"").decode(errors="replace"))
            return
    raise CommandFault("no such letter: `pickupctl dlq list` shows them")


@app.command(epilog="Example: pickupctl dlq replay booking.events.v1 --yes")
def replay(
    topic: _TopicName = "booking.events.v1",
    yes: Annotated[bool, typer.Option(help="Do not ask.")] = False,
    again: Annotated[bool, typer.Option(help="Also letters that were replayed before.")] = False,
) -> None:
    """Send dead letters back to their topic, each once. What is refused again comes back with a higher attempt.

    A message that two services refused is there twice and is sent back once. One whose body was too large to be kept is
    left: `dlq show` says where it stands.
    """
    meant = _topic(topic)
    replayed, letters = connect.run(_all(meant))
    chosen = [letter for letter in letters if again or letter.offset >= replayed.get(letter.partition, 0)]
    sent = _once(chosen)
    if not sent:
        _console.print("nothing to replay")
        return
    if not yes and not typer.confirm(f"Send {len(sent)} letters back to {meant.name}?"):
        raise typer.Exit(1)
    connect.run(_replay(meant, sent, done=chosen))
    _console.print(f"{len(sent)} sent back to {meant.name}")


def _topic(name: str) -> Topic:
    for topic in ALL:
        if topic.name == name and not name.endswith(".dlq"):
            return topic
    raise CommandFault(f"no such topic; one of: {', '.join(one.name for one in ALL if not one.name.endswith('.dlq'))}")


def _headers(letter: Record) -> dict[str, str]:
    return {name: (value or b"").decode(errors="replace") for name, value in letter.headers}


def _first_seen(headers: Mapping[str, str]) -> str:
    """When a message was first refused; a question mark where that says no time."""
    try:
        first = datetime.fromtimestamp(int(headers.get("dlq_first_seen", "")) / 1000, UTC)
    except (ValueError, OverflowError, OSError):
        return "?"
    return f"{first:%Y-%m-%d %H:%M:%S}"


def _once(letters: Sequence[Record]) -> list[Record]:
    """Of letters those that can be sent back, each message once, whoever refused it."""
    found: dict[tuple[str, ...], Record] = {}
    for letter in letters:
        headers = _headers(letter)
        if LEFT_OUT in headers:
            continue
        stood = tuple(headers.get(name, "") for name in ("dlq_topic", "dlq_partition", "dlq_offset"))
        found.setdefault(stood if all(stood) else (f"{letter.partition}/{letter.offset}",), letter)
    return list(found.values())


async def _all(topic: Topic) -> tuple[dict[int, int], list[Record]]:
    """Per partition the offset up to which letters were replayed, and all letters, oldest first."""
    kafka = connect.broker()
    consumer = new_consumer(kafka, group=_GROUP)
    try:
        await started(consumer, kafka)
        partitions = [TopicPartition(dead_letter(topic).name, index) for index in range(topic.partitions)]
        consumer.assign(partitions)
        replayed = {one.partition: await consumer.committed(one) or 0 for one in partitions}
        letters = [letter async for letter in _read(consumer, partitions)]
    finally:
        await consumer.stop()
    return replayed, sorted(letters, key=lambda letter: (letter.timestamp, letter.partition, letter.offset))


async def _read(consumer: AIOKafkaConsumer, partitions: list[TopicPartition]) -> AsyncIterator[Record]:
    ends = await consumer.end_offsets(partitions)
    for partition, offset in (await consumer.beginning_offsets(partitions)).items():
        consumer.seek(partition, offset)
    while any([await consumer.position(one) < ends[one] for one in partitions]):
        for batch in (await consumer.getmany(timeout_ms=500)).values():
            for record in batch:
                yield record


async def _replay(topic: Topic, letters: Sequence[Record], *, done: Sequence[Record]) -> None:
    """Send `letters` back, and note that all that are `done` were."""
    kafka = connect.broker()
    producer = await start_producer(kafka, waits=False)
    consumer = new_consumer(kafka, group=_GROUP)
    try:
        await started(consumer, kafka)
        for letter in letters:
            kept = [(name, value) for name, value in letter.headers if name not in _PLACE]
            await producer.send_and_wait(topic.name, key=letter.key, value=letter.value, headers=kept)
        places: dict[TopicPartition, int] = {}
        for letter in done:
            place = TopicPartition(letter.topic, letter.partition)
            places[place] = max(places.get(place, 0), letter.offset + 1)
        consumer.assign(list(places))
        await consumer.commit(places)
    finally:
        await consumer.stop()
        await producer.stop()


#: Headers that say where a letter stood; it stands elsewhere now. Attempt and first sight travel with it.
_PLACE = frozenset({"dlq_service", "dlq_error", "dlq_reason", "dlq_topic", "dlq_partition", "dlq_offset"})
