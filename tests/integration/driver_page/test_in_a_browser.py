"""The driver's page in a browser: usable by everybody, small, without signal too, and warned by push."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

import msgspec
import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, BrowserContext, CDPSession, Page, ViewportSize, expect
from playwright.async_api import Error as PlaywrightError

from tests.browser import chromium
from tests.integration.driver_page.site import DriverSite, Signal

PHONE: ViewportSize = {"width": 360, "height": 640}
#: What WCAG 2.2 AA asks for, as far as a program can tell, and axe's advice beyond it.
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
HOSTILE = '"><img src=x onerror="document.title=1">\u202e</script><script>document.title=1</script>'


class Phone:
    """A driver's phone, with what its browser complained about."""

    def __init__(self, site: DriverSite, signal: Signal, context: BrowserContext, page: Page) -> None:
        self.site = site
        self.signal = signal
        self.url = signal.url
        self.context = context
        self.page = page
        self.complaints: list[str] = []
        page.on("console", lambda said: self.complaints.append(said.text) if said.type == "error" else None)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))

    async def open(self, alert: Any) -> None:
        await self.page.goto(self.url + self.site.path(alert))

    async def tap(self, said: str) -> None:
        await self.page.click(f'[data-say="{said}"]')

    async def lose_signal(self) -> None:
        self.signal.lose()
        await self.context.set_offline(True)

    async def find_signal(self) -> None:
        self.signal.find()
        await self.context.set_offline(False)

    async def waiting(self) -> int:
        found: int = await self.page.evaluate("Object.keys(localStorage).filter((n) => n.startsWith('pickup-')).length")
        return found


@asynccontextmanager
async def phone(site: DriverSite, browser: Browser, **more: Any) -> AsyncIterator[Phone]:
    async with site.served() as signal:
        context = await browser.new_context(viewport=PHONE, has_touch=True, is_mobile=True, **more)
        try:
            yield Phone(site, signal, context, await context.new_page())
        finally:
            await context.close()


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    async with chromium() as found:
        yield found


async def until(check: Callable[[], Awaitable[Any]], what: str) -> Any:
    ends = asyncio.get_running_loop().time() + 15
    while not (found := await check()):
        assert asyncio.get_running_loop().time() < ends, what
        await asyncio.sleep(0.05)
    return found


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_axe_finds_nothing(site: DriverSite, browser: Browser, scheme: Any) -> None:
    site.profile(office_phone="+441632960100", driver_languages={"d-cy": "cy"}, unreviewed_languages=["cy"])
    alerts = [
        await site.alert("J-hold"),
        await site.alert("J-warn", "warn"),
        await site.alert("J-recall", kind="recall"),
        await site.alert("J-ride", pattern="victim_as_passenger"),
        await site.alert("J-cleared", state="closed", close_reason="cleared"),
        await site.alert("J-over", state="closed", close_reason="delivered"),
        await site.alert("J-cy", driver="d-cy"),
        await site.alert(HOSTILE),
    ]
    async with phone(site, browser, color_scheme=scheme) as it:
        # axe is put into the page, which the page's policy would rightly refuse.
        for alert in alerts:
            await it.open(alert)
            await it.tap("nothing_odd")
            await expect(it.page.locator("#said")).not_to_be_empty()
            results = await Axe().run(it.page, options=RULES)
            assert results.violations_count == 0, results.generate_report()
        await it.page.goto(f"{it.url}/d/nothing")
        results = await Axe().run(it.page, options=RULES)
        assert results.violations_count == 0, results.generate_report()
        assert [one for one in it.complaints if "404" not in one] == []


async def test_what_counts_is_seen_at_once_on_a_small_phone(site: DriverSite, browser: Browser) -> None:
    async with phone(site, browser) as it:
        for alert in (await site.alert("J-1"), await site.alert("J-2", "warn"), await site.alert("J-3", kind="recall")):
            await it.open(alert)
            for name in (
                "h1",
                "a.call",
                *(f'[data-say="{one}"]' for one in ("understood", "refused", "have_it", "help")),
            ):
                box = await it.page.locator(f"{name}:visible").bounding_box()
                assert box is not None
                assert box["y"] + box["height"] <= PHONE["height"], f"{name} is below the fold"
                if name != "h1":
                    assert box["height"] >= 48, "a thumb hits it"
            wide = await it.page.evaluate("document.documentElement.scrollWidth")
            assert wide <= PHONE["width"]


async def test_it_weighs_little_over_the_line(site: DriverSite, browser: Browser) -> None:
    async with phone(site, browser) as it:
        await it.open(await site.alert())
        await it.page.evaluate("navigator.serviceWorker.ready")
        sent = await it.page.evaluate(
            "[...performance.getEntriesByType('navigation'), ...performance.getEntriesByType('resource')]"
            ".reduce((sum, one) => sum + one.transferSize, 0)"
        )
        worker = len((await site.client.get("/d/worker.js")).content)
        assert 10_000 < sent + worker < 60_000
        assert it.complaints == []


