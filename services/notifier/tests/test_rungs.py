"""What becomes of messages on their way: the next one comes forward, later ones stop, all move with the deadline."""

from __future__ import annotations

import uuid
from datetime import timedelta

import msgspec
from alert_cases import NOW, raised

from notifier.alerts.rungs import Moved, OnItsWay, advance, follow, overtaken, revived, stopped


def message(rung: int, **more: object) -> OnItsWay:
    made = OnItsWay(
        delivery_id=uuid.uuid4(),
        change=1,
        rung=rung,
        telling="warning",
        audience="dispatcher",
        channel="sms",
        recipient=f"dispatcher-{rung}",
        state="due",
        attempts=0,
        begun_at=NOW,
        deadline=NOW + timedelta(minutes=10),
        due_at=NOW + timedelta(minutes=rung),
        give_up_at=NOW + timedelta(minutes=10),
        opens=rung / 10,
        closes=1.0,
    )
    return msgspec.structs.replace(made, **more)


def ids(moved: list[Moved]) -> set[uuid.UUID]:
    return {one.delivery_id for one in moved}


def test_what_failed_brings_the_next_to_the_same_person_forward() -> None:
    failed = message(0, audience="driver", state="failed", attempts=1)
    office, again = message(2), message(5, audience="driver")
    (moved,) = advance([failed, office, again], failed, now=NOW)
    assert (moved.delivery_id, moved.due_at) == (again.delivery_id, NOW)
    (moved,) = advance([failed, office], failed, now=NOW)
    assert (moved.delivery_id, moved.due_at) == (office.delivery_id, NOW)


def test_two_recipients_of_one_rung_come_forward_together_and_only_when_all_failed() -> None:
    first, second = message(0, state="failed"), message(0, state="due")
    later = [message(3), message(3)]
    assert advance([first, second, *later], first, now=NOW) == []
    lost = msgspec.structs.replace(second, state="failed")
    assert ids(advance([first, lost, *later], lost, now=NOW)) == {one.delivery_id for one in later}


def test_a_moved_deadline_moves_what_was_not_attempted() -> None:
    waiting, tried = message(5), message(0, attempts=2, due_at=NOW + timedelta(seconds=20))
    fixed, gone = message(2, opens=None), message(1, state="delivered")
    command = message(1, telling="command")
    soon = NOW + timedelta(minutes=4)
    moved = {one.delivery_id: one for one in follow([waiting, tried, fixed, gone, command], soon)}
    assert moved.keys() == {waiting.delivery_id, tried.delivery_id, fixed.delivery_id}
    assert moved[waiting.delivery_id].due_at == NOW + timedelta(minutes=2)
    assert moved[tried.delivery_id].due_at == tried.due_at
    assert moved[fixed.delivery_id].due_at == fixed.due_at
    assert all(one.give_up_at == one.deadline == soon for one in moved.values())


def test_an_acknowledgement_stops_its_own_sides_messages() -> None:
    driver, desk = message(0, audience="driver"), message(1)
    manager, system = message(2, audience="duty_manager"), message(0, channel="webhook")
    assert ids(stopped([driver, desk, manager, system], "dispatcher")) == {desk.delivery_id, manager.delivery_id}
    assert ids(stopped([driver, desk, manager, system], "driver")) == {driver.delivery_id}


def test_what_an_acknowledgement_stopped_goes_on_when_it_is_taken_back() -> None:
    early, late = message(1, state="cancelled", closes=0.3), message(8, state="cancelled")
    told, driver = message(1, state="delivered"), message(0, audience="driver", state="cancelled")
    system, before = message(0, channel="webhook"), message(8, state="cancelled", begun_at=NOW - timedelta(minutes=1))
    everything = [early, late, told, driver, system, before]
    alert = msgspec.structs.replace(raised(eta=10), told_at=NOW)
    now = NOW + timedelta(minutes=4)
    moved = {one.delivery_id: one for one in revived(everything, alert, now=now)}
    assert moved.keys() == {early.delivery_id, late.delivery_id}
    assert all(one.state == "due" for one in moved.values())
    assert (moved[early.delivery_id].due_at, moved[early.delivery_id].give_up_at) == (now, alert.deadline)
    assert moved[late.delivery_id].due_at == late.due_at
    later = msgspec.structs.replace(alert, deadline=NOW + timedelta(minutes=20))
    assert {one.due_at for one in revived([late, told], later, now=now)} == {NOW + timedelta(minutes=16)}


def test_what_was_lost_while_somebody_was_on_it_brings_the_first_rung_forward_afterwards() -> None:
    first, later = message(3, state="cancelled"), message(8, state="cancelled")
    lost, system = message(0, audience="driver", state="failed"), message(0, channel="webhook", state="delivered")
    alert = msgspec.structs.replace(raised(eta=10), told_at=NOW)
    now = NOW + timedelta(minutes=1)
    moved = {one.delivery_id: one.due_at for one in revived([first, later, lost, system], alert, now=now)}
    assert moved == {first.delivery_id: now, later.delivery_id: later.due_at}
    heard = msgspec.structs.replace(lost, state="sent")
    assert {one.due_at for one in revived([first, heard], alert, now=now)} == {first.due_at}


def test_what_is_past_its_deadline_or_no_longer_told_stays_stopped() -> None:
    one = message(8, state="cancelled")
    alert = msgspec.structs.replace(raised(eta=10), told_at=NOW)
    assert revived([one], alert, now=alert.deadline) == []
    assert revived([one], msgspec.structs.replace(alert, decision="review"), now=NOW) == []
    assert revived([one], msgspec.structs.replace(alert, rationed=True), now=NOW) == []
    pressed = message(0, state="cancelled", telling="expired", deadline=NOW + timedelta(minutes=20))
    assert revived([pressed], alert, now=alert.deadline) == [], "it expires anew, and that is told"


def test_newer_words_overtake_older_ones() -> None:
    driver, desk, system = message(0, audience="driver"), message(1), message(0, channel="webhook")
    command = message(0, telling="command", channel="webhook")
    everything = [driver, desk, system, command]
    whole = {driver.delivery_id, desk.delivery_id, system.delivery_id}
    assert ids(overtaken(everything, "recall", still_alerting=True)) == whole
    assert ids(overtaken(everything, "closed", still_alerting=True)) == whole
    assert ids(overtaken(everything, "lowered", still_alerting=True)) == {system.delivery_id}
    assert ids(overtaken(everything, "lowered", still_alerting=False)) == whole
    assert ids(overtaken(everything, "driver", still_alerting=True)) == {driver.delivery_id}
    assert ids(overtaken(everything, "expired", still_alerting=True)) == {desk.delivery_id, system.delivery_id}
    assert ids(overtaken(everything, "unconfirmed", still_alerting=True)) == set()
