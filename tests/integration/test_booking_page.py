"""One booking's page over HTTP: what it shows, what can be done on it, by whom, and what is refused."""

from __future__ import annotations

import re
import uuid
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from notifier.accounts.roles import Role
from notifier.console.forms import ACTS
from notifier.rung_rows import Delivery
from pickup_contracts.alert import alert_id
from pickup_contracts.operator import OperatorProfile, Webhook
from pickup_runtime.clock import ManualClock
from pickup_runtime.operators import OperatorDirectory
from pickup_runtime.testing.plugin import MakePool
from tests.integration.alert_page import Page
from tests.integration.alerts import alert
from tests.integration.events import scam
from tests.integration.page import csrf

NOW = datetime.now(UTC)
HOSTILE = "<script>alert(1)</script>\u202egnp.exe\r\nSet-Cookie: a=b"


@pytest.fixture
async def page(database: MakePool) -> AsyncIterator[Page]:
    """A firm whose system is told by webhook."""
    operators = OperatorDirectory()
    operators.put(OperatorProfile(operator_id="op-a", name="X", webhook=Webhook(url="https://x.example/hook")))
    made = Page(await database("notifier", "notifier"), clock=ManualClock(NOW), operators=operators)
    yield made
    await made.close()


@pytest.fixture
async def unconnected(database: MakePool) -> AsyncIterator[Page]:
    made = Page(await database("notifier", "notifier"), clock=ManualClock(NOW))
    yield made
    await made.close()


async def test_the_page_says_what_to_do_why_what_is_linked_and_who_was_told(page: Page) -> None:
    near = scam("b")
    await page.book(
        "op-a",
        near,
        scam("same-home", dropoff={"address": {"line1": "1 High Street", "postcode": "AB1 2CD"}}),
        scam("elsewhere", pickup={"address": {"line1": "9 Far Lane", "postcode": "ZZ1 1ZZ"}}, dropoff=None),
    )
    await page.book("op-b", scam("somebody-elses"))
    await page.add(
        alert("op-a", "b"),
        alert("op-a", "same-home", finding="confirmed_scam", state="closed", closed_at=NOW, close_reason="delivered"),
        alert("op-a", "elsewhere"),
        alert("op-b", "somebody-elses"),
    )
    identity = alert_id("op-a", "b")
    told = Delivery(
        uuid.uuid4(), identity, "op-a", "b", "sms", b'{"to":"+447700900001","text":"CHECK BEFORE"}',
        NOW + timedelta(minutes=9), 1, NOW, audience="driver", recipient="driver",
    )  # fmt: skip
    async with page.store.batch() as batch:
        await batch.rungs.add([told])
    await page.log_in_as("dispatcher")
    text = (await page.browser.get(f"/alerts/{identity}")).text
    for shown in (
        "Do now",
        "What is being sent, and who asked you to send it?",
        "Mrs Example",
        "CHECK BEFORE",
        "Meadow",
    ):
        assert shown in text
    assert text.index("Do now") < text.index("Why</h2>")
    assert "Why &lt;b&gt;so&lt;/b&gt;" in text
    linked = text[text.index('id="linked"') : text.index('id="told"')]
    assert "same-home" in linked
    assert "same pickup" in linked
    assert "A scam, confirmed" in linked
    assert "elsewhere" not in linked
    assert "somebody-elses" not in text
    assert "+447700900001" not in text, "where a message went is nobody's business"
    await page.views.flush()
    looks = await page.views.views("op-a", booking_id="b")
    assert [(one.kind, one.holder) for one in looks] == [("booking", "Ines")]


async def test_each_action_is_done_shown_and_in_the_audit(page: Page) -> None:
    await page.add(alert("op-a", "b"))
    await page.log_in_as("duty_manager", holder="Ada")
    assert (await page.act("acknowledge")).headers["location"].endswith("?done=acknowledge")
    assert (await page.now()).acknowledged_by == "Ada"
    assert (await page.act("hold")).status_code == 303
    assert (await page.now()).command == "hold"
    assert "Hold: asked for, not confirmed yet" in (await page.browser.get(f"/alerts/{alert_id('op-a', 'b')}")).text
    assert (await page.act("release")).status_code == 303
    assert (await page.act("scam")).status_code == 303
    assert (await page.act("undo")).status_code == 303
    assert (await page.now()).finding is None
    assert (await page.act("refer", {"police_reference": " CAD 1234 "})).status_code == 303
    assert (await page.now()).police_reference == "CAD 1234"
    assert (await page.act("clear", {"clear_reason": "N17"})).status_code == 303
    now = await page.now()
    assert (now.state, now.clear_reason, now.finding) == ("closed", "N17", "cleared")
    assert "Sold online, the buyer sent a courier" in (await page.browser.get(f"/alerts/{alert_id('op-a', 'b')}")).text
    assert (await page.act("undo")).status_code == 303
    assert (await page.now()).state == "open"
    done = await page.audited()
    for kind in ("acknowledged", "hold_requested", "release_requested", "reported", "reopened", "closed"):
        assert (f"alert.{kind}", "Ada") in done, kind
    said = await page.outcomes()
    assert {one["reported_by"] for one in said} == {"duty_manager"}
    assert "CAD 1234" not in str(await page.pool.fetch("select body from audit"))


