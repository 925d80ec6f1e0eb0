"""What was booked, told and decided goes when its time is over, and not a minute before."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from msgspec.json import Decoder
from prometheus_client import REGISTRY

from notifier.alerts.people import KEPT_FOR
from pickup_contracts.alert import alert_id
from pickup_contracts.outcome import Outcome
from risk_scorer.outcomes.reported import reported
from tests.integration.telling.office import INES, Office

MINUTE = timedelta(minutes=1)


async def left(office: Office) -> dict[str, int]:
    """How many rows of alerts there are, and of what is kept with them."""
    tables = ("alerts", "deliveries", "commands")
    return {table: await office.pool.fetchval(f"select count(*) from {table}") for table in tables}


async def test_old_messages_lose_their_words(office: Office) -> None:
    await office.consumer.handle([office.event(1), office.assessment("warn")])
    await office.pool.execute("update deliveries set state = 'delivered'")
    made = await office.pool.fetchval("select min(created_at) from deliveries")
    await office.sweep(made + timedelta(hours=48) - MINUTE)
    assert await office.pool.fetchval("select min(length(body)) from deliveries") > 0
    await office.sweep(made + timedelta(hours=48) + MINUTE)
    assert await office.pool.fetchval("select max(length(body)) from deliveries") == 0


async def test_what_was_booked_goes_48_hours_after_its_end(office: Office) -> None:
    await office.consumer.handle([office.event(1), office.event(2, booking_id="over", status="delivered")])
    now = datetime.now(UTC)
    await office.sweep(now + timedelta(hours=48) - MINUTE)
    assert await office.pool.fetchval("select count(*) from watched_bookings") == 2
    await office.sweep(now + timedelta(hours=48) + MINUTE)
    assert await office.pool.fetch("select booking_id from watched_bookings") == [("b",)]


async def test_outcomes_go_when_their_topic_forgets_them(office: Office) -> None:
    await office.consumer.handle([office.assessment("warn")])
    await office.actions.confirm_scam(office.operator_id, alert_id(office.operator_id, "b"), INES)
    late = datetime.now(UTC) + timedelta(days=91)
    await office.sweep(late)
    assert await office.pool.fetchval("select count(*) from outcomes") == 1, "not before it is on its topic"
    await office.pool.execute("update outcomes set published = true")
    await office.sweep(datetime.now(UTC))
    assert await office.pool.fetchval("select count(*) from outcomes") == 1
    await office.sweep(late)
    assert await office.pool.fetchval("select count(*) from outcomes") == 0


async def test_steps_go_when_their_topic_forgets_them(office: Office) -> None:
    await office.consumer.handle([office.assessment("warn"), office.assessment("warn", booking_id="other")])
    await office.pool.execute("update feed set published = booking_id = 'b'")
    now = datetime.now(UTC)
    await office.sweep(now + timedelta(days=30) - MINUTE)
    assert {row[0] for row in await office.pool.fetch("select booking_id from feed")} == {"b", "other"}
    await office.sweep(now + timedelta(days=30) + MINUTE)
    assert {row[0] for row in await office.pool.fetch("select booking_id from feed")} == {"other"}, "it is nowhere else"
    await office.sweep(now + KEPT_FOR + MINUTE)
    assert await office.pool.fetchval("select count(*) from feed") == 0


async def test_alerts_go_with_all_that_was_told_of_them_twelve_months_after_their_last_change(office: Office) -> None:
    await office.consumer.handle([office.assessment("hold_recommended")])
    await office.actions.hold(office.operator_id, alert_id(office.operator_id, "b"), INES)
    changed = (await office.current()).updated_at
    there = await left(office)
    assert min(there.values()) >= 1
    await office.sweep(changed + KEPT_FOR - MINUTE)
    assert await left(office) == there
    await office.sweep(changed + KEPT_FOR + MINUTE)
    assert await left(office) == {"alerts": 0, "deliveries": 0, "commands": 0}


async def test_a_confirmed_scam_stays(office: Office) -> None:
    await office.consumer.handle([office.assessment("warn"), office.assessment("warn", booking_id="other")])
    await office.actions.confirm_scam(office.operator_id, alert_id(office.operator_id, "b"), INES)
    await office.sweep(datetime.now(UTC) + 3 * KEPT_FOR)
    assert [row[0] for row in await office.pool.fetch("select booking_id from alerts")] == ["b"]
    assert {row[0] for row in await office.pool.fetch("select booking_id from deliveries")} == {"b"}


async def test_a_scam_whose_record_is_released_goes_when_others_do_and_the_scorer_hears_of_it(office: Office) -> None:
    identity = alert_id(office.operator_id, "b")
    await office.consumer.handle([office.event(1), office.assessment("warn")])
    await office.actions.confirm_scam(office.operator_id, identity, INES)
    await office.consumer.handle([office.event(2, status="cancelled")])
    over = (await office.current()).updated_at
    await office.actions.release_record(office.operator_id, identity, INES)
    await office.sweep(over + KEPT_FOR - MINUTE)
    assert (await office.current()).finding == "confirmed_scam"
    await office.pool.execute("delete from outcomes")
    await office.sweep(over + KEPT_FOR + MINUTE)
    assert (await left(office))["alerts"] == 0
    (body,) = [row[0] for row in await office.pool.fetch("select body from outcomes")]
    taken_back = reported(Decoder(Outcome).decode(body), over)
    assert (taken_back.booking_id, taken_back.takes_back) == ("b", True)
    assert await office.pool.fetchval("select actor from audit order by number desc limit 1") == "retention"


async def test_one_that_somebody_holds_is_passed_over_and_told_as_late(office: Office) -> None:
    await office.consumer.handle([office.assessment("warn"), office.assessment("warn", booking_id="other")])
    changed = (await office.current()).updated_at
    late = changed + KEPT_FOR + timedelta(hours=1)
    async with office.pool.acquire() as connection, connection.transaction():
        await connection.execute("select from alerts where booking_id = 'b' for update")
        await office.sweep(late)
    assert [row[0] for row in await office.pool.fetch("select booking_id from alerts")] == ["b"]
    assert REGISTRY.get_sample_value("pickup_forgetting_behind_seconds", {"what": "alerts"}) == pytest.approx(
        3600, abs=1
    )
    await office.sweep(late)
    assert (await left(office))["alerts"] == 0
    assert REGISTRY.get_sample_value("pickup_forgetting_behind_seconds", {"what": "alerts"}) == 0
