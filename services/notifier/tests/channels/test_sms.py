"""Text messages: never twice, never too long, with the way to answer whole."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from uuid import UUID, uuid4

import msgspec
import pytest
from channel_benches import PHONE, SENDER, again, texts, told
from standins.twilio_api import INVALID, NOT_A_MOBILE, STOPPED, TwilioApi

from notifier.channels import segments
from notifier.channels.message import Message
from notifier.channels.sms import SmsChannel, reference, text_of
from pickup_runtime import metrics


@pytest.fixture
async def sms(api: TwilioApi) -> AsyncIterator[SmsChannel]:
    made = texts(api)
    yield made
    await made.close()


async def test_the_request_is_what_the_provider_asks_for(api: TwilioApi, sms: SmsChannel) -> None:
    one = told("sms", PHONE, "Check job 7.", link="https://guard.example/d/abc", hint="Reply 1 yes 2 no.")
    attempt = await sms.attempt(one)
    assert attempt.provider_id == api.made[0]["shown"]["sid"]
    assert api.made[0]["form"] == {
        "To": PHONE,
        "From": SENDER,
        "Body": f"Check job 7. Reply 1 yes 2 no. https://guard.example/d/abc {reference(one.delivery_id)}",
        "StatusCallback": f"https://guard.example/callbacks/twilio/status/{one.delivery_id}",
    }


async def test_a_messaging_service_sends_in_the_name_of_the_firm(api: TwilioApi) -> None:
    channel = texts(api, sender="MG" + "1" * 32)
    assert (await channel.attempt(told("sms", PHONE))).result == "sent"
    assert api.made[0]["form"]["MessagingServiceSid"] == "MG" + "1" * 32
    await channel.close()


@pytest.mark.parametrize(("fault", "listed"), [("lost", 1), ("reset", 1), ("500", 1)])
async def test_a_text_whose_answer_never_came_is_looked_for_before_it_is_sent_again(
    api: TwilioApi, sms: SmsChannel, fault: str, listed: int
) -> None:
    api.faults = [fault]  # type: ignore[list-item]
    one = told("sms", PHONE)
    assert (await sms.attempt(one)).result == "try_again"
    attempt = await sms.attempt(again(one))
    assert attempt.result == "sent"
    assert len(api.made) == 1
    assert (attempt.provider_id, api.listed) == (api.made[0]["shown"]["sid"], listed)


async def test_a_notifier_that_died_after_sending_sends_nothing_more(api: TwilioApi, sms: SmsChannel) -> None:
    one = told("sms", PHONE)
    await sms.attempt(one)
    for _ in range(3):
        one = again(one)
        assert (await sms.attempt(one)).result == "sent"
    assert len(api.made) == 1


async def test_the_same_words_about_another_booking_are_another_text(api: TwilioApi, sms: SmsChannel) -> None:
    await sms.attempt(told("sms", PHONE))
    assert (await sms.attempt(again(told("sms", PHONE)))).result == "sent"
    assert len({one["form"]["Body"] for one in api.made}) == len(api.made) == 2


async def test_an_older_text_that_happens_to_have_the_same_reference_is_not_taken_for_it(
    api: TwilioApi, sms: SmsChannel
) -> None:
    one = told("sms", PHONE)
    await sms.attempt(one)
    later = msgspec.structs.replace(again(one), created_at=one.created_at + timedelta(hours=1))
    assert (await sms.attempt(later)).result == "sent"
    assert len(api.made) == 2


async def test_a_trial_accounts_prefix_does_not_hide_a_text(api: TwilioApi, sms: SmsChannel) -> None:
    api.trial = True
    one = told("sms", PHONE)
    await sms.attempt(one)
    await sms.attempt(again(one))
    assert len(api.made) == 1


@pytest.mark.parametrize(
    ("status", "result"),
    [("failed", "refused"), ("undelivered", "refused"), ("delivered", "delivered"), ("sent", "sent")],
)
async def test_a_text_that_is_found_says_how_it_stands(
    api: TwilioApi, sms: SmsChannel, status: str, result: str
) -> None:
    one = told("sms", PHONE)
    await sms.attempt(one)
    api.made[0]["shown"] |= {"status": status, "error_code": 30005 if result == "refused" else None}
    attempt = await sms.attempt(again(one))
    assert attempt.result == result
    assert ("30005" in (attempt.error or "")) == (result == "refused")


async def test_where_texts_may_not_be_listed_a_warning_twice_is_better_than_none(
    api: TwilioApi, sms: SmsChannel
) -> None:
    api.may_list = False
    api.faults = ["lost"]
    one = told("sms", PHONE)
    await sms.attempt(one)
    assert (await sms.attempt(again(one))).result == "sent"
    assert len({made["form"]["Body"] for made in api.made}) == 1


async def test_while_the_list_does_not_answer_nothing_is_sent_blindly(api: TwilioApi, sms: SmsChannel) -> None:
    one = told("sms", PHONE)
    await sms.attempt(one)
    api.faults = ["500"]
    assert (await sms.attempt(again(one))).result == "try_again"
    api.faults = ["wrong_json"]
    assert (await sms.attempt(again(one))).result == "try_again"
    assert len(api.made) == 1


@pytest.mark.parametrize(("to", "code"), [(INVALID, 21211), (NOT_A_MOBILE, 21614), (STOPPED, 21610)])
async def test_a_number_that_takes_no_texts_is_refused_with_the_providers_code_alone(
    sms: SmsChannel, to: str, code: int
) -> None:
    attempt = await sms.attempt(told("sms", to))
    assert (attempt.result, attempt.error) == ("refused", f"answered 400, code {code}")


async def test_a_wrong_token_gives_the_next_channel_its_turn(api: TwilioApi) -> None:
    channel = texts(api, token="wrong")
    attempt = await channel.attempt(told("sms", PHONE))
    assert (attempt.result, attempt.error) == ("refused", "answered 401, code 20003")
    await channel.close()


@pytest.mark.parametrize(
    "to", ["07700900123", "+44", "+4477009001234567", "+447700900123,+447700900124", "+44 7700 900123"]
)
async def test_what_is_no_number_is_not_asked_about(api: TwilioApi, sms: SmsChannel, to: str) -> None:
    assert (await sms.attempt(told("sms", to))).result == "refused"
    assert api.requests == 0


async def test_a_text_that_is_too_long_loses_its_end_and_keeps_its_way_to_answer(
    api: TwilioApi, sms: SmsChannel
) -> None:
    before = metrics.sms_cut._value.get()
    one = told("sms", PHONE, "word " * 400, link="https://guard.example/d/abc", hint="Reply 1 or 2.")
    await sms.attempt(one)
    body = api.made[0]["form"]["Body"]
    assert segments.size(body).segments == 4
    assert body.startswith("word word")
    assert body.endswith(f"... Reply 1 or 2. https://guard.example/d/abc {reference(one.delivery_id)}")
    assert metrics.sms_cut._value.get() == before + 1


def test_an_ordinary_text_with_its_reference_is_one_charge() -> None:
    text, cut = text_of(Message(PHONE, "STOP. DO NOT COLLECT job 7. Call the office."), uuid4(), at_most=4)
    assert (segments.size(text), cut) == (segments.Size("GSM-7", len(text), 1), False)


def test_references_are_short_plain_and_differ() -> None:
    found = {reference(uuid4()) for _ in range(1_000)}
    assert len(found) > 990
    assert all(len(one) == 6 and one[1:].isalnum() for one in found)
    assert reference(UUID(int=0)) == "#AAAAA"
