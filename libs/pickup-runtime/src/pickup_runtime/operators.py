"""The operators' profiles, followed from their compacted topic and held in memory: they are few and small."""

from __future__ import annotations

import asyncio

import msgspec
from aiokafka import AIOKafkaConsumer, TopicPartition

from pickup_contracts.operator import OperatorProfile
from pickup_contracts.topics import OPERATORS
from pickup_runtime import logs
from pickup_runtime.broker import Address, broker_at
from pickup_runtime.errors import BrokerUnavailable, SettingsFault
from pickup_runtime.kafka import new_consumer, until_started
from pickup_runtime.profile_yaml import zone_faults

_log = logs.get("operators")
#: How often the log says that the profiles have not been read yet.
_SAY_AGAIN_S = 10.0
#: How long somebody who asks once waits.
_READ_IN_S = 10.0
_decoder = msgspec.json.Decoder(OperatorProfile)


class OperatorDirectory:
    """Who the operators are. `get` answers from memory; `follow` keeps it true."""

    def __init__(self) -> None:
        self._profiles: dict[str, OperatorProfile] = {}
        self.loaded = asyncio.Event()

    def get(self, operator_id: str) -> OperatorProfile | None:
        """The operator's profile, or `None` when none was ever published."""
        return self._profiles.get(operator_id)

    def all(self) -> list[OperatorProfile]:
        return sorted(self._profiles.values(), key=lambda profile: profile.operator_id)

    def put(self, profile: OperatorProfile) -> None:
        self._profiles[profile.operator_id] = profile

    async def follow(self, address: Address) -> None:
        """Read the topic from its start, set `loaded` when caught up, and follow it until cancelled. Until then the log
        says every few seconds that the profiles are missing: services wait for them."""
        missing = asyncio.create_task(self._say_until_loaded())
        try:
            await self._follow(address)
        finally:
            missing.cancel()

    async def _follow(self, address: Address) -> None:
        consumer: AIOKafkaConsumer = await until_started(lambda: new_consumer(address), address, what="operators")
        partition = TopicPartition(OPERATORS.name, 0)
        try:
            consumer.assign([partition])
            begins = await consumer.beginning_offsets([partition])
            end = (await consumer.end_offsets([partition]))[partition]
            consumer.seek(partition, begins[partition])
            while True:
                if not self.loaded.is_set() and await consumer.position(partition) >= end:
                    self.loaded.set()
                batches = await consumer.getmany(timeout_ms=200)
                for record in (record for batch in batches.values() for record in batch):
                    self._take(record.key, record.value)
        finally:
            await consumer.stop()

    async def _say_until_loaded(self) -> None:
        waited_s = 0.0
        while True:
            try:
                async with asyncio.timeout(_SAY_AGAIN_S):
                    await self.loaded.wait()
                return
            except TimeoutError:
                waited_s += _SAY_AGAIN_S
                _log.warning("operators_not_read", topic=OPERATORS.name, waited_s=waited_s)

    def _take(self, key: bytes | None, value: bytes | None) -> None:
        operator_id = (key or b"").decode(errors="replace")
        if value is None:
            self._profiles.pop(operator_id, None)
            return
        try:
            profile = _decoder.decode(value)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            _log.error("operator_profile_refused", operator=operator_id, reason="it can't be read")
            return
        # What is refused leaves the one of before. Other faults than these a service can live with, and a check that is
        # newer than a profile must not take it away.
        if profile.operator_id != operator_id:
            _log.error("operator_profile_refused", operator=operator_id, reason="its key is another operator's")
        elif fault := next(zone_faults(profile), None):
            _log.error("operator_profile_refused", operator=operator_id, reason=f"time_zone: {fault.reason}")
        else:
            self.put(profile)


async def read_all(address: Address) -> list[OperatorProfile]:
    """Every operator's profile as it stands now.

    Raises:
        BrokerUnavailable: the topic could not be read in ten seconds.
        SettingsFault: the broker refuses how it is spoken to.
    """
    directory = OperatorDirectory()
    following = asyncio.create_task(directory.follow(address))
    try:
        waiting = asyncio.create_task(directory.loaded.wait())
        await asyncio.wait([following, waiting], timeout=_READ_IN_S, return_when=asyncio.FIRST_COMPLETED)
        if following.done() and isinstance(refused := following.exception(), SettingsFault):
            raise refused
        if not directory.loaded.is_set():
            where = broker_at(address).bootstrap
            raise BrokerUnavailable(f"{OPERATORS.name} could not be read in {_READ_IN_S:.0f} s: is Kafka at {where}?")
    finally:
        following.cancel()
        await asyncio.gather(following, return_exceptions=True)
    return directory.all()
