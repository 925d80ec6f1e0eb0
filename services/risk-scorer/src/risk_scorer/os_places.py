"""The OS Places API's client: one question, one answer, at most so many at once, and none while it is down.

The key goes in the `key` header and never in an address, so that no log on the way holds it
(https://docs.os.uk/os-apis/core-concepts/authentication). Status codes: https://docs.os.uk/os-apis/core-concepts/error-codes.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TypeVar

import httpx
from aiohttp import ClientSession, DummyCookieJar, TCPConnector
from httpx_aiohttp import AiohttpTransport

from pickup_runtime import logs
from risk_scorer.breaker import Breaker
from risk_scorer.premises.lookup import AnswerFault, Question

_READ_AT_MOST = 1024 * 1024
#: The longest that the service may ask to be left alone.
_RETRY_AFTER_AT_MOST_S = 600.0
_log = logs.get("os_places")

T = TypeVar("T")


class LookupUnavailable(Exception):
    """No answer: the service is away, slow, refuses the key or has had enough; `reason` is one word of these."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(reason)


class OsPlaces:
    """Asks the OS Places API. `timeout_s` is the longest for one question, `at_most` how many go out at once."""

    def __init__(self, key: str, *, base_url: str, timeout_s: float, at_most: int, breaker: Breaker) -> None:
        def session() -> ClientSession:
            return ClientSession(connector=TCPConnector(limit=at_most), cookie_jar=DummyCookieJar())

        self._client = httpx.AsyncClient(
            transport=AiohttpTransport(client=session),
            base_url=base_url,
            headers={"key": key, "accept": "application/json", "user-agent": "PickupGuard/1"},
            timeout=httpx.Timeout(timeout_s),
            follow_redirects=False,
            trust_env=False,
        )
        self._timeout_s = timeout_s
        self._slots = asyncio.Semaphore(at_most)
        self._breaker = breaker

    async def ask(self, question: Question, read: Callable[[bytes], T]) -> T | None:
        """The answer as `read` has it; `None` when the service finds the question itself wrong (400, 404).

        Raises:
            LookupUnavailable: there is none, `read` raised `AnswerFault`, or the circuit is open.
        """
        async with self._slots:
            loop = asyncio.get_running_loop()
            if not self._breaker.allows(loop.time()):
                raise LookupUnavailable("circuit_open")
            try:
                async with asyncio.timeout(self._timeout_s):
                    status, body, retry_after_s = await self._get(question)
            except (httpx.ConnectTimeout, httpx.NetworkError, httpx.ProtocolError, OSError) as error:
                # `OSError` takes in `TimeoutError`; the transport calls every broken connection a `ConnectTimeout`.
                raise self._failure("timeout" if isinstance(error, TimeoutError) else "unreachable") from None
            except httpx.TimeoutException:
                raise self._failure("timeout") from None
            except httpx.HTTPError:
                raise self._failure("fault") from None
            except asyncio.CancelledError:
                # The batch could not wait for it: slow is as bad as silent.
                self._failure("timeout")
                raise
        if status == httpx.codes.OK:
            try:
                answer = read(body)
            except AnswerFault:
                raise self._failure("unreadable") from None
            self._breaker.succeeded()
            return answer
        if status in (httpx.codes.BAD_REQUEST, httpx.codes.NOT_FOUND):
            self._breaker.succeeded()
            return None
        raise self._failure(_REASONS.get(status, "fault"), retry_after_s)

    async def close(self) -> None:
        await self._client.aclose()

    def _failure(self, reason: str, retry_after_s: float | None = None) -> LookupUnavailable:
        now = asyncio.get_running_loop().time()
        was_open = self._breaker.is_open(now)
        self._breaker.failed(now, retry_after_s=retry_after_s)
        if self._breaker.is_open(now) and not was_open:
            _log.warning("premises_lookup_paused", reason=reason)
        return LookupUnavailable(reason)

    async def _get(self, question: Question) -> tuple[int, bytes, float | None]:
        request = self._client.build_request("GET", question.path, params=list(question.parameters))
        response = await self._client.send(request, stream=True)
        try:
            body = bytearray()
            async for chunk in response.aiter_bytes():
                body += chunk
                if len(body) > _READ_AT_MOST:
                    # No page of a hundred addresses is that long.
                    return httpx.codes.BAD_GATEWAY, b"", None
            return response.status_code, bytes(body), _retry_after_s(response)
        finally:
            await response.aclose()


_REASONS: dict[int, str] = {401: "key_refused", 403: "key_refused", 429: "too_many"}


def _retry_after_s(response: httpx.Response) -> float | None:
    """Seconds that the service asks for; `None` when it names none, or a date."""
    value = response.headers.get("retry-after", "").strip()
    return min(float(value), _RETRY_AFTER_AT_MOST_S) if value.isdigit() else None