async def test_a_scam_found_out_afterwards_is_kept_until_a_duty_manager_releases_its_record(page: Page) -> None:
    await page.add(alert("op-a", "b", state="closed", closed_at=NOW, close_reason="delivered"))
    url = f"/alerts/{alert_id('op-a', 'b')}"
    await page.log_in_as("dispatcher")
    assert "It was a scam" in (await page.browser.get(url)).text
    assert (await page.act("scam")).status_code == 303
    assert ((await page.now()).state, (await page.now()).finding) == ("closed", "confirmed_scam")
    assert [one["finding"] for one in await page.outcomes()] == ["confirmed_scam"]
    shown = (await page.browser.get(url)).text
    assert "kept until a duty manager says that nobody needs it" in shown
    assert "/release_record" not in shown
    assert (await page.act("release_record")).status_code == 403
    await page.log_in_as("duty_manager", holder="Ada")
    assert (await page.act("release_record")).status_code == 303
    assert (await page.now()).record_released_at is not None
    assert (await page.act("release_record")).status_code == 409
    assert "Nobody needs the record" in (await page.browser.get(url)).text
    assert (await page.act("keep_record")).status_code == 303
    now = await page.now()
    assert (now.record_released_at, now.finding) == (None, "confirmed_scam")
    assert [one["finding"] for one in await page.outcomes()] == ["confirmed_scam"], "it is a scam all the same"


async def test_a_scam_that_was_cleared_comes_back_while_its_booking_goes_on(page: Page) -> None:
    await page.book("op-a", scam("b"))
    long_ago = NOW - timedelta(minutes=30)
    await page.add(
        alert(
            "op-a",
            "b",
            state="closed",
            closed_at=long_ago,
            close_reason="cleared",
            finding="cleared",
            clear_reason="N17",
        )
    )
    await page.log_in_as("dispatcher")
    assert (await page.act("scam")).status_code == 303
    now = await page.now()
    assert (now.state, now.finding, now.clear_reason) == ("open", "confirmed_scam", None)


async def test_without_a_system_whoever_rings_the_driver_says_how_it_went(unconnected: Page) -> None:
    page = unconnected
    await page.add(*(alert("op-a", one, told_at=NOW) for one in ("b", "could-not", "asked")))
    await page.log_in_as("dispatcher")
    text = (await page.browser.get(f"/alerts/{alert_id('op-a', 'b')}")).text
    assert "No system is set up to be told: nobody tells the driver but you." in text
    assert "I have stopped the driver" in text
    done = await page.act("hold", {"done": "confirmed"})
    assert "you have stopped the driver" in (await page.browser.get(done.headers["location"])).text
    assert ((await page.now()).command, (await page.now()).command_state) == ("hold", "confirmed")
    (held,) = await page.store.commands(alert_id("op-a", "b"))
    assert (held.state, held.answered_by) == ("confirmed", "Ines")
    assert await page.store.past("unconfirmed", NOW + timedelta(hours=1), 10) == []
    assert (await page.act("hold", {"done": "refused"}, "could-not")).status_code == 303
    up = await page.now("could-not")
    assert (up.command_state, up.escalated_to) == ("refused", "duty_manager")
    await page.act("hold", booking="asked")
    text = (await page.browser.get(f"/alerts/{alert_id('op-a', 'asked')}")).text
    assert "not done yet: ring the driver, then say how it went" in text
    assert (await page.act("hold", {"done": "confirmed"}, "asked")).status_code == 303
    assert (await page.now("asked")).command_state == "confirmed"
    assert (await page.act("release", {"done": "confirmed"}, "asked")).status_code == 303
    assert ((await page.now("asked")).command, (await page.now("asked")).command_state) == ("release", "confirmed")
    assert ("alert.hold_confirmed", "Ines") in await page.audited()


async def test_where_a_system_is_asked_nobody_answers_in_its_place(page: Page) -> None:
    await page.add(alert("op-a", "b"))
    await page.log_in_as("dispatcher")
    text = (await page.browser.get(f"/alerts/{alert_id('op-a', 'b')}")).text
    assert ("Your system is asked to stop the driver" in text, "nobody tells the driver" in text) == (True, False)
    assert (await page.act("hold", {"done": "confirmed"})).status_code == 409
    assert (await page.now()).command is None


