"""More than can be carried: nearest deadlines and likely scams first, nothing twice, a flood rationed."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import msgspec

from notifier.rung_rows import Delivery, Doors, Settled
from pickup_contracts.office import AlertBudget
from tests.integration.telling.office import Office


def due(operator_id: str, number: int, deadline: datetime, **more: Any) -> Delivery:
    now = datetime.now(UTC) - timedelta(minutes=30)
    made = Delivery(uuid4(), uuid4(), operator_id, f"b-{number}", "webhook", b"{}", deadline, 0, now)
    return msgspec.structs.replace(made, due_at=now, **more)


def early(one: Delivery) -> datetime:
    """By when it counts: a likely scam ten minutes before its deadline."""
    return one.deadline - (timedelta(minutes=10) if one.urgent else timedelta(0))


async def test_with_three_times_more_than_can_be_carried_the_nearest_deadlines_and_likely_scams_go_first(
    office: Office,
) -> None:
    """Of thirty due at once there is room for ten at a time. In time before late, and in each the nearest deadline
    first, a likely scam as if its deadline were ten minutes earlier."""
    now = datetime.now(UTC)
    load = [due(office.operator_id, n, now + timedelta(minutes=(n * 7) % 24 + 1), urgent=n % 5 == 0) for n in range(24)]
    late = [due(office.operator_id, 100 + n, now - timedelta(minutes=n + 1), urgent=n % 2 == 0) for n in range(6)]
    async with office.store.batch() as batch:
        await batch.rungs.add([*late, *load])
    claimed: list[Delivery] = []
    while found := await office.store.claim_deliveries(now, lease_s=30, doors=Doors({"webhook": 10})):
        assert len(found) <= 10
        claimed += found

    expected = sorted(load, key=early) + sorted(late, key=early)
    assert [early(one) for one in claimed] == [early(one) for one in expected]
    assert {one.delivery_id for one in claimed} == {one.delivery_id for one in expected}
    first = claimed[:10]
    urgent = [one for one in load if one.urgent]
    assert all(one in first or early(one) > early(first[-1]) for one in claimed if one.urgent and one.deadline > now)
    nearest_scam, nearest = min(urgent, key=early), min(load, key=early)
    assert claimed[0].delivery_id == nearest.delivery_id == nearest_scam.delivery_id


async def test_an_hour_of_three_times_the_load_costs_no_likely_scam_its_time_and_wastes_no_attempt(
    office: Office,
) -> None:
    """Each minute thirty more are due and ten can be attempted. All of the likely scams, and as many others as there
    is room for, are attempted before their deadline; what waits is what has the most time left, or none."""
    begins, room = datetime.now(UTC), 10
    made: dict[UUID, Delivery] = {}
    attempted: dict[UUID, datetime] = {}
    for minute in range(60):
        now = begins + timedelta(minutes=minute)
        fresh = [
            msgspec.structs.replace(
                due(office.operator_id, minute * 30 + n, now + timedelta(minutes=(n * 7 + minute) % 16 + 5)),
                due_at=now,
                urgent=n % 10 == 0,
            )
            for n in range(3 * room)
        ]
        made |= {one.delivery_id: one for one in fresh}
        async with office.store.batch() as batch:
            await batch.rungs.add(fresh)
        claimed = await office.store.claim_deliveries(now, lease_s=30, doors=Doors({"webhook": room}))
        assert len(claimed) == room
        taken = {one.delivery_id for one in claimed}
        waiting = [one for key, one in made.items() if key not in {*attempted, *taken} and one.deadline > now]
        assert max(map(early, claimed)) <= min(map(early, waiting)), "who waits has more time left"
        attempted |= dict.fromkeys(taken, now)
        async with office.store.batch() as batch:
            for one in claimed:
                await batch.rungs.settle([Settled(one.delivery_id, "delivered")], now)
    ended = begins + timedelta(minutes=60)
    late = [key for key, at in attempted.items() if at >= made[key].deadline]
    assert late == [], "nothing is attempted late while something can still be in time"
    assert len(attempted) == 60 * room
    urgent = [key for key, one in made.items() if one.urgent and one.deadline <= ended]
    assert len(urgent) > 100
    assert [key for key in urgent if key not in attempted] == [], "every likely scam in time"


async def test_two_workers_share_the_work_and_nothing_is_attempted_twice(office: Office) -> None:
    deadline = datetime.now(UTC) + timedelta(minutes=10)
    async with office.store.batch() as batch:
        await batch.rungs.add([due(office.operator_id, n, deadline) for n in range(90)])
    office.start(at_once=4)
    office.start(at_once=4)
    line = office.lines["webhook"]
    await office.until(lambda: len(line.got) >= 90, "all ninety attempted")
    counts = Counter(one.delivery_id for one in line.got)
    assert len(counts) == 90
    assert set(counts.values()) == {1}


async def test_a_channel_that_hangs_keeps_no_other_waiting(office: Office) -> None:
    office.lines["webhook"].open.clear()
    office.start(at_once=2)
    await office.consumer.handle([office.assessment("warn", booking_id=f"h-{n}") for n in range(6)])
    sms = office.lines["sms"]
    await office.until(lambda: len(sms.got) == 6, "six text messages while the webhook hangs")
    assert len(office.lines["webhook"].got) == 2
    office.lines["webhook"].open.set()
    await office.until(lambda: len(office.lines["webhook"].got) == 6, "the rest once it is back")


async def test_a_flood_is_kept_on_the_page_by_score_and_a_likely_scam_is_told(office: Office) -> None:
    office.set_up(alert_budget=AlertBudget(per_hour=12))
    for number in range(8):
        await office.consumer.handle([office.assessment("warn", booking_id=f"f-{number}")])
    await office.consumer.handle([office.assessment("hold_recommended", booking_id="scam")])
    rows = await office.pool.fetch("select booking_id, rationed from alerts order by raised_at")
    rationed = {row["booking_id"] for row in rows if row["rationed"]}
    assert 0 < len(rationed) < 8
    assert "f-0" not in rationed
    assert "scam" not in rationed
    told = {row[0] for row in await office.pool.fetch("select booking_id from deliveries where channel = 'webhook'")}
    assert told == {row["booking_id"] for row in rows} - rationed
    assert (await office.steps()).count("rationed") == len(rationed)
    first = [alert.booking_id for alert in await office.store.unclosed(office.operator_id)]
    assert set(first[: 9 - len(rationed)]) == told, "what was told stands before what was not"
