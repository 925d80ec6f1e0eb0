"""One row that breaks a loop is set aside and shown; all others go on, and a broken database is no row's fault."""

from __future__ import annotations

import asyncio
import json
import uuid
from datetime import UTC, datetime, timedelta

import asyncpg
import msgspec
import pytest

from notifier.driver_page.question import Questions
from notifier.feed import publish_feed
from notifier.outbox import Outbox
from notifier.setting_aside import Aside
from notifier.telling import Teller
from pickup_contracts.alert import alert_id
from pickup_contracts.assessment import Decision
from pickup_contracts.codec import encode
from pickup_contracts.topics import ALERTS, ASSESSMENTS, OUTCOMES, dead_letter
from pickup_runtime import metrics
from pickup_runtime.clock import ManualClock, SystemClock
from pickup_runtime.embedded.kafka import EmbeddedKafka
from pickup_runtime.kafka import Record, start_producer
from pickup_runtime.testing.plugin import MakeReader
from tests.integration.telling.office import Office

_UNREADABLE = b'{"not": "a list"}'


async def past_their_time(office: Office, *bookings: str) -> None:
    for booking_id in bookings:
        await office.consumer.handle([office.assessment("warn", booking_id=booking_id)])
    await office.pool.execute("update alerts set deadline = now() - interval '1 second'")


async def spoil(office: Office, booking_id: str) -> None:
    await office.pool.execute("update alerts set reasons = $1 where booking_id = $2", _UNREADABLE, booking_id)


async def settled(office: Office) -> bool:
    left = "select count(*) from deliveries where due_at <= now() and state <> 'delivered'"
    return bool(await office.pool.fetchval(left) == 0)


def counted(work: str) -> float:
    return float(metrics.set_aside.labels(work)._value.get())


async def test_an_alert_that_cannot_be_read_keeps_no_other_from_the_duty_manager(office: Office) -> None:
    await past_their_time(office, "a", "spoilt", "c", "d", "e")
    await spoil(office, "spoilt")
    before = counted("expiry")
    assert await office.escalation.sweep() == 4
    states = dict(await office.pool.fetch("select booking_id, state from alerts"))
    assert states == {"a": "expired", "spoilt": "open", "c": "expired", "d": "expired", "e": "expired"}
    (one,) = await Aside(office.pool, SystemClock()).of(office.operator_id)
    assert (one.work, one.booking_id, one.tries) == ("expiry", "spoilt", 1)
    assert one.row_id == alert_id(office.operator_id, "spoilt")
    assert one.reason.startswith("ValidationError at notifier.alert_rows:")
    assert counted("expiry") == before + 1
    assert await office.escalation.sweep() == 0, "it is left alone for now"
    assert counted("expiry") == before + 1


async def test_it_is_tried_again_later_and_forgotten_once_it_works(office: Office) -> None:
    await past_their_time(office, "b")
    (reasons,) = await office.pool.fetchrow("select reasons from alerts")
    await spoil(office, "b")
    aside = Aside(office.pool, SystemClock())
    pauses = []
    for _ in range(3):
        assert await office.escalation.sweep() == 0
        (one,) = await aside.of(office.operator_id)
        pauses.append(one.again_at - datetime.now(UTC))
        await office.pool.execute("update set_aside set again_at = now()")
    assert [round(one / timedelta(seconds=30)) for one in pauses] == [1, 2, 4]
    await office.pool.execute("update alerts set reasons = $1", reasons)
    assert await office.escalation.sweep() == 1
    assert (await office.current()).state == "expired"
    assert await aside.of(office.operator_id) == []


async def test_what_somebody_else_has_settled_meanwhile_is_forgotten(office: Office) -> None:
    await past_their_time(office, "b")
    await spoil(office, "b")
    await office.escalation.sweep()
    await office.pool.execute("update alerts set state = 'acknowledged'")
    now = datetime.now(UTC)
    await Aside(office.pool, ManualClock(now)).tend()
    assert metrics.set_aside_waiting.labels("expiry")._value.get() == 1
    await Aside(office.pool, ManualClock(now + timedelta(minutes=11))).tend()
    assert metrics.set_aside_waiting.labels("expiry")._value.get() == 0
    assert await office.pool.fetchval("select count(*) from set_aside") == 0


