"""A warning reaches people by text and by mail, on real processes: told, delivered, answered, taken on.

The providers are stand-ins that speak Twilio's API and SMTP; everything else is what runs in production.
"""

from __future__ import annotations

import asyncio
import re
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest
from standins.chat_service import ChatService
from standins.operator_system import OperatorSystem

from pickup_contracts.dispatch import DispatchNote
from pickup_contracts.office import Ladders, OfficeContact, Rung
from pickupctl.commands import secret
from tests.e2e.line import MAILBOX, PHONE, PROFILE, Line, line
from tests.stack import OPERATOR, fetch, until

pytestmark = pytest.mark.e2e

DESK = "+441632960100"
#: More than the slots of a channel, so that a shared pool would be full.
MANY = 80


async def test_a_text_is_delivered_answered_and_the_office_takes_it_on_by_mail(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with line(tmp_path, monkeypatch) as it:
        await it.book("texted")
        await until(lambda: _all(it.texts.made), "the text")
        (made,) = it.texts.made
        assert made["form"]["To"] == PHONE
        assert made["form"]["Body"].startswith("STOP. DO NOT COLLECT job texted.")
        assert re.search(r"Reply 1: .* 2: .* 3: .* 4: .* #[A-Z2-7]{5}$", made["form"]["Body"])
        await until(lambda: _is(it, "texted", "sms", "sent"), "what the provider has accepted")

        receipt = {"MessageSid": made["shown"]["sid"], "MessageStatus": "delivered"}
        status = made["form"]["StatusCallback"]
        assert (await it.call_back(status, receipt, token="forged")).status_code == 403
        assert await it.state("texted", "sms") == "sent"
        for _ in range(2):
            assert (await it.call_back(status, receipt)).status_code == 204
        assert await it.state("texted", "sms") == "delivered"

        for _ in range(2):
            answer = await it.reply("2 - not taking it", "SM-reply-1")
            assert (answer.status_code, "Noted: not collected" in answer.text) == (200, True)
        stranger = await it.reply("2", "SM-reply-2", "+447700900999")
        assert (stranger.status_code, "Message" in stranger.text) == (200, False)
        await until(lambda: _published(it, "texted"), "the outcome on its topic")
        assert await it.outcomes("texted") == [{"action": "refused", "reported_by": "driver", "published": True}]

        (alert,) = await it.office.alerts()
        assert (alert["state"], alert["driver_acknowledged_at"] is not None) == ("open", True)
        (mail,) = it.mail.mails
        body = mail.get_body(("plain",))
        assert body is not None
        found = re.search(r"http://127\.0\.0\.1:\d+/acknowledge/\S+", body.get_content())
        assert found is not None
        async with httpx.AsyncClient(trust_env=False) as browser:
            assert (await browser.get(found[0])).status_code == 200
            assert (await it.office.alerts())[0]["state"] == "open", "looking at a link changes nothing"
            assert (await browser.post(found[0])).status_code == 200
        (alert,) = await it.office.alerts()
        assert (alert["state"], alert["acknowledged_by"]) == ("acknowledged", "dispatcher-1")


async def test_a_driver_who_has_it_already_is_told_not_to_hand_it_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with line(tmp_path, monkeypatch) as it:
        await it.book("aboard")
        await until(lambda: _all(it.texts.made), "the text")
        assert "the office will call you" in (await it.reply("3", "SM-1")).text
        assert (await it.office.alerts())[0]["call_wanted_at"] is not None
        assert "you have it" in (await it.reply("1", "SM-2")).text
        await until(lambda: _all(it.texts.made[1:]), "the recall")
        assert it.texts.made[1]["form"]["Body"].startswith("DO NOT HAND IT OVER. Job aboard")
        (alert,) = await it.office.alerts()
        assert (alert["kind"], alert["state"]) == ("recall", "open")
        assert [one["action"] for one in await it.outcomes("aboard")] == ["collected"]


async def test_each_rung_goes_by_its_channel_in_words_that_fit_it_and_a_key_takes_the_alert_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with line(tmp_path, monkeypatch) as it, OperatorSystem([]).running() as own, ChatService().running() as chat:
        await secret.put(OPERATOR, "dispatch", own.token)
        await secret.put(OPERATOR, "duty-chat", f"json://127.0.0.1:{chat.port}/notify")
        desk = OfficeContact(role="dispatcher", name="Desk", voice=DESK, email=MAILBOX, apprise="duty-chat")
        rungs = [Rung(who="driver", by="dispatch_note"), Rung(who="dispatcher", by="voice")]
        rungs += [Rung(who="dispatcher", by="email"), Rung(who="dispatcher", by="apprise")]
        note = DispatchNote(
            url=f"{own.url}/api/jobs/{{booking_id}}/notes",
            body={"note": {"kind": "driver", "text": "{text}"}, "ref": "{idempotency_key}"},
            visible_to="driver",
            secret_header="Authorization",
        )
        await it.set_up(
            msgspec.structs.replace(PROFILE, contacts=[desk], ladders=Ladders(warning=rungs), dispatch_note=note)
        )
        await it.book("all")
        await until(lambda: _all(it.calls() and it.mail.mails and own.notes and chat.got), "every channel")
        (call,), (mail,), ((_, booking_id, written),), (said,) = it.calls(), it.mail.mails, own.notes, chat.got
        assert (call["To"], booking_id) == (DESK, "all")
        assert "Open the page now" in call["Twiml"]
        assert "Police: 9 9 9" in call["Twiml"]
        assert "Press 4 to say that you are on it." in call["Twiml"]
        assert "What to do now:" in str(mail.get_body(("plain",)))
        assert written["note"]["text"].startswith("STOP. DO NOT COLLECT job all.")
        assert said["message"].startswith("CHECK job all by ")
        assert len(it.texts.made) == 1, "no rung says text"

        action = re.search(r'action="([^"]+)"', call["Twiml"])
        assert action is not None
        assert "No acknowledgement" in (await it.call_back(action[1], {"Digits": "5", "CallSid": "CA1"})).text
        assert (await it.office.alerts())[0]["state"] == "open"
        assert "Thank you" in (await it.call_back(action[1], {"Digits": "4", "CallSid": "CA1"})).text
        (alert,) = await it.office.alerts()
        assert (alert["state"], alert["acknowledged_by"]) == ("acknowledged", "dispatcher-1")


async def test_texts_that_hang_keep_no_mail_waiting(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with line(tmp_path, monkeypatch) as it:
        it.texts.faults = ["hang"] * 10_000
        await asyncio.gather(*(it.book(f"b-{n}", f"+4477009{n:05}") for n in range(MANY)))

        async def mailed() -> bool:
            return len(it.mail.mails) == MANY

        async def recorded() -> bool:
            count = "select count(*) from notifier.deliveries where channel = 'email' and state = 'delivered'"
            return bool((await fetch(it.stack, count))[0][0] == MANY)

        await until(mailed, "every mail")
        await until(recorded, "every mail's record")
        assert it.texts.made == []
        assert it.texts.requests > 0, "nothing was asked of the provider that hangs"


async def _all(made: list[Any]) -> list[Any]:
    return made


async def _is(it: Line, booking_id: str, channel: str, state: str) -> bool:
    return await it.state(booking_id, channel) == state


async def _published(it: Line, booking_id: str) -> bool:
    found = await it.outcomes(booking_id)
    return bool(found) and all(one["published"] for one in found)
