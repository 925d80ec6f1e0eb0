"""What was booked, told and decided goes when its time is over, and not a minute before."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from msgspec.json import Decoder
from prometheus_client import REGISTRY

from notifier.forgetting import ALERTS_KEPT_FOR, Forgetting
from pickup_contracts.alert import alert_id
from pickup_contracts.outcome import Outcome
from pickup_runtime.clock import ManualClock
from risk_scorer.outcomes.reported import reported
from tests.integration.telling.office import INES, Office

MINUTE = timedelta(minutes=1)


class Sweeper:
    """The sweep of an office's notifier, at whatever time a test says that it is."""

    def __init__(self, office: Office) -> None:
        self._pool = office.pool
        self._clock = ManualClock(datetime.now(UTC))
        self._forgetting = Forgetting(office.store, self._clock)

    async def sweep(self, at: datetime) -> None:
        self._clock.set(at)
        await self._forgetting.sweep()

    async def left(self) -> dict[str, int]:
        """How many rows of alerts there are, and of what is kept with them."""
        tables = ("alerts", "deliveries", "commands")
        return {table: await self._pool.fetchval(f"select count(*) from {table}") for table in tables}


@pytest.fixture
def sweeper(office: Office) -> Sweeper:
    return Sweeper(office)


async def test_old_messages_lose_their_words(office: Office, sweeper: Sweeper) -> None:
    await office.consumer.handle([office.event(1), office.assessment("warn")])
    await office.pool.execute("update deliveries set state = 'delivered'")
    made = await office.pool.fetchval("select min(created_at) from deliveries")
    await sweeper.sweep(made + timedelta(hours=48) - MINUTE)
    assert await office.pool.fetchval("select min(length(body)) from deliveries") > 0
    await sweeper.sweep(made + timedelta(hours=48) + MINUTE)
    assert await office.pool.fetchval("select max(length(body)) from deliveries") == 0


async def test_what_was_booked_goes_48_hours_after_its_end(office: Office, sweeper: Sweeper) -> None:
    await office.consumer.handle([office.event(1), office.event(2, booking_id="over", status="delivered")])
    now = datetime.now(UTC)
    await sweeper.sweep(now + timedelta(hours=48) - MINUTE)
    assert await office.pool.fetchval("select count(*) from watched_bookings") == 2
    await sweeper.sweep(now + timedelta(hours=48) + MINUTE)
    assert await office.pool.fetch("select booking_id from watched_bookings") == [("b",)]


async def test_outcomes_go_when_their_topic_forgets_them(office: Office, sweeper: Sweeper) -> None:
    await office.consumer.handle([office.assessment("warn")])
    await office.actions.confirm_scam(office.operator_id, alert_id(office.operator_id, "b"), INES)
    late = datetime.now(UTC) + timedelta(days=91)
    await sweeper.sweep(late)
    assert await office.pool.fetchval("select count(*) from outcomes") == 1, "not before it is on its topic"
    await office.pool.execute("update outcomes set published = true")
    await sweeper.sweep(datetime.now(UTC))
    assert await office.pool.fetchval("select count(*) from outcomes") == 1
    await sweeper.sweep(late)
    assert await office.pool.fetchval("select count(*) from outcomes") == 0


async def test_steps_go_when_their_topic_forgets_them(office: Office, sweeper: Sweeper) -> None:
    await office.consumer.handle([office.assessment("warn"), office.assessment("warn", booking_id="other")])
    await office.pool.execute("update feed set published = booking_id = 'b'")
    now = datetime.now(UTC)
    await sweeper.sweep(now + timedelta(days=30) - MINUTE)
    assert {row[0] for row in await office.pool.fetch("select booking_id from feed")} == {"b", "other"}
    await sweeper.sweep(now + timedelta(days=30) + MINUTE)
    assert {row[0] for row in await office.pool.fetch("select booking_id from feed")} == {"other"}, "it is nowhere else"
    await sweeper.sweep(now + ALERTS_KEPT_FOR + MINUTE)
    assert await office.pool.fetchval("select count(*) from feed") == 0


async def test_alerts_go_with_all_that_was_told_of_them_twelve_months_after_their_last_change(
    office: Office, sweeper: Sweeper
) -> None:
    await office.consumer.handle([office.assessment("hold_recommended")])
    await office.actions.hold(office.operator_id, alert_id(office.operator_id, "b"), INES)
    changed = (await office.current()).updated_at
    there = await sweeper.left()
    assert min(there.values()) >= 1
    await sweeper.sweep(changed + ALERTS_KEPT_FOR - MINUTE)
    assert await sweeper.left() == there
    await sweeper.sweep(changed + ALERTS_KEPT_FOR + MINUTE)
    assert await sweeper.left() == {"alerts": 0, "deliveries": 0, "commands": 0}


async def test_a_confirmed_scam_stays(office: Office, sweeper: Sweeper) -> None:
    await office.consumer.handle([office.assessment("warn"), office.assessment("warn", booking_id="other")])
    await office.actions.confirm_scam(office.operator_id, alert_id(office.operator_id, "b"), INES)
    await sweeper.sweep(datetime.now(UTC) + 3 * ALERTS_KEPT_FOR)
    assert [row[0] for row in await office.pool.fetch("select booking_id from alerts")] == ["b"]
    assert {row[0] for row in await office.pool.fetch("select booking_id from deliveries")} == {"b"}


async def test_a_scam_whose_record_is_released_goes_when_others_do_and_the_scorer_hears_of_it(
    office: Office, sweeper: Sweeper
) -> None:
    identity = alert_id(office.operator_id, "b")
    await office.consumer.handle([office.event(1), office.assessment("warn")])
    await office.actions.confirm_scam(office.operator_id, identity, INES)
    await office.consumer.handle([office.event(2, status="cancelled")])
    over = (await office.current()).updated_at
    await office.actions.release_record(office.operator_id, identity, INES)
    await sweeper.sweep(over + ALERTS_KEPT_FOR - MINUTE)
    assert (await office.current()).finding == "confirmed_scam"
    await office.pool.execute("delete from outcomes")
    await sweeper.sweep(over + ALERTS_KEPT_FOR + MINUTE)
    assert (await sweeper.left())["alerts"] == 0
    (body,) = [row[0] for row in await office.pool.fetch("select body from outcomes")]
    taken_back = reported(Decoder(Outcome).decode(body), over)
    assert (taken_back.booking_id, taken_back.takes_back) == ("b", True)
    assert await office.pool.fetchval("select actor from audit order by number desc limit 1") == "retention"


async def test_one_that_somebody_holds_is_passed_over_and_told_as_late(office: Office, sweeper: Sweeper) -> None:
    await office.consumer.handle([office.assessment("warn"), office.assessment("warn", booking_id="other")])
    changed = (await office.current()).updated_at
    late = changed + ALERTS_KEPT_FOR + timedelta(hours=1)
    async with office.pool.acquire() as connection, connection.transaction():
        await connection.execute("select from alerts where booking_id = 'b' for update")
        await sweeper.sweep(late)
    assert [row[0] for row in await office.pool.fetch("select booking_id from alerts")] == ["b"]
    assert REGISTRY.get_sample_value("pickup_forgetting_behind_seconds", {"what": "alerts"}) == pytest.approx(
        3600, abs=1
    )
    await sweeper.sweep(late)
    assert (await sweeper.left())["alerts"] == 0
    assert REGISTRY.get_sample_value("pickup_forgetting_behind_seconds", {"what": "alerts"}) == 0
