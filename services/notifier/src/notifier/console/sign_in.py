"""Signing in and out over HTTP: with a password, with a provider, with a console key, and choosing a password."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Annotated, Any

import msgspec
from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from litestar import Request, get, post
from litestar.datastructures import Cookie
from litestar.enums import RequestEncodingType
from litestar.exceptions import NotFoundException
from litestar.handlers import HTTPRouteHandler
from litestar.params import Body
from litestar.response import Redirect, Template

from notifier.accounts.principal import Principal
from notifier.console.auth import Doorkeeper
from notifier.console.login_local import LocalLogin, principal_of
from notifier.console.login_openid import OpenIdLogin, Pending
from notifier.errors import PersonFault, ProviderFault
from notifier.people import PeopleStore
from pickup_runtime import logs, metrics
from pickup_runtime.clock import Clock
from pickup_runtime.forwarded import caller

_PENDING_S = 600
_log = logs.get("sign_in")

WRONG_KEY = "This key opens nothing. Ask your administrator for one of your own."
#: One sentence for every reason, so that nobody learns which logins there are, or that one is locked.
WRONG_PASSWORD = (
    "That did not work. After several wrong tries, signing in is closed for a quarter of an hour; "
    "after many in a day, for up to a day."
)
NOT_VOUCHED = "Signing in with your provider did not work. Try again, or ask your administrator."
NOT_ADMITTED = "Your provider knows you, but you have no role here. Ask your administrator."


class Login(msgspec.Struct):
    login: str = ""
    password: str = ""
    key: str = ""


class Chosen(msgspec.Struct):
    password: str = ""


class SignIn:
    """What the routes share. `hops` is how many proxies of one's own stand in front: the address that the outermost
    of them saw is the one that guesses are counted under."""

    def __init__(
        self,
        doorkeeper: Doorkeeper,
        local: LocalLogin,
        providers: Mapping[str, OpenIdLogin],
        people: PeopleStore,
        clock: Clock,
        *,
        session_secret: bytes,
        secure: bool,
        hops: int = 0,
    ) -> None:
        self.doorkeeper = doorkeeper
        self.local = local
        self.providers = providers
        self.people = people
        self.clock = clock
        self._secure = secure
        self._hops = hops
        derived = HKDF(SHA256(), 32, None, b"pickup-guard sign-in under way").derive(session_secret)
        self._box = Fernet(base64.urlsafe_b64encode(derived))
        self._cookie = "__Host-pickup_pending" if secure else "pickup_pending"

    def source(self, request: Request[Any, Any, Any]) -> str:
        """Where a request comes from."""
        seen = request.client.host if request.client is not None else ""
        return caller(seen, request.headers.getall("x-forwarded-for", []), hops=self._hops)

    def page(self, wrong: str | None = None) -> Template:
        """The page to sign in at."""
        offered = [one.provider for one in self.providers.values()]
        context = {"wrong": wrong, "providers": offered}
        return Template("login.html", context=context, status_code=401 if wrong else 200)

    async def open(self, request: Request[Any, Any, Any], principal: Principal, how: str) -> Redirect:
        """Let somebody in."""
        answer = Redirect("/", status_code=303)
        await self.doorkeeper.let_in(request, answer, principal, how=how)
        return answer

    def keep(self, answer: Redirect, pending: Pending | None) -> None:
        """Have the browser keep a sign-in under way, or forget it."""
        text = self._box.encrypt(msgspec.json.encode(pending)).decode() if pending is not None else ""
        answer.set_cookie(
            Cookie(
                self._cookie,
                value=text,
                max_age=_PENDING_S if pending is not None else 0,
                path="/",
                httponly=True,
                secure=self._secure,
                samesite="lax",
            )
        )

    def pending(self, request: Request[Any, Any, Any]) -> Pending | None:
        """The sign-in that this browser has under way; `None` when there is none, or it was forged or is too old."""
        try:
            text = self._box.decrypt(request.cookies.get(self._cookie, "").encode(), ttl=_PENDING_S)
            return msgspec.json.decode(text, type=Pending)
        except (InvalidToken, msgspec.MsgspecError):
            return None


def routes(door: SignIn) -> list[HTTPRouteHandler]:
    """The routes."""

    @get("/login", include_in_schema=False)
    async def login_page() -> Template:
        return door.page()

    @post("/login", include_in_schema=False)
    async def login(
        request: Request[Any, Any, Any],
        data: Annotated[Login, Body(media_type=RequestEncodingType.URL_ENCODED)],
    ) -> Template | Redirect:
        if data.key:
            principal = await door.doorkeeper.by_key(data.key)
            metrics.sign_ins.labels("key", "refused" if principal is None else "opened").inc()
            return door.page(WRONG_KEY) if principal is None else await door.open(request, principal, "key")
        principal = await door.local.sign_in(data.login, data.password, door.source(request))
        return door.page(WRONG_PASSWORD) if principal is None else await door.open(request, principal, "password")

    @post("/logout", include_in_schema=False)
    async def logout(request: Request[Any, Any, Any]) -> Redirect:
        answer = Redirect("/login", status_code=303)
        await door.doorkeeper.let_out(request, answer)
        return answer

    @get("/login/openid/{provider_id:str}", include_in_schema=False)
    async def begin(provider_id: str) -> Template | Redirect:
        try:
            url, pending = await _provider(door, provider_id).begin()
        except ProviderFault as error:
            _log.warning("provider_fault", reason=str(error))
            return door.page(NOT_VOUCHED)
        answer = Redirect(url, status_code=303)
        door.keep(answer, pending)
        return answer

    @get("/login/openid/{provider_id:str}/callback", include_in_schema=False)
    async def finish(request: Request[Any, Any, Any], provider_id: str) -> Template | Redirect:
        provider, pending = _provider(door, provider_id), door.pending(request)
        wrong = NOT_VOUCHED
        try:
            if pending is None:
                raise ProviderFault(f"{provider_id}: no sign-in is under way at this browser")
            vouched = await provider.finish(pending, dict(request.query_params))
            wrong = NOT_ADMITTED
            if vouched is None:
                raise ProviderFault(f"{provider_id}: no role is meant for this subject")
            person = await door.people.by_identity(vouched, now=door.clock.now())
        except (ProviderFault, PersonFault) as error:
            _log.warning("sign_in_refused", provider=provider_id, reason=str(error))
            metrics.sign_ins.labels("openid", "refused").inc()
            return door.page(wrong)
        metrics.sign_ins.labels("openid", "opened").inc()
        answer = await door.open(request, principal_of(person), f"openid:{provider_id}")
        door.keep(answer, None)
        return answer

    @get("/welcome/{token:str}", include_in_schema=False)
    async def welcome(token: str) -> Template:
        person = await door.local.invited(token)
        if person is None:
            raise NotFoundException
        return Template("welcome.html", context={"person": person, "wrong": None})

    @post("/welcome/{token:str}", include_in_schema=False)
    async def choose(
        request: Request[Any, Any, Any],
        token: str,
        data: Annotated[Chosen, Body(media_type=RequestEncodingType.URL_ENCODED)],
    ) -> Template | Redirect:
        person = await door.local.invited(token)
        if person is None:
            raise NotFoundException
        principal, why = await door.local.choose_password(token, data.password)
        if principal is None:
            return Template("welcome.html", context={"person": person, "wrong": why}, status_code=400)
        return await door.open(request, principal, "password")

    return [login_page, login, logout, begin, finish, welcome, choose]


def _provider(door: SignIn, provider_id: str) -> OpenIdLogin:
    found = door.providers.get(provider_id)
    if found is None:
        raise NotFoundException
    return found
