"""The console in a browser: WCAG 2.2 AA on every page, keys, what is live, and what is left alone."""

from __future__ import annotations

import asyncio
import contextlib
import re
import uuid
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
from axe_playwright_python.async_playwright import Axe
from litestar.handlers import HTTPRouteHandler
from playwright.async_api import Browser, BrowserContext, Error, ViewportSize
from playwright.async_api import Page as Tab

from notifier.accounts.roles import Role
from notifier.actions import Actor, Found
from notifier.console.auth import Doorkeeper
from notifier.console.profile_page import profile_routes
from notifier.drills.store import DrillStore
from notifier.rung_rows import Delivery
from notifier.store import Store
from pickup_contracts.alert import alert_id
from pickup_contracts.operator import OperatorProfile, Webhook
from pickup_runtime.clock import SystemClock
from pickup_runtime.operators import OperatorDirectory
from pickup_runtime.testing.plugin import MakePool
from tests.browser import chromium

from .alert_page import Page
from .alerts import alert, now
from .events import scam
from .serving import served

DESKTOP: ViewportSize = {"width": 1280, "height": 900}
PHONE: ViewportSize = {"width": 390, "height": 844}
#: WCAG 2.2 AA, with what axe leaves off unless asked: targets of 24 by 24 px.
_RULES = {
    "runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]},
    "rules": {"target-size": {"enabled": True}},
}
_BOOKING = f"/alerts/{alert_id('op-a', 'J-20418')}"
_OVER = f"/alerts/{alert_id('op-a', 'J-20423')}"


async def until(tab: Tab, true: str, *, timeout_s: float = 10.0) -> None:
    """Wait for something to be true of a page, whose own policy forbids it to evaluate text itself.

    The page is whole then: what it says may be there before its keys are.
    """
    ends = asyncio.get_running_loop().time() + timeout_s
    while True:
        with contextlib.suppress(Error):  # the page is just being left for the next
            if await tab.evaluate(true):
                await tab.wait_for_load_state()
                return
        assert asyncio.get_running_loop().time() < ends, true
        await asyncio.sleep(0.05)


class Office(Page):
    url: str
    chromium: Browser
    operators: OperatorDirectory

    async def tab(self, role: Role = "admin", **more: Any) -> Tab:
        """Somebody's tab, signed in, that fails its test when a script fails or the policy stops one."""
        context: BrowserContext = await self.chromium.new_context(viewport=more.pop("viewport", DESKTOP), **more)
        tab = await context.new_page()
        self.faults: list[str] = []
        tab.on("pageerror", lambda error: self.faults.append(str(error)))
        tab.on(
            "console", lambda said: self.faults.append(said.text) if "Content Security Policy" in said.text else None
        )
        await tab.goto(f"{self.url}/login")
        await tab.fill("#key", await self.key("op-a", "Ines P.", role))
        await tab.press("#key", "Enter")
        await tab.wait_for_selector("#alerts")
        await tab.wait_for_load_state()
        return tab

    async def furnish(self) -> None:
        """Something of everything that a page can show."""
        await self.book(
            "op-a",
            scam("J-20418", driver={"id": "41", "name": "Sam", "phone": "+447700900011", "vehicle": "Grey Skoda"}),
            scam("J-20419"),
            scam("J-20420"),
        )
        await self.add(
            alert("op-a", "J-20418", decision="hold_recommended", call_wanted_at=now()),
            alert("op-a", "J-20419", deadline=now() + timedelta(minutes=20)),
            alert(
                "op-a", "J-20420", kind="recall", state="expired", rationed=True, deadline=now() - timedelta(minutes=1)
            ),
            alert("op-a", "J-20421", decision="review"),
            alert("op-a", "J-20422", state="closed", closed_at=now(), close_reason="cleared", clear_reason="N17"),
            alert(
                "op-a", "J-20423", state="closed", closed_at=now(), close_reason="delivered", finding="confirmed_scam"
            ),
        )
        ines, one = Actor("Ines P."), alert_id("op-a", "J-20418")
        actions = self.desk.actions
        await actions.acknowledge("op-a", one, ines)
        await actions.hold("op-a", one, ines)
        await actions.answer("op-a", one, ines, Found(observations=("told_not_to_talk",), comment="A man rang her."))
        sent = Delivery(
            uuid.uuid4(), one, "op-a", "J-20418", "sms", b'{"text": "STOP. DO NOT COLLECT."}',
            now() + timedelta(minutes=9), 1, now(), audience="driver", recipient="driver",
        )  # fmt: skip
        async with self.store.batch() as batch:
            await batch.rungs.add([sent])
        drills = DrillStore(self.pool)
        assert await drills.begin("drill-1", now() - timedelta(minutes=9), now() - timedelta(minutes=8))
        assert await drills.end("drill-1", now())


