"""The console as a browser meets it, on a database of the test's own."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Sequence
from typing import Any, cast

import httpx
from litestar.handlers import HTTPRouteHandler

from notifier.accounts import passwords
from notifier.accounts.provider import Provider
from notifier.accounts.roles import Role
from notifier.audit.ledger import Ledger
from notifier.audit.views import ViewLog
from notifier.console.app import build
from notifier.console.auth import PREFIX, Doorkeeper
from notifier.console.desk import Desk
from notifier.console.login_local import SETUP_PREFIX, LocalLogin
from notifier.console.login_openid import OpenIdLogin, provider_client
from notifier.console.sign_in import SignIn
from notifier.console_keys import ConsoleKeys
from notifier.guesses import GuessStore
from notifier.live import Bell
from notifier.people import PeopleStore, Person
from notifier.store import Store
from pickup_runtime import tokens
from pickup_runtime.clock import Clock, SystemClock
from pickup_runtime.health import HealthBoard
from pickup_runtime.operators import OperatorDirectory
from pickup_runtime.postgres import Pool

PASSWORD = "green bicycle lamp"
_HASH = passwords.hashed(PASSWORD)


class Site:
    """The console over one database. `browser` is somebody's; `another_browser` makes more."""

    def __init__(
        self,
        pool: Pool,
        *,
        clock: Clock | None = None,
        providers: dict[str, Provider] | None = None,
        hops: int = 0,
        operators: OperatorDirectory | None = None,
        routes: Callable[[Doorkeeper], Sequence[HTTPRouteHandler]] = lambda _: (),
    ) -> None:
        self.pool = pool
        self.clock = clock or SystemClock()
        self.store, self.people, self.views = Store(pool), PeopleStore(pool), ViewLog(pool, self.clock)
        bell = Bell()
        secret = secrets.token_bytes(32)
        doorkeeper = Doorkeeper(ConsoleKeys(pool), self.people, self.clock, secure=False)
        self.local = LocalLogin(self.people, GuessStore(pool), self.clock, key=secret)
        self._provider_http = provider_client()
        openid = {
            name: OpenIdLogin(one, self._provider_http, self.clock, public_url="http://page")
            for name, one in (providers or {}).items()
        }
        self.desk = Desk(self.store, operators or OperatorDirectory(), self.clock)
        app = build(
            self.store,
            self.desk,
            doorkeeper,
            SignIn(
                doorkeeper,
                self.local,
                openid,
                self.people,
                self.clock,
                session_secret=secret,
                secure=False,
                hops=hops,
            ),
            self.views,
            Ledger(pool),
            bell,
            HealthBoard("notifier", "test"),
            session_secret=secret,
            secure=False,
            routes=routes(doorkeeper),
        )
        self.app = cast(Any, app)
        self.bell = bell
        self._browsers: list[httpx.AsyncClient] = []
        self.browser = self.another_browser()

    def another_browser(self, address: str = "127.0.0.1") -> httpx.AsyncClient:
        transport = httpx.ASGITransport(self.app, client=(address, 4000))
        self._browsers.append(httpx.AsyncClient(transport=transport, base_url="http://page"))
        return self._browsers[-1]

    async def key(self, operator_id: str, holder: str = "Night desk", role: Role = "dispatcher") -> str:
        minted = tokens.mint(PREFIX)
        await ConsoleKeys(self.pool).add(minted.key_id, operator_id, holder, minted.secret_sha256, role)
        return minted.text

    async def person(
        self, login: str, operator_id: str = "op-a", role: Role = "dispatcher", *, password: bool = True
    ) -> Person:
        person, _ = await self.invite(login, operator_id, role)
        if password:
            await self.people.set_password(login, _HASH, by="test", now=self.clock.now())
        return person

    async def invite(self, login: str, operator_id: str = "op-a", role: Role = "dispatcher") -> tuple[Person, str]:
        """A new account, and the path of the link that opens it."""
        minted = tokens.mint(SETUP_PREFIX)
        person = await self.people.add(
            operator_id, login, "Ines", role, token_sha256=minted.secret_sha256, by="test", now=self.clock.now()
        )
        return person, f"/welcome/{minted.text}"

    async def post(
        self,
        path: str,
        form: dict[str, str],
        *,
        token_from: str | None = None,
        browser: httpx.AsyncClient | None = None,
    ) -> httpx.Response:
        """Send a form as the page itself would."""
        chosen = browser or self.browser
        token = await csrf(chosen, token_from or path)
        return await chosen.post(path, data={**form, "_csrf_token": token})

    async def log_in(
        self, login: str, password: str = PASSWORD, *, browser: httpx.AsyncClient | None = None
    ) -> httpx.Response:
        return await self.post("/login", {"login": login, "password": password}, browser=browser)

    async def close(self) -> None:
        for browser in self._browsers:
            await browser.aclose()
        await self._provider_http.aclose()


async def csrf(browser: httpx.AsyncClient, path: str) -> str:
    """The token of a page's forms."""
    found = re.search(r'name="_csrf_token" value="([^"]+)"', (await browser.get(path)).text)
    assert found is not None
    return found[1]
