"""What was told and found goes when its time is over."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from pickup_contracts.alert import alert_id
from tests.integration.telling.office import INES, Office


async def test_old_messages_lose_their_words(office: Office) -> None:
    await office.consumer.handle([office.event(1), office.assessment("warn")])
    await office.pool.execute("update deliveries set state = 'delivered', created_at = now() - interval '49 hours'")
    assert await office.store.blank_bodies(datetime.now(UTC)) > 0
    assert await office.store.blank_bodies(datetime.now(UTC)) == 0
    assert await office.pool.fetchval("select max(length(body)) from deliveries") == 0


async def test_outcomes_go_when_their_topic_forgets_them(office: Office) -> None:
    await office.consumer.handle([office.assessment("warn")])
    await office.actions.confirm_scam(office.operator_id, alert_id(office.operator_id, "b"), INES)
    late = datetime.now(UTC) + timedelta(days=91)
    await office.store.blank_bodies(late)
    assert await office.pool.fetchval("select count(*) from outcomes") == 1, "not before it is on its topic"
    await office.pool.execute("update outcomes set published = true")
    await office.store.blank_bodies(datetime.now(UTC))
    assert await office.pool.fetchval("select count(*) from outcomes") == 1
    await office.store.blank_bodies(late)
    assert await office.pool.fetchval("select count(*) from outcomes") == 0
