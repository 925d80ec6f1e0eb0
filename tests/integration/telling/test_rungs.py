"""Who is told: the driver first, the next rung when one fails, the duty manager at the end."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime, timedelta

import msgspec

from notifier.alerts.alert import Alert
from notifier.channels.channel import Attempt
from notifier.channels.message import Message
from notifier.delivery_records import DeliveryRecords
from pickup_contracts.alert import alert_id
from pickup_contracts.office import Ladders, Rung
from tests.integration.telling.office import DELIVERED, INES, Office


async def test_the_office_is_told_at_once_when_the_driver_has_no_phone(office: Office) -> None:
    office.start()
    await office.consumer.handle([office.event(1, driver={"id": "d-1"}), office.assessment("warn")])
    await office.until(lambda: office.lines["sms"].recipients() == ["dispatcher-1"], "the dispatcher's text message")
    body = msgspec.json.decode(office.lines["sms"].got[0].body, type=Message)
    assert body.to == "+447700900001"
    assert body.text.startswith("CHECK job b by ")
    for personal in ("Meadow", "Stranger", "900101", "Example", "Royston"):
        assert personal not in body.text


async def test_the_driver_is_told_first_and_the_next_rung_comes_when_that_fails(office: Office) -> None:
    sms = office.lines["sms"]
    sms.answer = lambda one: Attempt("refused", "unknown number") if one.recipient == "driver" else DELIVERED
    office.start()
    driver = {"id": "d-1", "phone": "+447700900111"}
    await office.consumer.handle([office.event(1, driver=driver), office.assessment("warn", eta_s=900)])
    await office.until(
        lambda: sms.recipients() == ["driver", "dispatcher-1"], "the dispatcher told in the driver's place"
    )
    assert await office.state("sms", "driver") == ["failed"]
    alert = alert_id(office.operator_id, "b")
    records = await DeliveryRecords(office.pool).of([alert])
    (to_driver,) = [one for one in records[alert] if one.audience == "driver"]
    assert (to_driver.text or "").startswith("CHECK BEFORE YOU COLLECT"), "the office sees what the driver was told"


async def test_a_channel_that_does_not_deliver_by_its_share_is_given_up_for_the_next(office: Office) -> None:
    ladder = [
        Rung(who="driver", by="sms"),
        Rung(who="driver", by="voice", after_share=0.2),
        Rung(who="dispatcher", by="webhook"),
    ]
    office.set_up(ladders=Ladders(warning=ladder))
    office.lines["sms"].answer = lambda _: Attempt("try_again", "answered 503")
    office.start()
    driver = {"id": "d-1", "phone": "+447700900111"}
    await office.consumer.handle([office.event(1, driver=driver), office.assessment("warn", eta_s=8)])
    await office.until(lambda: office.lines["voice"].recipients() == ["driver"], "the call after the text message")

    async def given_up() -> bool:
        return await office.state("sms") == ["abandoned"]

    await office.until(given_up, "the text message is given up")
    tries = len(office.lines["sms"].got)
    assert tries >= 2
    assert len({one.delivery_id for one in office.lines["sms"].got}) == 1
    await asyncio.sleep(1.2)
    assert len(office.lines["sms"].got) == tries


async def test_who_takes_it_on_is_not_rung_again_and_the_system_and_the_driver_are(office: Office) -> None:
    driver = {"id": "d-1", "phone": "+447700900111"}
    await office.consumer.handle([office.event(1, driver=driver), office.assessment("warn", eta_s=900)])
    taken = await office.actions.acknowledge(office.operator_id, alert_id(office.operator_id, "b"), INES)
    assert isinstance(taken, Alert)
    assert set(await office.state("sms", "dispatcher-1")) == {"cancelled"}
    assert set(await office.state("sms", "duty_manager-2")) == {"cancelled"}
    assert await office.state("sms", "driver") == ["due"]
    assert await office.state("webhook") == ["due"]
    assert await office.escalation.sweep() == 0


async def test_who_is_on_it_no_more_leaves_it_with_those_who_were_still_to_be_told(office: Office) -> None:
    await office.consumer.handle([office.event(1), office.assessment("warn", eta_s=900)])
    planned = await office.pool.fetchval("select due_at from deliveries where recipient = 'duty_manager-2'")
    alert = alert_id(office.operator_id, "b")
    await office.actions.acknowledge(office.operator_id, alert, INES)
    soon = datetime.now(UTC) + timedelta(seconds=60)
    await office.consumer.handle([office.event(2, driver_eta=soon.isoformat())])
    back = await office.actions.undo(office.operator_id, alert, INES)
    assert isinstance(back, Alert)
    assert back.state == "open"
    assert await office.state("sms", "dispatcher-1") == await office.state("sms", "duty_manager-2") == ["due"]
    row = await office.pool.fetchrow("select * from deliveries where recipient = 'duty_manager-2'")
    assert (row["deadline"], row["due_at"] < planned) == (soon, True)
    office.start()
    await office.until(lambda: "dispatcher-1" in office.lines["sms"].recipients(), "the dispatcher told after all")


async def test_what_nobody_takes_on_expires_and_goes_to_the_duty_manager_once(office: Office) -> None:
    office.start()
    await office.consumer.handle([office.assessment("warn", eta_s=1)])
    await asyncio.sleep(1.2)
    assert await office.until(office.escalation.sweep, "the sweep finds it") == 1
    assert await office.escalation.sweep() == 0
    alert = await office.current()
    assert (alert.state, alert.escalated_to) == ("expired", "duty_manager")

    async def pressed() -> bool:
        told = [one for one in office.lines["sms"].got if one.telling == "expired"]
        return [one.recipient for one in told] == ["duty_manager-2"]

    await office.until(pressed, "the duty manager's text message")
    expired = [one for one in office.lines["webhook"].got if one.telling == "expired"]
    assert json.loads(expired[0].body)["type"] == "pickup.alert.expired"
    steps = await office.steps()
    assert {"expired", "escalated"} <= set(steps)
    taken = await office.actions.acknowledge(office.operator_id, alert.alert_id, INES)
    assert isinstance(taken, Alert)
    assert taken.state == "acknowledged"


async def test_an_eta_moves_what_waits(office: Office) -> None:
    await office.consumer.handle([office.event(1), office.assessment("warn", eta_s=3600)])
    before = await office.pool.fetchrow("select * from deliveries where recipient = 'duty_manager-2'")
    soon = datetime.now(UTC) + timedelta(seconds=300)
    await office.consumer.handle([office.event(2, driver_eta=soon.isoformat())])
    after = await office.pool.fetchrow("select * from deliveries where recipient = 'duty_manager-2'")
    assert after["deadline"] == soon
    assert after["due_at"] < before["due_at"] - timedelta(minutes=30)
    assert after["claim_by"] - after["deadline"] == before["claim_by"] - before["deadline"]
    assert (await office.current()).deadline == soon


async def test_a_new_driver_is_told_and_the_old_one_no_more(office: Office) -> None:
    first, second = {"id": "d-1", "phone": "+447700900111"}, {"id": "d-2", "phone": "+447700900222"}
    await office.consumer.handle([office.event(1, driver=first), office.assessment("warn")])
    await office.consumer.handle([office.event(2, driver=second)])
    office.start()
    sms = office.lines["sms"]
    await office.until(lambda: "driver" in sms.recipients(), "the new driver told")
    await asyncio.sleep(0.3)
    told = [msgspec.json.decode(one.body, type=Message).to for one in sms.got if one.recipient == "driver"]
    assert told == ["+447700900222"]


async def test_what_is_overtaken_while_it_is_attempted_is_not_tried_again(office: Office) -> None:
    line = office.lines["webhook"]
    line.answer = lambda one: Attempt("try_again", "answered 503") if one.change == 1 else DELIVERED
    line.open.clear()
    office.start()
    await office.consumer.handle([office.assessment("warn")])
    await office.until(lambda: len(line.got) == 1, "the first attempt under way")
    await office.consumer.handle([office.assessment("hold_recommended", 2)])
    line.open.set()

    async def settled() -> bool:
        return await office.state("webhook") == ["superseded", "delivered"]

    await office.until(settled, "the newer one delivered, the older one left")
    await asyncio.sleep(1.3)
    assert [one.change for one in line.got] == [1, 2]
