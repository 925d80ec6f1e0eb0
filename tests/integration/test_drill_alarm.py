"""A missed drill: told by whatever reaches an office, in the audit, and on the page until a drill passes."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest

from notifier.drills.alarm import Alarm
from notifier.drills.drill import Drill
from notifier.drills.store import DrillStore
from pickup_contracts.drills import OPERATOR
from pickup_contracts.office import OfficeContact
from pickup_contracts.operator import OperatorProfile, Webhook
from pickup_runtime.clock import ManualClock
from pickup_runtime.operators import OperatorDirectory
from pickup_runtime.testing.plugin import MakePool
from tests.integration.alert_page import Page

NOW = datetime.now(UTC)
_HOOK = Webhook(url="https://x.example/hook")
_ADA = OfficeContact(role="duty_manager", name="Ada", sms="+447700900003")


@pytest.fixture
async def page(database: MakePool) -> AsyncIterator[Page]:
    made = Page(await database("notifier", "notifier"), clock=ManualClock(NOW))
    yield made
    await made.close()


async def run(page: Page, drill_id: str, at: datetime, *, passes: bool, by_hand: bool = False) -> Drill:
    drills = DrillStore(page.pool)
    assert await drills.begin(drill_id, at, at + timedelta(seconds=60), slot=None if by_hand else at)
    if passes:
        await page.pool.execute("update drills set delivered = $2 where drill_id = $1", drill_id, at)
    assert await drills.end(drill_id, at + timedelta(seconds=61))
    return next(one for one in await drills.last(10) if one.drill_id == drill_id)


async def test_every_firm_is_told_by_what_it_has_and_its_audit_says_by_what(page: Page) -> None:
    operators = OperatorDirectory()
    for name, hook, contacts in (
        ("hook", _HOOK, []),
        ("phone", None, [_ADA]),
        ("none", None, []),
        (OPERATOR, _HOOK, []),
    ):
        operators.put(OperatorProfile(operator_id=name, name="X", webhook=hook, contacts=contacts))
    alarm = Alarm(page.store, operators, page.clock, frozenset({"webhook", "sms"}))
    drill = await run(page, "drill-1", NOW, passes=False)
    for _ in range(2):
        await alarm(drill, known=False)
    rows = await page.pool.fetch("select operator_id, channel, recipient from deliveries order by 1, 2")
    assert [tuple(row) for row in rows] == [("hook", "webhook", "system"), ("phone", "sms", "duty_manager-1")]
    noted = await page.pool.fetch("select operator_id, body from audit where kind = 'drill.missed' order by 1")
    assert [(row["operator_id"], json.loads(row["body"])["told"]) for row in noted] == [
        ("hook", ["system by webhook"]),
        ("none", []),
        ("phone", ["duty_manager-1 by sms"]),
    ]
    assert "+4477" not in str(noted)


async def test_nobody_is_rung_again_for_a_fault_that_lasts(page: Page) -> None:
    operators = OperatorDirectory()
    operators.put(OperatorProfile(operator_id="both", name="X", webhook=_HOOK, contacts=[_ADA]))
    alarm = Alarm(page.store, operators, page.clock, frozenset({"webhook", "sms"}))
    drills = DrillStore(page.pool)
    # One by hand, hourly ones that are missed, one that passes, and another.
    for number, (by_hand, passes) in enumerate(
        [(True, False), (False, False), (False, False), (False, True), (False, False)]
    ):
        at = NOW - timedelta(hours=9 - number)
        drill = await run(page, f"drill-{number}", at, passes=passes, by_hand=by_hand)
        if not passes and not by_hand:
            await alarm(drill, known=await drills.missed_before(drill))
    rows = await page.pool.fetch("select booking_id, channel from deliveries order by 1, 2")
    assert [tuple(row) for row in rows] == [
        ("drill-1", "sms"),
        ("drill-1", "webhook"),
        ("drill-2", "webhook"),
        ("drill-4", "sms"),
        ("drill-4", "webhook"),
    ]


async def test_it_stands_on_the_page_until_a_drill_passes(page: Page) -> None:
    await page.log_in_as("dispatcher")
    assert "was missed" not in (await page.browser.get("/")).text
    await run(page, "drill-1", NOW - timedelta(hours=2), passes=True)
    await run(page, "drill-2", NOW - timedelta(hours=1), passes=False)
    text = (await page.browser.get("/alerts/list")).text
    assert "Warnings may not get through: the drill of " in text
    assert "have dispatchers check parcels from homes by hand" in text
    await run(page, "drill-3", NOW - timedelta(minutes=1), passes=True)
    assert "was missed" not in (await page.browser.get("/")).text


async def test_where_nobody_runs_drills_any_more_none_is_shown(page: Page) -> None:
    await page.log_in_as("dispatcher")
    await run(page, "drill-1", NOW - timedelta(hours=25), passes=False)
    assert "was missed" not in (await page.browser.get("/")).text
