"""A job goes from one driver to another: only who has it now answers for it."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

import msgspec
import pytest

from notifier.addressees import Addressees
from notifier.answers import Answers
from notifier.channels.message import Message
from notifier.channels.replies import CODES, ReplyCode
from pickup_contracts.office import Ladders, Rung
from tests.integration.telling.office import Office

FIRST, SECOND = "+447700900111", "+447700900222"


@pytest.fixture
async def answers(office: Office) -> Answers:
    """The first driver was texted and is being called when the job goes to the second, who has heard nothing yet."""
    office.set_up(
        ladders=Ladders(
            warning=[Rung(who="dispatcher", by="webhook"), Rung(who="driver", by="sms"), Rung(who="driver", by="voice")]
        )
    )
    assigned = office.event(1, status="driver_assigned", driver={"id": "d-1", "phone": FIRST})
    await office.consumer.handle([assigned, office.assessment("hold_recommended")])
    begun = "update deliveries set state = 'sent', attempts = 1 where audience = 'driver' and channel <> 'webhook'"
    assert await office.pool.execute(begun) == "UPDATE 2"
    await office.consumer.handle([office.event(2, driver={"id": "d-2", "phone": SECOND})])
    assert (await office.current()).driver == "d-2"
    assert await waiting(office) == [("sms", SECOND), ("voice", SECOND)]
    return Answers(Addressees(office.pool), office.receipts, office.actions)


async def waiting(office: Office) -> list[tuple[str, str]]:
    """The messages to a driver that are still to be sent: channel and number."""
    rows = await office.pool.fetch(
        "select channel, body from deliveries where operator_id = $1 and audience = 'driver' and state = 'due' "
        "and channel <> 'webhook' order by channel",
        office.operator_id,
    )
    return [(row[0], msgspec.json.decode(row[1], type=Message).to) for row in rows]


async def webhook(office: Office) -> tuple[str, str | None]:
    """What the operator's system is told last: of what, and who has the job."""
    row = await office.pool.fetchrow(
        "select telling, body from deliveries where operator_id = $1 and channel = 'webhook' "
        "order by change desc limit 1",
        office.operator_id,
    )
    return row["telling"], msgspec.json.decode(row["body"])["data"]["driver_id"]


async def called(office: Office, number: str) -> UUID:
    rows = await office.pool.fetch("select delivery_id, body from deliveries where channel = 'voice'")
    (found,) = [row[0] for row in rows if msgspec.json.decode(row[1], type=Message).to == number]
    assert isinstance(found, UUID)
    return found


async def outcomes(office: Office) -> list[str]:
    rows = await office.pool.fetch(
        "select body from outcomes where operator_id = $1 order by position", office.operator_id
    )
    return [msgspec.json.decode(row[0])["action"] for row in rows]


@pytest.mark.parametrize("code", list(CODES.values()))
@pytest.mark.parametrize("by", ["text", "call"])
async def test_who_no_longer_has_the_job_silences_nobody_and_says_nothing_of_it(
    office: Office, answers: Answers, by: str, code: ReplyCode
) -> None:
    before = await office.current()
    now = datetime.now(UTC)
    if by == "text":
        assert await answers.reply(FIRST, code, "SM1", now) == "changed"
    else:
        assert await answers.key(await called(office, FIRST), code, f"CA1/{code}", now) == "changed"
    assert await office.current() == before
    assert await waiting(office) == [("sms", SECOND), ("voice", SECOND)]
    assert await outcomes(office) == []


async def test_who_has_the_job_now_answers_for_it(office: Office, answers: Answers) -> None:
    second = await called(office, SECOND)
    assert await answers.key(second, "refused", "CA1/refused", datetime.now(UTC)) == "taken"
    assert (await office.current()).driver_acknowledged_at is not None
    assert await waiting(office) == []
    assert await outcomes(office) == ["refused"]


async def test_asking_for_a_call_stops_no_message_to_the_driver(office: Office, answers: Answers) -> None:
    """The call that says STOP is still made: the office may not get through before the door is reached."""
    second = await called(office, SECOND)
    assert await answers.key(second, "call_me", "CA1/call_me", datetime.now(UTC)) == "taken"
    asked = await office.current()
    assert (asked.call_wanted_at is not None, asked.driver_acknowledged_at) == (True, None)
    assert await waiting(office) == [("sms", SECOND), ("voice", SECOND)]


async def test_who_gets_the_job_back_answers_for_it_again(office: Office, answers: Answers) -> None:
    await office.consumer.handle([office.event(3, driver={"id": "d-1", "phone": FIRST})])
    assert await answers.reply(FIRST, "understood", "SM1", datetime.now(UTC)) == "taken"
    assert (await office.current()).driver_acknowledged_at is not None


async def test_a_message_of_before_drivers_were_kept_is_answered_as_before(office: Office, answers: Answers) -> None:
    await office.pool.execute("update deliveries set driver = null")
    assert await answers.reply(FIRST, "refused", "SM1", datetime.now(UTC)) == "taken"
    assert await outcomes(office) == ["refused"]


async def test_nobody_has_the_job_and_nobody_answers_for_it(office: Office, answers: Answers) -> None:
    await office.consumer.handle([office.event(3, driver=None), office.assessment("warn", 2)])
    freed = await office.current()
    assert (freed.driver, freed.decision) == (None, "warn")
    assert await answers.reply(FIRST, "refused", "SM1", datetime.now(UTC)) == "changed"
    assert await answers.key(await called(office, SECOND), "refused", "CA1", datetime.now(UTC)) == "changed"
    assert (await office.current(), await outcomes(office)) == (freed, [])
    assert await webhook(office) == ("lowered", None)


async def test_the_system_hears_of_another_driver_without_the_number_of_the_first(
    office: Office, answers: Answers
) -> None:
    await office.consumer.handle([office.event(3, driver={"id": "d-3"})])
    assert await webhook(office) == ("driver", "d-3")
    assert await waiting(office) == [], "the second driver's number is not the third's"
