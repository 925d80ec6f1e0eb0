"""Events are forgotten at the same cost however long the service has run."""

from __future__ import annotations

import json
from typing import Any

from booking_ingest.store import Store
from pickup_runtime.postgres import Pool
from pickup_runtime.sql import queries
from pickup_runtime.testing.plugin import MakePool

_EVENTS = 50_000
_TAKE = """
    insert into received_events (operator_id, event_id, content, received_at)
    select 'op', gen_random_uuid()::text, sha256(i::text::bytea), now() - make_interval(days => $2) + i * interval '1 s'
    from generate_series(1, $1::int) as i
"""


async def pages(pool: Pool) -> int:
    """How many pages it takes to find that there is nothing to forget."""
    statement = queries("booking_ingest")["forget_events"].replace("$1", "14")
    told: list[dict[str, Any]] = json.loads(
        await pool.fetchval(f"explain (analyze, buffers, format json, timing off) {statement}")
    )
    plan = told[0]["Plan"]
    assert plan["Actual Rows"] == 0
    return int(plan["Shared Hit Blocks"] + plan["Shared Read Blocks"])


async def test_what_is_forgotten_is_found_without_reading_what_is_kept(database: MakePool) -> None:
    pool = await database("booking_ingest", "ingest")
    store = Store(pool)
    await pool.execute(_TAKE, _EVENTS, 20)
    await pool.execute(_TAKE, _EVENTS, 10)
    # What the planner was told last: that half of it can go.
    await pool.execute("vacuum analyze received_events")
    forgotten = 0
    while some := await store.forget(days=14):
        forgotten += some
    assert forgotten == _EVENTS
    table = await pool.fetchval("select pg_relation_size('received_events') / current_setting('block_size')::int")
    assert await pages(pool) < table / 4
    # As autovacuum does: what comes then is written where old events were, among those that are kept.
    await pool.execute("vacuum analyze received_events")
    await pool.execute(_TAKE, _EVENTS, 1)
    await pool.execute("vacuum analyze received_events")
    assert await pages(pool) < 20
    assert await pool.fetchval("select count(*) from received_events") == 2 * _EVENTS