async def test_a_command_whose_alert_cannot_be_read_keeps_no_other_from_being_missed(office: Office) -> None:
    for booking_id in ("a", "spoilt"):
        await office.consumer.handle([office.assessment("warn", booking_id=booking_id)])
    await office.pool.execute(
        "update alerts set command = 'hold', command_id = alert_id, command_state = 'requested', "
        "confirm_by = now() - interval '1 second'"
    )
    await spoil(office, "spoilt")
    assert await office.escalation.sweep() == 1
    states = dict(await office.pool.fetch("select booking_id, command_state from alerts"))
    assert states == {"a": "unanswered", "spoilt": "requested"}
    assert [one.work for one in await Aside(office.pool, SystemClock()).of(office.operator_id)] == ["command"]


async def test_a_receipt_that_cannot_be_given_up_keeps_no_other(office: Office) -> None:
    for booking_id in ("a", "spoilt"):
        await office.consumer.handle([office.assessment("warn", booking_id=booking_id)])
    await spoil(office, "spoilt")
    await office.pool.execute("update deliveries set state = 'sent', give_up_at = now() where recipient = 'system'")
    await office.escalation.sweep()
    states = dict(await office.pool.fetch("select booking_id, state from deliveries where recipient = 'system'"))
    assert states == {"a": "abandoned", "spoilt": "sent"}
    assert [one.work for one in await Aside(office.pool, SystemClock()).of(office.operator_id)] == ["receipt"]


async def test_a_message_whose_alert_cannot_be_written_is_sent_once_and_seen(office: Office) -> None:
    await office.consumer.handle([office.assessment("warn", booking_id="spoilt")])
    await office.consumer.handle([office.assessment("warn", booking_id="a")])
    await spoil(office, "spoilt")
    office.start()

    await office.until(lambda: settled(office), "what was due is settled")
    # Once their lease is over, what is not settled is claimed again.
    await office.pool.execute("update deliveries set leased_until = now() where state = 'due'")
    await asyncio.sleep(1.2)
    for line in office.lines.values():
        assert sorted(one.booking_id for one in line.got) == ["a", "spoilt"], line.name
    aside = await Aside(office.pool, SystemClock()).of(office.operator_id)
    assert {(one.work, one.booking_id) for one in aside} == {("message", "spoilt")}
    noted = await office.pool.fetch("select distinct booking_id from audit where kind = 'alert.delivered'")
    assert [row[0] for row in noted] == ["a"]


async def test_that_nobody_may_know_of_an_alert_is_seen_until_it_is_closed(office: Office) -> None:
    for booking_id in ("closed", "open"):
        await office.consumer.handle([office.assessment("warn", booking_id=booking_id)])
        await spoil(office, booking_id)
    office.start()
    aside = Aside(office.pool, SystemClock())

    async def shown() -> set[str]:
        return {one.booking_id for one in await aside.of(office.operator_id)}

    async def both() -> bool:
        return await settled(office) and await shown() == {"closed", "open"}

    async def one() -> bool:
        await aside.tend()
        return await shown() == {"open"}

    await office.until(both, "both are set aside")
    office.running.pop().cancel()
    now = datetime.now(UTC)
    await Aside(office.pool, ManualClock(now + timedelta(hours=47))).tend()
    assert await both(), "nothing tries it again, so no time says that it is done"
    assert not any(row.again for row in await aside.of(office.operator_id))
    assert metrics.set_aside_waiting.labels("message")._value.get() >= 2
    await office.pool.execute("update alerts set state = 'closed', closed_at = now() where booking_id = 'closed'")
    await office.until(one, "what is closed is nobody's concern any more")
    await Aside(office.pool, ManualClock(now + timedelta(hours=49))).tend()
    assert await aside.of(office.operator_id) == []


