"""What recipients and providers say reaches its alert, once, on a real database."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import msgspec
import pytest
from alert_cases import raised

from notifier.actions import Actions
from notifier.addressees import Addressees
from notifier.alerts.alert import Alert
from notifier.answers import Answers
from notifier.channels.listener import Answered
from notifier.channels.message import Message
from notifier.channels.replies import CODES
from notifier.receipts import Receipts
from notifier.rung_rows import Delivery
from notifier.store import Store
from notifier.telling import Teller
from pickup_contracts.alert import alert_id
from pickup_contracts.operator import OperatorProfile
from pickup_runtime.clock import SystemClock
from pickup_runtime.operators import OperatorDirectory
from pickup_runtime.postgres import Pool
from pickup_runtime.testing.plugin import MakePool

PHONE = "+447700900123"


class Line:
    """A notifier without loops: alerts and messages as they are in its tables, and the answers to them."""

    def __init__(self, pool: Pool, operator_id: str) -> None:
        self.pool = pool
        self.operator_id = operator_id
        self.store = Store(pool)
        operators = OperatorDirectory()
        operators.put(OperatorProfile(operator_id=operator_id, name="X"))
        actions = Actions(self.store, operators, Teller(operators), SystemClock())
        self.answers = Answers(Addressees(pool), Receipts(self.store, SystemClock()), actions)

    async def alert(self, booking_id: str, **more: Any) -> Alert:
        made = msgspec.structs.replace(
            raised("hold_recommended"),
            alert_id=alert_id(self.operator_id, booking_id),
            operator_id=self.operator_id,
            booking_id=booking_id,
            deadline=datetime.now(UTC) + timedelta(minutes=10),
            **more,
        )
        async with self.store.batch() as batch:
            await batch.write_alerts([made])
        return made

    async def told(self, alert: Alert, *, to: str = PHONE, ago: timedelta = timedelta(0), **more: Any) -> UUID:
        """A message of the alert that a provider has accepted."""
        body = msgspec.json.encode(Message(to, "STOP."))
        at = datetime.now(UTC) - ago
        made = Delivery(
            uuid4(), alert.alert_id, self.operator_id, alert.booking_id, "sms", body, alert.deadline, 0, at,
            audience="driver", recipient="driver",
        )  # fmt: skip
        made = msgspec.structs.replace(made, **more)
        async with self.store.batch() as batch:
            await batch.rungs.add([made])
        await self.pool.execute(
            "update deliveries set state = 'sent', attempts = 1 where delivery_id = $1", made.delivery_id
        )
        return made.delivery_id

    async def now(self, alert: Alert) -> Alert:
        found = await self.store.alert(self.operator_id, alert.alert_id)
        assert found is not None
        return found

    async def reply(self, code: Any, reply_id: str = "SM1", phone: str = PHONE) -> Answered:
        return await self.answers.reply(phone, code, reply_id, datetime.now(UTC))

    async def outcomes(self) -> list[tuple[str, str]]:
        said = "convert_from(body, 'UTF8')::jsonb ->> 'action'"
        rows = await self.pool.fetch(
            f"select booking_id, {said} from outcomes where operator_id = $1 order by position", self.operator_id
        )
        return [tuple(row) for row in rows]

    async def steps(self) -> list[tuple[str, str | None]]:
        rows = await self.pool.fetch("select body from feed where operator_id = $1 order by position", self.operator_id)
        found = [msgspec.json.decode(row[0]) for row in rows]
        return [(one["type"], one.get("detail")) for one in found]


@pytest.fixture
async def line(operator_id: str, database: MakePool) -> Line:
    return Line(await database("notifier", "notifier"), operator_id)


async def test_a_receipt_counts_once_and_is_known_when_it_comes_again(line: Line) -> None:
    told = await line.told(await line.alert("b"))
    for status in ("delivered", "delivered", "failed"):
        assert await line.answers.receipt(told, status, datetime.now(UTC), None)
    assert await line.pool.fetchval("select state from deliveries where delivery_id = $1", told) == "delivered"
    assert [step for step, _ in await line.steps()] == ["delivered"]
    assert not await line.answers.receipt(uuid4(), "delivered", datetime.now(UTC), None)


async def test_a_reply_that_is_repeated_after_a_restart_is_one_outcome(line: Line) -> None:
    """The second `Line` has nothing of the first but the database."""
    alert = await line.alert("b")
    await line.told(alert)
    again = Line(line.pool, line.operator_id)
    assert await line.reply("refused") == "taken"
    assert await again.reply("refused") == "taken"
    assert await line.outcomes() == [("b", "refused")]
    noted = "select count(*) from audit where operator_id = $1 and kind = 'outcome.reported'"
    assert await line.pool.fetchval(noted, line.operator_id) == 1
    heard = await line.now(alert)
    assert (heard.state, heard.driver_acknowledged_at is not None) == ("open", True)


async def test_a_reply_is_about_the_newest_text_to_its_number(line: Line) -> None:
    older, newer, others = [await line.alert(name) for name in ("older", "newer", "others")]
    await line.told(older, ago=timedelta(minutes=20))
    await line.told(newer, ago=timedelta(minutes=10))
    await line.told(others, to="+447700900124")
    assert await line.reply("refused") == "taken"
    assert await line.outcomes() == [("newer", "refused")]


async def test_a_number_that_was_not_asked_of_late_has_nothing_to_answer(line: Line) -> None:
    alert = await line.alert("b")
    await line.told(alert, ago=timedelta(hours=13))
    await line.told(alert, to="+447700900124", audience="dispatcher", recipient="dispatcher-1")
    await line.told(alert, to="+447700900125", channel="voice")
    blanked = await line.told(alert, to="+447700900126")
    await line.pool.execute("update deliveries set body = '' where delivery_id = $1", blanked)
    for phone in (PHONE, "+447700900124", "+447700900125", "+447700900126", "+447700900999"):
        assert await line.reply("refused", phone=phone) == "unknown"
    assert await line.outcomes() == []


async def test_what_is_on_board_becomes_a_recall_for_the_office(line: Line) -> None:
    alert, over = await line.alert("b"), await line.alert("over", state="closed", close_reason="cancelled")
    await line.told(over, to="+447700900124")
    await line.told(alert)
    assert await line.reply("collected") == "taken"
    assert (await line.now(alert)).kind == "recall"
    assert ("recalled", None) in await line.steps()
    assert await line.reply("collected", "SM2", "+447700900124") == "taken"
    assert (await line.now(over)).kind == "warning"
    assert await line.outcomes() == [("b", "collected"), ("over", "collected")]


async def test_a_key_about_what_is_over_is_known_and_counts_for_nothing(line: Line) -> None:
    over = await line.alert("over", state="closed", close_reason="cancelled")
    call, _ = await line.told(over, channel="voice"), await line.told(over)
    assert await line.answers.key(call, "call_me", "CA1/call_me", datetime.now(UTC)) == "changed"
    assert await line.reply("call_me") == "changed"
    assert await line.now(over) == over
    assert await line.answers.key(uuid4(), "call_me", "CA2/call_me", datetime.now(UTC)) == "unknown"


async def test_of_a_ride_an_answer_may_be_heard_by_the_passenger(line: Line) -> None:
    for pattern in ("victim_as_passenger", "courier_as_passenger"):
        alert = await line.alert(pattern, pattern=pattern)
        call, _ = await line.told(alert, channel="voice"), await line.told(alert)
        for code in reversed(CODES.values()):
            assert await line.answers.key(call, code, f"CA/{pattern}/{code}", datetime.now(UTC)) == "taken_on_ride"
        assert await line.reply("refused", f"SM/{pattern}") == "taken_on_ride"


async def test_a_driver_who_asks_to_be_called_is_seen_and_reports_no_outcome(line: Line) -> None:
    alert = await line.alert("b")
    await line.told(alert)
    assert await line.reply("call_me") == "taken"
    assert await line.reply("call_me") == "taken"
    assert (await line.now(alert)).call_wanted_at is not None
    assert (await line.steps()).count(("reported", "asks_for_call")) == 1
    assert await line.outcomes() == []


async def test_the_office_takes_an_alert_on_and_a_driver_does_not(line: Line) -> None:
    alert = await line.alert("b")
    driver = await line.told(alert, channel="voice")
    desk = await line.told(alert, channel="email", audience="dispatcher", recipient="dispatcher-2")
    assert await line.answers.acknowledge(driver, datetime.now(UTC))
    assert (await line.now(alert)).state == "open"
    for _ in range(2):
        assert await line.answers.acknowledge(desk, datetime.now(UTC))
    taken = await line.now(alert)
    assert (taken.state, taken.acknowledged_by) == ("acknowledged", "dispatcher-2")
    assert not await line.answers.acknowledge(uuid4(), datetime.now(UTC))


async def test_a_drivers_key_during_a_call_says_what_the_same_number_says_by_text(line: Line) -> None:
    by_call, by_text = await line.alert("call"), await line.alert("text")
    await line.told(by_text)
    called = await line.told(by_call, channel="voice", to="+447700900124")
    assert await line.answers.key(called, "understood", "CA1/understood", datetime.now(UTC)) == "taken"
    assert await line.reply("understood") == "taken"
    for alert in (by_call, by_text):
        heard = await line.now(alert)
        assert (heard.state, heard.kind, heard.driver_acknowledged_at is not None) == ("open", "warning", True)
    assert await line.outcomes() == [], "that somebody has understood is no outcome"
    for _ in range(2):
        assert await line.answers.key(called, "collected", "CA1/collected", datetime.now(UTC)) == "taken"
    assert await line.reply("collected", "SM2") == "taken"
    for alert in (by_call, by_text):
        assert (await line.now(alert)).kind == "recall"
    assert await line.outcomes() == [("call", "collected"), ("text", "collected")]
    assert await line.answers.key(uuid4(), "collected", "CA2", datetime.now(UTC)) == "unknown"


async def test_the_office_takes_an_alert_on_by_its_own_key_and_reports_nothing_by_a_drivers(line: Line) -> None:
    alert = await line.alert("b")
    desk = await line.told(alert, channel="voice", audience="dispatcher", recipient="dispatcher-1")
    for code in ("collected", "refused", "call_me"):
        assert await line.answers.key(desk, code, f"CA1/{code}", datetime.now(UTC)) == "not_asked"
    assert (await line.now(alert)).state == "open"
    assert await line.outcomes() == []
    assert await line.answers.key(desk, "understood", "CA1/understood", datetime.now(UTC)) == "taken"
    assert (await line.now(alert)).acknowledged_by == "dispatcher-1"


async def test_an_acknowledgement_of_before_takes_on_nothing_that_came_after_it(line: Line) -> None:
    """A link of the warning, pressed or replayed once the goods are on board, is no word on the recall."""
    alert = await line.alert("b")
    desk = await line.told(alert, channel="email", audience="dispatcher", recipient="dispatcher-1")
    driver = await line.told(alert, channel="voice")
    await line.told(alert)
    assert await line.reply("collected") == "taken"
    recall = await line.now(alert)
    assert (recall.kind, recall.state) == ("recall", "open")
    for told in (desk, desk, driver):
        assert not await line.answers.acknowledge(told, datetime.now(UTC))
    assert await line.now(alert) == recall
    assert await line.answers.key(driver, "understood", "CA1/understood", datetime.now(UTC)) == "changed"
    office = await line.told(alert, ago=timedelta(minutes=1), channel="voice", audience="dispatcher")
    key = await line.answers.key(office, "understood", "CA2/understood", datetime.now(UTC))
    assert (key, await line.now(alert)) == ("changed_for_office", recall)
    newer = await line.told(recall, channel="email", audience="dispatcher", recipient="dispatcher-1")
    assert await line.answers.acknowledge(newer, datetime.now(UTC))
    assert (await line.now(alert)).acknowledged_by == "dispatcher-1"
