"""The policies as they are published: followed, checked, and put in place for the next batch.

A ruleset is compiled in a thread, beside the work. One that can't be used changes nothing: the last good one stays, and
log, metric, health and the worker's report say so.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import Literal

from aiokafka import AIOKafkaConsumer, TopicPartition
from msgspec import Struct

from pickup_contracts.errors import ContractError
from pickup_contracts.policy import ListEntry, OperatorOverrides, RulesetDocument, decode_policy, kind_of
from pickup_contracts.topics import POLICIES
from pickup_runtime import logs, metrics
from pickup_runtime.broker import Address
from pickup_runtime.clock import Clock
from pickup_runtime.kafka import new_consumer, stop, until_started
from pickup_runtime.postgres import UNAVAILABLE
from risk_scorer.errors import Fault, RulesetFault
from risk_scorer.policy.checked import checked
from risk_scorer.policy.compile import Program
from risk_scorer.policy.lists import Lists
from risk_scorer.policy.standing import Policy
from risk_scorer.policy_store import PolicyStore, WorkerReport

#: How often a worker reports what it runs.
REPORT_EVERY_S = 2.0
#: Of the rulesets published before a bad one, how many are tried when the worker starts with the bad one.
_TRIED_BACK = 5
_log = logs.get("policies")


class Change(Struct, frozen=True):
    """What has just changed, for whoever assesses open bookings again: a ruleset by name, an operator's overrides by
    operator id, a list entry by its id with the hashes whose bookings it concerns. An entry's expiry is a change."""

    kind: Literal["ruleset", "override", "list"]
    id: str
    entities: tuple[int, ...] = ()