async def test_a_driver_who_cannot_be_asked_keeps_no_other_from_being_asked(office: Office) -> None:
    driver = {"id": "d-1", "phone": "+447700900111"}
    for booking_id in ("a", "spoilt"):
        await office.consumer.handle(
            [office.event(1, booking_id, driver=driver), office.assessment("warn", booking_id=booking_id)]
        )
    await office.pool.execute(
        "update alerts set state = 'closed', close_reason = 'delivered', closed_at = now() - interval '3 minutes', "
        "reach = 'delivered', driver = 'd-1'"
    )
    await office.pool.execute("update watched_bookings set document = '[]' where booking_id = 'spoilt'")
    teller = Teller(office.operators, channels=frozenset({"sms"}), link_for=lambda *_: "https://x.example/d/1")
    await Questions(office.store, teller, SystemClock()).sweep()
    asked = await office.pool.fetch("select booking_id from deliveries where telling = 'question'")
    assert [row[0] for row in asked] == ["a"]
    assert [one.work for one in await Aside(office.pool, SystemClock()).of(office.operator_id)] == ["question"]


async def test_a_database_without_its_table_is_no_rows_fault(office: Office) -> None:
    await past_their_time(office, "a", "b")
    await office.pool.execute("alter table feed rename to feed_away")
    with pytest.raises(asyncpg.UndefinedTableError):
        await office.escalation.sweep()
    assert await office.pool.fetchval("select count(*) from set_aside") == 0
    await office.pool.execute("alter table feed_away rename to feed")
    assert await office.escalation.sweep() == 2


@pytest.mark.parametrize("table", ["feed", "outcomes"])
async def test_a_step_that_the_broker_will_never_take_keeps_no_other_from_the_feed(
    office: Office, kafka: EmbeddedKafka, read_topics: MakeReader, table: str
) -> None:
    producer = await start_producer(kafka.bootstrap, idempotent=False)
    reader = await read_topics(ALERTS if table == "feed" else OUTCOMES)
    bodies = [b'{"n":1}', b"x" * (3 << 20), b'{"n":3}', b"y" * (1536 << 10), b'{"n":5}']
    for body in bodies:
        await office.pool.execute(
            f"insert into {table} (event_id, operator_id, booking_id, at, body) values ($1, $2, 'b', now(), $3)",
            uuid.uuid4(),
            office.operator_id,
            body,
        )
    office.running.append(asyncio.create_task(publish_feed(Outbox(office.pool), producer, office.bell)))

    def mine(record: Record) -> bool:
        return (record.key or b"").startswith(office.operator_id.encode())

    found = await reader.until(lambda records: len(records) >= 3, of=mine)
    assert [json.loads(one.value or b"")["n"] for one in found] == [1, 3, 5]

    async def settled() -> bool:
        return bool(await office.pool.fetchval(f"select count(*) = 2 from {table} where not published"))

    await office.until(settled, "two are left")
    aside = await Aside(office.pool, SystemClock()).of(office.operator_id)
    assert {one.work for one in aside} == {"step" if table == "feed" else "outcome"}
    assert {one.reason.partition(" ")[0] for one in aside} == {"MessageSizeTooLargeError"}
    assert len(aside) == 2, "one is too large for the producer, one for the broker"
    office.running.pop().cancel()
    await producer.stop()


