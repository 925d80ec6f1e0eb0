"""The dispatcher's page over HTTP: who may see and do what."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from notifier.console import app as console
from notifier.console.auth import PREFIX
from notifier.console_keys import ConsoleKeys
from notifier.escalation import Escalation
from notifier.setting_aside import Item, put
from notifier.telling import Teller
from pickup_contracts.alert import alert_id
from pickup_contracts.assessment import Reason
from pickup_runtime import tokens
from pickup_runtime.operators import OperatorDirectory
from pickup_runtime.testing.plugin import MakePool
from tests.integration.alert_page import Page as AlertPage
from tests.integration.alerts import alert, now
from tests.integration.events import scam
from tests.integration.page import csrf
from tests.integration.serving import served


class Page(AlertPage):
    @property
    def client(self) -> httpx.AsyncClient:
        return self.browser

    async def log_in_with(self, key: str) -> httpx.Response:
        return await self.post("/login", {"key": key})

    async def token(self, path: str) -> str:
        return await csrf(self.browser, path)


@pytest.fixture
async def page(database: MakePool) -> AsyncIterator[Page]:
    made = Page(await database("notifier", "notifier"))
    yield made
    await made.close()


async def test_without_a_key_there_is_only_the_login(page: Page) -> None:
    answer = await page.client.get("/")
    assert (answer.status_code, answer.headers["location"]) == (302, "/login")
    assert (await page.client.get("/alerts/list")).status_code == 401
    assert (await page.client.get("/live")).status_code == 401
    wrong = await page.log_in_with(tokens.mint(PREFIX).text)
    assert wrong.status_code == 401
    assert "opens nothing" in wrong.text


async def test_a_person_keeps_so_many_pages_live_and_closing_one_makes_room(
    page: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(console, "_PAGES_OPEN", 2)
    await page.log_in_as("dispatcher")
    cookies = "; ".join(f"{name}={value}" for name, value in page.client.cookies.items())
    async with served(page.app) as url, httpx.AsyncClient(base_url=url, headers={"cookie": cookies}) as client:
        async with client.stream("GET", "/live") as first:
            rings = first.aiter_text()
            assert "hello" in await anext(rings)
            async with client.stream("GET", "/live") as second:
                others = second.aiter_text()
                assert "hello" in await anext(others)
                assert (await client.get("/live")).status_code == 429
        for _ in range(100):
            # The service has to notice that they went.
            async with client.stream("GET", "/live") as again:
                if again.status_code == 200:
                    break
            await asyncio.sleep(0.1)
        assert again.status_code == 200


async def test_what_the_service_counts_is_not_told_to_the_world(page: Page) -> None:
    for path in ("/metrics", "/metrics/", "/%6detrics"):
        assert (await page.client.get(path)).status_code == 404, path
    assert (await page.client.get("/health/live")).status_code == 200


async def test_what_ran_out_long_ago_pushes_nothing_off_the_page_that_can_still_be_stopped(page: Page) -> None:
    left_over = [
        alert("op-a", f"old-{number:03}", state="expired", deadline=now() - timedelta(minutes=20 + number))
        for number in range(120)
    ]
    await page.add(
        *left_over,
        alert("op-a", "just-late", state="expired", deadline=now() - timedelta(minutes=2)),
        alert("op-a", "in-time", deadline=now() + timedelta(minutes=5)),
    )
    await page.log_in_with(await page.key("op-a"))
    text = (await page.client.get("/")).text
    assert 0 < text.index("just-late") < text.index("in-time") < text.index("old-000") < text.index("old-001")


async def test_the_nearest_deadline_stands_first_and_text_is_escaped(page: Page) -> None:
    await page.add(
        alert("op-a", "later", deadline=now() + timedelta(minutes=30)),
        alert("op-a", "sooner", deadline=now() + timedelta(minutes=3)),
        alert("op-a", "quiet", decision="review", deadline=now() + timedelta(minutes=1)),
        alert("op-b", "somebody-elses"),
    )
    await page.log_in_with(await page.key("op-a"))
    text = (await page.client.get("/")).text
    assert 0 < text.index("sooner") < text.index("later") < text.index("quiet")
    assert "somebody-elses" not in text
    assert "<b>so</b>" not in text
    assert "Why &lt;b&gt;so&lt;/b&gt;" in text
    assert "Speaks against it: Known here for years" in text
    assert "CHECK BEFORE YOU COLLECT" in text


async def test_acknowledging_is_recorded_with_who_did_it(page: Page) -> None:
    await page.add(alert("op-a", "b"))
    await page.log_in_with(await page.key("op-a", "Ines"))
    url = f"/alerts/{alert_id('op-a', 'b')}/acknowledge"
    assert (await page.client.post(url)).status_code == 403, "a form of another site has no token"
    answer = await page.client.post(url, data={"_csrf_token": await page.token("/")})
    assert answer.status_code == 303
    found = await page.store.alert("op-a", alert_id("op-a", "b"))
    assert found is not None
    assert (found.state, found.acknowledged_by) == ("acknowledged", "Ines")
    assert "<bdi>Ines</bdi> is on it" in (await page.client.get("/")).text


async def test_another_operators_alert_is_not_there(page: Page) -> None:
    await page.add(alert("op-b", "b"))
    await page.log_in_with(await page.key("op-a"))
    url = f"/alerts/{alert_id('op-b', 'b')}/acknowledge"
    answer = await page.client.post(url, data={"_csrf_token": await page.token("/")})
    assert answer.status_code == 404
    untouched = await page.store.alert("op-b", alert_id("op-b", "b"))
    assert untouched is not None
    assert untouched.state == "open"


async def test_the_page_says_what_is_over_the_budget_and_what_ran_out_of_time(page: Page) -> None:
    await page.add(
        alert("op-a", "told"),
        alert("op-a", "flood", rationed=True, deadline=now() + timedelta(minutes=1)),
        alert("op-a", "late", state="expired", expired_at=now(), deadline=now() - timedelta(minutes=1)),
    )
    await page.log_in_with(await page.key("op-a"))
    text = (await page.client.get("/")).text
    assert "1 over the alert budget: shown here, told to nobody" in text
    assert "time is up, nobody took it on" in text
    places = [text.index(f"<b><bdi>{name}</bdi></b>") for name in ("late", "told", "flood")]
    assert places == sorted(places), "what was told stands first"
    url = f"/alerts/{alert_id('op-a', 'late')}/acknowledge"
    assert (await page.client.post(url, data={"_csrf_token": await page.token("/")})).status_code == 303
    taken = await page.store.alert("op-a", alert_id("op-a", "late"))
    assert taken is not None
    assert taken.state == "acknowledged"


async def test_the_page_says_that_a_driver_asked_to_be_called(page: Page) -> None:
    asked = datetime(2026, 1, 5, 12, 31, tzinfo=UTC)
    await page.add(alert("op-1", "quiet"), alert("op-1", "asks", call_wanted_at=asked))
    await page.log_in_with(await page.key("op-1", "Ines"))
    shown = (await page.client.get("/")).text
    assert shown.count("The driver asked at 12:31 to be called.") == 1


async def test_a_revoked_key_is_logged_out(page: Page, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("notifier.console.auth.CACHE_S", 0.0)
    key = await page.key("op-a")
    await page.log_in_with(key)
    assert (await page.client.get("/")).status_code == 200
    presented = tokens.parse(PREFIX, key)
    assert presented is not None
    await ConsoleKeys(page.pool).revoke(presented.key_id)
    assert (await page.client.get("/")).status_code == 302


async def test_every_answer_is_hardened(page: Page) -> None:
    for path in ("/login", "/", "/static/console.js"):
        headers = (await page.client.get(path)).headers
        assert "default-src 'none'" in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"
    cookies = (await page.log_in_with(await page.key("op-a"))).headers.get_list("set-cookie")
    session = next(cookie for cookie in cookies if cookie.startswith("pickup_session"))
    assert "HttpOnly" in session
    assert "samesite=lax" in session.lower()


async def test_the_same_as_json(page: Page) -> None:
    await page.add(alert("op-a", "b"), alert("op-b", "c"), alert("op-a", "d", state="closed", closed_at=now()))
    header = {"authorization": f"Bearer {await page.key('op-a')}"}
    opened = (await page.client.get("/v1/alerts", headers=header)).json()["alerts"]
    closed = (await page.client.get("/v1/alerts?state=closed", headers=header)).json()["alerts"]
    assert ([one["booking_id"] for one in opened], [one["booking_id"] for one in closed]) == (["b"], ["d"])
    assert opened[0]["headline"]
    assert (await page.client.get("/v1/alerts")).status_code == 401


async def test_what_could_not_be_done_stands_on_the_offices_page_and_an_unreadable_alert_hides_no_other(
    page: Page,
) -> None:
    late = {"deadline": now() - timedelta(minutes=1)}
    await page.add(alert("op-a", "spoilt", **late), alert("op-a", "whole", **late), alert("op-b", "theirs", **late))
    await page.pool.execute("update alerts set reasons = '{}' where booking_id in ('spoilt', 'theirs')")
    assert await Escalation(page.store, Teller(OperatorDirectory()), page.clock, page.bell).sweep() == 1
    await page.log_in_as("dispatcher")
    shown = (await page.client.get("/")).text
    assert "Could not be done by itself (1)" in shown
    assert "nobody took it on in time, and the duty manager could not be told" in shown
    assert "ValidationError at notifier.alert_rows:" in shown
    assert "theirs" not in shown
    assert f'id="a-{alert_id("op-a", "whole")}"' in shown
    assert f'id="a-{alert_id("op-a", "spoilt")}"' in shown
    assert "Its reasons could not be read" in shown
    sheet = await page.client.get(f"/alerts/{alert_id('op-a', 'spoilt')}")
    assert (sheet.status_code, "Its reasons could not be read" in sheet.text) == (200, True)


async def test_a_parcel_that_is_on_board_is_not_looked_at_before_the_driver_collects(page: Page) -> None:
    seen = [Reason("one", "Told to leave it", 45, ["notes.driver", "items[0].description"])]
    await page.add(*(alert("op-a", one, decision="review", reasons=seen) for one in ("waiting", "aboard")))
    await page.book("op-a", scam("waiting", "e1"), {**scam("aboard", "e2"), "status": "collected"})
    await page.log_in_as("dispatcher")
    sheets = {one: (await page.client.get(f"/alerts/{alert_id('op-a', one)}")).text for one in ("waiting", "aboard")}
    assert "Worth a look before the driver collects" in sheets["waiting"]
    assert "before the driver collects" not in sheets["aboard"]
    assert "Worth a look: the driver has it on board" in sheets["aboard"]
    assert "have the driver not hand it over and come back" in sheets["aboard"]
    for text in sheets.values():
        assert "note for the driver; what the goods are said to be" in text
        assert "notes.driver" not in text
    key = {"authorization": f"Bearer {await page.key('op-a')}"}
    told = (await page.client.get("/v1/alerts", headers=key)).json()["alerts"]
    assert {one["booking_id"]: one["headline"] for one in told} == {
        "waiting": "Worth a look before the driver collects",
        "aboard": "Worth a look: the driver has it on board",
    }


@pytest.mark.parametrize("status", ["delivered", "returned"])
async def test_what_is_over_is_not_said_to_be_on_board(page: Page, status: str) -> None:
    await page.add(alert("op-a", "b", decision="review"))
    await page.book("op-a", {**scam("b"), "status": status})
    await page.log_in_as("dispatcher")
    sheet = (await page.client.get(f"/alerts/{alert_id('op-a', 'b')}")).text
    assert "Worth a look" in sheet
    assert "the driver has it on board" not in sheet
    assert "not hand it over" not in sheet


async def test_what_could_not_be_done_is_said_and_leads_to_the_alert_where_there_is_one(page: Page) -> None:
    await page.log_in_as("dispatcher")
    await page.add(alert("op-a", "b-known"))
    for booking_id in ("b-known", "b-never"):
        item = Item(alert_id("op-a", booking_id), "op-a", booking_id)
        await put(page.pool, "booking", item, ValueError(), datetime.now(UTC))
    text = (await page.client.get("/")).text
    assert text.count("could not be taken in: look at it and ring the driver") == 2
    for booking_id, linked in (("b-known", True), ("b-never", False)):
        url = f"/alerts/{alert_id('op-a', booking_id)}"
        assert (f'<a href="{url}"><bdi>{booking_id}</bdi></a>, since' in text) is linked
        assert f"<bdi>{booking_id}</bdi>" in text
        assert (await page.client.get(url)).status_code == (200 if linked else 404)
