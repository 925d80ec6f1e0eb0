"""Signing in: local accounts, providers, sessions, lock-out, and the log of who looked at what."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlencode

import httpx
import msgspec
import pytest
from argon2 import PasswordHasher
from joserfc import jwt
from joserfc.jwk import RSAKey

from notifier.accounts.lifetime import ABSOLUTE, IDLE
from notifier.accounts.principal import Principal
from notifier.accounts.provider import Provider
from notifier.accounts.roles import Role
from pickup_contracts.alert import alert_id
from pickup_runtime.clock import ManualClock, SystemClock
from pickup_runtime.postgres import Pool
from pickup_runtime.testing.plugin import MakePool
from tests.integration.forging import altered
from tests.integration.openid import Line, consent, provider, query, vouch
from tests.integration.page import PASSWORD, Site, csrf
from tests.integration.test_console import alert

NOW = datetime(2026, 5, 1, 3, 0, tzinfo=UTC)


@pytest.fixture
async def pool(database: MakePool) -> Pool:
    return await database("notifier", "notifier")


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(NOW)


@pytest.fixture
async def site(pool: Pool, clock: ManualClock) -> AsyncIterator[Site]:
    made = Site(pool, clock=clock)
    yield made
    await made.close()


async def add_alert(site: Site, operator_id: str, booking_id: str) -> None:
    async with site.store.batch() as batch:
        await batch.write_alerts([alert(operator_id, booking_id)])


async def kinds(site: Site, operator_id: str = "op-a") -> list[str]:
    rows = await site.pool.fetch("select kind from audit where operator_id = $1 order by number", operator_id)
    return [row[0] for row in rows]


async def status(browser: httpx.AsyncClient, path: str = "/alerts/list") -> int:
    return (await browser.get(path)).status_code


def with_session(site: Site, text: str) -> httpx.AsyncClient:
    browser = site.another_browser()
    browser.cookies.set("pickup_session", text)
    return browser


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


async def test_no_address_login_or_password_is_kept_with_the_guesses(site: Site) -> None:
    await site.log_in("ines@firm.example", browser=site.another_browser("198.51.100.9"))
    rows = await site.pool.fetch("select * from guesses")
    assert len(rows) == 2
    assert all(len(row["subject"]) == 32 for row in rows)
    for secret in (b"ines", b"198.51", PASSWORD.encode()):
        assert all(secret not in row["subject"] for row in rows)


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


async def test_another_role_counts_from_the_next_request(site: Site) -> None:
    await add_alert(site, "op-a", "b")
    await site.person("ines@firm.example", role="viewer")
    await site.log_in("ines@firm.example")
    url = f"/alerts/{alert_id('op-a', 'b')}/acknowledge"
    assert (await site.post(url, {}, token_from="/")).status_code == 403, "a viewer looks"
    await site.people.set_role("ines@firm.example", "dispatcher", by="test", now=NOW)
    assert (await site.post(url, {}, token_from="/")).status_code == 303
    await site.people.set_role("ines@firm.example", "viewer", by="test", now=NOW)
    assert (await site.post(url, {}, token_from="/")).status_code == 403


async def test_another_operators_alert_is_not_there_for_a_person(site: Site) -> None:
    await add_alert(site, "op-b", "theirs")
    await site.person("ines@firm.example", role="admin")
    await site.log_in("ines@firm.example")
    answer = await site.post(f"/alerts/{alert_id('op-b', 'theirs')}/acknowledge", {}, token_from="/")
    assert answer.status_code == 404
    assert "theirs" not in (await site.browser.get("/")).text


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


@pytest.mark.parametrize(("role", "expected"), [("viewer", 403), ("dispatcher", 303), ("admin", 303)])
async def test_a_key_has_a_role_as_well(site: Site, role: Role, expected: int) -> None:
    await add_alert(site, "op-a", "b")
    await site.post("/login", {"key": await site.key("op-a", role=role)})
    answer = await site.post(f"/alerts/{alert_id('op-a', 'b')}/acknowledge", {}, token_from="/")
    assert answer.status_code == expected


async def test_it_is_logged_who_looked_at_what(site: Site, clock: ManualClock) -> None:
    person = await site.person("ines@firm.example")
    await site.log_in("ines@firm.example")
    await site.browser.get("/")
    await site.browser.get("/alerts/list")
    clock.advance(timedelta(minutes=6))
    await site.browser.get("/alerts/list")
    who = Principal(operator_id="op-a", holder="Ines", role="admin", subject=f"person:{person.person_id}")
    site.views.looked(who, "booking", "b-1")
    await site.views.flush()
    seen = await site.views.views("op-a")
    assert [(one.kind, one.booking_id) for one in seen] == [("booking", "b-1"), ("alerts", None), ("alerts", None)]
    assert {one.holder for one in seen} == {"Ines"}
    assert len(await site.views.views("op-a", booking_id="b-1")) == 1
    assert await site.views.views("op-b") == []
    a_year_on = NOW + timedelta(days=365, minutes=1)
    assert [await site.views.forget(a_year_on), await site.views.forget(a_year_on)] == [1, 0]


@pytest.mark.parametrize(
    ("role", "audit", "views"), [("dispatcher", 403, 403), ("duty_manager", 200, 403), ("admin", 200, 200)]
)
async def test_who_may_read_what_was_written_down(site: Site, role: Role, audit: int, views: int) -> None:
    await add_alert(site, "op-a", "b 1/<i>")
    await add_alert(site, "op-b", "somebody-elses")
    await site.person("ines@firm.example", role=role)
    await site.log_in("ines@firm.example")
    key = {"authorization": f"Bearer {await site.key('op-a', role=role)}"}
    for path, expected in (("/audit", audit), ("/audit?booking=somebody-elses", audit), ("/views", views)):
        page = await site.browser.get(path)
        document = await site.browser.get(f"/v1{path}", headers=key)
        assert (page.status_code, document.status_code) == (expected, expected), path
        assert ">somebody-elses</a>" not in page.text
        assert "somebody-elses" not in document.text
        assert "<i>" not in page.text
    assert (await site.another_browser().get("/audit")).status_code == 401
    assert (await site.another_browser().get("/v1/views")).status_code == 401
    if audit == 200:
        of_booking = (await site.browser.get("/v1/audit?booking=b+1/%3Ci%3E", headers=key)).json()["entries"]
        assert [one["kind"] for one in of_booking] == ["alert.decided"]
        assert of_booking[0]["body"]["score"] == 70
        newest = (await site.browser.get("/v1/audit", headers=key)).json()["entries"]
        earlier = (await site.browser.get(f"/v1/audit?before={newest[1]['number']}", headers=key)).json()["entries"]
        assert earlier == newest[2:]
        assert (await site.browser.get(f"/v1/audit?before={2**63}", headers=key)).status_code == 400
        assert (await site.browser.get("/v1/audit?booking=b%00", headers=key)).json() == {"entries": []}
        await site.views.flush()
        assert "audit" in {one.kind for one in await site.views.views("op-a")}


# --- with a provider ---


@pytest.fixture(scope="module")
def provider_port() -> Iterator[int]:
    with provider() as port:
        yield port


@pytest.fixture
async def line(provider_port: int) -> AsyncIterator[Line]:
    made = Line(provider_port)
    await made.start()
    yield made
    await made.stop()


class Office:
    """A site whose people sign in with the provider."""

    def __init__(self, site: Site, line: Line, clock: ManualClock) -> None:
        self.site = site
        self.line = line
        self.clock = clock

    async def begin(self) -> str:
        answer = await self.site.browser.get("/login/openid/office")
        assert answer.status_code == 303, answer.text
        url: str = answer.headers["location"]
        return url

    async def back(self, subject: str) -> str:
        """Up to where the provider sends the browser back."""
        return await consent(await self.begin(), subject)

    async def come_back(self, location: str, **changed: str | None) -> httpx.Response:
        fields = {**query(location), **changed}
        path = location.partition("?")[0].removeprefix("http://page")
        return await self.site.browser.get(
            f"{path}?{urlencode({name: value for name, value in fields.items() if value is not None})}"
        )


@pytest.fixture
async def office(pool: Pool, line: Line, tmp_path: Path) -> AsyncIterator[Office]:
    secret = tmp_path / "client_secret"
    secret.write_text("a secret\n")
    clock = ManualClock(SystemClock().now())
    one = Provider(
        id="office",
        label="Office",
        issuer=line.issuer,
        client_id="console",
        client_secret_file=str(secret),
        operator_id="op-a",
        role_claim="groups",
        roles={"desk": "dispatcher", "boss": "admin"},
    )
    site = Site(pool, clock=clock, providers={"office": one})
    await vouch(line, "ines", name="Ines P.", groups=["desk"])
    yield Office(site, line, clock)
    await site.close()


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


async def test_a_token_of_another_sign_in_has_the_wrong_nonce(
    office: Office, capsys: pytest.CaptureFixture[str]
) -> None:
    await office.come_back(await office.back("ines"))
    office.line.swap = {"id_token": office.line.answered[-1]["id_token"], "access_token": None}
    office.site.browser.cookies.delete("pickup_session")
    assert (await office.come_back(await office.back("ines"))).status_code == 401
    assert "does not hold (nonce)" in capsys.readouterr().out


async def test_a_token_for_another_client_is_refused(office: Office, capsys: pytest.CaptureFixture[str]) -> None:
    url = (await office.begin()).replace("client_id=console", "client_id=another-client")
    location = await consent(url, "ines")
    form = {
        "grant_type": "authorization_code",
        "code": query(location)["code"],
        "redirect_uri": query(url)["redirect_uri"],
    }
    async with httpx.AsyncClient(trust_env=False, auth=("another-client", "x")) as client:
        theirs = (await client.post(f"{office.line.issuer}/oauth2/token", data=form)).json()
    # Right signature, right nonce, in time: only meant for somebody else.
    office.line.swap = {"id_token": theirs["id_token"]}
    assert (await office.come_back(location)).status_code == 401
    assert "does not hold (aud)" in capsys.readouterr().out


async def test_an_expired_token_is_refused(office: Office, capsys: pytest.CaptureFixture[str]) -> None:
    location = await office.back("ines")
    office.clock.advance(timedelta(hours=2))
    assert (await office.come_back(location)).status_code == 401
    assert "does not hold (exp)" in capsys.readouterr().out


@pytest.mark.parametrize("forgery", ["own key", "no algorithm", "client secret", "altered", "nonsense"])
async def test_a_token_that_the_provider_did_not_sign_is_refused(office: Office, forgery: str) -> None:
    url = await office.begin()
    location = await consent(url, "ines")
    now = int(office.clock.now().timestamp())
    claims = {
        "iss": office.line.issuer,
        "aud": "console",
        "sub": "ines",
        "exp": now + 600,
        "iat": now,
        "nonce": query(url)["nonce"],
        "groups": ["boss"],
    }
    head, body = ({"alg": "none"}, claims)
    plain = ".".join(_b64(msgspec.json.encode(part)) for part in (head, body))
    if forgery == "own key":
        token = jwt.encode({"alg": "RS256"}, claims, RSAKey.generate_key(2048), algorithms=["RS256"])
    elif forgery == "no algorithm":
        token = f"{plain}."
    elif forgery == "client secret":
        token = _hs256(claims, b"a secret")
    elif forgery == "altered":
        await office.come_back(await office.back("ines"))
        first, _, last = office.line.answered[-1]["id_token"].split(".")
        token = f"{first}.{_b64(msgspec.json.encode(claims))}.{last}"
        office.site.browser.cookies.clear()
        url = await office.begin()
        location = await consent(url, "ines")
    else:
        token = "a.b"
    office.line.swap = {"id_token": token}
    assert (await office.come_back(location)).status_code == 401
    assert await status(office.site.browser) == 401


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


def _token(answer: httpx.Response) -> str:
    return answer.text.partition('name="_csrf_token" value="')[2].partition('"')[0]


def _b64(text: bytes) -> str:
    return base64.urlsafe_b64encode(text).rstrip(b"=").decode()


def _hs256(claims: dict[str, object], secret: bytes) -> str:
    head = _b64(b'{"alg":"HS256"}')
    signed = f"{head}.{_b64(msgspec.json.encode(claims))}"
    return f"{signed}.{_b64(hmac.digest(secret, signed.encode(), hashlib.sha256))}"