async def test_a_message_that_cannot_be_taken_in_goes_to_the_dead_letters_and_the_others_are_taken(
    office: Office, read_topics: MakeReader
) -> None:
    await office.consumer.handle([office.assessment("warn", booking_id="spoilt")])
    await spoil(office, "spoilt")
    reader = await read_topics(dead_letter(ASSESSMENTS))
    await office.consumer.handle(
        [
            office.assessment("warn", booking_id="a"),
            office.assessment("hold_recommended", 2, booking_id="spoilt"),
            office.assessment("warn", booking_id="c"),
        ]
    )
    assert {one.booking_id for one in await office.store.unclosed(office.operator_id)} == {"a", "spoilt", "c"}
    key = f"{office.operator_id}/spoilt".encode()
    (letter,) = await reader.until(bool, of=lambda record: record.key == key)
    said = dict(letter.headers)
    assert (said["dlq_service"], said["dlq_error"]) == (b"notifier", b"ValidationError")
    (one,) = await Aside(office.pool, SystemClock()).of(office.operator_id)
    assert (one.work, one.booking_id, one.alerted, one.again) == ("booking", "spoilt", True, False)
    assert one.row_id == alert_id(office.operator_id, "spoilt")


async def test_a_value_that_no_column_holds_keeps_no_other_message_waiting(
    office: Office, read_topics: MakeReader
) -> None:
    reader = await read_topics(dead_letter(ASSESSMENTS))
    too_much = msgspec.structs.replace(office.judged("warn", booking_id="too-much"), score=3_000_000_000)
    async with asyncio.timeout(30):
        await office.consumer.handle(
            [
                office.assessment("warn", booking_id="a"),
                office.record(ASSESSMENTS.name, encode(too_much), "too-much"),
                office.assessment("warn", booking_id="c"),
            ]
        )
    assert {one.booking_id for one in await office.store.unclosed(office.operator_id)} == {"a", "c"}
    key = f"{office.operator_id}/too-much".encode()
    (letter,) = await reader.until(bool, of=lambda record: record.key == key)
    said = dict(letter.headers)
    assert (said["dlq_service"], said["dlq_error"]) == (b"notifier", b"DataError")
    assert b"3000000000" not in said["dlq_reason"]
    (one,) = await Aside(office.pool, SystemClock()).of(office.operator_id)
    assert (one.work, one.booking_id, one.alerted) == ("booking", "too-much", False)


async def test_what_is_new_of_a_booking_is_shown_where_it_may_be_a_warning(office: Office) -> None:
    for booking_id in ("open", "closed"):
        await office.consumer.handle([office.assessment("warn", booking_id=booking_id)])
        await spoil(office, booking_id)
    await office.pool.execute("update alerts set state = 'closed', closed_at = now() where booking_id = 'closed'")

    async def broken(*decisions: Decision) -> set[str]:
        """Which bookings stand on the page after these verdicts on each, none of which can be taken in."""
        await office.pool.execute("delete from set_aside")
        for booking_id in ("open", "closed", "new"):
            for version, decision in enumerate(decisions, 2):
                made = office.judged(decision, version, booking_id=booking_id)
                unfit = msgspec.structs.replace(made, score=3_000_000_000)
                await office.consumer.handle([office.record(ASSESSMENTS.name, encode(unfit), booking_id)])
        return {one.booking_id for one in await aside.of(office.operator_id)}

    aside = Aside(office.pool, SystemClock())
    assert await broken("warn") == {"open", "closed", "new"}
    await aside.tend()
    assert len(await aside.of(office.operator_id)) == 3, "one was closed before it came"
    assert await broken("allow") == {"open"}
    await office.consumer.handle([office.event(9, "open", status="collected"), office.event(9, "closed")])
    assert {one.booking_id for one in await aside.of(office.operator_id)} == {"open"}


async def test_a_booking_whose_name_no_table_takes_goes_to_the_dead_letters_alone(
    office: Office, read_topics: MakeReader
) -> None:
    reader = await read_topics(dead_letter(ASSESSMENTS))
    nameless = encode(office.judged("warn", booking_id="b\x00"))
    await office.consumer.handle([office.record(ASSESSMENTS.name, nameless, "nameless"), office.assessment("warn")])
    assert [one.booking_id for one in await office.store.unclosed(office.operator_id)] == ["b"]
    key = f"{office.operator_id}/nameless".encode()
    await reader.until(bool, of=lambda record: record.key == key)
    assert await Aside(office.pool, SystemClock()).of(office.operator_id) == []