@pytest.fixture
async def office(database: MakePool) -> AsyncIterator[Office]:
    pool, operators, clock = await database("notifier", "notifier"), OperatorDirectory(), SystemClock()
    hook = Webhook(url="https://abbey.example/hook")
    operators.put(OperatorProfile(operator_id="op-a", name="Abbey Cars", office_phone="01763 000000", webhook=hook))

    def routes(doorkeeper: Doorkeeper) -> list[HTTPRouteHandler]:
        # The page is only looked at here: nothing is published.
        nobody: Any = None
        return profile_routes(
            operators, nobody, Store(pool), clock, lambda request: doorkeeper.require(request, "edit_profile")
        )

    made = Office(pool, operators=operators, routes=routes)
    # The browser goes first: a server that stops waits for pages that still listen.
    async with served(made.app) as url, chromium() as browser:
        made.chromium, made.url, made.operators = browser, url, operators
        yield made
    await made.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("viewport", [DESKTOP, PHONE], ids=["desktop", "phone"])
async def test_no_page_breaks_wcag_2_2_aa(office: Office, scheme: str, viewport: ViewportSize) -> None:
    await office.furnish()
    tab = await office.tab(color_scheme=scheme, viewport=viewport)
    faults: dict[str, list[str]] = {}
    for path in ("/", _BOOKING, _OVER, "/search", "/handover", "/audit", "/views", "/admin/profile", "/login"):
        await tab.goto(office.url + path)
        # Whatever is folded away has to be right as well.
        await tab.evaluate("for (const one of document.querySelectorAll('details')) one.open = true")
        await tab.wait_for_timeout(200)
        found = await Axe().run(tab, options=_RULES)
        faults[path] = [
            f"{one['id']}: {node['html'][:160]} {node.get('failureSummary', '')[:200]}"
            for one in found.response["violations"]
            for node in one["nodes"][:4]
        ]
        if viewport is PHONE:
            await tab.set_viewport_size({"width": 320, "height": 700})
        wide = await tab.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wide <= 0, f"{path} scrolls sideways by {wide} px"
        await tab.set_viewport_size(viewport)
    assert {path: several for path, several in faults.items() if several} == {}
    assert office.faults == []


async def test_empty_pages_are_right_too(office: Office) -> None:
    tab = await office.tab()
    for path in ("/", "/search", "/handover"):
        await tab.goto(office.url + path)
        found = await Axe().run(tab, options=_RULES)
        assert [one["id"] for one in found.response["violations"]] == [], path


async def test_keys_move_and_act_and_never_while_somebody_types(office: Office) -> None:
    await office.add(
        alert("op-a", "first", deadline=now() + timedelta(minutes=3)),
        alert("op-a", "second", deadline=now() + timedelta(minutes=9)),
    )
    tab = await office.tab("dispatcher")
    await tab.keyboard.press("j")
    await tab.keyboard.press("j")
    focused = await tab.evaluate("document.activeElement.closest('[data-alert]').textContent")
    assert "second" in focused
    await tab.keyboard.press("a")
    await until(tab, "document.body.textContent.includes('is on it since')")
    assert [(await office.now(one)).state for one in ("first", "second")] == ["open", "acknowledged"]

    await tab.goto(f"{office.url}/alerts/{alert_id('op-a', 'first')}")
    await tab.fill("#comment", "")
    await tab.focus("#comment")
    await tab.keyboard.type("a has l s / ? u j k")
    assert await tab.input_value("#comment") == "a has l s / ? u j k"
    assert (await office.now("first")).state == "open"
    await tab.focus("#main")
    await tab.keyboard.press("Control+h")
    assert await tab.locator("#act-hold").get_attribute("open") is None
    await tab.keyboard.press("h")
    assert (await office.now("first")).command is None, "a hold is confirmed first"
    await tab.keyboard.press("Enter")
    await until(tab, "document.body.textContent.includes('Hold asked for')")
    assert (await office.now("first")).command == "hold"

    await tab.keyboard.press("?")
    await tab.click("#keys-switch")
    await tab.focus("#main")
    await tab.keyboard.press("l")
    await tab.keyboard.press("a")
    assert (await office.now("first")).state == "open", "switched off"
    assert office.faults == []