async def test_a_recall_is_asked_for_once_the_goods_are_on_board(page: Page) -> None:
    await page.add(alert("op-a", "b", kind="recall"))
    await page.log_in_as("dispatcher")
    text = (await page.browser.get(f"/alerts/{alert_id('op-a', 'b')}")).text
    assert ("/recall" in text, "/hold" in text) == (True, False)
    assert (await page.act("recall")).status_code == 303
    assert (await page.now()).command == "recall"


async def test_what_was_said_on_the_phone_is_an_outcome_once_and_unknown_stays_unknown(page: Page) -> None:
    await page.add(alert("op-a", "b"))
    await page.log_in_as("dispatcher")
    form: dict[str, Any] = {
        "observations": ["mentioned_bank_or_police", "told_not_to_talk"],
        "comment": "She said\u202e the bank\x00 asked",
    }
    url = f"/alerts/{alert_id('op-a', 'b')}"
    text = (await page.browser.get(url)).text
    sent = {**form, **dict(re.findall(r'name="(_csrf_token|once)" value="([^"]*)"', text))}
    assert (await page.browser.post(f"{url}/answer", data=sent)).status_code == 303
    assert (await page.browser.post(f"{url}/answer", data=sent)).status_code == 303, "the button pressed twice"
    (said,) = await page.outcomes()
    assert said["observations"] == form["observations"]
    assert said["comment"] == "She said the bank asked"
    assert said.get("finding", "unknown") == "unknown"
    assert said.get("action") is None
    assert "She said the bank asked" in (await page.browser.get(url)).text
    nothing = await page.act("answer", {"comment": "   "})
    assert (nothing.status_code, "Nothing was filled in" in nothing.text) == (422, True)
    card = await page.act("answer", {"comment": "The card is 4111 1111 1111 1111"})
    assert (card.status_code, "looks like a card number" in card.text, "4111 1111" in card.text) == (422, True, False)
    assert len(await page.outcomes()) == 1


@pytest.mark.parametrize(
    ("name", "form"),
    [
        ("clear", {"clear_reason": "N43"}),
        ("clear", {"clear_reason": "because"}),
        ("answer", {"observations": "nice_weather"}),
        ("answer", {"finding": "confirmed_scam"}),
        ("answer", {"comment": "x" * 501}),
        ("refer", {"police_reference": "x" * 65}),
    ],
)
async def test_what_no_form_offers_is_refused(page: Page, name: str, form: dict[str, str]) -> None:
    await page.add(alert("op-a", "b"))
    await page.log_in_as("dispatcher")
    assert (await page.act(name, form)).status_code == 400
    assert (await page.now()).state == "open"
    assert await page.outcomes() == []


async def test_a_forged_or_replayed_form_does_nothing(page: Page) -> None:
    await page.add(alert("op-a", "b"))
    await page.log_in_as("dispatcher")
    url = f"/alerts/{alert_id('op-a', 'b')}"
    for name in ACTS:
        for forged in ({}, {"_csrf_token": "a" * 128}):
            answer = await page.browser.post(f"{url}/{name}", data={**forged, "clear_reason": "N17", "seen": "1.0."})
            assert answer.status_code == 403, name
    text = (await page.browser.get(url)).text
    hold = dict(re.findall(r'name="(_csrf_token|seen)" value="([^"]*)"', text))
    assert (await page.browser.post(f"{url}/hold", data=hold)).status_code == 303
    replayed = await page.browser.post(f"{url}/hold", data=hold)
    assert (replayed.status_code, "has changed since you opened the page" in replayed.text) == (409, True)
    late = await page.browser.post(f"{url}/clear", data={**hold, "clear_reason": "N17"})
    assert late.status_code == 409, "nobody clears what they have not seen"
    unseen = await page.browser.post(f"{url}/clear", data={"_csrf_token": hold["_csrf_token"], "clear_reason": "N17"})
    assert unseen.status_code == 409
    now = await page.now()
    assert (now.state, now.commands) == ("open", 1)
    stranger = page.another_browser()
    assert (await stranger.post(f"{url}/hold", data=hold)).status_code in (401, 403)


async def test_another_operators_alert_is_not_there_whatever_one_may(page: Page) -> None:
    await page.add(alert("op-b", "b"), alert("op-a", "mine"))
    await page.log_in_as("admin")
    token = {"_csrf_token": await csrf(page.browser, f"/alerts/{alert_id('op-a', 'mine')}")}
    form = {**token, "clear_reason": "N17", "police_reference": "1", "comment": "1", "seen": "1.0."}
    for identity in (alert_id("op-b", "b"), uuid.uuid4()):
        assert (await page.browser.get(f"/alerts/{identity}")).status_code == 404
        for name in (*ACTS, "other"):
            assert (await page.browser.post(f"/alerts/{identity}/{name}", data=form)).status_code == 404, name
    assert await page.outcomes() == []


