"""Signing in with a provider: whom it vouches for, and answers that were altered, replayed or never asked for."""

from __future__ import annotations

import pytest

from tests.integration.accounts.office import Office
from tests.integration.accounts.seen import kinds, status
from tests.integration.openid import consent, query, vouch


async def test_whom_the_provider_vouches_for_is_let_in(office: Office) -> None:
    url = await office.begin()
    asked = query(url)
    assert (asked["response_type"], asked["code_challenge_method"], asked["client_id"]) == ("code", "S256", "console")
    assert {"openid", "profile"} <= set(asked["scope"].split())
    answer = await office.come_back(await consent(url, "ines"))
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    assert await status(office.site.browser) == 200
    (person,) = await office.site.people.people("op-a")
    assert (person.display_name, person.role, person.subject) == ("Ines P.", "dispatcher", "ines")
    assert "code_verifier" in office.line.exchanged[-1]
    assert await kinds(office.site) == ["person.added", "session.opened"]


async def test_role_and_name_follow_the_provider_and_a_disabled_person_stays_out(office: Office) -> None:
    await office.come_back(await office.back("ines"))
    await vouch(office.line, "ines", name="Ines Q.", groups=["boss"])
    await office.come_back(await office.back("ines"))
    (person,) = await office.site.people.people("op-a")
    assert (person.display_name, person.role) == ("Ines Q.", "admin")
    assert "person.role" in await kinds(office.site)
    await office.site.people.set_disabled(person.login, True, by="test", now=office.clock.now())
    assert (await office.come_back(await office.back("ines"))).status_code == 401
    assert await status(office.site.browser) == 401


async def test_somebody_without_a_role_is_told_so_and_not_let_in(office: Office) -> None:
    await vouch(office.line, "stranger", groups=["accounts"])
    answer = await office.come_back(await office.back("stranger"))
    assert answer.status_code == 401
    assert "no role here" in answer.text
    assert await office.site.people.people("op-a") == []


@pytest.mark.parametrize(
    "changed",
    [
        {"state": "x"},
        {"state": None},
        {"code": None},
        {"code": "guessed"},
        {"error": "access_denied"},
        {"iss": "https://somebody.else.example"},
    ],
    ids=str,
)
async def test_an_altered_answer_lets_nobody_in(office: Office, changed: dict[str, str | None]) -> None:
    answer = await office.come_back(await office.back("ines"), **changed)
    assert answer.status_code == 401
    assert await status(office.site.browser) == 401


async def test_an_answer_at_another_browser_or_a_second_time_lets_nobody_in(office: Office) -> None:
    location = await office.back("ines")
    victim = office.site.another_browser()
    path = location.removeprefix("http://page")
    assert (await victim.get(path)).status_code == 401, "that browser asked nothing"
    assert (await office.site.browser.get(path)).status_code == 303
    assert (await victim.get(path)).status_code == 401
    assert (await office.site.browser.get(path)).status_code == 401, "a code is good once"


async def test_a_forged_sign_in_under_way_is_not_believed(office: Office) -> None:
    location = await office.back("ines")
    cookie = office.site.browser.cookies["pickup_pending"]
    for forged in (cookie[:-6] + "AAAAA=", "", "x"):
        browser = office.site.another_browser()
        browser.cookies.set("pickup_pending", forged)
        assert (await browser.get(location.removeprefix("http://page"))).status_code == 401
    assert (await office.site.browser.get(location.removeprefix("http://page"))).status_code == 303


@pytest.mark.parametrize(
    "discovery",
    [
        {"issuer": "https://somebody.else.example"},
        {"token_endpoint": "http://192.0.2.1/token"},
        {"jwks_uri": None},
        {"padding": "x" * 300_000},
    ],
    ids=["issuer", "plain http", "no keys", "300 kB"],
)
async def test_a_provider_that_does_not_describe_itself_as_one_is_not_used(
    office: Office, discovery: dict[str, object]
) -> None:
    office.line.discovery = discovery
    answer = await office.site.browser.get("/login/openid/office")
    assert answer.status_code == 401
    assert "did not work" in answer.text


async def test_there_is_no_other_provider(office: Office) -> None:
    assert (await office.site.browser.get("/login/openid/nobodys")).status_code == 404
    assert "Log in with Office" in (await office.site.browser.get("/login")).text
