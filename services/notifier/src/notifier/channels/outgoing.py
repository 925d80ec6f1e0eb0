"""One HTTP request to a stranger: no redirect, no private address, no end of time, no more than a little of its answer.

Built on one long-lived client with the aiohttp transport: plain httpx took seconds at a hundred requests at once.
"""

from __future__ import annotations

import asyncio

import httpx
from aiohttp import ClientConnectorError, ClientSession, DummyCookieJar, TCPConnector
from httpx_aiohttp import AiohttpTransport
from msgspec import Struct

from notifier.channels import retry_after
from notifier.channels.channel import Attempt
from notifier.channels.guard import PublicResolver, check_literal
from notifier.errors import ForbiddenAddress, NoAnswer
from pickup_runtime.clock import Clock

READ_AT_MOST = 64 * 1024
#: 4xx that speak of who knocks, or of how often, rather than of one message: the next would fare no better.
_OF_THE_DOOR = frozenset({401, 403, 407, 408, 425, 429})


class Answer(Struct, frozen=True):
    """What came back. `body` is its first 64 KiB, `None` when the headers came and the body never did: a 2xx says that
    the request was taken all the same."""

    status: int
    body: bytes | None
    retry_after_s: float | None = None

    @property
    def ok(self) -> bool:
        return 200 <= self.status < 300

    @property
    def problem(self) -> str:
        return f"answered {self.status}"


class Outgoing:
    """Requests of one channel. `timeout_s` is for the whole of a request; `allow_private` is for tests, and for a
    provider that the deployment itself has named."""

    def __init__(self, clock: Clock, *, timeout_s: float, allow_private: bool = False, at_once: int = 200) -> None:
        self._clock = clock
        self._timeout_s = timeout_s
        self._allow_private = allow_private
        self._resolver = None if allow_private else PublicResolver()

        def session() -> ClientSession:
            # What the connector remembers of names are addresses that the resolver has let through.
            connector = TCPConnector(limit=at_once, limit_per_host=20, resolver=self._resolver, ttl_dns_cache=30)
            return ClientSession(connector=connector, cookie_jar=DummyCookieJar())

        self._client = httpx.AsyncClient(
            transport=AiohttpTransport(client=session),
            timeout=httpx.Timeout(timeout_s, connect=min(3.0, timeout_s)),
            follow_redirects=False,
            trust_env=False,
        )

    async def send(self, method: str, url: str, *, content: bytes = b"", headers: dict[str, str]) -> Answer:
        """Send once.

        Raises:
            ForbiddenAddress: it leads to an address that is not public, or is no address; nothing was sent.
            NoAnswer: nobody answered in time; it may have arrived, unless `unsent`.
        """
        loop = asyncio.get_running_loop()
        ends = loop.time() + self._timeout_s
        try:
            async with asyncio.timeout_at(ends):
                response = await self._client.send(self._request(method, url, content, headers), stream=True)
        except TimeoutError:
            raise NoAnswer("timed out") from None
        except httpx.HTTPError as error:
            raise _refusal(error) from error
        try:
            body = await _read(response, ends)
        finally:
            await response.aclose()
        wait = retry_after.seconds(response.headers.get("retry-after"), self._clock.now())
        return Answer(response.status_code, body, wait)

    async def close(self) -> None:
        await self._client.aclose()
        if self._resolver is not None:
            await self._resolver.close()

    def _request(self, method: str, url: str, content: bytes, headers: dict[str, str]) -> httpx.Request:
        try:
            asked = httpx.URL(url)
        except (httpx.InvalidURL, ValueError):
            raise ForbiddenAddress("the address can't be read") from None
        if asked.scheme not in ("http", "https") or not asked.host or asked.userinfo:
            raise ForbiddenAddress("the address is not a plain http or https one")
        if not self._allow_private:
            check_literal(asked.host)
        return self._client.build_request(
            method,
            asked,
            content=content,
            headers={"user-agent": "PickupGuard/1", "accept-encoding": "identity"} | headers,
        )


async def _read(response: httpx.Response, ends: float) -> bytes | None:
    read = bytearray()
    try:
        async with asyncio.timeout_at(ends):
            async for chunk in response.aiter_raw():
                read += chunk
                if len(read) > READ_AT_MOST:
                    break
    except (TimeoutError, httpx.HTTPError):
        return None
    return bytes(read[:READ_AT_MOST])


def _refusal(error: BaseException) -> ForbiddenAddress | NoAnswer:
    """The guard's refusal, which the client wraps in its own errors, or that nobody answered."""
    if isinstance(error, httpx.UnsupportedProtocol):
        return ForbiddenAddress("the address can't be read")
    seen: BaseException | None = error
    unsent = False
    while seen is not None:
        if isinstance(seen, ForbiddenAddress):
            return seen
        unsent = unsent or isinstance(seen, ClientConnectorError)
        seen = seen.__cause__ or seen.__context__
    # The transport calls a reset connection a connect time-out as well: only the connector's own error is sure.
    return NoAnswer("no connection" if unsent else "no answer", unsent=unsent)


def attempt_of(answer: Answer, *, gone: frozenset[int] = frozenset()) -> Attempt:
    """How an attempt ended that is over with its answer: 2xx is delivered, `gone` is believed for good, and anything
    else is tried again when the server says. Another 4xx than for a wrong secret or for haste is `answered`."""
    if answer.ok:
        return Attempt("delivered")
    if answer.status in gone:
        return Attempt("refused", answer.problem)
    answered = 400 <= answer.status < 500 and answer.status not in _OF_THE_DOOR
    return Attempt("try_again", answer.problem, answer.retry_after_s, answered=answered)
