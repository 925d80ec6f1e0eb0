"""Sessions: how long they live, what ends them, and that none can be planted or forged."""

from __future__ import annotations

from datetime import timedelta

import pytest

from notifier.accounts.lifetime import ABSOLUTE, IDLE
from pickup_runtime.clock import ManualClock
from tests.integration.accounts.seen import NOW, status, with_session
from tests.integration.forging import altered
from tests.integration.page import PASSWORD, Site, csrf


@pytest.mark.parametrize("end", ["sign out", "disable", "password", "idle", "shift", "revoke"])
async def test_a_session_ends_at_once(site: Site, clock: ManualClock, end: str) -> None:
    await site.person("ines@firm.example")
    await site.log_in("ines@firm.example")
    thief = with_session(site, site.browser.cookies["pickup_session"])
    assert await status(site.browser) == 200
    if end == "sign out":
        await site.post("/logout", {}, token_from="/")
    elif end == "disable":
        await site.people.set_disabled("ines@firm.example", True, by="test", now=clock.now())
    elif end == "password":
        await site.people.set_password("ines@firm.example", "x", by="test", now=clock.now())
    elif end == "idle":
        clock.advance(IDLE)
    elif end == "shift":
        for _ in range(13):
            clock.advance(timedelta(hours=1) - timedelta(minutes=4))
            await status(site.browser)
        assert clock.now() > NOW + ABSOLUTE
    else:
        await site.pool.execute("update sessions set revoked_at = now()")
    assert (await status(site.browser), await status(thief)) == (401, 401)
    assert (await site.browser.get("/")).headers["location"] == "/login"


async def test_looking_keeps_a_session_alive_through_the_shift(site: Site, clock: ManualClock) -> None:
    await site.person("ines@firm.example")
    await site.log_in("ines@firm.example")
    for _ in range(11):
        clock.advance(timedelta(hours=1))
        assert await status(site.browser) == 200


async def test_signing_in_gives_a_new_session_and_ends_the_one_before(site: Site) -> None:
    await site.person("ines@firm.example")
    await site.log_in("ines@firm.example")
    before = site.browser.cookies["pickup_session"]
    await site.log_in("ines@firm.example")
    after = site.browser.cookies["pickup_session"]
    assert before != after
    assert (await status(with_session(site, before)), await status(site.browser)) == (401, 200)


async def test_a_planted_session_is_not_the_one_that_is_opened(site: Site) -> None:
    await site.person("ines@firm.example")
    planted = "pgs_abcdefgh_" + "A" * 43
    form = {"login": "ines@firm.example", "password": PASSWORD, "_csrf_token": await csrf(site.browser, "/login")}
    cookies = f"pickup_session={planted}; pickup_csrf={site.browser.cookies['pickup_csrf']}"
    bare = site.another_browser()
    answer = await bare.post("/login", data=form, headers={"cookie": cookies})
    assert answer.status_code == 303
    assert planted not in str(answer.headers.get_list("set-cookie"))
    assert await status(bare) == 200, "with the new one"
    assert await status(with_session(site, planted)) == 401


async def test_a_forged_session_opens_nothing(site: Site) -> None:
    await site.person("ines@firm.example")
    await site.log_in("ines@firm.example")
    real = site.browser.cookies["pickup_session"]
    for forged in ("", "pgs_abcdefgh_", "x" * 4000, altered(real), real.replace("pgs", "pgc"), f"{real}x"):
        assert await status(with_session(site, forged)) == 401
    assert await status(with_session(site, real)) == 200


async def test_only_hashes_of_sessions_are_kept(site: Site) -> None:
    await site.person("ines@firm.example")
    answer = await site.log_in("ines@firm.example")
    cookie = next(one for one in answer.headers.get_list("set-cookie") if one.startswith("pickup_session"))
    assert "HttpOnly" in cookie
    secret = cookie.partition("=")[2].partition(";")[0].rpartition("_")[2]
    rows = await site.pool.fetch("select token_sha256 from sessions")
    assert all(secret.encode() not in row[0] for row in rows)


async def test_a_form_of_another_site_signs_nobody_in_or_out(site: Site) -> None:
    await site.person("ines@firm.example")
    form = {"login": "ines@firm.example", "password": PASSWORD}
    assert (await site.browser.post("/login", data=form)).status_code == 403
    await site.log_in("ines@firm.example")
    assert (await site.browser.post("/logout")).status_code == 403
    token = await csrf(site.browser, "/login")
    assert (await site.browser.post("/logout", data={"_csrf_token": altered(token)})).status_code == 403
    assert await status(site.browser) == 200
