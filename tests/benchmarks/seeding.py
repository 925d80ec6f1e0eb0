"""Millions of stored sightings in a minute: a hundred thousand real ones, multiplied, in PostgreSQL's binary form.

The scorer's own code makes the sightings of as many made-up bookings as give a hundred thousand (`Population`). To
store more, those bookings are repeated: in each copy the homes, people, phones and payments are others, while hubs
(whatever stands on four bookings or more: firms, hospitals, busy streets and districts, business accounts) stay
the same. So a home has as few sightings among ten million as among a hundred thousand, and a hub a hundred times as
many. Times are spread over 30 days and the hours of business.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import TypeAlias

import asyncpg
import numpy as np
from numpy.typing import NDArray

from risk_scorer.entities import Keys, Sighting
from risk_scorer.premises.judge import HOMES
from risk_scorer.shapes import CANCELLED, REFUSED
from tests.benchmarks.population import Population

BASE = 100_000
_HUB = 4
_DAYS = 30
_HOUR = 3_600_000_000
#: How busy each hour of a day is.
_HOURS = np.array((1, 1, 1, 1, 2, 4, 8, 14, 16, 14, 13, 13, 13, 12, 13, 15, 16, 16, 14, 12, 10, 8, 6, 3), dtype=float)
#: PostgreSQL counts microseconds from here.
_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
_HEAD = b"PGCOPY\n\xff\r\n\x00" + bytes(8)
_TAIL = b"\xff\xff"
_COLUMNS: Layout = (
    ("entity", ">i8"), ("at", ">i8"), ("booking", ">i8"), ("operator", ">i4"), ("role", ">i2"), ("shape", ">i4"),
    ("home", ">i8"), ("dropoff", ">i8"), ("booker", ">i8"),
)  # fmt: skip
_MARK: Layout = (("booking", ">i8"), ("mark", ">i2"), ("at", ">i8"))
_PREMISES = ("place", "at", "source", "kind", "residential", "confidence")
Layout = tuple[tuple[str, str], ...]
Array: TypeAlias = NDArray[np.int64]
Progress = Callable[[int, int], None]


class Seeder:
    """What is to be stored, prepared once; `seed` fills one database with it."""

    def __init__(self, population: Population, keys: Keys) -> None:
        self._now = population.now
        recorded = population.recorded(keys, BASE)
        flat = [one for booking in recorded for one in booking.sightings][:BASE]
        self._columns = {name: np.array([getattr(one, name) for one in flat], np.int64) for name in _SEEN}
        #: Which booking each row belongs to.
        self._of: Array = np.repeat(np.arange(len(recorded)), [len(one.sightings) for one in recorded])[:BASE]
        self._bookings = len(recorded)
        entities, seen_on = np.unique(self._columns["entity"], return_counts=True)
        hubs = entities[seen_on >= _HUB]
        self._stays = {name: np.isin(self._columns[name], hubs) for name in ("entity", "home", "dropoff", "booker")}
        places = [(index, place, kind) for index, booking in enumerate(recorded) for place, kind in booking.places]
        self._places = np.array([place for _, place, _ in places], np.int64)
        self._kinds = [kind for _, _, kind in places]
        self._place_of = np.array([index for index, _, _ in places])
        self._place_stays = np.isin(self._places, hubs)

    async def seed(self, dsn: str, sightings: int, progress: Progress) -> None:
        """Store `sightings` (in hundreds of thousands), and the marks, bookings and steps that belong to them.
        Indexes are built after the rows, as a restore does."""
        rng = np.random.default_rng(7)
        connection = await asyncpg.connect(dsn)
        try:
            await connection.execute(
                "set role pickup_scorer; set search_path to scorer; set maintenance_work_mem to '512MB'"
            )
            await connection.execute(
                "select ensure_sighting_partitions($1)",
                [self._now - timedelta(days=ago) for ago in range(-2, _DAYS + 2)],
            )
            indexes = await _drop_indexes(connection)
            for copy in range(sightings // BASE):
                ago, other = self._ago(rng), int(rng.integers(1, 2**62)) if copy else 0
                rows, marks = self._copy(ago, other, rng)
                await _copy_in(connection, "sightings", _COLUMNS, rows)
                await _copy_in(connection, "marks", _MARK, marks)
                await connection.copy_records_to_table(
                    "premises_known", records=self._words(ago, other), columns=_PREMISES
                )
                progress((copy + 1) * BASE, sightings)
            for definition in indexes:
                await connection.execute(definition)
            await connection.execute(_BOOKINGS, self._bookings * (sightings // BASE), self._now)
            await connection.execute(_STEPS)
            for table in ("sightings", "marks", "premises_known", "bookings", "steps"):
                await connection.execute(f"vacuum (analyze) {table}")
            await connection.execute("reset role; checkpoint")
        finally:
            await connection.close()

    def _ago(self, rng: np.random.Generator) -> Array:
        """How many microseconds ago each booking was made: over 30 days, by the hours of business."""
        hours = rng.choice(24, self._bookings, p=_HOURS / _HOURS.sum())
        days = rng.integers(0, _DAYS, self._bookings)
        ago: Array = (days * 24 + 23 - hours) * _HOUR + rng.integers(_HOUR // 60, _HOUR, self._bookings)
        return ago

    def _copy(self, ago: Array, other: int, rng: np.random.Generator) -> tuple[bytes, bytes]:
        """One more hundred thousand sightings; `other` makes its homes and people others (0: the same)."""
        at: Array = (self._now - _EPOCH) // timedelta(microseconds=1) - ago
        made = {**self._columns, "at": at[self._of]}
        for name, stays in self._stays.items():
            # 0 says that there is none, also in a copy.
            made[name] = np.where(stays | (made[name] == 0), made[name], made[name] ^ other)
        made["booking"] = made["booking"] ^ other
        first = np.unique(self._of, return_index=True)[1]
        # One booking in fourteen is cancelled; of those one in ten is refused.
        ended = first[rng.random(len(first)) < 0.07]
        mark = np.where(rng.random(len(ended)) < 0.1, REFUSED, CANCELLED)
        marks = {"booking": made["booking"][ended], "mark": mark, "at": made["at"][ended]}
        return _binary(_COLUMNS, made), _binary(_MARK, marks)

    def _words(self, ago: Array, other: int) -> list[tuple[object, ...]]:
        """What the operators called the places of one copy's bookings."""
        places = np.where(self._place_stays, self._places, self._places ^ other).tolist()
        moments = [self._now - timedelta(microseconds=since) for since in ago[self._place_of].tolist()]
        words = {
            (place, at, kind): (place, at, "operator", kind, "yes" if kind in HOMES else "no", 0.95)
            for place, at, kind in zip(places, moments, self._kinds, strict=True)
        }
        return list(words.values())


