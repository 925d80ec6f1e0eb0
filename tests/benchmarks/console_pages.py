"""How long the console's pages take with ten thousand alerts: `python -m tests.benchmarks.console_pages`.

Server time over ASGI, on a PostgreSQL of its own: no network and no browser. Promised is less than 200 ms a page.
"""

from __future__ import annotations

import asyncio
import os
import statistics
import sys
import tempfile
import time
import uuid
from datetime import UTC, datetime, timedelta
from pathlib import Path

import asyncpg
import msgspec

from notifier.alerts.alert import Alert
from notifier.watch import watch
from pickup_contracts.alert import alert_id
from pickup_contracts.assessment import Reason
from pickup_contracts.codec import decode_booking
from pickup_runtime.embedded.postgres import EmbeddedPostgres
from pickup_runtime.migrations import load, migrate, provision
from pickup_runtime.postgres import Pool, open_pool
from tests.integration.events import raw, scam
from tests.integration.page import Site

ALERTS = 10_000
ROUNDS = 30
OPERATOR = "op-a"
_REASONS = [
    Reason(f"r{number}", "A bank card is to be collected from a home", 30, ["items", "pickup"]) for number in range(6)
]


def main() -> None:
    """Fill a database and print the times."""
    with tempfile.TemporaryDirectory(prefix="pickup-pages-") as folder:
        os.chmod(folder, 0o755)
        server = EmbeddedPostgres(Path(folder), throwaway=True)
        server.start()
        try:
            for open_share in (0.05, 0.95):
                asyncio.run(_measure(server, open_share))
        finally:
            server.stop()


async def _measure(server: EmbeddedPostgres, open_share: float) -> None:
    name = f"pages{uuid.uuid4().hex[:8]}"
    admin = await asyncpg.connect(server.dsn("postgres"))
    await admin.execute(f'create database "{name}"')
    await admin.close()
    await provision(server.dsn(name), schema="notifier", role="pickup_notifier", password=None)
    await migrate(server.dsn(name, "pickup_notifier"), schema="notifier", migrations=load("notifier"))
    pool = await open_pool(server.dsn(name, "pickup_notifier"), schema="notifier")
    site = Site(pool)
    await _fill(site, open_share)
    await pool.execute("analyze")
    await site.post("/login", {"key": await site.key(OPERATOR, role="admin")})
    middle = alert_id(OPERATOR, f"b-{ALERTS // 2}")
    deep = (datetime.now(UTC) - timedelta(minutes=ALERTS // 2)).isoformat(timespec="seconds").replace(
        "+", "%2B"
    ) + f"~{middle}"
    sys.stdout.write(f"{ALERTS} alerts, {open_share:.0%} open\n")
    for path in (
        "/", f"/alerts/{middle}", "/search", f"/search?below={deep}", "/search?booking=b-77",
        "/search?state=closed&driver=7", "/search?driver=nobody", "/handover",
    ):  # fmt: skip
        times = []
        for _ in range(ROUNDS):
            began = time.perf_counter()
            answer = await site.browser.get(path)
            times.append((time.perf_counter() - began) * 1000)
            assert answer.status_code == 200, path
        shown = path.replace(str(middle), "ID").replace(deep, "PLACE")
        took = f"p50 {statistics.median(times):6.1f} ms  worst {max(times):6.1f} ms"
        sys.stdout.write(f"  {shown:36} {took}  {len(answer.text) // 1024} kB\n")
    await site.close()
    await pool.close()


async def _fill(site: Site, open_share: float) -> None:
    now = datetime.now(UTC)
    made: list[Alert] = []
    for number in range(ALERTS):
        booking, closed = f"b-{number}", number % 100 >= open_share * 100
        raised = now - timedelta(minutes=number)
        made.append(
            Alert(
                alert_id=alert_id(OPERATOR, booking), operator_id=OPERATOR, booking_id=booking,
                state="closed" if closed else "open", kind="warning",
                decision=("warn", "review", "hold_recommended")[number % 3], score=70, pattern="parcel_from_home",
                reasons=_REASONS, act_before=raised, deadline=raised + timedelta(minutes=15), booking_version=1,
                assessment_id=uuid.uuid4(), change=1, raised_at=raised, updated_at=raised, driver=str(number % 40),
                closed_at=raised + timedelta(minutes=30) if closed else None,
                close_reason="delivered" if closed else None,
            )
        )  # fmt: skip
    for start in range(0, ALERTS, 500):
        several = made[start : start + 500]
        async with site.store.batch() as batch:
            await batch.write_alerts(several)
            events = [decode_booking(raw(scam(one.booking_id, operator_id=OPERATOR))) for one in several]
            await batch.bookings.write({(OPERATOR, one.booking_id): watch(None, one) for one in events}, now)
    await _deliveries(site.pool, [one for one in made if one.state != "closed"][:400])


async def _deliveries(pool: Pool, alerts: list[Alert]) -> None:
    body = msgspec.json.encode({"to": "x", "text": "CHECK BEFORE YOU COLLECT"})
    rows = [
        (uuid.uuid4(), one.alert_id, OPERATOR, one.booking_id, "sms", body, one.deadline, one.raised_at, one.raised_at)
        for one in alerts
        for _ in range(4)
    ]
    await pool.executemany(
        "insert into deliveries (delivery_id, alert_id, operator_id, booking_id, channel, body, deadline, due_at, "
        "created_at, state) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, 'delivered')",
        rows,
    )


if __name__ == "__main__":
    main()