@pytest.mark.parametrize(("role", "status"), [("viewer", 403), ("dispatcher", 303)])
async def test_only_who_may_act_is_offered_to_and_can(page: Page, role: Role, status: int) -> None:
    await page.add(alert("op-a", "b"))
    await page.log_in_as(role)
    text = (await page.browser.get(f"/alerts/{alert_id('op-a', 'b')}")).text
    assert ("/hold" in text) is (role != "viewer")
    assert ('name="comment"' in text) is (role != "viewer")
    for name in ("acknowledge", "hold"):
        assert (await page.act(name)).status_code == status
    page.browser.cookies.clear()
    assert (await page.browser.get(f"/alerts/{alert_id('op-a', 'b')}")).headers["location"] == "/login"


async def test_hostile_text_in_any_field_of_a_booking_stays_text(page: Page) -> None:
    booking = 'b"><img src=x onerror=alert(1)>\u202e'
    stop = {
        "address": {"line1": HOSTILE, "town": HOSTILE, "postcode": "A<b>"},
        "contact": {"name": HOSTILE, "phone": HOSTILE},
    }
    event = scam(
        booking, pickup=stop, dropoff={**stop, "organisation": HOSTILE}, items=[{"description": HOSTILE}],
        driver={"id": HOSTILE, "name": HOSTILE, "phone": HOSTILE, "vehicle": HOSTILE}, event_id="e",
    )  # fmt: skip
    await page.book("op-a", event)
    await page.add(alert("op-a", booking, driver=HOSTILE, police_reference=HOSTILE))
    await page.log_in_as("admin", holder="<i>Ines</i>\u202e")
    url = f"/alerts/{alert_id('op-a', booking)}"
    assert (await page.act("answer", {"comment": HOSTILE}, booking=booking)).status_code == 303
    assert (await page.act("hold", booking=booking)).status_code == 303
    paths = ["/", "/alerts/list", url, "/search", "/handover", "/audit", "/views", "/search?booking=%22%3E%3Cscript%3E"]
    for path in paths:
        answer = await page.browser.get(path)
        assert answer.status_code == 200, path
        for bad in ("<script>alert", "<img src=x", "<i>Ines"):
            assert bad not in answer.text, path
        assert "set-cookie: a" not in str(answer.headers).lower()
        assert not set("\u202e\u2066\x00") & set(answer.text), f"{path}: nothing turns the text around it round"


async def test_who_is_refused_at_a_browser_reads_a_sentence_and_finds_a_way_on(page: Page) -> None:
    await page.add(alert("op-a", "b"))
    url = f"/alerts/{alert_id('op-a', 'b')}"
    browser = {"accept": "text/html,application/xhtml+xml"}
    await page.log_in_as("dispatcher")
    token = await csrf(page.browser, url)
    long = await page.browser.post(f"{url}/answer", data={"_csrf_token": token, "comment": "x" * 501}, headers=browser)
    assert (long.status_code, "nothing was done" in long.text, 'href="/"' in long.text) == (400, True, True)
    stale = await page.browser.post(f"{url}/acknowledge", headers=browser)
    assert (stale.status_code, "Nothing was done" in stale.text) == (403, True)
    quoting = await page.browser.get("/audit?before=%3Cb%3E", headers=browser)
    assert (quoting.status_code, "<b>" in quoting.text or "&lt;b" in quoting.text) == (400, False)
    page.browser.cookies.delete("pickup_session")
    out = await page.browser.post(f"{url}/acknowledge", data={"_csrf_token": token}, headers=browser)
    assert (out.status_code, 'href="/login"' in out.text) == (401, True)
    assert (await page.browser.get("/nowhere")).json() == {"status_code": 404, "detail": "Not Found"}
    assert (await page.now()).state == "open"


async def test_a_file_in_the_place_of_a_text_is_refused(page: Page) -> None:
    await page.add(alert("op-a", "b"))
    url = f"/alerts/{alert_id('op-a', 'b')}"
    await page.log_in_as("dispatcher")
    token = await csrf(page.browser, url)
    form = {"_csrf_token": token, "once": str(uuid.uuid4())}
    for field in ("comment", "observations", "finding"):
        sent = await page.browser.post(
            f"{url}/answer", data=form, files={field: ("note.txt", b"hello")}, headers={"x-csrftoken": token}
        )
        assert sent.status_code == 400, field
    assert await page.outcomes() == []
