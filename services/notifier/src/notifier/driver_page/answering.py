"""What a driver taps, to the alert: each tap once, however often a phone without signal sends it."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from typing import Annotated, Any, Literal, get_args
from uuid import UUID

import msgspec
from msgspec import Meta, Struct

from notifier.actions import Actions, Actor, Found
from notifier.alerts.alert import Alert, Refusal
from notifier.audit import entries
from notifier.receipts import Receipts
from notifier.store import Store
from pickup_contracts.booking import Observation
from pickup_runtime.clock import Clock
from pickup_runtime.postgres import Pool
from pickup_runtime.sql import queries

_SQL = queries("notifier")
_DRIVER = Actor("driver", "driver")
_NAMESPACE = uuid.UUID("5a0d3a0e-6a2b-5c51-8e0c-7b0d8a6f1c42")
#: Nobody at a door taps more often; a broken phone, or somebody who plays with a link, might.
MOST_ANSWERS = 60
#: A phone that was off for longer than a link lasts has nothing to say.
_OLDEST_S = 86_400
_OBSERVATIONS: frozenset[str] = frozenset(get_args(Observation))

Tap = Literal["understood", "refused", "have_it", "help"]
#: `taken` now or before; `conflict`: the same key with another answer; `over`: there is nothing left to ask for;
#: `overtaken`: what the driver had understood is not what is told now, or the job has gone to somebody else.
Taken = Literal["taken", "conflict", "too_many", "over", "overtaken"]


class Tapped(Struct, frozen=True, forbid_unknown_fields=True):
    """One tap. `key` is made by the phone for it alone, `age_s` how long ago it was: the phone's clock may be wrong."""

    key: UUID
    said: Tap | Observation
    age_s: Annotated[float, Meta(ge=0, le=_OLDEST_S)] = 0.0


class Answering:
    """Takes taps and looks. The caller has checked that the alert is this driver's."""

    def __init__(self, pool: Pool, store: Store, actions: Actions, receipts: Receipts, clock: Clock) -> None:
        self._pool = pool
        self._store = store
        self._actions = actions
        self._receipts = receipts
        self._clock = clock

    async def alert(self, alert_id: UUID) -> Alert | None:
        """The alert that a link opens."""
        operator_id = await self._pool.fetchval(_SQL["find_alert"], alert_id)
        return await self._store.alert(operator_id, alert_id) if operator_id is not None else None

    async def pressed(self, alert: Alert) -> list[tuple[UUID, str]]:
        """What its driver has tapped so far: keys and answers, oldest first."""
        rows = await self._pool.fetch(_SQL["read_driver_answers"], alert.alert_id, alert.driver)
        return [(row[0], row[1]) for row in rows]

    async def take(self, alert: Alert, tapped: Tapped) -> Taken:
        """Act on a tap, once. It is noted after it was acted on: what comes again in between is the same act again,
        and changes nothing."""
        known = await self._pool.fetchrow(_SQL["read_driver_answer"], alert.alert_id, tapped.key)
        if known is not None:
            return "taken" if (known["driver"], known["said"]) == (alert.driver, tapped.said) else "conflict"
        if len(await self.pressed(alert)) >= MOST_ANSWERS:
            return "too_many"
        now = self._clock.now()
        tapped_at = now - timedelta(seconds=tapped.age_s)
        done = await self._act(alert, tapped, tapped_at)
        if isinstance(done, Refusal):
            return "overtaken" if done.reason == "overtaken" else "over"
        await self._pool.execute(
            _SQL["add_driver_answer"], alert.alert_id, tapped.key, alert.driver, tapped.said, tapped_at, now
        )
        return "taken"

    async def looked(self, alert: Alert) -> None:
        """The driver has the page before them: what was sent to them has arrived."""
        now = self._clock.now()
        for row in await self._pool.fetch(_SQL["unread_by_driver"], alert.alert_id):
            await self._receipts.take(row["delivery_id"], "delivered", now)
        async with self._store.batch() as batch:
            batch.notes.append(_of_look(alert, now))

    async def _act(self, alert: Alert, tapped: Tapped, tapped_at: datetime) -> Alert | Refusal:
        of = (alert.operator_id, alert.alert_id, _DRIVER)
        # A phone may have kept it without signal: it is an answer to what was told then.
        if tapped.said == "understood":
            return await self._actions.acknowledge(*of, told_at=tapped_at, told_to=alert.driver)
        if tapped.said == "help":
            return await self._actions.ask_for_call(*of, told_to=alert.driver)
        return await self._actions.answer(
            *of, _found(tapped.said), f"page/{tapped.key}", told_at=tapped_at, told_to=alert.driver
        )


def _found(said: Tap | Observation) -> Found:
    if said == "refused":
        return Found(action="refused")
    if said == "have_it":
        return Found(action="collected")
    observed: Any = said
    assert observed in _OBSERVATIONS
    return Found(observations=(observed,))


def _of_look(alert: Alert, now: datetime) -> entries.Note:
    """That the driver has looked, once for each thing that was told anew."""
    return entries.note(
        "driver.looked",
        alert.operator_id,
        now,
        actor="driver",
        booking_id=alert.booking_id,
        note_id=uuid.uuid5(_NAMESPACE, f"looked/{alert.alert_id}/{alert.change}/{alert.driver}"),
        body={"alert_id": alert.alert_id, "change": alert.change},
    )


decode = msgspec.json.Decoder(Tapped).decode
