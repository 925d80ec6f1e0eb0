"""Who is at the page or behind a request: a signed-in browser, or a console key sent along."""

from __future__ import annotations

import time
from typing import Any

from litestar import Request, Response
from litestar.exceptions import NotAuthorizedException, PermissionDeniedException

from notifier.accounts.lifetime import ABSOLUTE, alive, stale
from notifier.accounts.principal import Principal
from notifier.accounts.roles import Permission
from notifier.console_keys import ConsoleKey, ConsoleKeys
from notifier.people import PeopleStore, Seat
from pickup_runtime import tokens
from pickup_runtime.clock import Clock
from pickup_runtime.tokens import Presented

PREFIX = "pgc"
#: What a browser's cookie holds. The id of such a token is not used; the hash of its secret finds the session.
SESSION_PREFIX = "pgs"
#: A revoked key opens nothing after at most this long. Sessions are never cached: a sign-out counts at once.
CACHE_S = 5.0


class Doorkeeper:
    """Knows the console's keys and sessions. `secure` when the page is reached by https."""

    def __init__(self, keys: ConsoleKeys, people: PeopleStore, clock: Clock, *, secure: bool) -> None:
        self._keys = keys
        self._people = people
        self._clock = clock
        self._secure = secure
        # The prefix makes browsers refuse the cookie from another host of the domain, or over plain http.
        self.cookie = "__Host-pickup_session" if secure else "pickup_session"
        self._known: dict[str, tuple[float, ConsoleKey | None]] = {}

    async def by_key(self, text: str) -> Principal | None:
        """Whose key somebody typed; `None` when it opens nothing."""
        return await self._open(tokens.parse(PREFIX, text))

    async def by_header(self, request: Request[Any, Any, Any]) -> Principal:
        """Whose key is in `Authorization: Bearer …`.

        Raises:
            NotAuthorizedException: there is none that opens.
        """
        principal = await self._open(tokens.parse_bearer(PREFIX, request.headers.get("authorization")))
        if principal is None:
            raise NotAuthorizedException
        return principal

    async def by_session(self, request: Request[Any, Any, Any]) -> Principal | None:
        """Who is signed in at this browser, with the role that they have now."""
        token_sha256 = self._token(request)
        seat = await self._people.seat(token_sha256) if token_sha256 is not None else None
        now = self._clock.now()
        if seat is None or not alive(seat.created_at, seat.seen_at, now):
            return None
        await self._mark(seat)
        return seat.principal

    async def require(self, request: Request[Any, Any, Any], permission: Permission) -> Principal:
        """Who is signed in, if they may do that.

        Raises:
            NotAuthorizedException: nobody is.
            PermissionDeniedException: their role does not allow it.
        """
        return allowed(await self.by_session(request), permission)

    async def require_key(self, request: Request[Any, Any, Any], permission: Permission) -> Principal:
        """Likewise by the key in the request's header."""
        return allowed(await self.by_header(request), permission)

    async def let_in(
        self, request: Request[Any, Any, Any], response: Response[Any], principal: Principal, *, how: str
    ) -> None:
        """Sign in: the browser gets a new token, and one that it had before opens nothing any more."""
        minted = tokens.mint(SESSION_PREFIX)
        now = self._clock.now()
        await self._people.open_session(
            minted.secret_sha256, principal, how=how, replaces=self._token(request), now=now
        )
        response.set_cookie(
            self.cookie,
            minted.text,
            max_age=int(ABSOLUTE.total_seconds()),
            path="/",
            httponly=True,
            secure=self._secure,
            # Not strict: a link in an e-mail must find its reader signed in. Forms carry a token of their own.
            samesite="lax",
        )

    async def let_out(self, request: Request[Any, Any, Any], response: Response[Any]) -> None:
        """Sign out, here and on the server."""
        token_sha256, principal = self._token(request), await self.by_session(request)
        if token_sha256 is not None and principal is not None:
            await self._people.close_session(token_sha256, principal, now=self._clock.now())
        response.set_cookie(self.cookie, "", max_age=0, path="/", httponly=True, secure=self._secure, samesite="lax")

    def _token(self, request: Request[Any, Any, Any]) -> bytes | None:
        presented = tokens.parse(SESSION_PREFIX, request.cookies.get(self.cookie, ""))
        return tokens.digest(presented.secret) if presented is not None else None

    async def _mark(self, seat: Seat) -> None:
        now = self._clock.now()
        if stale(seat.seen_at, now):
            await self._people.touch(seat.session_id, now)

    async def _open(self, presented: Presented | None) -> Principal | None:
        key = await self._key(presented.key_id) if presented is not None else None
        if key is None or presented is None or key.revoked_at is not None:
            return None
        if not tokens.opens(key.secret_sha256, presented):
            return None
        return Principal(operator_id=key.operator_id, holder=key.holder, role=key.role, subject=f"key:{key.key_id}")

    async def _key(self, key_id: str) -> ConsoleKey | None:
        now = time.monotonic()
        known = self._known.get(key_id)
        if known is not None and now - known[0] < CACHE_S:
            return known[1]
        key = await self._keys.key(key_id)
        if len(self._known) > 10_000:
            self._known.clear()
        self._known[key_id] = (now, key)
        return key


def allowed(principal: Principal | None, permission: Permission) -> Principal:
    """The principal, if they may do that.

    Raises:
        NotAuthorizedException: there is none.
        PermissionDeniedException: their role does not allow it.
    """
    if principal is None:
        raise NotAuthorizedException(detail="send a console key that is not revoked: Authorization: Bearer pgc_…")
    if not principal.may(permission):
        raise PermissionDeniedException(f"the role {principal.role} does not allow this")
    return principal
