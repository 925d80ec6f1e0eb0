"""The chain: every entry holds the hash of the one before it, so that none can be altered, taken out or moved
without what follows ceasing to fit. Pure.

The hash is SHA-256 over UTF-8 JSON without spaces, so that anybody can compute it with a standard library:
`["pickup-audit-1", operator, number, at, kind, actor, booking, body, previous]`, where `at` is UTC with microseconds
(`2026-05-01T10:00:00.000000Z`), `actor` and `booking` may be null, `body` is the entry's own text and `previous` the
hash before it in hexadecimal; before the first entry stand 64 zeros.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime

import msgspec
from msgspec import Struct

FORMAT = "pickup-audit-1"
GENESIS = bytes(32)


class Entry(Struct, frozen=True, kw_only=True):
    """One line of an operator's audit, as it is kept. `body` is JSON text, never parsed by the chain."""

    operator_id: str
    number: int
    at: datetime
    kind: str
    actor: str | None
    booking_id: str | None
    body: str
    previous: bytes
    hash: bytes


class Place(Struct, frozen=True):
    """A point of a chain: how many entries it has up to there, and the hash that stands for them all."""

    number: int = 0
    hash: bytes = GENESIS


class Break(Struct, frozen=True):
    """Where a chain does not hold, and why."""

    operator_id: str
    number: int
    why: str


def moment(at: datetime) -> str:
    """A time as it is hashed and exported."""
    return at.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def digest(entry: Entry) -> bytes:
    """The hash that an entry ought to have."""
    fields = [
        FORMAT,
        entry.operator_id,
        entry.number,
        moment(entry.at),
        entry.kind,
        entry.actor,
        entry.booking_id,
        entry.body,
        entry.previous.hex(),
    ]
    text = json.dumps(fields, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).digest()


def sealed(entry: Entry, after: Place) -> Entry:
    """The entry in its place: numbered, tied to the one before it, hashed."""
    placed = msgspec.structs.replace(entry, number=after.number + 1, previous=after.hash)
    return msgspec.structs.replace(placed, hash=digest(placed))


class Walk:
    """A way along one chain, entry by entry. `start` is where it must begin; `None` takes the first entry's own word
    for it, for an excerpt. `signed` are the hashes that checkpoints vouch for, by number."""

    def __init__(self, operator_id: str, *, start: Place | None, signed: Mapping[int, bytes] | None = None) -> None:
        self._operator_id = operator_id
        self._signed = signed or {}
        self.reached = start
        self.entries = 0

    def take(self, entry: Entry) -> Iterator[Break]:
        """Step to the next entry; gives what does not hold there."""
        self.entries += 1
        reached = self.reached or Place(entry.number - 1, entry.previous)
        if entry.operator_id != self._operator_id:
            yield self._break(entry.number, f"belongs to {entry.operator_id}")
        if entry.number <= reached.number:
            yield self._break(entry.number, f"out of order: it stands after {reached.number}")
            return
        if entry.number > reached.number + 1:
            yield self.missing(reached.number + 1, entry.number - 1)
        elif entry.previous != reached.hash:
            yield self._break(entry.number, f"does not follow from {reached.number}: one of them was replaced")
        if digest(entry) != entry.hash:
            yield self._break(entry.number, "altered: its hash is not that of its content")
        elif self._signed.get(entry.number, entry.hash) != entry.hash:
            yield self._break(entry.number, "rewritten, here or before: a signed checkpoint vouches for another hash")
        self.reached = Place(entry.number, entry.hash)

    def end(self, head: Place | None) -> Iterator[Break]:
        """Say that nothing follows, although `head`, or a checkpoint, may know of more."""
        reached = self.reached or Place()
        known = max([*self._signed, head.number if head is not None else 0])
        if known > reached.number:
            yield self.missing(reached.number + 1, known)
        elif head is not None and (head.number < reached.number or head.hash != reached.hash):
            yield self._break(reached.number, "is not the end that its writers know")

    def missing(self, first: int, last: int) -> Break:
        return self._break(first, f"missing: {first}" if first == last else f"missing: {first} to {last}")

    def _break(self, number: int, why: str) -> Break:
        return Break(self._operator_id, number, why)


def breaks(
    entries: Iterable[Entry],
    operator_id: str,
    *,
    start: Place | None,
    signed: Mapping[int, bytes] | None = None,
    head: Place | None = None,
) -> list[Break]:
    """Every place where a chain does not hold."""
    walk = Walk(operator_id, start=start, signed=signed)
    found = [one for entry in entries for one in walk.take(entry)]
    return [*found, *walk.end(head)]