_SEEN = Sighting.__struct_fields__
#: Only their keys are looked up, so what stands in them is short.
_BOOKINGS = """
insert into bookings (operator_id, booking_id, version, state, by_revision, revision, occurred_at, seq, updated_at)
select (array['op-taxi-1', 'op-ride-1', 'op-courier-1'])[1 + n % 3], 'stored-' || md5(n::text), 1, '{}', true, 1, $2,
    n, $2
from generate_series(1, $1::int) as n
"""
_STEPS = """
insert into steps (operator_id, booking_id, event_id, seq, event, version, assessed_at)
select operator_id, booking_id, booking_id || '-1', seq, '{}', 1, updated_at from bookings
"""


async def _drop_indexes(connection: asyncpg.Connection) -> list[str]:
    """Drop the indexes of sightings; returns how they are made."""
    rows = await connection.fetch(
        "select indexname, indexdef from pg_indexes where schemaname = 'scorer' and tablename = 'sightings'"
    )
    for row in rows:
        await connection.execute(f"drop index {row[0]}")
    # The definition says ON ONLY the parent; the partitions need theirs too.
    return [row[1].replace(" ON ONLY ", " ON ") for row in rows]


async def _copy_in(connection: asyncpg.Connection, table: str, columns: Layout, rows: bytes) -> None:
    names = [name for name, _ in columns]
    await connection.copy_to_table(table, source=io.BytesIO(rows), columns=names, format="binary")


def _binary(columns: Layout, values: dict[str, Array]) -> bytes:
    """Rows in the binary form of COPY: a count of fields, then each field's length and bytes."""
    layout: list[tuple[str, str]] = [("fields", ">i2")]
    for name, kind in columns:
        layout += [(f"{name}_length", ">i4"), (name, kind)]
    rows: NDArray[np.void] = np.empty(len(values[columns[0][0]]), np.dtype(layout))
    rows["fields"] = len(columns)
    for name, kind in columns:
        rows[f"{name}_length"] = np.dtype(kind).itemsize
        rows[name] = values[name]
    body: bytes = rows.tobytes()
    return _HEAD + body + _TAIL