async def test_without_a_system_the_key_opens_what_to_do_and_says_nothing_for_anybody(office: Office) -> None:
    office.operators.put(OperatorProfile(operator_id="op-a", name="Abbey Cars"))
    await office.book("op-a", scam("first", driver={"id": "41", "phone": "+447700900011"}))
    await office.add(alert("op-a", "first", told_at=now()))
    tab = await office.tab("dispatcher", viewport=PHONE)
    await tab.goto(f"{office.url}/alerts/{alert_id('op-a', 'first')}")
    await until(tab, "document.getElementById('live').dataset.state === 'on'")
    await tab.focus("#main")
    await tab.keyboard.press("h")
    assert "nobody tells the driver but you" in (await tab.text_content("#act-hold p:focus") or "")
    await tab.keyboard.press("Enter")
    results = await Axe().run(tab, options=_RULES)
    assert results.violations_count == 0, results.generate_report()
    assert (await office.now("first")).command is None, "nobody has said that it is done"
    await tab.click("text=I have stopped the driver")
    await until(tab, "document.body.textContent.includes('you have stopped the driver')")
    assert (await office.now("first")).command_state == "confirmed"
    assert office.faults == []


async def test_a_new_top_alert_is_shown_said_and_heard_when_somebody_asked_for_it(office: Office) -> None:
    await office.add(alert("op-a", "first"))
    tab = await office.tab("dispatcher", reduced_motion="reduce")
    rang = "Number(document.documentElement.dataset.rang ?? 0)"
    await office.add(alert("op-a", "second", deadline=now() + timedelta(minutes=2)))
    office.bell.ring("op-a")
    await until(tab, "document.querySelector('article').textContent.includes('second')")
    assert await tab.text_content("#news") == "A new alert stands first."
    assert await tab.evaluate(rang) == 0, "silent until somebody asks"
    await tab.click("#sound")
    await until(tab, "document.getElementById('sound').textContent === 'Sound is on'")
    assert await tab.evaluate(rang) == 1, "so that it is heard how it sounds"
    await office.add(alert("op-a", "third", deadline=now() + timedelta(minutes=1)))
    office.bell.ring("op-a")
    await until(tab, f"{rang} === 2")
    assert office.faults == []


async def test_a_page_that_changes_leaves_alone_what_somebody_types(office: Office) -> None:
    await office.add(alert("op-a", "b"))
    tab = await office.tab("dispatcher")
    await tab.goto(f"{office.url}/alerts/{alert_id('op-a', 'b')}")
    await until(tab, "document.getElementById('live').dataset.state === 'on'")
    await tab.focus("#main")
    await tab.keyboard.press("c")
    await tab.select_option("#clear_reason", "N17")
    await tab.fill("#comment", "She said her grandson")
    await office.desk.actions.acknowledge("op-a", alert_id("op-a", "b"), Actor("Ada"))
    office.bell.ring("op-a")
    await until(tab, "document.getElementById('top').textContent.includes('Ada')")
    assert await tab.input_value("#comment") == "She said her grandson"
    assert await tab.input_value("#clear_reason") == "N17"
    assert await tab.text_content("#news") == "This booking has changed. Show it as it is now"
    await office.desk.actions.hold("op-a", alert_id("op-a", "b"), Actor("Ada"))
    await tab.click("#act-clear button")
    await until(tab, "document.body.textContent.includes('Nothing was done')")
    assert (await office.now("b")).state == "acknowledged"
    assert re.search("has changed since you opened the page", await tab.content())