class PolicyFeed:
    """What stands now. `current` answers from memory; `follow` keeps it true; `report` tells the database.

    `base` is used until a ruleset of its name is published, and again when that is taken back.
    """

    def __init__(
        self,
        base: Program,
        *,
        worker_id: str,
        clock: Clock,
        store: PolicyStore | None = None,
        on_change: Callable[[Sequence[Change]], None] | None = None,
    ) -> None:
        self._base = base
        self._worker_id = worker_id
        self._clock = clock
        self._store = store
        self._on_change = on_change
        self._policy = Policy(base)
        self._since = clock.now()
        self._faults: dict[str, str] = {}
        self._good = False
        self._changed = asyncio.Event()
        #: Set once everything that was published before the start stands.
        self.loaded = asyncio.Event()
        self._show()

    def current(self) -> Policy:
        """The policy for the next batch."""
        return self._policy

    def fault(self) -> str | None:
        """What of the published can't be used, or `None`."""
        said = [*self._faults.values(), *(f"{who}: {why}" for who, why in sorted(self._policy.faults().items()))]
        return "; ".join(said) or None

    def describe(self) -> dict[str, object]:
        """What stands, for the health page."""
        ruleset = self._policy.program.ruleset
        return {
            "ruleset": ruleset.name,
            "version": ruleset.version,
            "fingerprint": ruleset.fingerprint[:12],
            "since": self._since.isoformat(),
            "overrides": len(self._policy.overrides),
            "list_entries": len(self._policy.lists.entries),
            "fault": self.fault(),
        }

    async def follow(self, address: Address) -> None:
        """Read the topic from its start, set `loaded` when caught up, and follow it until cancelled."""
        consumer: AIOKafkaConsumer = await until_started(lambda: new_consumer(address), address, what="policies")
        partition = TopicPartition(POLICIES.name, 0)
        arrived: dict[bytes, bytes | None] = {}
        try:
            consumer.assign([partition])
            begins = await consumer.beginning_offsets([partition])
            end = (await consumer.end_offsets([partition]))[partition]
            consumer.seek(partition, begins[partition])
            while True:
                for batch in (await consumer.getmany(timeout_ms=200)).values():
                    arrived.update({record.key or b"": record.value for record in batch})
                if self.loaded.is_set() or await consumer.position(partition) >= end:
                    await self.take(arrived)
                    arrived = {}
                    self.loaded.set()
        finally:
            await stop(consumer)

    async def report(self) -> None:
        """Tell the database what this worker runs, every two seconds and at every change, until cancelled."""
        if self._store is None:
            raise ValueError("a feed without a store has nowhere to report to")
        while True:
            self._changed.clear()
            try:
                await self._store.report(self._report())
            except UNAVAILABLE as error:
                _log.warning("report_failed", error=type(error).__name__)
            try:
                async with asyncio.timeout(REPORT_EVERY_S):
                    await self._changed.wait()
            except TimeoutError:
                pass

    async def take(self, arrived: Mapping[bytes, bytes | None]) -> None:
        """Put what arrived in place, newest of each key; what has expired since is let go."""
        policy = self._policy
        expiry = policy.lists.next_expiry()
        if not arrived and (expiry is None or self._clock.now() < expiry):
            return
        changes: list[Change] = []
        entries = dict(policy.lists.entries)
        overrides = dict(policy.overrides)
        program: Program | None = None
        for raw, value in arrived.items():
            key = raw.decode(errors="replace")
            self._faults.pop(key, None)
            kind = kind_of(key)
            try:
                message = None if value is None else decode_policy(raw, value)
            except ContractError as error:
                self._refuse(key, f"{key}: {error}")
                continue
            if kind is ListEntry:
                changes += _changed_entry(entries, key.partition("/")[2], message)
            elif kind is OperatorOverrides:
                changes.append(Change("override", key.partition("/")[2]))
                if isinstance(message, OperatorOverrides):
                    overrides[message.operator_id] = message
                else:
                    overrides.pop(key.partition("/")[2], None)
            elif key != self._base.ruleset.name:
                _log.warning("ruleset_ignored", ruleset=key, followed=self._base.ruleset.name)
            elif (program := await self._program(message)) is not None:
                changes.append(Change("ruleset", key))
        now = self._clock.now()
        for entry in [one for one in entries.values() if now >= one.expires_at]:
            del entries[entry.entry_id]
            changes.append(Change("list", entry.entry_id, tuple(entry.entities)))
        if changes:
            self._put(program, overrides, entries, changes)
        elif arrived:
            self._show()

    async def _program(self, message: object) -> Program | None:
        """The program of a published ruleset; the base when it was taken back; `None` when nothing is to change."""
        if not isinstance(message, RulesetDocument):
            self._good = False
            return self._base
        running = self._policy.program.ruleset
        if message.fingerprint == running.fingerprint:
            self._good = True
            return None
        try:
            program = await asyncio.to_thread(_compile, message)
        except Exception as error:
            # Whatever is wrong with a document, the worker goes on with the one that it has.
            said = str(error) if isinstance(error, RulesetFault) else type(error).__name__
            self._refuse(message.name, f"{message.name} {message.version} can't be used: {said}")
            return None if self._good else await self._last_good(message)
        self._good = True
        return program

    async def _last_good(self, refused: RulesetDocument) -> Program | None:
        """After a start with a bad ruleset: the newest one published before it that can be used."""
        if self._store is None:
            return None
        try:
            published = await self._store.history(refused.name, most=_TRIED_BACK + 1)
        except UNAVAILABLE:
            return None
        for document in published:
            if document.fingerprint != refused.fingerprint:
                try:
                    program = await asyncio.to_thread(_compile, document)
                except Exception:
                    continue
                self._good = True
                return program
        return None

    def _refuse(self, key: str, fault: str) -> None:
        self._faults[key] = fault
        _log.error("policy_refused", policy=key, fault=fault, kept=self._policy.program.ruleset.version)

    def _put(
        self,
        program: Program | None,
        overrides: dict[str, OperatorOverrides],
        entries: dict[str, ListEntry],
        changes: list[Change],
    ) -> None:
        policy = self._policy if program is None else Policy(program)
        if overrides != policy.overrides:
            policy = policy.with_overrides(overrides)
        self._policy = policy.with_lists(Lists(entries.values()))
        if program is not None:
            self._since = self._clock.now()
            ruleset = program.ruleset
            _log.info("ruleset", ruleset=ruleset.name, version=ruleset.version, rules=len(program.rules))
        self._show()
        if self._on_change is not None and self.loaded.is_set():
            self._on_change(changes)

    def _show(self) -> None:
        ruleset = self._policy.program.ruleset
        metrics.ruleset_running.clear()
        metrics.ruleset_running.labels(ruleset.name, ruleset.version, ruleset.fingerprint[:12]).set(1)
        metrics.policy_faulty.set(0 if self.fault() is None else 1)
        for name in ("watch", "trust"):
            metrics.list_entries.labels(name).set(
                sum(entry.list_name == name for entry in self._policy.lists.entries.values())
            )
        self._changed.set()

    def _report(self) -> WorkerReport:
        policy = self._policy
        fault = self.fault()
        return WorkerReport(
            worker_id=self._worker_id,
            ruleset_name=policy.program.ruleset.name,
            version=policy.program.ruleset.version,
            fingerprint=policy.program.ruleset.fingerprint,
            since=self._since,
            seen_at=self._clock.now(),
            fault=fault[:2000] if fault else None,
            overrides=len(policy.overrides),
            entries=len(policy.lists.entries),
            assessed=policy.counted.assessed,
            shadow=dict(policy.counted.shadow),
        )


def _changed_entry(entries: dict[str, ListEntry], entry_id: str, message: object) -> list[Change]:
    """Put an entry in or take it out; whose bookings that concerns."""
    before = entries.pop(entry_id, None)
    met = set(before.entities) if before is not None else set()
    if isinstance(message, ListEntry):
        entries[entry_id] = message
        met |= set(message.entities)
    return [Change("list", entry_id, tuple(sorted(met)))] if met else []


def _compile(document: RulesetDocument) -> Program:
    """A published document as a program.

    Raises:
        RulesetFault: it can't be used, or is not what its envelope says.
    """
    program = checked(document.text, source=document.name)
    ruleset = program.ruleset
    if (ruleset.name, ruleset.fingerprint) != (document.name, document.fingerprint):
        raise RulesetFault(document.name, [Fault(1, 1, "is not the document that its envelope names")])
    return program
