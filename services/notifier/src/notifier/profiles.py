"""Publishing an operator's profile from the page: one at a time, and never unknown to the audit.

A broker that does not answer may have taken the profile all the same. So the audit says before that it is about to be
published, and after it what became of that: whatever is live stands there. What is about to be published keeps others
from publishing meanwhile.
"""

from __future__ import annotations

import hashlib
from datetime import timedelta
from typing import Literal

import msgspec
from aiokafka import AIOKafkaProducer

from notifier.audit import ledger
from notifier.audit.entries import note
from pickup_contracts.operator import OperatorProfile
from pickup_runtime.clock import Clock
from pickup_runtime.errors import BrokerUnavailable
from pickup_runtime.operators import OperatorDirectory
from pickup_runtime.postgres import Pool
from pickup_runtime.profile_yaml import publish_profile
from pickup_runtime.sql import queries

#: `overtaken`: another was published since; `busy`: one is being published now; `unconfirmed`: the broker has not said
#: that it has it, and it may still arrive.
Published = Literal["published", "overtaken", "busy", "unconfirmed"]
_Kind = Literal["profile.publishing", "profile.published", "profile.unconfirmed"]
_KINDS: tuple[_Kind, ...] = ("profile.publishing", "profile.published", "profile.unconfirmed")
#: Longer than publishing takes, and than what another worker has published takes to this one's directory. An intent of
#: longer ago has lost its worker.
_SETTLES = timedelta(seconds=30)
_SQL = queries("notifier")


class Profiles:
    """Publishes profiles; who did stands in the audit, by the marks of the profile before and after."""

    def __init__(self, pool: Pool, operators: OperatorDirectory, producer: AIOKafkaProducer, clock: Clock) -> None:
        self._pool = pool
        self._operators = operators
        self._producer = producer
        self._clock = clock

    async def publish(self, profile: OperatorProfile, *, based_on: str, by: str) -> Published:
        """Publish a profile that was made of the one with that mark, unless that is no longer what is live."""
        marks = {"before": based_on, "after": mark(profile)}
        refused = await self._begin(profile.operator_id, based_on, by, marks)
        if refused is not None:
            return refused
        try:
            await publish_profile(self._producer, profile)
        except BrokerUnavailable:
            await self._note("profile.unconfirmed", profile.operator_id, by, marks)
            return "unconfirmed"
        await self._note("profile.published", profile.operator_id, by, marks)
        self._operators.put(profile)
        return "published"

    async def _begin(self, operator_id: str, based_on: str, by: str, marks: dict[str, str]) -> Published | None:
        """Say that it is about to be published; why not, where it may not be."""
        now = self._clock.now()
        async with self._pool.acquire() as connection, connection.transaction():
            await connection.execute(_SQL["profile_lock"], operator_id)
            newest = await connection.fetchrow(_SQL["audit_newest_of"], operator_id, now - _SETTLES, list(_KINDS))
            if newest is not None and newest["kind"] == "profile.publishing":
                return "busy"
            # This worker's directory may not have heard yet of what another has just sent.
            sent = msgspec.json.decode(newest["body"])["after"] if newest is not None else based_on
            if based_on != sent or based_on != mark(self._operators.get(operator_id)):
                return "overtaken"
            await ledger.append(connection, [note("profile.publishing", operator_id, now, actor=by, body=marks)])
        return None

    async def _note(self, kind: _Kind, operator_id: str, by: str, marks: dict[str, str]) -> None:
        async with self._pool.acquire() as connection, connection.transaction():
            await ledger.append(connection, [note(kind, operator_id, self._clock.now(), actor=by, body=marks)])


def mark(profile: OperatorProfile | None) -> str:
    """A short mark of a profile's content; empty when there is none."""
    return hashlib.sha256(msgspec.json.encode(profile)).hexdigest()[:32] if profile is not None else ""