async def test_taps_without_signal_wait_are_sent_once_and_survive_a_reload(site: DriverSite, browser: Browser) -> None:
    alert = await site.alert()
    async with phone(site, browser) as it:
        await it.open(alert)
        await it.page.evaluate("navigator.serviceWorker.ready")
        await until(
            lambda: it.page.evaluate("caches.open('pickup-pages').then((c) => c.keys()).then((k) => k.length)"), "kept"
        )
        await it.lose_signal()
        await it.tap("have_it")
        await expect(it.page.locator("h1:visible")).to_have_text("Do not hand it over")
        await it.tap("mentioned_bank_or_police")
        await expect(it.page.locator("#said")).to_contain_text("Saved on this phone")
        assert await it.waiting() == 2
        await it.page.reload()
        await expect(it.page.locator("h1:visible")).to_have_text("Do not hand it over")
        assert await it.waiting() == 2
        assert await site.outcomes() == []
        await it.find_signal()
        await until(lambda: _count(site, 2), "the answers")
        await until(lambda: _none_wait(it), "an empty queue")
        await asyncio.sleep(0.5)
        assert [(one.get("action"), one.get("observations")) for one in await site.outcomes()] == [
            ("collected", None),
            (None, ["mentioned_bank_or_police"]),
        ]
        assert (await site.now(alert)).kind == "recall"


async def test_who_asks_for_help_without_signal_knows_that_nobody_has_heard(site: DriverSite, browser: Browser) -> None:
    alert = await site.alert()
    async with phone(site, browser) as it:
        await it.open(alert)
        await it.lose_signal()
        await it.tap("help")
        await expect(it.page.locator("#said")).to_contain_text("the office does not know yet")
        await expect(it.page.locator('#said a[href="tel:999"]')).to_be_in_viewport(ratio=1)
        results = await Axe().run(it.page, options=RULES)
        assert results.violations_count == 0, results.generate_report()
        await it.find_signal()
        await expect(it.page.locator("#said")).to_contain_text("has been asked to call you")
        assert (await site.now(alert)).call_wanted_at is not None


async def test_an_answer_whose_receipt_was_lost_is_not_doubled(site: DriverSite, browser: Browser) -> None:
    """The office has it, the phone does not know: it sends it again under the same key."""
    alert = await site.alert()
    async with phone(site, browser, service_workers="block") as it:
        lost: list[Any] = []

        async def lose_the_first(route: Any) -> None:
            answer = await route.fetch()
            if not lost:
                lost.append(route.request.post_data_json)
                await route.abort("connectionreset")
                return
            await route.fulfill(response=answer)

        await it.page.route("**/answers", lose_the_first)
        await it.open(alert)
        await it.tap("refused")
        await expect(it.page.locator("#said")).to_contain_text("Leave safely", timeout=15_000)
        assert [one.get("action") for one in await site.outcomes()] == ["refused"]
        assert await it.waiting() == 0


async def test_an_answer_that_is_refused_says_so_and_is_not_sent_for_ever(site: DriverSite, browser: Browser) -> None:
    alert = await site.alert()
    async with phone(site, browser, service_workers="block") as it:
        await it.open(alert)
        await it.page.route("**/answers", lambda route: route.fulfill(status=400, json={}))
        await it.page.route("**/state", lambda route: route.fulfill(status=500, json={}))
        await it.tap("understood")
        await expect(it.page.locator("#said")).to_contain_text("Call the office")
        assert await it.waiting() == 0


async def test_an_answer_that_news_has_overtaken_asks_to_read_it(site: DriverSite, browser: Browser) -> None:
    alert = await site.alert()
    async with phone(site, browser, service_workers="block") as it:
        await it.open(alert)
        await it.lose_signal()
        await it.tap("understood")
        await asyncio.sleep(0.3)
        async with site.store.batch() as batch:
            await batch.write_alerts([msgspec.structs.replace(await site.now(alert), told_at=site.clock.now())])
        await it.find_signal()
        await expect(it.page.locator("#said")).to_contain_text("Read it, then tap again")
        await expect(it.page.locator('[data-say="understood"]')).to_have_attribute("aria-pressed", "false")
        assert await it.waiting() == 0
    assert (await site.now(alert)).driver_acknowledged_at is None


async def test_hostile_text_does_nothing(site: DriverSite, browser: Browser) -> None:
    async with phone(site, browser) as it:
        await it.open(await site.alert(HOSTILE))
        assert await it.page.title() == "Stop. Do not collect"
        assert await it.page.locator("img").count() == 0
        assert it.complaints == []


