"""Moments as numbers are PostgreSQL's own, to the microsecond."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

from pickup_runtime.testing.plugin import MakePool
from risk_scorer.changes import SightedAt
from risk_scorer.entities import Sighting
from risk_scorer.moments import micros
from risk_scorer.sightings import COLUMNS, packed

_FIRST = datetime(2000, 1, 1, tzinfo=UTC)
_A_CENTURY = 100 * 365 * 86_400_000_000


def _sighted(number: int) -> SightedAt:
    """Any sighting, as far out as its columns go."""
    chosen = random.Random(number)
    wide = [chosen.choice((-(2**63), 0, 2**63 - 1, chosen.randrange(-(2**63), 2**63))) for _ in range(5)]
    at = _FIRST + timedelta(microseconds=chosen.randrange(-_A_CENTURY // 2, _A_CENTURY))
    return SightedAt(
        Sighting(wide[0], wide[1], 2**31 - 1 - number, chosen.randrange(17), chosen.randrange(2**14), *wide[2:]), at
    )


async def test_a_moment_that_is_read_is_the_one_that_was_written(database: MakePool) -> None:
    chosen = random.Random(82)
    moments = [_FIRST + timedelta(microseconds=chosen.randrange(_A_CENTURY)) for _ in range(20_000)]
    pool = await database("risk_scorer", "scorer")
    # As `read_history.sql` reads them.
    rows = await pool.fetch(
        "select (date_part('epoch', at) * 1000000)::bigint"
        " from unnest($1::timestamptz[]) with ordinality as given (at, n) order by n",
        moments,
    )
    assert [row[0] for row in rows] == [micros(moment) for moment in moments]


async def test_packed_sightings_are_the_rows_that_were_meant(database: MakePool) -> None:
    pool = await database("risk_scorer", "scorer")
    sighted = [_sighted(number) for number in range(200)]
    async with pool.acquire() as connection:
        await connection.execute("create temporary table packed (like sightings)")
        await connection.copy_to_table("packed", source=packed(sighted), columns=COLUMNS, format="binary")
        rows = await connection.fetch(f"select {', '.join(COLUMNS)} from packed")
    assert [tuple(row) for row in rows] == [
        (one.sighting.entity, one.at, *(getattr(one.sighting, name) for name in COLUMNS[2:])) for one in sighted
    ]
