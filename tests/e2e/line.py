"""The whole stack with providers of texts, calls and mail, which are stand-ins that speak Twilio's API and SMTP."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from standins.mail_server import MailServer
from standins.twilio_api import SID, TOKEN, TwilioApi
from twilio.request_validator import RequestValidator  # type: ignore[import-untyped]

from pickup_contracts.office import Ladders, OfficeContact, Rung
from pickup_contracts.operator import OperatorProfile
from pickupctl.commands import operator
from pickupctl.stack.local import LocalStack
from tests.integration.events import scam
from tests.stack import OPERATOR, Firm, fetch, firm, running_beside

PHONE = "+447700900123"
OFFICE = "+441632960999"
MAILBOX = "duty@firm.example"
PROFILE = OperatorProfile(
    operator_id=OPERATOR,
    name="Test Cars",
    contacts=[OfficeContact(role="dispatcher", name="Desk", email=MAILBOX)],
    ladders=Ladders(warning=[Rung(who="driver", by="sms"), Rung(who="dispatcher", by="email")]),
)


class Line:
    """The stack with its providers, and a firm whose drivers are told by text and whose office by mail."""

    def __init__(self, stack: LocalStack, office: Firm, texts: TwilioApi, mail: MailServer) -> None:
        self.stack = stack
        self.office = office
        self.texts = texts
        self.mail = mail

    async def book(self, booking_id: str, phone: str = PHONE, driver_id: str | None = None) -> None:
        """A scam-shaped booking whose driver has a phone."""
        at = (datetime.now(UTC) + timedelta(minutes=10)).isoformat()
        driver = {"id": driver_id or f"d-{booking_id}", "phone": phone}
        answer = await self.office.send(scam(booking_id, driver=driver, driver_eta=at))
        assert answer.status_code == 202

    def calls(self) -> list[dict[str, Any]]:
        return [one["form"] for one in self.texts.made if one["kind"] == "calls"]

    async def set_up(self, profile: OperatorProfile) -> None:
        await operator.publish(self.stack.env["PICKUP_KAFKA_BOOTSTRAP"], profile)
        await asyncio.sleep(1.0)

    async def state(self, booking_id: str, channel: str) -> str | None:
        rows = await fetch(
            self.stack,
            "select state from notifier.deliveries where booking_id = $1 and channel = $2 and telling = 'warning'",
            booking_id,
            channel,
        )
        return rows[0]["state"] if rows else None

    async def call_back(self, url: str, form: dict[str, str], *, token: str = TOKEN) -> httpx.Response:
        """As Twilio does, signed."""
        signature = RequestValidator(token).compute_signature(url, form)
        async with httpx.AsyncClient(trust_env=False) as client:
            return await client.post(url, data=form, headers={"X-Twilio-Signature": signature})

    async def reply(self, said: str, sid: str, phone: str = PHONE) -> httpx.Response:
        url = f"{self.stack.url('notifier')}/callbacks/twilio/reply"
        return await self.call_back(url, {"From": phone, "To": OFFICE, "Body": said, "MessageSid": sid})

    async def outcomes(self, booking_id: str) -> list[dict[str, Any]]:
        rows = await fetch(
            self.stack,
            "select convert_from(body, 'UTF8')::jsonb ->> 'action' as action,"
            " convert_from(body, 'UTF8')::jsonb ->> 'reported_by' as reported_by, published"
            " from notifier.outcomes where booking_id = $1",
            booking_id,
        )
        return [dict(row) for row in rows]


@asynccontextmanager
async def line(folder: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Line]:
    async with TwilioApi().running() as texts, MailServer().running() as mail:
        for name, value in {
            "TWILIO_API": texts.url,
            "TWILIO_ACCOUNT_SID": SID,
            "TWILIO_AUTH_TOKEN": TOKEN,
            "SMS_FROM": OFFICE,
            "VOICE_FROM": OFFICE,
            "SMTP_HOST": "127.0.0.1",
            "SMTP_PORT": str(mail.port),
            "SMTP_TLS": "none",
            "MAIL_FROM": "guard@firm.example",
        }.items():
            monkeypatch.setenv(f"PICKUP_{name}", value)
        async with running_beside(folder) as stack, firm(stack) as office:
            made = Line(stack, office, texts, mail)
            await made.set_up(PROFILE)
            yield made
