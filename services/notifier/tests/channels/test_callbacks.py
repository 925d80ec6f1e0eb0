"""What providers tell back: genuine, forged, replayed, late, out of order, and about messages that nobody knows."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4
from xml.etree import ElementTree

import pytest
from channel_receipts import KeptReceipts
from litestar import Litestar
from litestar.config.csrf import CSRFConfig
from litestar.testing import AsyncTestClient
from twilio.request_validator import RequestValidator  # type: ignore[import-untyped]

from notifier.channels.callbacks import TwilioCallbacks
from pickup_runtime import metrics
from pickup_runtime.clock import ManualClock

TOKEN = "an-auth-token"
PUBLIC = "https://guard.example"
PHONE = "+447700900123"
KNOWN = UUID("11111111-2222-5333-8444-555555555555")


class Provider:
    """Signs as Twilio does and posts."""

    def __init__(self, client: AsyncTestClient[Litestar], receipts: KeptReceipts) -> None:
        self.client = client
        self.receipts = receipts

    async def post(self, path: str, form: dict[str, str], *, signature: str | None = None, token: str = TOKEN) -> Any:
        made = RequestValidator(token).compute_signature(f"{PUBLIC}/callbacks/twilio{path}", form)
        said = made if signature is None else signature
        headers = {b"X-Twilio-Signature": said.encode("latin-1")}
        return await self.client.post(f"/callbacks/twilio{path}", data=form, headers=list(headers.items()))

    async def status(self, status: str, of: object = KNOWN, **more: str) -> Any:
        return await self.post(f"/status/{of}", {"MessageSid": "SM1", "MessageStatus": status, **more})

    async def reply(self, body: str, sid: str = "SM9", phone: str = PHONE, **more: str) -> str | None:
        answer = await self.post("/reply", {"MessageSid": sid, "From": phone, "Body": body, **more})
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith("application/xml")
        found = ElementTree.fromstring(answer.text)
        assert found.tag == "Response"
        return found.findtext("Message")


@pytest.fixture
async def provider() -> AsyncIterator[Provider]:
    receipts = KeptReceipts(KNOWN, PHONE)
    clock = ManualClock(datetime(2026, 1, 5, tzinfo=UTC))
    router = TwilioCallbacks(receipts, clock, token=TOKEN, public_url=PUBLIC + "/").router()
    # As in the console's application: cookies and CSRF tokens are asked for elsewhere.
    app = Litestar([router], csrf_config=CSRFConfig(secret="x" * 32), openapi_config=None)
    async with AsyncTestClient(app) as client:
        yield Provider(client, receipts)


@pytest.mark.parametrize(
    ("status", "receipt"),
    [
        ("delivered", ("delivered", None)),
        ("read", ("delivered", None)),
        ("undelivered", ("failed", "code 30005")),
        ("failed", ("failed", "code 30005")),
        *((one, None) for one in ("queued", "accepted", "sending", "sent", "scheduled", "something new")),
    ],
)
async def test_a_texts_status_moves_its_receipt(provider: Provider, status: str, receipt: object) -> None:
    assert (await provider.status(status, ErrorCode="30005")).status_code == 204
    assert provider.receipts.receipts.get(KNOWN) == receipt


@pytest.mark.parametrize(
    ("form", "receipt"),
    [
        ({"CallStatus": "completed"}, ("delivered", None)),
        ({"CallStatus": "completed", "AnsweredBy": "machine_start"}, ("failed", None)),
        ({"AnsweredBy": "machine_start"}, ("failed", None)),
        ({"AnsweredBy": "human"}, None),
        ({"CallStatus": "no-answer"}, ("failed", None)),
        ({"CallStatus": "busy"}, ("failed", None)),
        ({"CallStatus": "failed"}, ("failed", None)),
        ({"CallStatus": "in-progress"}, None),
    ],
)
async def test_a_calls_status_moves_its_receipt(provider: Provider, form: dict[str, str], receipt: object) -> None:
    assert (await provider.post(f"/status/{KNOWN}", {"CallSid": "CA1", **form})).status_code == 204
    assert provider.receipts.receipts.get(KNOWN) == receipt


async def test_a_status_that_comes_again_and_out_of_order_changes_nothing(provider: Provider) -> None:
    for status in ("delivered", "sent", "delivered", "queued", "delivered"):
        assert (await provider.status(status)).status_code == 204
    assert provider.receipts.receipts == {KNOWN: ("delivered", None)}


async def test_an_error_code_that_is_no_code_is_not_kept(provider: Provider) -> None:
    await provider.status("failed", ErrorCode="ring +447700900123")
    assert provider.receipts.receipts == {KNOWN: ("failed", None)}


@pytest.mark.parametrize("path", ["/status/{}", "/voice/{}"])
@pytest.mark.parametrize("of", [uuid4(), "not-an-id", "11111111222253338444555555555555x", "';drop"])
async def test_a_message_that_nobody_knows_is_not_there(provider: Provider, path: str, of: object) -> None:
    form = {"MessageStatus": "delivered", "Digits": "1"}
    answer = await provider.post(path.format(of), form)
    missing = await provider.client.get("/callbacks/twilio/nothing/here")
    assert (answer.status_code, answer.json()) == (404, missing.json())
    assert (provider.receipts.receipts, provider.receipts.keys) == ({}, {})


@pytest.mark.parametrize("path", [f"/status/{KNOWN}", f"/voice/{KNOWN}", f"/status/{uuid4()}", "/reply"])
@pytest.mark.parametrize("signature", ["", "AAAA", "ü", "other token", "other address", "other form"])
async def test_what_is_forged_is_not_read(provider: Provider, path: str, signature: str) -> None:
    form = {"MessageSid": "SM1", "MessageStatus": "delivered", "Digits": "1", "Body": "1", "From": PHONE}
    validator = RequestValidator("wrong" if signature == "other token" else TOKEN)
    made = {
        "other token": validator.compute_signature(f"{PUBLIC}/callbacks/twilio{path}", form),
        "other address": validator.compute_signature(f"{PUBLIC}/callbacks/twilio/reply2", form),
        "other form": validator.compute_signature(f"{PUBLIC}/callbacks/twilio{path}", {**form, "Body": "2"}),
    }.get(signature, signature)
    answer = await provider.post(path, form, signature=made)
    assert answer.status_code == 403
    assert provider.receipts.calls == 0


async def test_a_genuine_request_sent_to_another_message_is_forged(provider: Provider) -> None:
    form = {"MessageStatus": "delivered"}
    other = RequestValidator(TOKEN).compute_signature(f"{PUBLIC}/callbacks/twilio/status/{uuid4()}", form)
    assert (await provider.post(f"/status/{KNOWN}", form, signature=other)).status_code == 403


async def test_without_a_signature_or_a_form_nothing_is_read(provider: Provider) -> None:
    for body in (b"", b"\xff\xfe", b"a=1&" * 200):
        answer = await provider.client.post(f"/callbacks/twilio/status/{KNOWN}", content=body)
        assert answer.status_code == 403
    assert provider.receipts.calls == 0


async def test_a_body_without_end_is_refused(provider: Provider) -> None:
    answer = await provider.client.post(f"/callbacks/twilio/status/{KNOWN}", content=b"a=" + b"x" * 100_000)
    assert answer.status_code == 413


@pytest.mark.parametrize(
    ("body", "code", "says"),
    [
        ("1", "collected", "Do not hand it over"),
        (" 2 no way", "refused", "not collected"),
        ("3", "call_me", "call you"),
        ("4", "understood", "understood"),
    ],
)
async def test_a_driver_answers_by_number(provider: Provider, body: str, code: str, says: str) -> None:
    assert says in (await provider.reply(body) or "")
    assert provider.receipts.replies == {"SM9": (PHONE, code)}


@pytest.mark.parametrize("number", ["1", "2", "3", "4"])
async def test_what_a_passenger_may_hear_tells_nothing_of_the_answer(provider: Provider, number: str) -> None:
    provider.receipts.taken = "taken_on_ride"
    assert await provider.reply(number) == "Noted. Call the office when you can. Danger: 999."
    call = await provider.post(f"/voice/{KNOWN}", {"Digits": number, "CallSid": "CA1"})
    assert ElementTree.fromstring(call.text).findtext("Say") == (
        "Noted. Call the office when you can. In danger, call 9 9 9."
    )


async def test_an_answer_that_is_replayed_counts_once_and_gets_the_same_words(provider: Provider) -> None:
    first = await provider.reply("1")
    for _ in range(3):
        assert await provider.reply("1") == first
    assert provider.receipts.replies == {"SM9": (PHONE, "collected")}
    assert provider.receipts.calls == 1
    assert await provider.reply("2", sid="SM10") != first


async def test_what_is_not_understood_is_asked_again(provider: Provider) -> None:
    for number, body in enumerate(("on my way", "2 mins away", "", "<b>1</b>")):
        assert "1: collected or on board" in (await provider.reply(body, sid=f"SM{number}") or "")
    assert provider.receipts.replies == {}


@pytest.mark.parametrize("body", ["STOP", "help", "Unsubscribe"])
async def test_stop_and_help_are_left_to_the_provider(provider: Provider, body: str) -> None:
    assert await provider.reply(body) is None
    assert await provider.reply("anything", sid="SM2", OptOutType="STOP") is None
    assert provider.receipts.calls == 0


async def test_a_number_of_which_nothing_was_asked_learns_nothing(provider: Provider) -> None:
    assert await provider.reply("1", phone="+447700900666") is None
    assert await provider.reply("1", sid="SM2", phone="ABBEYCARS") is None
    assert provider.receipts.replies == {}


@pytest.mark.parametrize(
    ("digit", "code", "says"),
    [
        ("1", "collected", "Do not hand it over"),
        ("2", "refused", "did not take it"),
        ("3", "call_me", "will call you"),
        ("4", "understood", "Thank you"),
    ],
)
async def test_a_key_during_a_call_means_what_the_same_number_means_by_text(
    provider: Provider, digit: str, code: str, says: str
) -> None:
    for _ in range(3):
        answer = await provider.post(f"/voice/{KNOWN}", {"Digits": digit, "CallSid": "CA1"})
        assert answer.status_code == 200
        assert [one.tag for one in ElementTree.fromstring(answer.text)] == ["Say", "Hangup"]
        assert says in answer.text
    assert provider.receipts.keys == {f"CA1/{code}": (KNOWN, code)}
    await provider.reply(digit)
    assert provider.receipts.replies == {"SM9": (PHONE, code)}


@pytest.mark.parametrize("digit", ["9", "0", "", "11", "*", "\u0661"])
async def test_another_key_says_nothing(provider: Provider, digit: str) -> None:
    other = await provider.post(f"/voice/{KNOWN}", {"Digits": digit, "CallSid": "CA1"})
    assert "No acknowledgement" in other.text
    assert provider.receipts.calls == 0


async def test_a_key_that_was_not_asked_for_says_nothing(provider: Provider) -> None:
    provider.receipts.asked = {"understood"}
    other = await provider.post(f"/voice/{KNOWN}", {"Digits": "1", "CallSid": "CA1"})
    assert other.status_code == 200
    found = ElementTree.fromstring(other.text)
    assert [one.tag for one in found] == ["Gather", "Say", "Hangup"], "asked again; given up when no key comes"
    gather = found[0]
    assert (gather.attrib["numDigits"], gather.attrib["method"]) == ("1", "POST")
    assert gather.findtext("Say") == "Press 4 to say that you are on it."
    assert provider.receipts.keys == {}
    again = await provider.post(gather.attrib["action"].removeprefix(f"{PUBLIC}/callbacks/twilio"), {"Digits": "4"})
    assert "The office knows" in again.text
    assert list(provider.receipts.keys.values()) == [(KNOWN, "understood")]


async def test_an_answer_to_what_has_changed_since_is_told_to_call(provider: Provider) -> None:
    provider.receipts.taken = "changed"
    count = metrics.callbacks.labels("voice", "changed")._value
    before = count.get()
    call = await provider.post(f"/voice/{KNOWN}", {"Digits": "4", "CallSid": "CA1"})
    assert call.status_code == 200, "anything else is an 'application error' to whoever is on the telephone"
    said = ElementTree.fromstring(call.text).findtext("Say")
    assert said == "This has changed. Call the office now. In danger, call 9 9 9."
    assert count.get() == before + 1
    assert await provider.reply("4") == "This has changed. Call the office now. Danger: 999."
    provider.receipts.office_is_late = True
    call = await provider.post(f"/voice/{KNOWN}", {"Digits": "4", "CallSid": "CA2"})
    assert (call.status_code, "Open the page now" in call.text) == (200, True)


async def test_what_is_forged_and_unknown_is_counted(provider: Provider) -> None:
    def count(kind: str, answer: str) -> float:
        return float(metrics.callbacks.labels(kind, answer)._value.get())

    forged, unknown, taken = count("status", "forged"), count("status", "unknown"), count("status", "taken")
    await provider.status("delivered")
    await provider.status("delivered", of=uuid4())
    await provider.post(f"/status/{KNOWN}", {"MessageStatus": "delivered"}, token="wrong")
    assert (count("status", "forged"), count("status", "unknown"), count("status", "taken")) == (
        forged + 1,
        unknown + 1,
        taken + 1,
    )
