"""Local accounts: the right password, guesses and how they are closed, and the link to choose one."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import httpx
from argon2 import PasswordHasher

from pickup_contracts.alert import alert_id
from pickup_runtime.clock import ManualClock
from pickup_runtime.postgres import Pool
from tests.integration.accounts.seen import NOW, add_alert, kinds, status
from tests.integration.page import PASSWORD, Site


async def test_a_person_signs_in_and_acts_in_their_own_name(site: Site) -> None:
    await add_alert(site, "op-a", "b")
    await site.person("ines@firm.example")
    answer = await site.log_in(" Ines@FIRM.example ")
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    await site.post(f"/alerts/{alert_id('op-a', 'b')}/acknowledge", {}, token_from="/")
    found = await site.store.alert("op-a", alert_id("op-a", "b"))
    assert found is not None
    assert found.acknowledged_by == "Ines"
    assert "session.opened" in await kinds(site)


async def test_the_answer_is_the_same_for_every_reason(site: Site) -> None:
    await site.person("ines@firm.example")
    await site.person("gone@firm.example")
    await site.person("new@firm.example", password=False)
    await site.people.set_disabled("gone@firm.example", True, by="test", now=NOW)
    tries = [
        ("ines@firm.example", "wrong bicycle lamp"),
        ("nobody@firm.example", PASSWORD),
        ("gone@firm.example", PASSWORD),
        ("new@firm.example", PASSWORD),
        ("two words", PASSWORD),
        ("", ""),
        ("x" * 500, "y" * 5000),
    ]
    answers = [await site.log_in(*one) for one in tries]
    assert {answer.status_code for answer in answers} == {401}
    assert len({answer.text.replace(_token(answer), "") for answer in answers}) == 1
    assert await status(site.browser) == 401


def _token(answer: httpx.Response) -> str:
    return answer.text.partition('name="_csrf_token" value="')[2].partition('"')[0]


async def test_guesses_are_closed_after_five_also_to_the_right_password(site: Site, clock: ManualClock) -> None:
    await site.person("ines@firm.example")
    for _ in range(5):
        assert (await site.log_in("ines@firm.example", "wrong bicycle lamp")).status_code == 401
    assert (await site.log_in("ines@firm.example")).status_code == 401, "right, but closed"
    elsewhere = site.another_browser("198.51.100.9")
    assert (await site.log_in("ines@firm.example", browser=elsewhere)).status_code == 401, "closed everywhere"
    assert (await kinds(site)).count("session.refused") == 5, "what was not even checked is no guess"
    clock.advance(timedelta(minutes=15))
    assert (await site.log_in("ines@firm.example")).status_code == 303


async def test_guesses_at_the_same_moment_count_as_well(site: Site) -> None:
    await site.person("ines@firm.example")
    browsers = [site.another_browser(f"198.51.100.{number}") for number in range(12)]
    answers = await asyncio.gather(
        *(site.log_in("ines@firm.example", "wrong bicycle lamp", browser=browser) for browser in browsers)
    )
    assert {answer.status_code for answer in answers} == {401}
    assert (await kinds(site)).count("session.refused") == 5


async def test_an_address_that_guesses_at_many_logins_is_closed_and_others_are_not(site: Site) -> None:
    await site.person("ines@firm.example")
    guesser = site.another_browser("198.51.100.9")
    for number in range(20):
        await site.log_in(f"guess-{number}@firm.example", browser=guesser)
    assert (await site.log_in("ines@firm.example", browser=guesser)).status_code == 401
    assert (await site.log_in("ines@firm.example")).status_code == 303


async def test_an_administrator_can_open_a_lock(site: Site) -> None:
    await site.person("ines@firm.example")
    for _ in range(5):
        await site.log_in("ines@firm.example", "wrong bicycle lamp")
    await site.local.unlock("ines@firm.example")
    assert (await site.log_in("ines@firm.example")).status_code == 303


async def test_behind_ones_own_proxy_the_address_is_the_one_it_saw(pool: Pool, clock: ManualClock) -> None:
    site = Site(pool, clock=clock, hops=1)
    await site.person("ines@firm.example")
    for number in range(20):
        # What the sender wrote itself stands further left and is not believed.
        site.browser.headers["x-forwarded-for"] = f"203.0.113.{number}, 198.51.100.9"
        await site.log_in(f"guess-{number}@firm.example")
    site.browser.headers["x-forwarded-for"] = "203.0.113.77, 198.51.100.9"
    assert (await site.log_in("ines@firm.example")).status_code == 401
    site.browser.headers["x-forwarded-for"] = "198.51.100.10"
    assert (await site.log_in("ines@firm.example")).status_code == 303
    await site.close()


async def test_a_proxy_that_adds_a_line_of_its_own_is_believed_and_the_senders_line_is_not(
    pool: Pool, clock: ManualClock
) -> None:
    site = Site(pool, clock=clock, hops=1)
    await site.person("ines@firm.example")

    def comes(written: str, seen: str) -> None:
        lines = [("x-forwarded-for", written), ("x-forwarded-for", seen)]
        site.browser.headers = httpx.Headers(lines)

    for number in range(20):
        comes(f"203.0.113.{number}", "198.51.100.9")
        await site.log_in(f"guess-{number}@firm.example")
    comes("203.0.113.77", "198.51.100.9")
    assert (await site.log_in("ines@firm.example")).status_code == 401
    comes("198.51.100.9", "198.51.100.10")
    assert (await site.log_in("ines@firm.example")).status_code == 303
    await site.close()


async def test_no_address_login_or_password_is_kept_with_the_guesses(site: Site) -> None:
    await site.log_in("ines@firm.example", browser=site.another_browser("198.51.100.9"))
    rows = await site.pool.fetch("select * from guesses")
    assert len(rows) == 2
    assert all(len(row["subject"]) == 32 for row in rows)
    for secret in (b"ines", b"198.51", PASSWORD.encode()):
        assert all(secret not in row["subject"] for row in rows)


async def test_a_link_to_choose_a_password_works_once_and_not_for_ever(site: Site, clock: ManualClock) -> None:
    person, path = await site.invite("ines@firm.example")
    assert (await site.post(path, {"password": "short"})).status_code == 400
    assert (await site.post(path, {"password": PASSWORD})).status_code == 303
    assert await status(site.browser) == 200, "and they are signed in"
    assert (await site.browser.get(path)).status_code == 404
    _, late = await site.invite("late@firm.example")
    clock.advance(timedelta(hours=73))
    assert (await site.browser.get(late)).status_code == 404
    assert (await site.browser.get(path.replace("pgw", "pgc"))).status_code == 404
    assert "person.password" in await kinds(site)
    assert (await site.log_in(person.login, browser=site.another_browser())).status_code == 303


async def test_a_hash_of_older_parameters_is_renewed_at_sign_in(site: Site) -> None:
    await site.person("ines@firm.example")
    old = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
    await site.people.set_password("ines@firm.example", old, by="test", now=NOW)
    await site.log_in("ines@firm.example")
    person = await site.people.person("ines@firm.example")
    assert person is not None
    assert person.password_hash is not None
    assert person.password_hash != old
    assert (await site.log_in("ines@firm.example")).status_code == 303
