"""Callbacks and the acknowledge page as the service really serves them: Granian, a socket, a provider's client."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import httpx
import pytest
from channel_receipts import KeptReceipts
from litestar import Litestar
from litestar.config.csrf import CSRFConfig
from twilio.request_validator import RequestValidator  # type: ignore[import-untyped]

from notifier.channels.build import routes
from notifier.channels.links import Links, Ticket
from notifier.channels.settings import ChannelSettings
from pickup_runtime.clock import SystemClock
from tests.integration.serving import served

#: Behind a proxy that ends TLS and strips a prefix: what the provider signs is not what arrives.
PUBLIC = "https://firm.example/guard"
LINKS = Links(b"k" * 32)


@pytest.fixture
async def service() -> AsyncIterator[tuple[httpx.AsyncClient, KeptReceipts]]:
    receipts = KeptReceipts(uuid4())
    settings = ChannelSettings.model_validate(
        {"twilio_account_sid": "AC1", "twilio_auth_token": "t0ken", "public_url": PUBLIC}
    )
    app = Litestar(
        routes(settings, receipts, LINKS, SystemClock()), csrf_config=CSRFConfig(secret="x" * 32), openapi_config=None
    )
    async with served(app) as url, httpx.AsyncClient(base_url=url) as client:
        yield client, receipts


async def test_a_receipt_signed_for_the_public_address_is_taken(
    service: tuple[httpx.AsyncClient, KeptReceipts],
) -> None:
    client, receipts = service
    (known,) = receipts.known
    form = {"MessageSid": "SM1", "MessageStatus": "delivered", "To": "+447700900123"}
    for path, status in ((f"/callbacks/twilio/status/{known}", 204), (f"/callbacks/twilio/status/{uuid4()}", 404)):
        signed = RequestValidator("t0ken").compute_signature(PUBLIC + path, form)
        answer = await client.post(path, data=form, headers={"X-Twilio-Signature": signed})
        assert answer.status_code == status
    inside = RequestValidator("t0ken").compute_signature(f"{client.base_url}callbacks/twilio/status/{known}", form)
    forged = await client.post(f"/callbacks/twilio/status/{known}", data=form, headers={"X-Twilio-Signature": inside})
    assert forged.status_code == 403
    assert list(receipts.receipts.values()) == [("delivered", None)]


async def test_a_link_is_looked_at_and_then_pressed(service: tuple[httpx.AsyncClient, KeptReceipts]) -> None:
    client, receipts = service
    (known,) = receipts.known
    expires = int((datetime.now(UTC) + timedelta(minutes=5)).timestamp())
    path = f"/acknowledge/{LINKS.sign(Ticket('acknowledge', 'op-1', 'b-17', str(known), expires))}"
    assert (await client.get(path)).status_code == 200
    assert receipts.acknowledged == []
    assert (await client.post(path)).status_code == 200
    assert receipts.acknowledged == [known]
    assert (await client.post(path[:-1])).status_code == 404


async def test_an_expired_or_altered_link_says_so_and_does_nothing(
    service: tuple[httpx.AsyncClient, KeptReceipts],
) -> None:
    client, receipts = service
    (known,) = receipts.known
    now = int(datetime.now(UTC).timestamp())
    good = LINKS.sign(Ticket("acknowledge", "op-1", "b-17", str(known), now + 300))
    content, _, seal = good.partition(".")
    other = LINKS.sign(Ticket("acknowledge", "op-1", "b-17", str(uuid4()), now + 300))
    refused = {
        LINKS.sign(Ticket("acknowledge", "op-1", "b-17", str(known), now - 1)): 410,
        Links(b"x" * 32).sign(Ticket("acknowledge", "op-1", "b-17", str(known), now + 300)): 404,
        LINKS.sign(Ticket("driver", "op-1", "b-17", str(known), now + 300)): 404,
        f"{other.partition('.')[0]}.{seal}": 404,
        f"{content}.{other.partition('.')[2]}": 404,
        f"{good}%00": 404,
        f"{good}%20": 404,
        good.upper(): 404,
    }
    for token, status in refused.items():
        for ask in (client.get, client.post):
            answer = await ask(f"/acknowledge/{token}")
            assert answer.status_code == status
            assert not any(word in answer.text for word in ("b-17", "op-1", str(known)))
    assert (await client.post(f"/acknowledge/{other}")).status_code == 404, "a message that nobody knows"
    assert receipts.acknowledged == []
