"""A worker that lives by the policies of a real broker, and policies for it that no other test meets."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from pickup_contracts.codec import decode_booking
from pickup_contracts.policy import ListEntry, RulesetDocument
from pickup_runtime.clock import ManualClock, SystemClock
from pickup_runtime.embedded.kafka import EmbeddedKafka
from pickup_runtime.postgres import Pool
from risk_scorer.assess import Answer, Assessor
from risk_scorer.entities import Keys
from risk_scorer.incoming import Incoming
from risk_scorer.judging import Judging
from risk_scorer.listing import hashes_of
from risk_scorer.policy import shipped
from risk_scorer.policy.checked import checked
from risk_scorer.policy_feed import Change, PolicyFeed
from risk_scorer.policy_store import PolicyStore
from risk_scorer.store import Store
from tests.integration.events import Json, raw
from tests.shipped import PROGRAM

KEYS = Keys(hashlib.sha256(b"one").digest(), hashlib.sha256(b"two").digest())


class Worker:
    """What a worker is made of, without faust: the feed, and an assessor that asks it."""

    def __init__(self, kafka: EmbeddedKafka, pool: Pool, name: str, clock: ManualClock | SystemClock) -> None:
        self.kafka = kafka
        self.pool = pool
        self.name = name
        self.changes: list[Change] = []
        self.base = checked(ruleset(name, "0"))
        self.feed = PolicyFeed(
            self.base,
            worker_id=f"w-{uuid4().hex[:6]}",
            clock=clock,
            store=PolicyStore(pool),
            on_change=self.changes.extend,
        )
        self.assessor = Assessor(
            Judging(Store(pool), self.base, KEYS, opted_in=lambda _: False, policy=self.feed.current)
        )
        self._seq = 0

    async def assess(self, operator_id: str, *events: Json) -> list[Answer]:
        batch = []
        for event in events:
            body = raw({**event, "operator_id": operator_id})
            self._seq += 1
            read = decode_booking(body)
            batch.append(Incoming(operator_id, read.booking_id, read, body, self._seq, datetime.now(UTC)))
        return await self.assessor.assess(batch)

    async def decisions(self, operator_id: str, *events: Json) -> list[str]:
        return [answer.result.decision for answer in await self.assess(operator_id, *events) if answer.result]

    async def until(self, true: Callable[[], object], what: str) -> None:
        """Within five seconds, as is promised."""
        ends = asyncio.get_running_loop().time() + 5
        while not true():
            assert asyncio.get_running_loop().time() < ends, f"{what}: not in 5 s"
            await asyncio.sleep(0.05)

    def entries(self, operator_id: str) -> list[str]:
        """Ids of an operator's entries: the topic is shared with other tests."""
        entries = self.feed.current().lists.entries.values()
        return [one.entry_id for one in entries if one.operator_id == operator_id]

    def says(self, words: str) -> bool:
        """Whether its fault holds these words."""
        return words in (self.feed.fault() or "")

    @property
    def version(self) -> str:
        return self.feed.current().program.ruleset.version


@asynccontextmanager
async def following(worker: Worker) -> AsyncIterator[Worker]:
    tasks = [asyncio.create_task(worker.feed.follow(worker.kafka.bootstrap)), asyncio.create_task(worker.feed.report())]
    try:
        await asyncio.wait_for(worker.feed.loaded.wait(), 15)
        yield worker
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def ruleset(name: str, version: str, *, change: Sequence[tuple[str, str]] = ()) -> str:
    """The shipped ruleset under another name, so that tests do not meet; without the examples of the whole."""
    text = shipped.text().partition("\nexamples:")[0]
    text = text.replace("name: uk-courier-fraud", f"name: {name}")
    text = text.replace(f'version: "{PROGRAM.ruleset.version}"', f'version: "{version}"')
    for before, after in change:
        assert before in text
        text = text.replace(before, after, 1)
    return text


def document(name: str, text: str, version: str = "1") -> RulesetDocument:
    return RulesetDocument(
        name=name,
        version=version,
        text=text,
        fingerprint=hashlib.sha256(text.encode()).hexdigest(),
        published_at=datetime.now(UTC),
        published_by="test",
    )


def entry(
    entity: str, operator_id: str, list_name: Any = "watch", *, hours: float = 1, band: Any = "warn"
) -> ListEntry:
    now = datetime.now(UTC)
    return ListEntry(
        entry_id=f"e-{uuid4().hex[:8]}",
        list_name=list_name,
        kind="phone",
        entities=hashes_of(KEYS, "phone", entity, operator_id),
        band=band,
        reason="named by two victims",
        source="police liaison",
        added_at=now - timedelta(minutes=1),
        added_by="test",
        expires_at=now + timedelta(hours=hours),
        operator_id=operator_id,
    )
