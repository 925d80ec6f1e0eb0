"""The acknowledge page: looking at it changes nothing, its button does, and a stranger learns nothing."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import msgspec
import pytest
from channel_receipts import KeptReceipts
from litestar import Litestar
from litestar.config.csrf import CSRFConfig
from litestar.testing import AsyncTestClient

from notifier.channels.confirm import Confirmation
from notifier.channels.links import Links, Ticket
from pickup_runtime.clock import ManualClock

NOW = datetime(2026, 1, 5, 12, tzinfo=UTC)
KNOWN = uuid4()
LINKS = Links(b"k" * 32)
TICKET = Ticket("acknowledge", "op-1", "b-17", str(KNOWN), int(NOW.timestamp()) + 60)


class Page:
    def __init__(self, client: AsyncTestClient[Litestar], receipts: KeptReceipts, clock: ManualClock) -> None:
        self.client = client
        self.receipts = receipts
        self.clock = clock


@pytest.fixture
async def page() -> AsyncIterator[Page]:
    receipts, clock = KeptReceipts(KNOWN), ManualClock(NOW)
    app = Litestar(
        [Confirmation(receipts, LINKS, clock).router()],
        csrf_config=CSRFConfig(secret="x" * 32),
        openapi_config=None,
    )
    async with AsyncTestClient(app) as client:
        yield Page(client, receipts, clock)


def address(ticket: Ticket = TICKET) -> str:
    return f"/acknowledge/{LINKS.sign(ticket)}"


async def test_looking_at_it_acknowledges_nothing(page: Page) -> None:
    """Scanners of links open them, follow what is in the page, and ask with HEAD."""
    for _ in range(5):
        answer = await page.client.get(address())
        assert answer.status_code == 200
    await page.client.head(address())
    await page.client.request("OPTIONS", address())
    assert not re.findall(r"href=|src=|action=|<script|http-equiv", answer.text)
    assert page.receipts.calls == 0


async def test_its_button_acknowledges_and_again_does_no_harm(page: Page) -> None:
    asked = await page.client.get(address())
    assert '<form method="post">' in asked.text
    for _ in range(3):
        answer = await page.client.post(address())
        assert (answer.status_code, "Thank you" in answer.text) == (200, True)
    assert page.receipts.acknowledged == [KNOWN]


async def test_an_expired_link_says_so_and_does_nothing(page: Page) -> None:
    page.clock.advance(timedelta(seconds=60))
    for answer in (await page.client.get(address()), await page.client.post(address())):
        assert (answer.status_code, "expired" in answer.text) == (410, True)
    assert page.receipts.calls == 0


@pytest.mark.parametrize(
    "where",
    [
        address()[:-2] + "AA",
        address(msgspec.structs.replace(TICKET, purpose="driver")),
        "/acknowledge/" + Links(b"x" * 32).sign(TICKET),
        "/acknowledge/nothing",
        "/acknowledge/%3Cscript%3Ealert(1)%3C/script%3E",
    ],
    ids=["altered", "another purpose", "another's key", "no token", "markup"],
)
async def test_what_is_no_valid_link_does_nothing(page: Page, where: str) -> None:
    for answer in (await page.client.get(where), await page.client.post(where)):
        assert answer.status_code == 404
        assert "<script" not in answer.text
    assert page.receipts.calls == 0


async def test_a_message_that_is_gone_looks_like_no_valid_link(page: Page) -> None:
    gone = await page.client.post(address(msgspec.structs.replace(TICKET, subject=str(UUID(int=7)))))
    invalid = await page.client.post("/acknowledge/nothing")
    assert (gone.status_code, gone.text) == (invalid.status_code, invalid.text)


async def test_the_page_takes_nothing_from_anybody_and_says_nothing_of_the_booking(page: Page) -> None:
    answer = await page.client.get(address())
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "script-src" not in policy
    assert "frame-ancestors 'none'" in policy
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert answer.headers["cache-control"] == "no-store"
    assert "op-1" not in answer.text
    assert "b-17" not in answer.text
    assert len(answer.text) < 3_000
