"""`pickup.outcomes.v1` to the table of outcomes: each kept once, then said to whoever assesses the booking again."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta

import msgspec
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

from pickup_contracts.booking import booking_key
from pickup_contracts.codec import decode_with
from pickup_contracts.errors import ContractError
from pickup_contracts.outcome import Outcome
from pickup_contracts.topics import OUTCOMES
from pickup_runtime import logs, metrics
from pickup_runtime.broker import Address
from pickup_runtime.dead_letter import DeadLetter, bury
from pickup_runtime.halving import halved
from pickup_runtime.kafka import Record, consume, start_consumer, stop, taken_at
from pickup_runtime.postgres import until_available
from risk_scorer.outcomes.reported import Reported, reported
from risk_scorer.outcomes.store import OutcomeStore

SERVICE = "risk-scorer"
GROUP = "risk-scorer-outcomes"
#: Further than this ahead of the broker's clock, an outcome's own time can't be meant.
_FUTURE = timedelta(days=1)
_decoder = msgspec.json.Decoder(Outcome, strict=True)
_log = logs.get("outcomes")

#: Told of a booking (operator, booking) of which something was reported. May be told again of the same.
OnOutcome = Callable[[str, str], Awaitable[None]]


class OutcomeConsumer:
    """Takes batches of outcomes. Safe to repeat. `on_outcome` is told after an outcome is kept and before its message
    is acknowledged, so that none is missed in a crash; it may be told twice."""

    def __init__(self, store: OutcomeStore, producer: AIOKafkaProducer, on_outcome: OnOutcome | None = None) -> None:
        self._store = store
        self._producer = producer
        self._on_outcome = on_outcome

    async def handle(self, records: Sequence[Record]) -> None:
        """Take a batch; what can't be read or kept goes to the dead letters, and the batch goes on."""
        letters: list[DeadLetter] = []
        taken: list[tuple[Record, Reported]] = []
        for record in records:
            try:
                taken.append((record, decode(record)))
            except ContractError as error:
                letters.append(DeadLetter(record, type(error).__name__, str(error)))
            except Exception as error:
                # No message may end whoever reads it: it would be read again, and end it again.
                letters.append(_poison(record, error))
        kept = await self._keep(taken, letters)
        if letters:
            await bury(self._producer, OUTCOMES, letters, service=SERVICE)
        if self._on_outcome is not None:
            for key in dict.fromkeys((one.operator_id, one.booking_id) for one in kept):
                await self._on_outcome(*key)

    async def run(self, address: Address) -> None:
        """Follow the topic until cancelled."""
        source: AIOKafkaConsumer = await start_consumer(address, [OUTCOMES], group=GROUP)
        try:
            await consume(source, self.handle)
        finally:
            await stop(source)

    async def _keep(self, taken: Sequence[tuple[Record, Reported]], letters: list[DeadLetter]) -> list[Reported]:
        """Keep a batch; one that can't be kept is set aside."""

        async def take(part: Sequence[tuple[Record, Reported]]) -> list[Reported]:
            outcomes = [one for _, one in part]
            new = await until_available(lambda: self._store.add(outcomes), what="keep outcomes")
            metrics.outcomes_kept.inc(new)
            return outcomes

        async def alone(one: tuple[Record, Reported], error: Exception) -> list[Reported]:
            letters.append(_poison(one[0], error))
            return []

        return [outcome for part in await halved(taken, take, alone) for outcome in part]


def decode(record: Record) -> Reported:
    """A record of `pickup.outcomes.v1` as what is kept of it.

    Raises:
        ContractError: it is not an Outcome, or its key does not belong to it.
    """
    outcome = decode_with(_decoder, record.value or b"")
    if record.key != booking_key(outcome.operator_id, outcome.booking_id):
        raise ContractError("booking_id", "the message's key belongs to another booking")
    received = taken_at(record)
    if outcome.at - received > _FUTURE:
        raise ContractError("at", "lies more than a day ahead")
    return reported(outcome, received)


def _poison(record: Record, error: Exception) -> DeadLetter:
    _log.error("poison_outcome", partition=record.partition, offset=record.offset, exc_info=error)
    return DeadLetter(record, type(error).__name__, "the scorer could not keep this outcome")
