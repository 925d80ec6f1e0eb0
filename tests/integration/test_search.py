"""Search and hand-over: every alert that fits, once, page by page; what is open, decided, and waits for an answer."""

from __future__ import annotations

import re
import uuid
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest

from notifier.actions import Actor
from notifier.alerts.alert import Refusal
from pickup_contracts.alert import alert_id
from pickup_runtime.clock import ManualClock
from pickup_runtime.testing.plugin import MakePool

from .alert_page import Page
from .alerts import alert
from .events import scam

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


@pytest.fixture
async def page(database: MakePool) -> AsyncIterator[Page]:
    made = Page(await database("notifier", "notifier"), clock=ManualClock(NOW))
    yield made
    await made.close()


async def found(page: Page, query: str) -> list[str]:
    answer = await page.browser.get(f"/search?{query}")
    assert answer.status_code == 200
    return re.findall(r'class="open" href="[^"]*"><bdi>([^<]*)</bdi>', answer.text)


async def test_pages_hold_every_alert_once_also_those_of_the_same_moment(page: Page) -> None:
    moments = [NOW - timedelta(minutes=number // 7) for number in range(130)]
    await page.add(*(alert("op-a", f"b-{number:03}", raised_at=at) for number, at in enumerate(moments)))
    await page.add(alert("op-b", "somebody-elses"))
    await page.log_in_as("viewer")
    seen: list[str] = []
    path, pages = "/search?state=open", 0
    while path:
        text = (await page.browser.get(path)).text
        seen += re.findall(r'class="open" href="[^"]*"><bdi>([^<]*)</bdi>', text)
        following = re.search(r'rel="next" href="([^"]*)"', text)
        path, pages = following[1].replace("&amp;", "&") if following else "", pages + 1
        await page.add(alert("op-a", f"new-{pages}", raised_at=NOW + timedelta(seconds=pages)))
    assert pages == 3
    assert sorted(seen) == [f"b-{number:03}" for number in range(130)]
    times = [moments[int(one[2:])] for one in seen]
    assert times == sorted(times, reverse=True)


async def test_filters_are_met_together(page: Page) -> None:
    await page.add(
        alert("op-a", "J-1", driver="41", raised_at=NOW),
        alert(
            "op-a",
            "J-2",
            decision="hold_recommended",
            driver="41",
            state="acknowledged",
            acknowledged_by="Ines",
            raised_at=NOW,
        ),
        alert("op-a", "J-3", state="closed", close_reason="cleared", closed_at=NOW, raised_at=NOW - timedelta(days=3)),
        alert("op-a", "K_1", state="expired", driver="42", raised_at=NOW),
        alert("op-a", "KX1", raised_at=NOW),
    )
    await page.log_in_as("viewer")
    for query, expected in (
        ("", ["J-1", "J-2", "J-3", "KX1", "K_1"]),
        ("booking=J-", ["J-1", "J-2", "J-3"]),
        ("booking=K_", ["K_1"]),
        ("booking=%25", []),
        ("state=waiting", ["J-1", "KX1", "K_1"]),
        ("state=closed", ["J-3"]),
        ("state=open&driver=41", ["J-1", "J-2"]),
        ("decision=hold_recommended&booking=J", ["J-2"]),
        ("since=2026-11-20", ["J-1", "J-2", "KX1", "K_1"]),
        ("since=2026-11-20&state=closed", []),
        ("state=open&driver=%0041%00&booking=J%00", ["J-1", "J-2"]),
    ):
        assert sorted(await found(page, query)) == expected, query


@pytest.mark.parametrize(
    "query",
    [
        "state=none",
        "decision=x",
        "since=yesterday",
        "since=0001-01-01",
        "below=1",
        "below=2026-01-01~x",
        f"below=0001-01-01T00:00:00%2B14:00~{uuid.UUID(int=1)}",
        f"booking={'x' * 129}",
    ],
)
async def test_what_is_no_search_is_refused(page: Page, query: str) -> None:
    await page.log_in_as("viewer")
    assert (await page.browser.get(f"/search?{query}")).status_code == 400


async def test_the_next_shift_sees_what_is_open_who_has_it_what_was_decided_and_what_waits(page: Page) -> None:
    await page.book("op-a", scam("mine"))
    await page.add(
        alert("op-a", "untaken", raised_at=NOW),
        alert("op-a", "mine", raised_at=NOW),
        alert("op-a", "asks", raised_at=NOW, call_wanted_at=NOW, state="acknowledged", acknowledged_by="Ada"),
        alert("op-a", "harmless", raised_at=NOW),
        alert("op-b", "theirs", raised_at=NOW),
    )
    ines, actions = Actor("Ines"), page.desk.actions
    for booking in ("mine", "harmless"):
        await actions.acknowledge("op-a", alert_id("op-a", booking), ines)
    assert not isinstance(await actions.hold("op-a", alert_id("op-a", "mine"), ines), Refusal)
    assert not isinstance(await actions.clear("op-a", alert_id("op-a", "harmless"), ines, "N17"), Refusal)
    await page.log_in_as("viewer", holder="Ada")
    text = (await page.browser.get("/handover?hours=8")).text
    waits, opened, decided = re.split(r"<h2>Open|<h2>Decided", text)
    assert "untaken</bdi></b></a> waits for somebody to take it on" in waits
    assert "mine</bdi></b></a> waits for a call to the driver, and somebody to say how it went: the hold" in waits
    assert "asks</bdi></b></a> waits for a call to the driver, who asked for it at 12:00" in waits
    assert "<strong>nobody</strong>" in opened
    assert "<bdi>Ines</bdi>, 12:00" in opened
    assert "14 Meadow Close" in opened
    assert "harmless" not in opened
    assert "Found: harmless; Sold online, the buyer sent a courier" in decided
    assert "Hold asked for" in decided
    assert "theirs" not in text
    clock = page.clock
    assert isinstance(clock, ManualClock)
    clock.advance(timedelta(hours=9))
    await page.log_in_as("viewer", holder="Ada")
    late = (await page.browser.get("/handover?hours=8")).text
    assert "Decided in the last 8 hours (0)" in late


async def test_both_ask_who_one_is(page: Page) -> None:
    for path in ("/search", "/handover", f"/alerts/{uuid.uuid4()}"):
        assert (await page.browser.get(path)).headers["location"] == "/login"
