"""The operator's own system, by signed HTTP (Standard Webhooks: https://www.standardwebhooks.com)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

import httpx
from aiohttp import ClientSession, DummyCookieJar, TCPConnector
from httpx_aiohttp import AiohttpTransport
from standardwebhooks import Webhook as Signer

from notifier.channels.channel import Attempt
from notifier.channels.guard import PublicResolver, check_literal
from notifier.errors import ForbiddenAddress, SecretFault
from notifier.store import Delivery
from pickup_runtime import logs
from pickup_runtime.clock import Clock
from pickup_runtime.operators import OperatorDirectory

_READ_AT_MOST = 64 * 1024
#: "Gone" is the only answer that is believed for good: a 401 or 404 may be a deployment that ends in time.
_GONE = 410
_log = logs.get("webhook")

SecretOf = Callable[[str, str], Awaitable[str]]


class WebhookChannel:
    """One client for all operators. `secret_of(operator_id, name)` gives the signing secret (`whsec_…`)."""

    name = "webhook"

    def __init__(
        self,
        operators: OperatorDirectory,
        secret_of: SecretOf,
        clock: Clock,
        *,
        timeout_s: float,
        allow_private: bool = False,
    ) -> None:
        self._operators = operators
        self._secret_of = secret_of
        self._clock = clock
        self._allow_private = allow_private
        resolver = None if allow_private else PublicResolver()

        def session() -> ClientSession:
            return ClientSession(
                connector=TCPConnector(limit=200, limit_per_host=20, resolver=resolver, ttl_dns_cache=30),
                cookie_jar=DummyCookieJar(),
            )

        self._client = httpx.AsyncClient(
            transport=AiohttpTransport(client=session),
            timeout=httpx.Timeout(timeout_s, connect=min(3.0, timeout_s)),
            follow_redirects=False,
            trust_env=False,
        )

    async def attempt(self, delivery: Delivery) -> Attempt:
        """Post the delivery's body once. A redirect is not followed; at most 64 KiB of an answer are read."""
        profile = self._operators.get(delivery.operator_id)
        if profile is None or profile.webhook is None:
            return Attempt("refused", "the operator has no webhook")
        try:
            secret = await self._secret_of(delivery.operator_id, profile.webhook.secret)
            if not self._allow_private:
                check_literal(httpx.URL(profile.webhook.url).host)
            return await self._post(profile.webhook.url, secret, delivery)
        except SecretFault as error:
            return Attempt("try_again", str(error))
        except ForbiddenAddress as error:
            return Attempt("refused", str(error))
        except httpx.HTTPError as error:
            forbidden = _forbidden(error)
            if forbidden is not None:
                return Attempt("refused", str(forbidden))
            return Attempt("try_again", type(error).__name__)
        except Exception as error:
            _log.exception("attempt_failed", error=type(error).__name__)
            return Attempt("try_again", type(error).__name__)

    async def close(self) -> None:
        await self._client.aclose()

    async def _post(self, url: str, secret: str, delivery: Delivery) -> Attempt:
        now = self._clock.now().astimezone(UTC)
        identity = str(delivery.delivery_id)
        request = self._client.build_request(
            "POST",
            url,
            content=delivery.body,
            headers={
                "content-type": "application/json",
                "user-agent": "PickupGuard/1",
                "webhook-id": identity,
                "webhook-timestamp": str(int(now.timestamp())),
                "webhook-signature": Signer(secret).sign(identity, _whole(now), delivery.body.decode()),
            },
        )
        response = await self._client.send(request, stream=True)
        try:
            read = 0
            async for chunk in response.aiter_raw():
                read += len(chunk)
                if read > _READ_AT_MOST:
                    break
        finally:
            await response.aclose()
        if response.is_success:
            return Attempt("delivered")
        problem = f"answered {response.status_code}"
        if response.status_code == _GONE:
            return Attempt("refused", problem)
        return Attempt("try_again", problem, _retry_after(response))


def _whole(moment: datetime) -> datetime:
    return moment.replace(microsecond=0)


def _retry_after(response: httpx.Response) -> float | None:
    value = response.headers.get("retry-after", "")
    return float(value) if value.isdigit() else None


def _forbidden(error: BaseException) -> ForbiddenAddress | None:
    """The guard's refusal, which the client wraps in its own errors."""
    seen: BaseException | None = error
    while seen is not None:
        if isinstance(seen, ForbiddenAddress):
            return seen
        seen = seen.__cause__ or seen.__context__
    return None