async def test_it_is_read_out_in_its_language_on_demand(site: DriverSite, browser: Browser) -> None:
    async with phone(site, browser) as it:
        await it.page.add_init_script(
            "window.heard = [];"
            "Object.defineProperty(window, 'speechSynthesis', {value: {speaking: false,"
            " speak(text) { heard.push([text.lang, text.text]); this.speaking = true; },"
            " cancel() { this.speaking = false; }}})"
        )
        await it.open(await site.alert())
        assert await it.page.evaluate("heard") == []
        await it.page.click("#listen")
        ((language, text),) = await it.page.evaluate("heard")
        assert (language, "Do not collect job J 20418" in text or "Do not collect job J-20418" in text) == ("en", True)
        await expect(it.page.locator("#listen")).to_have_text("Stop reading")
        await it.page.click("#listen")
        await expect(it.page.locator("#listen")).to_have_text("Read it to me")


async def test_looking_delivers_and_news_is_drawn_anew(site: DriverSite, browser: Browser) -> None:
    alert = await site.alert()
    told = await site.texted(alert)
    async with phone(site, browser) as it:
        await it.open(alert)
        state = "select state = 'delivered' from deliveries where delivery_id = $1"
        await until(lambda: site.pool.fetchval(state, told), "the receipt")
        async with site.store.batch() as batch:
            cleared = msgspec.structs.replace(await site.now(alert), state="closed", close_reason="cleared")
            await batch.write_alerts([cleared])
        await it.page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
        await expect(it.page.locator("h1:visible")).to_have_text("Carry on")


async def test_a_phone_subscribes_is_shown_a_push_and_opens_its_page(site: DriverSite, browser: Browser) -> None:
    """Chromium's own push service is out of reach here: its subscription is a stand-in's, the push is handed over by
    the browser's debugging protocol, and the worker is the real one."""
    alert = await site.alert()
    one = {"endpoint": "https://push.example/abc", "keys": {"p256dh": "B" * 87, "auth": "a" * 22}}
    async with phone(site, browser) as it:
        await it.context.grant_permissions(["notifications"], origin=it.url)
        await it.page.add_init_script(
            f"PushManager.prototype.subscribe = async (how) => {{ window.asked = [how.userVisibleOnly,"
            f" how.applicationServerKey.length]; return {json.dumps(one)}; }};"
        )
        await it.open(alert)
        await it.page.click("#push")
        await expect(it.page.locator("#pushed")).to_contain_text("will be warned")
        assert await it.page.evaluate("asked") == [True, 65]
        assert await site.pool.fetchval("select count(*) from push_subscriptions where driver = 'd-7'") == 1

        worker = it.context.service_workers[0]
        devtools = await it.context.new_cdp_session(it.page)
        found: asyncio.Future[str] = asyncio.get_running_loop().create_future()

        def registered(told: Any) -> None:
            if told["registrations"] and not found.done():
                found.set_result(told["registrations"][0]["registrationId"])

        devtools.on("ServiceWorker.workerRegistrationUpdated", registered)
        await devtools.send("ServiceWorker.enable")
        url = it.url + site.path(alert)
        for link, kept in ((url, url), ("https://evil.example/d/x", None), (f"{it.url}/login", None)):
            pushed = {"title": "Pickup check", "body": "STOP.", "url": link, "lang": "en", "tag": link}
            push = {"origin": it.url, "registrationId": await found, "data": json.dumps(pushed)}
            shown = (
                f"registration.getNotifications({{tag: {json.dumps(link)}}})"
                ".then((all) => all.map((one) => [one.body, one.data.url]))"
            )
            await until(partial(_pushed, devtools, push, partial(worker.evaluate, shown)), "the notification")
            assert await worker.evaluate(shown) == [["STOP.", kept]]
        opened = await worker.evaluate(
            "(async () => { const gone = []; clients.openWindow = async (url) => { gone.push(url); };"
            " const all = await registration.getNotifications();"
            " for (const one of all) dispatchEvent(new NotificationEvent('notificationclick', {notification: one}));"
            " await new Promise((done) => setTimeout(done, 300)); return gone; })()"
        )
        assert opened in ([], [url]), "the page that is open already is shown, or a new one; nothing else is"
        assert await worker.evaluate("registration.getNotifications().then((all) => all.length)") == 0


async def _pushed(devtools: CDPSession, push: dict[str, str], shown: Callable[[], Awaitable[Any]]) -> Any:
    """Push and look. A worker that is just going to sleep loses what the debugging protocol hands it; the same push
    again shows nothing twice, its tag is the same."""
    await devtools.send("ServiceWorker.deliverPushMessage", push)
    for _ in range(20):
        if found := await shown():
            return found
        await asyncio.sleep(0.1)
    return None


async def _count(site: DriverSite, count: int) -> bool:
    return len(await site.outcomes()) >= count


async def _none_wait(it: Phone) -> bool:
    try:
        return await it.waiting() == 0
    except PlaywrightError:
        # The page is just drawn anew, for the alert has become a recall.
        return False
