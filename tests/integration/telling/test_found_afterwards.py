"""What an office finds out of an alert that is closed: who is told what, what is published, what is in the record."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from notifier.actions import Actor
from notifier.alerts.alert import Alert, Refusal
from pickup_contracts.alert import alert_id
from pickup_contracts.office import HoldPolicy
from pickup_contracts.outcome import Outcome
from tests.integration.telling.office import INES, Office

ADA = Actor("Ada", "duty_manager")
BEFORE = {"id": "drv-before", "name": "Ben", "phone": "+447700900111"}
NOW_DRIVING = {"id": "drv-now", "name": "Nia", "phone": "+447700900222"}


async def cleared(office: Office, **booked: Any) -> None:
    """Warned about, and cleared by Ines."""
    await office.consumer.handle([office.event(1, **booked), office.assessment("hold_recommended")])
    await office.actions.clear(office.operator_id, alert_id(office.operator_id, "b"), INES, "N17")


async def scam(office: Office) -> Alert:
    found = await office.actions.confirm_scam(office.operator_id, alert_id(office.operator_id, "b"), ADA)
    assert isinstance(found, Alert)
    return found


async def report(office: Office, **said: Any) -> None:
    """The office says so by its own system."""
    at, whose = datetime.now(UTC), office.operator_id
    outcome = Outcome(operator_id=whose, booking_id="b", at=at, reported_by="dispatcher", **said)
    await office.actions.report(outcome, "their system", "one")


async def told(office: Office, alert: Alert) -> dict[str, str]:
    """What is told of the alert as it is, by who it is told to."""
    rows = await office.pool.fetch(
        "select audience || ' by ' || channel, convert_from(body, 'UTF8') from deliveries"
        " where change = $1 and telling <> 'command'",
        alert.change,
    )
    return {row[0]: row[1] for row in rows}


async def published(office: Office) -> list[tuple[str, str | None]]:
    rows = await office.pool.fetch("select body from outcomes order by position")
    return [
        (said.get("finding", "unknown"), said.get("clear_reason")) for said in map(json.loads, (row[0] for row in rows))
    ]


async def test_it_comes_back_to_whoever_drives_now(office: Office) -> None:
    await cleared(office, driver=BEFORE)
    await office.consumer.handle([office.event(2, driver=NOW_DRIVING)])
    back = await scam(office)
    assert (back.state, back.driver) == ("open", "drv-now")
    messages = await told(office, back)
    assert NOW_DRIVING["phone"] in messages["driver by sms"]
    assert "drv-now" in messages["dispatcher by webhook"]
    assert not any("drv-before" in body or BEFORE["phone"] in body for body in messages.values())


async def test_what_has_been_collected_meanwhile_is_recalled(office: Office) -> None:
    office.set_up(holds=HoldPolicy(recall="automatic"))
    await cleared(office, driver=BEFORE)
    await office.consumer.handle([office.event(2, driver=BEFORE, status="collected")])
    back = await scam(office)
    assert (back.kind, back.command) == ("recall", "recall")
    assert "hand" in (await told(office, back))["driver by sms"].lower()


async def test_a_report_that_it_was_a_scam_and_is_on_board_recalls_it(office: Office) -> None:
    await cleared(office, driver=BEFORE)
    await report(office, finding="confirmed_scam", action="collected")
    now = await office.current()
    assert (now.state, now.kind, now.finding) == ("open", "recall", "confirmed_scam")
    assert "driver by sms" in await told(office, now)


async def test_what_nobody_ever_said_was_over_rings_nobody_weeks_later(office: Office) -> None:
    await cleared(office, occurred_at=(datetime.now(UTC) - timedelta(days=21)).isoformat())
    before = await office.pool.fetchval("select count(*) from deliveries")
    found = await scam(office)
    assert (found.state, found.finding) == ("closed", "confirmed_scam")
    assert await office.pool.fetchval("select count(*) from deliveries") == before
    released = await office.actions.release_record(office.operator_id, found.alert_id, ADA)
    assert isinstance(released, Alert)


async def test_what_the_profile_holds_by_itself_is_held_again(office: Office) -> None:
    office.set_up(holds=HoldPolicy(hold_recommended="automatic"))
    await cleared(office)
    assert (await office.current()).command == "release"
    assert (await scam(office)).command == "hold"


async def test_taking_the_finding_back_publishes_the_clearing_that_stood_and_rings_nobody(office: Office) -> None:
    await cleared(office)
    await office.consumer.handle([office.event(2, status="delivered")])
    assert (await scam(office)).state == "closed"
    before = await office.pool.fetchval("select count(*) from deliveries")
    for _ in range(2):
        await office.actions.undo(office.operator_id, alert_id(office.operator_id, "b"), ADA)
    assert (await office.current()).state == "closed", "also the clearing's undoing opens nothing that is over"
    assert await office.pool.fetchval("select count(*) from deliveries") == before
    assert await published(office) == [
        ("cleared", "N17"), ("confirmed_scam", None), ("cleared", "N17"), ("unknown", None),
    ]  # fmt: skip


async def test_a_scam_that_turns_out_harmless_is_let_go_like_any_other(office: Office) -> None:
    await office.consumer.handle([office.event(1), office.assessment("warn")])
    await scam(office)
    await office.consumer.handle([office.event(2, status="delivered")])
    await report(office, finding="cleared", clear_reason="N17")
    now = await office.current()
    assert (now.state, now.finding, now.close_reason) == ("closed", "cleared", "delivered")


async def test_each_letting_go_and_keeping_of_a_record_is_in_the_record(office: Office) -> None:
    identity = alert_id(office.operator_id, "b")
    await office.consumer.handle([office.event(1), office.assessment("warn")])
    await scam(office)
    await office.consumer.handle([office.event(2, status="cancelled")])
    for who, act in (
        ("Ada", office.actions.release_record),
        ("Bob", office.actions.keep_record),
        ("Cleo", office.actions.release_record),
        ("Bob", office.actions.keep_record),
    ):
        assert not isinstance(await act(office.operator_id, identity, Actor(who, "duty_manager")), Refusal)
    rows = await office.pool.fetch("select actor, body from audit where kind = 'alert.reported' order by number")
    said = [(row[0], json.loads(row[1])["detail"]) for row in rows]
    assert said[1:] == [
        ("Ada", "record_released"), ("Bob", "record_kept"), ("Cleo", "record_released"), ("Bob", "record_kept"),
    ]  # fmt: skip


@pytest.mark.parametrize("late", [timedelta(days=30), timedelta(days=500)])
async def test_a_record_that_is_let_go_can_be_kept_after_all_for_a_day_at_least(
    office: Office, late: timedelta
) -> None:
    identity = alert_id(office.operator_id, "b")
    await office.consumer.handle([office.event(1), office.assessment("warn")])
    await scam(office)
    await office.consumer.handle([office.event(2, status="cancelled")])
    await office.pool.execute("update alerts set updated_at = updated_at - $1::interval", late)
    await office.actions.release_record(office.operator_id, identity, ADA)
    await office.sweep(datetime.now(UTC) + timedelta(hours=23))
    assert not isinstance(await office.actions.keep_record(office.operator_id, identity, ADA), Refusal)
    await office.sweep(datetime.now(UTC) + timedelta(days=3650))
    assert (await office.current()).finding == "confirmed_scam"
